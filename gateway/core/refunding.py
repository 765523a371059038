"""Refunds: a sale is given back as far as its refund right is here. Rights come and go by head office's word.

The right of a sale of this store is opened from the sale's own event when it is first needed: no sale pays for a
refund that never comes. Once touched it is kept as a document; a document that has left is kept as None, for ever.
"""

from typing import NamedTuple

from gateway.core import authorise, money, taps, witness
from gateway.core.asked import Asked, Outcome, Request, Told, Wait, refused
from gateway.core.books import KeptRight, Member
from gateway.core.trade import Trade
from protocol.errors import Theirs
from protocol.ids import parse_request, store_of
from protocol.ledger import refund_rights, refunds
from protocol.ledger.lots import Holding, Refusal, Slice, available, lot_name, month_start
from protocol.ledger.refund_rights import WHOLE, RefundRight, Wanted
from protocol.ledger.refunds import How, Refunded

WHY = ("returned", "faulty", "mistake", "goodwill")
AWAY = "refund_right_away"


class Sale(NamedTuple):
    """What is known here of the sale that is asked about. transfer is '' while only head office can tell it."""

    transfer: str
    store: str
    receipt: int
    right: RefundRight | None


def refund(trade: Trade, request: Request) -> Outcome | Wait:
    """Gives back a sale, or lines of it, to the lots drawn and in cash; never without its refund right."""
    asked = request.asked
    duty = trade.books.duty(asked.name, asked.values["operator"], asked.values["shift"])
    sale = find(trade, asked.values)
    if duty or isinstance(sale, Refusal):
        return _refuse(trade, asked, sale if isinstance(sale, Refusal) and not duty else Refusal(duty), None)
    wait = None if request.final or trade.offline() else _wish(trade, sale, request)
    if wait:
        return wait
    account = sale.right.account if sale.right else ""
    before = trade.books.holding(account)
    how = _how(trade, asked.transfer)
    decision = refunds.refund(sale.right, wanted_of(asked.values), before, how)
    member = (trade.books.member(account) or Member(account)) if account else None
    refusal = decision if isinstance(decision, Refusal) else _forbidden(trade, asked, decision)
    if isinstance(decision, Refusal) or refusal:
        return _refuse(trade, asked, refusal or Refusal(AWAY), member)
    return _approve(trade, asked, sale, before, how, decision, member)


def find(trade: Trade, values: dict) -> Sale | Refusal:
    """The sale by its id or receipt number, with what of its right is here. Refused with unknown_sale."""
    store, receipt = values.get("store", trade.store), values.get("receipt", 0)
    transfer = values.get("sale", "")
    try:
        store = store_of(parse_request(transfer).terminal) if transfer else store
    except Theirs:
        return Refusal("unknown_sale", transfer)
    if not transfer and receipt:
        mine = store == trade.store
        transfer = trade.books.transfer_of(receipt) if mine else trade.books.sale_of(store, receipt)
    if not transfer and (store == trade.store or not receipt):
        return Refusal("unknown_sale", f"receipt {receipt}")
    right = right_of(trade, transfer) if transfer else None
    if right is None and store == trade.store and trade.books.refund_right(transfer) is None:
        voided = trade.books.event_of(transfer + "/void") is not None
        return Refusal("nothing_left_to_refund" if voided else "unknown_sale", transfer)
    return Sale(transfer, store, receipt, right)


def right_of(trade: Trade, sale: str) -> RefundRight | None:
    """What is here of a sale's refund right; an untouched one is whole, and opened from the sale's event."""
    kept = trade.books.refund_right(sale)
    if kept is not None:
        return kept.right
    event = trade.books.event_of(sale)
    if event is None or event["kind"] != "sale" or trade.books.event_of(sale + "/void") is not None:
        return None
    return _opened(trade, sale, event)


