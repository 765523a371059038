"""What head office has to say, kind by kind. The caller has checked signature and order, and holds a transaction.

Whatever moves value has an id: seen once it is booked once, seen again with equal parameters it is ignored, with other
parameters it is a conflict. A cancelled or recalled id that was never seen leaves a tombstone for its late original.
"""

from gateway.shop import Shop
from gateway.store import floats, goods, ledger, members, meta, rules, staff, terminals
from gateway.store.floats import Move
from protocol.ids import is_account, is_hex, is_terminal
from protocol.ledger import floats as moves
from protocol.ledger import rights
from protocol.ledger.lots import Holding, Slice, available, slice_of

ALL = ("principal", "bonus", "points")


class Conflict(Exception):
    """The same id with other parameters, or an id that cannot be."""


def grant(shop: Shop, body: dict) -> None:
    """Float from the pool: credited once, unless it was cancelled before it came or is for another life."""
    grant_id = _hex32(body["grant"])
    digest = floats.parameters(body, "account", "slices", "incarnation")
    if _seen(shop, grant_id, "grant", digest):
        return
    if body["incarnation"] != shop.incarnation:
        _tombstone(shop, grant_id, digest, body["account"])
        return
    holding = ledger.holding(shop.db, _account(body), shop.store)
    booking = moves.take(holding, grant_id, _slices(holding, body["slices"]))
    members.meet(shop.db, holding.account)
    ledger.apply(shop.db, holding, booking.holding)
    told = {"transfer": grant_id, "grant": grant_id, "account": holding.account}
    seq = shop.write_event("grant_taken", booking.entries, **told)
    floats.put(shop.db, Move(grant_id, "grant", digest, "taken", seq))


def cancel_grant(shop: Shop, body: dict) -> None:
    """Never seen: a tombstone, and the late original is refused. Seen: answered like a recall of what it brought."""
    grant_id = _hex32(body["grant"])
    known = floats.get(shop.db, grant_id)
    if known is None:
        _tombstone(shop, grant_id, b"", body.get("account") or "")
    elif known.outcome == "taken" and not _seen(shop, grant_id + "/cancel", "cancel", b""):
        entries = ledger.entries_of(shop.db, grant_id)
        account = entries[0].credit.party if entries else body.get("account") or ""
        up_to: dict[str, int] = {}
        for entry in entries:
            up_to[entry.credit.asset] = up_to.get(entry.credit.asset, 0) + entry.amount
        seq = _give_back(shop, account, up_to, {"recall": None, "grant": grant_id})
        floats.put(shop.db, Move(grant_id + "/cancel", "cancel", b"", "answered", seq))


def recall(shop: Shop, body: dict) -> None:
    """What is free of an account at this moment goes home, up to what is asked; zero is an answer."""
    recall_id = _hex32(body["recall"])
    digest = floats.parameters(body, "account", "asset", "up_to")
    if _seen(shop, recall_id, "recall", digest):
        return
    holding = ledger.holding(shop.db, _account(body), shop.store)
    up_to = _recalled(holding, body["asset"], body.get("up_to"))
    seq = _give_back(shop, holding.account, up_to, {"recall": recall_id})
    floats.put(shop.db, Move(recall_id, "recall", digest, "answered", seq))


def right_grant(shop: Shop, body: dict) -> None:
    """More of what this store may credit by itself."""
    grant_id, amount = _hex32(body["grant"]), _positive(body["amount"])
    digest = floats.parameters(body, "right", "amount", "incarnation")
    if _seen(shop, grant_id, "right_grant", digest):
        return
    entry = rights.take_right(shop.store, body["right"], amount, grant_id)
    ledger.add_right(shop.db, body["right"], amount)
    told = {"transfer": grant_id, "grant": grant_id, "right": body["right"]}
    seq = shop.write_event("right_taken", (entry,), **told)
    floats.put(shop.db, Move(grant_id, "right_grant", digest, "taken", seq))


def member(shop: Shop, body: dict) -> None:
    _account(body)
    members.put(shop.db, body)


