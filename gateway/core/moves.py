"""What head office says that moves value or bears on it, kind by kind. The caller has checked order and signature.

Whatever moves value has an id: seen once it is booked once, seen again with equal parameters it is ignored, with other
parameters it is a conflict. A cancelled or recalled id that was never seen leaves a tombstone for its late original.
"""

import json
from collections.abc import Callable
from hashlib import sha256

from gateway.core import refunding, witness
from gateway.core.books import Move
from gateway.core.trade import Trade
from protocol.ids import is_account, is_hex
from protocol.ledger import floats, refund_rights, rights
from protocol.ledger.lots import Holding, Slice, slice_of


class Conflict(Exception):
    """The same id with other parameters, or an id that cannot be."""


def grant(trade: Trade, body: dict) -> None:
    """Float from the pool: credited once, unless it was cancelled before it came or is for another life."""
    grant_id = _hex32(body["grant"])
    digest = parameters(body, "account", "slices", "incarnation")
    if _seen(trade, grant_id, "grant", digest):
        return
    if body["incarnation"] != trade.incarnation:
        _tombstone(trade, grant_id, digest, body["account"])
        return
    holding = trade.books.holding(_account(body))
    booking = floats.take(holding, grant_id, _slices(holding, body["slices"]))
    trade.books.meet(holding.account)
    trade.books.save(holding, booking.holding)
    told = {"transfer": grant_id, "grant": grant_id, "account": holding.account, **_order(body)}
    seq = trade.write_event("grant_taken", booking.entries, **told)
    trade.books.put_move(Move(grant_id, "grant", digest, "taken", seq))


def cancel_grant(trade: Trade, body: dict) -> None:
    """Never seen: a tombstone, and the late original is refused. Seen: answered like a recall of what it brought."""
    grant_id = _hex32(body["grant"])
    known = trade.books.move(grant_id)
    if known is None:
        _tombstone(trade, grant_id, b"", body.get("account") or "")
    elif known.outcome == "taken" and not _seen(trade, grant_id + "/cancel", "cancel", b""):
        entries = trade.books.entries_of(grant_id)
        account = entries[0].credit.party if entries else body.get("account") or ""
        up_to: dict[str, int] = {}
        for entry in entries:
            up_to[entry.credit.asset] = up_to.get(entry.credit.asset, 0) + entry.amount
        seq = _give_back(trade, trade.books.holding(account), up_to, {"recall": None, "grant": grant_id})
        trade.books.put_move(Move(grant_id + "/cancel", "cancel", b"", "answered", seq))


def recall(trade: Trade, body: dict) -> None:
    """What is free of an account at this moment goes home, up to what is asked; zero is an answer."""
    recall_id = _hex32(body["recall"])
    digest = parameters(body, "account", "asset", "up_to")
    if _seen(trade, recall_id, "recall", digest):
        return
    holding = trade.books.holding(_account(body))
    up_to = floats.want_of(holding, body["asset"], body.get("up_to"))
    seq = _give_back(trade, holding, up_to, {"recall": recall_id})
    trade.books.put_move(Move(recall_id, "recall", digest, "answered", seq))


def target(trade: Trade, body: dict) -> None:
    """How much of an account this store is to keep; what lies above goes home, now and as more comes (upkeep)."""
    account, targets = _account(body), body["targets"]
    floats.above_target(trade.books.holding(account), targets)  # raises for a target that is none
    trade.books.put_targets(account, targets)
    return_above(trade, account, targets)


def return_above(trade: Trade, account: str, targets: dict[str, int]) -> bool:
    """Gives back what lies above the targets, without being asked; whether there was any."""
    holding = trade.books.holding(account)
    above = floats.above_target(holding, targets)
    if not above or witness.opening(trade):
        return False
    _send_home(trade, holding, above, "float_returned", {})
    return True


def right_grant(trade: Trade, body: dict) -> None:
    """More of what this store may credit by itself."""
    grant_id, amount = _hex32(body["grant"]), _positive(body["amount"])
    digest = parameters(body, "right", "amount", "incarnation")
    if _seen(trade, grant_id, "right_grant", digest):
        return
    entry = rights.take_right(trade.store, body["right"], amount, grant_id)
    trade.books.draw_rights({body["right"]: -amount})
    told = {"transfer": grant_id, "grant": grant_id, "right": body["right"], **_order(body)}
    seq = trade.write_event("right_taken", (entry,), **told)
    trade.books.put_move(Move(grant_id, "right_grant", digest, "taken", seq))