def keep(trade: Trade, sale: str, right: RefundRight | None, receipt: int = 0, store: str = "") -> None:
    """Keeps what is left of a right here; None once all of it has left."""
    kept = trade.books.refund_right(sale)
    if kept is None:
        event = trade.books.event_of(sale)
        number = receipt or (event["receipt"] if event else 0)
        kept = KeptRight(sale, store or store_of(sale.partition("/")[0]), number, None)
    trade.books.put_refund_right(kept._replace(right=right))


def _how(trade: Trade, transfer: str) -> How:
    rules = trade.rules
    worth = {"points": rules.point_value_milli}
    return How(transfer, trade.clock.now_s(), trade.sure_today(), rules.grace_days, worth, rules.refund_units_back)


def wanted_of(values: dict) -> Wanted:
    """What a request wants back."""
    if values.get("lines"):
        return Wanted(lines=tuple((line["line"], line["qty_milli"]) for line in values["lines"]))
    return Wanted(amount_cents=values["amount_cents"]) if "amount_cents" in values else WHOLE


def _wish(trade: Trade, sale: Sale, request: Request) -> Wait | None:
    """Waits for the right, once, then for the value that the refund takes back, once."""
    if sale.right is None:
        return None if request.waited else Wait(ask_for(trade, sale, {}), sale.transfer, "right")
    lacking = _short_of(trade, sale.right, wanted_of(request.asked.values))
    if not lacking or request.waited == "value":
        return None
    return Wait(ask_for(trade, sale, lacking), sale.right.account)


def ask_for(trade: Trade, sale: Sale, lacking: dict[str, int]) -> str:
    """Asks head office for a right that is not here, or for value that a refund takes back; '' if nothing lacks."""
    if sale.right is not None:
        return trade.want(sale.right.account, lacking) if lacking else ""
    about: dict = {"sale": sale.transfer} if sale.transfer else {"store": sale.store, "receipt": sale.receipt}
    return trade.want("", {}, refund=about)


def add_back(trade: Trade, sale: str, part: RefundRight) -> None:
    """A refund was voided: what it used of the right is here again."""
    left = right_of(trade, sale)
    keep(trade, sale, refund_rights.merged(left, part) if left else part)


def rest(trade: Trade, sale: str, void_id: str, before: Holding) -> Refunded | None:
    """A sale of which parts were refunded, or whose right has left, is voided by what is left of it here (None)."""
    done = refunds.refund(right_of(trade, sale), WHOLE, before, _how(trade, void_id))
    if isinstance(done, Refusal):
        return None
    keep(trade, sale, done.right)
    return done


def _short_of(trade: Trade, right: RefundRight | None, wanted: Wanted) -> dict[str, int]:
    """What a refund will take back and is not here."""
    if right is None or not right.account:
        return {}
    held = trade.books.holding(right.account)
    lacking = {asset: amount - available(held, asset) for asset, amount in refunds.needed(right, wanted).items()}
    return {asset: amount for asset, amount in lacking.items() if amount > 0}


def _forbidden(trade: Trade, asked: Asked, done: Refunded) -> Refusal | None:
    if asked.values["why"] not in WHY:
        return Refusal("malformed", "why " + asked.values["why"])
    beyond = authorise.beyond_witness(money.unwitnessed(trade), given_back_cents(done))
    if beyond:
        return beyond
    from_cents = trade.rules.refund_second_from_cents
    if from_cents and given_back_cents(done) >= from_cents and not second_of(trade, asked):
        return Refusal("second_person", f"from {from_cents} on")
    return None


def second_of(trade: Trade, asked: Asked) -> str:
    """The supervisor who has agreed at this terminal within the last minutes, '' if nobody else has."""
    tap = trade.books.tap(asked.values["second"]) if "second" in asked.values else None
    if tap is None or not taps.valid(tap, asked.name, trade.clock.boot, trade.clock.now_ms()):
        return ""
    agreed = tap.kind == "staff" and tap.party != asked.values["operator"]
    return tap.party if agreed and trade.books.role(tap.party) == "supervisor" else ""


