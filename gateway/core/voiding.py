"""The void of a request: what was booked under its id is taken back, what was not never will be."""

from gateway.core import authorise, fills, money, refunding
from gateway.core.asked import Asked, Outcome, Request, Told
from gateway.core.trade import Trade
from protocol.ids import request_text
from protocol.ledger import refund_rights
from protocol.ledger.lots import Booking, Holding, Slice


def void(trade: Trade, request: Request) -> Outcome:
    """The terminal gave this id up."""
    asked, last = request.asked, request.last
    approved = last is not None and last.sequence == asked.values["n"] and last.outcome == "approved"
    return _reverse(trade, asked) if approved else bury(trade, asked)


def _reverse(trade: Trade, asked: Asked) -> Outcome:
    first = request_text(asked.request)
    event = trade.books.event_of(first)
    if event is None:
        raise KeyError(first)  # the lane says approved, so there must be one
    before = trade.books.holding(event.get("account") or "")
    booking, more = _taken_back(trade, event, asked.transfer, before)
    receipt = trade.next_receipt()
    told = money.story(asked, event) | {"receipt": receipt, "outcome": "reversed", "voids": event["receipt"]}
    seq = trade.write_event("void", booking.entries, **told, **more, lots=money.lot_rows(before, booking))
    money.write(trade, before, booking)
    fills.unpaid_again(trade, event.get("lines") or [])
    trade.books.count_sale(event["shift"], -1 if event["kind"] == "sale" else 0, drawer_cents(booking))
    return _voided(trade, asked, "reversed", seq, receipt=receipt)


def _taken_back(trade: Trade, event: dict, void_id: str, before: Holding) -> tuple[Booking, dict]:
    """What a void books, and what its event says of the refund right beside."""
    first = event["transfer"]
    if event["kind"] == "sale" and trade.books.refund_right(first) is not None:
        # Parts were refunded before, or the right has left: only what is left here can be given back.
        done = refunding.rest(trade, first, void_id, before)
        booking = done.booking if done else Booking((), before)
        return booking, {"share": refund_rights.encode(done.share) if done else None}
    if event["kind"] == "refund":
        refunding.add_back(trade, event["sale"], refund_rights.decode(event["share"]))
    terms = [Slice(row[0], row[1], 0, *row[2:]) for row in event.get("lots") or ()]
    return authorise.void(trade.books.entries_of(first), void_id, before, terms), {}


def drawer_cents(booking: Booking) -> int:
    """Cash that a booking puts into the drawer, less what it takes out."""
    into = sum(entry.amount for entry in booking.entries if entry.debit.book == "cash")
    return into - sum(entry.amount for entry in booking.entries if entry.credit.book == "cash")


def bury(trade: Trade, asked: Asked) -> Outcome:
    """Nothing is booked under this id and nothing ever will be: the tombstone refuses a late original."""
    nobody = {"operator": None, "shift": None, "account": None}
    seq = trade.write_event("void", **money.story(asked, nobody), receipt=None, outcome="voided")
    return _voided(trade, asked, "voided", seq)


def _voided(trade: Trade, asked: Asked, outcome: str, seq: int, **more: int) -> Outcome:
    told = asked.ids | {"outcome": outcome, "incarnation": trade.incarnation, "seq": seq} | more
    return Outcome(Told("void_answer", told), outcome, seq)
