"""A balance put right by people: with a reason of the list, by two of them, within the store's right to do so."""

from gateway.core import authorise, money, refunding
from gateway.core.asked import Asked, Outcome, Request, Told
from gateway.core.books import Member
from gateway.core.trade import Trade
from protocol.ledger import adjustments
from protocol.ledger.lots import Booking, Holding, Refusal
from protocol.money import CENTS_MAX

ASSETS = ("principal", "bonus", "points")


def adjust(trade: Trade, request: Request) -> Outcome:
    """Credits or debits what is here of an account, against the correction book."""
    asked, values = request.asked, request.asked.values
    member = trade.books.member(values["account"])
    if member is None:
        return money.refuse(trade, asked, Refusal("unknown_account"), None)
    second = refunding.second_of(trade, asked)
    refusal = _forbidden(trade, asked, second)
    if refusal:
        return money.refuse(trade, asked, refusal, member)
    before = trade.books.holding(member.account)
    booking = adjustments.adjust(
        before,
        asked.transfer,
        values["asset"],
        values["change"],
        values["why"],
        values["operator"],
        second,
        trade.books.rights(),
        trade.clock.now_s(),
    )
    if isinstance(booking, Refusal):
        return money.refuse(trade, asked, booking, member)
    return _approve(trade, asked, member, second, before, booking)


def _forbidden(trade: Trade, asked: Asked, second: str) -> Refusal | None:
    values = asked.values
    duty = trade.books.duty(asked.name, values["operator"], values["shift"])
    if duty:
        return Refusal(duty)
    plain = values["asset"] in ASSETS or values["asset"].startswith("punch:")
    if not plain or values["why"] not in adjustments.REASONS or not 0 < abs(values["change"]) <= CENTS_MAX:
        return Refusal("malformed", "{asset} by {change} for {why}".format(**values))
    if not second:
        return Refusal("second_person")
    taken = max(0, -values["change"]) if values["asset"] != "points" else 0
    return authorise.beyond_witness(money.unwitnessed(trade), taken)


def _approve(trade: Trade, asked: Asked, member: Member, second: str, before: Holding, booking: Booking) -> Outcome:
    values, offline = asked.values, trade.offline()
    seq = trade.write_event(
        "adjustment",
        booking.entries,
        **money.story(asked),
        receipt=None,
        reason=values["why"],
        second=second,
        lots=money.lot_rows(before, booking),
        offline=offline,
    )
    changes = money.write(trade, before, booking)
    told = {"business_date": trade.today(), "change": values["change"], "offline": offline}
    shown = money.after(member, booking.holding, changes)
    return money.approved(trade, Told("adjusted", asked.ids | told | shown), seq)