def recall_refund(trade: Trade, body: dict) -> None:
    """A sale's refund right goes home, whole as it is here; nothing is an answer too."""
    recall_id, digest = _hex32(body["recall"]), parameters(body, "sale")
    if _seen(trade, recall_id, "recall_refund", digest):
        return
    seq = _give_right_back(trade, body["sale"], body.get("account") or "", {"recall": recall_id, "grant": None})
    trade.books.put_move(Move(recall_id, "recall_refund", digest, "answered", seq))


def refund_right_grant(trade: Trade, body: dict) -> None:
    """The right to refund a sale that was sold elsewhere, or that comes back: here once per id."""
    grant_id, right = _hex32(body["grant"]), refund_rights.decode(body["right"])
    digest = parameters(body, "right", "incarnation")
    if _seen(trade, grant_id, "refund_right_grant", digest):
        return
    told: dict = {"transfer": grant_id, "grant": grant_id, "sale": right.sale, "account": right.account}
    if body["incarnation"] != trade.incarnation:
        seq = trade.write_event("refund_right_tombstone", **told)
        trade.books.put_move(Move(grant_id, "refund_right_grant", digest, "tombstone", seq))
        return
    left = refunding.right_of(trade, right.sale)
    whole = refund_rights.merged(left, right) if left else right
    refunding.keep(trade, right.sale, whole, int(body.get("receipt") or 0), right.store)
    seq = trade.write_event("refund_right_taken", **told, **_order(body))
    trade.books.put_move(Move(grant_id, "refund_right_grant", digest, "taken", seq))


def cancel_refund_right(trade: Trade, body: dict) -> None:
    """Never seen: a tombstone, and the late original is refused. Seen: what is left of it goes back."""
    grant_id, sale, account = _hex32(body["grant"]), body["sale"], body.get("account") or ""
    known = trade.books.move(grant_id)
    if known is None:
        seq = trade.write_event("refund_right_tombstone", transfer=grant_id, grant=grant_id, sale=sale, account=account)
        trade.books.put_move(Move(grant_id, "refund_right_grant", b"", "tombstone", seq))
    elif known.outcome == "taken" and not _seen(trade, grant_id + "/cancel", "cancel", b""):
        seq = _give_right_back(trade, sale, account, {"recall": None, "grant": grant_id})
        trade.books.put_move(Move(grant_id + "/cancel", "cancel", b"", "answered", seq))


def member(trade: Trade, body: dict) -> None:
    _account(body)
    trade.books.put_member(body)


def lent_settled(trade: Trade, body: dict) -> None:
    """Head office has paid so much of what this store lent a member: it may be lent again, and is not collected."""
    settle_id, cents, account = _hex32(body["settle"]), _positive(body["cents"]), _account(body)
    digest = parameters(body, "account", "cents")
    if not _seen(trade, settle_id, "lent_settled", digest):
        trade.books.owe(account, {"offline": -cents})
        seq = trade.write_event("lent_settled", transfer=settle_id, account=account, cents=cents, **_order(body))
        trade.books.put_move(Move(settle_id, "lent_settled", digest, "taken", seq))


def lent_before(trade: Trade, body: dict) -> None:
    """Earlier lives of this store lent a member so much (below 0: got back): the limit is less that, once per id.

    Nothing moves here, so no event tells of it.
    """
    lent_id, cents, account = _hex32(body["lent"]), body["cents"], _account(body)
    if type(cents) is not int or not cents:
        raise ValueError(f"cents {cents!r}")
    digest = parameters(body, "account", "cents")
    if not _seen(trade, lent_id, "lent_before", digest):
        trade.books.meet(account)
        trade.books.owe(account, {"offline": cents})
        trade.books.put_move(Move(lent_id, "lent_before", digest, "taken", trade.head().seq))


def card(trade: Trade, body: dict) -> None:
    trade.books.set_card(body["card"], body.get("status") or "active", body.get("account") or "")


def block(trade: Trade, body: dict) -> None:
    """A card, or a whole account, that may not pay (or may again); list: the number the deny list is at with it."""
    if body.get("card"):
        trade.books.set_card(body["card"], body.get("status") or "blocked")
    if body.get("account"):
        trade.books.set_member_status(body["account"], body.get("status") or "frozen")
    if body.get("list"):
        trade.books.keep("deny_list", str(int(body["list"])))