def card(shop: Shop, body: dict) -> None:
    members.put_card(shop.db, body["card"], body.get("account") or "", "active")
    members.block_card(shop.db, body["card"], body.get("status") or "active")


def block(shop: Shop, body: dict) -> None:
    """A card, or a whole account, that may not pay (or may again)."""
    if body.get("card"):
        members.block_card(shop.db, body["card"], body.get("status") or "blocked")
    if body.get("account"):
        members.set_status(shop.db, body["account"], body.get("status") or "frozen")


def goods_part(shop: Shop, body: dict) -> None:
    goods.put_part(shop.db, int(body["version"]), body["items"], body.get("part") == body.get("parts"))


def new_rules(shop: Shop, body: dict) -> None:
    rules.put(shop.db, body)
    shop.forget_rules()
    shop.today()  # raises here, inside the message's savepoint, if the new day's cut makes no sense


def attendant(shop: Shop, body: dict) -> None:
    staff.put(shop.db, body)
    shop.pin_locked_until_ms.pop(body["operator"], None)


def terminal(shop: Shop, body: dict) -> None:
    if not is_terminal(body["terminal"]):
        raise ValueError(body["terminal"])
    terminals.put(shop.db, body)
    shop.broker_changed = True


def revocation(shop: Shop, body: dict) -> None:
    """Certificates called back: their terminals may not speak, the broker gets the new lists."""
    terminals.revoke_serials(shop.db, body["serials"])
    if body.get("crl_pem"):
        meta.put(shop.db, "crl_pem", body["crl_pem"])
    shop.broker_changed = True


def unknown(shop: Shop, body: dict) -> None:
    """A kind from a newer head office: noted, not followed."""
    shop.write_event("alarm", reason="unknown_kind", n=body["n"], about=str(body["kind"])[:32])


KINDS = {
    "grant": grant,
    "cancel_grant": cancel_grant,
    "recall": recall,
    "right_grant": right_grant,
    "member": member,
    "card": card,
    "block": block,
    "goods": goods_part,
    "rules": new_rules,
    "staff": attendant,
    "terminal": terminal,
    "revocation": revocation,
}


def _seen(shop: Shop, move_id: str, kind: str, digest: bytes) -> bool:
    """Whether this id has been answered. A tombstone answers any original; a conflict is raised."""
    known = floats.get(shop.db, move_id)
    if known is None:
        return False
    if known.outcome != "tombstone" and (known.kind, known.digest) != (kind, digest):
        raise Conflict(f"{kind} {move_id} came before as {known.kind} with other parameters")
    return True


def _tombstone(shop: Shop, grant_id: str, digest: bytes, account: str) -> None:
    """'Returned in full': nothing of this grant was or will be credited here."""
    seq = shop.write_event("grant_tombstone", transfer=grant_id, grant=grant_id, account=account)
    floats.put(shop.db, Move(grant_id, "grant", digest, "tombstone", seq))


def _give_back(shop: Shop, account: str, up_to: dict[str, int], why: dict) -> int:
    holding = ledger.holding(shop.db, account, shop.store)
    return_id = shop.random(16).hex()
    booking, slices = moves.give_back(holding, return_id, up_to)
    ledger.apply(shop.db, holding, booking.holding)
    told = {"transfer": return_id, **why, "account": account, "slices": [one._asdict() for one in slices]}
    return shop.write_event("recall_answered", booking.entries, **told)


def _recalled(holding: Holding, asset: str, up_to: int | None) -> dict[str, int]:
    """asset -> how much may go, principal before bonus before points where one bound is for all."""
    wanted: dict[str, int] = {}
    left = up_to
    for name in ALL if asset == "*" else (asset,):
        free = available(holding, name)
        wanted[name] = free if left is None else min(free, left)
        left = None if left is None else left - wanted[name]
    return wanted


def _slices(holding: Holding, told: list[dict]) -> list[Slice]:
    """The slices of a grant; a lot that is known here keeps the terms it has here."""
    slices = []
    for one in told:
        here, amount = slice_of(holding, one["lot"]), _positive(one["amount"])
        if here is not None and here.asset == one["asset"]:
            slices.append(here._replace(amount=amount))
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