def given_back_cents(done: Refunded) -> int:
    """Money that the member gets, in cash and as stored value."""
    return sum(done.back.get(asset, 0) for asset in ("principal", "bonus", "cash"))


def _opened(trade: Trade, sale: str, event: dict) -> RefundRight:
    account = event.get("account") or ""
    terms = [Slice(row[0], row[1], 0, *row[2:]) for row in event.get("lots") or ()]
    known = {one.lot for one in terms}
    here = [one._replace(amount=0) for one in trade.books.holding(account).slices if one.lot not in known]
    holding = Holding(account, trade.store, tuple(terms + here))
    entries = trade.books.entries_of(sale)
    return refund_rights.open_right(sale, holding, entries, event["lines"], _pending(trade.store, event))


def _pending(store: str, event: dict) -> tuple[Slice, ...]:
    """What the sale would have given, had the store had the right: head office credits it to its pool."""
    points, units = event.get("pending_points") or 0, event.get("pending_units") or ()
    given = [("points", points, event["points_expire"], "earned")] if points else []
    given += [(asset, amount, expires, "punch") for asset, amount, expires in units]
    opened_s = month_start(event["at_s"])  # a fill that was paid on a page has no request
    slices = [Slice(asset, "", amount, store, kind, expires, opened_s) for asset, amount, expires, kind in given]
    return tuple(one._replace(lot=lot_name(event["account"], one)) for one in slices)


def _approve(
    trade: Trade, asked: Asked, sale: Sale, before: Holding, how: How, done: Refunded, member: Member | None
) -> Outcome:
    receipt, offline, right = trade.next_receipt(), trade.offline(), done.right
    who = {"operator": asked.values["operator"], "shift": asked.values["shift"], "account": right.account or None}
    seq = trade.write_event(
        "refund",
        done.booking.entries,
        at_s=how.at_s,
        business_date=trade.today(),
        **money.story(asked, who),
        receipt=receipt,
        sale=right.sale,
        sold_at=right.store,
        why=asked.values["why"],
        second=second_of(trade, asked) or None,
        share=refund_rights.encode(done.share),
        back=done.back,
        taken=done.taken,
        kept_cents=done.kept_cents,
        owed=dict(done.owed),
        lots=money.lot_rows(before, done.booking),
        rules=trade.rules.version,
        offline=offline,
    )
    changes = money.write(trade, before, done.booking)
    keep(trade, right.sale, right, sale.receipt, right.store)
    witness.spent(trade, given_back_cents(done))
    trade.books.count_sale(asked.values["shift"], 0, -done.back.get("cash", 0))
    told = asked.ids | {
        "receipt": receipt,
        "business_date": trade.today(),
        "sale": right.sale,
        "total_cents": given_back_cents(done),
        "principal_cents": done.back.get("principal", 0),
        "bonus_cents": done.back.get("bonus", 0),
        "cash_cents": done.back.get("cash", 0),
        "points": done.back.get("points", 0),
        "points_taken": done.taken.get("points", 0),
        "kept_cents": done.kept_cents,
        "owed_points": done.owed.get("points", 0),
        "owed_cents": done.owed.get("principal", 0) + done.owed.get("bonus", 0),
        "left_cents": refund_rights.paid_cents(right),
        "offline": offline,
    }
    shown = money.after(member, done.booking.holding, changes)
    return money.approved(trade, Told("refunded", told | shown), seq)


def _refuse(trade: Trade, asked: Asked, why: Refusal, member: Member | None) -> Outcome:
    who = {"operator": asked.values["operator"], "shift": asked.values["shift"]}
    who["account"] = member.account if member else None
    told = money.story(asked, who)
    seq = trade.write_event("refusal", **told, receipt=None, reason=why.reason, detail=why.detail)
    return Outcome(refused(asked, why.reason, why.detail, seq=seq), "refused", seq)