def new_rules(trade: Trade, body: dict) -> None:
    trade.books.keep_rules(body)
    trade.forget()
    trade.today()  # raises here, where the message can be taken back, if the new day's cut makes no sense


def unknown(trade: Trade, body: dict) -> None:
    """A kind from a newer head office: noted, not followed."""
    trade.write_event("alarm", reason="unknown_kind", n=body["n"], about=str(body["kind"])[:32])


KINDS: dict[str, Callable[[Trade, dict], None]] = {
    "grant": grant,
    "cancel_grant": cancel_grant,
    "recall": recall,
    "right_grant": right_grant,
    "target": target,
    "recall_refund": recall_refund,
    "refund_right_grant": refund_right_grant,
    "cancel_refund_right": cancel_refund_right,
    "lent_before": lent_before,
    "lent_settled": lent_settled,
    "member": member,
    "card": card,
    "block": block,
    "rules": new_rules,
}


def parameters(body: dict, *names: str) -> bytes:
    """Digest of what makes two messages under one id equal."""
    text = json.dumps({name: body.get(name) for name in names}, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).digest()


def _seen(trade: Trade, move_id: str, kind: str, digest: bytes) -> bool:
    """Whether this id has been answered. A tombstone answers any original; a conflict is raised."""
    known = trade.books.move(move_id)
    if known is None:
        return False
    if known.outcome != "tombstone" and (known.kind, known.digest) != (kind, digest):
        raise Conflict(f"{kind} {move_id} came before as {known.kind} with other parameters")
    return True


def _tombstone(trade: Trade, grant_id: str, digest: bytes, account: str) -> None:
    """'Returned in full': nothing of this grant was or will be credited here."""
    seq = trade.write_event("grant_tombstone", transfer=grant_id, grant=grant_id, account=account)
    trade.books.put_move(Move(grant_id, "grant", digest, "tombstone", seq))


def _give_back(trade: Trade, holding: Holding, up_to: dict[str, int], why: dict) -> int:
    # What a disk that was set back still shows may be gone: nothing is free until this start has been witnessed.
    return _send_home(trade, holding, {} if witness.opening(trade) else up_to, "recall_answered", why)


def _send_home(trade: Trade, holding: Holding, amounts: dict[str, int], kind: str, why: dict) -> int:
    return_id = trade.random(16).hex()
    booking, slices = floats.give_back(holding, return_id, amounts)
    trade.books.save(holding, booking.holding)
    told = {"transfer": return_id, **why, "account": holding.account, "slices": [one._asdict() for one in slices]}
    return trade.write_event(kind, booking.entries, **told)


def _give_right_back(trade: Trade, sale: str, account: str, why: dict) -> int:
    right = None if witness.opening(trade) else refunding.right_of(trade, sale)
    if right is not None:
        refunding.keep(trade, sale, None)
    told = {"transfer": trade.random(16).hex(), **why, "sale": sale, "account": right.account if right else account}
    return trade.write_event("refund_right_returned", **told, right=refund_rights.encode(right) if right else None)


def _order(body: dict) -> dict:
    """The message as head office signed it, told back with what came of it: it proves a grant that was forgotten."""
    return {"order": body["signed"]} if "signed" in body else {}


def _slices(holding: Holding, told: list[dict]) -> list[Slice]:
    """The slices of a grant; a lot that is known here keeps the terms it has here."""
    slices = []
    for one in told:
        known, amount = slice_of(holding, one["lot"]), _positive(one["amount"])
        if known is not None and known.asset == one["asset"]:
            slices.append(known._replace(amount=amount))
            continue
        terms = one["origin"], one["kind"], one.get("expires") or "", int(one.get("opened_s") or 0)
        slices.append(Slice(one["asset"], one["lot"], amount, *terms))
    return slices


def _account(body: dict) -> str:
    if not is_account(body["account"]):
        raise ValueError("account " + str(body["account"]))
    return body["account"]


def _hex32(text: str) -> str:
    if not is_hex(text, 32):
        raise ValueError("id " + str(text))
    return text


def _positive(amount: int) -> int:
    if type(amount) is not int or amount <= 0:
        raise ValueError(f"amount {amount!r}")
    return amount
