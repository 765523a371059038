"""What attendants let flow without a member: a fill with a number, until somebody pays for it or it is given up.

    unpaid     its event moves nothing; an open basket that has it locks it
    paid       by a basket line with its number (any tender), or in cash at the forecourt: revenue then, never before
    drive_off  two people give it up: the chain's loss pays for it, so that litres and revenue tie
"""

from collections.abc import Mapping

from gateway.core.books import Basket, Fill, LaneKey, PumpHold
from gateway.core.pricing import BasketLine
from gateway.core.trade import Trade
from protocol.ledger import spending
from protocol.ledger.entries import Entry, Line

UNPAID, PAID, DRIVE_OFF = "unpaid", "paid", "drive_off"
LOCK_MS = 30 * 60_000  # a basket that is left alone keeps its fills so long from others


def make(trade: Trade, kept: PumpHold, line: BasketLine, **story: object) -> Fill:
    """The event and the number; gap-free because it is drawn in the event's own transaction."""
    number = trade.number("fill") + 1
    trade.books.keep("fill", str(number))
    who = {"operator": kept.operator or story.get("operator"), "shift": kept.shift or None}
    told = {**story, **who, "account": None, "hold": kept.hold, "terminal": kept.terminal, "fill": number}
    seq = trade.write_event("fill", **told, lines=[line.told()], offline=trade.offline())
    fill = Fill(
        number, str(story["transfer"]), kept.hold, kept.terminal,
        kept.nozzle, line.code, line.name, line.qty_milli, line.price_milli,
        line.amount_cents, line.tax_code, line.tax_bp, kept.operator, kept.shift, UNPAID,
        at_s=trade.clock.now_s(), business_date=trade.today(), seq=seq,
    )  # fmt: skip
    trade.books.put_fill(fill)
    return fill


def number_of(code: str) -> int:
    """'.12' is fill 12; 0 for any other code."""
    digits = code[1:]
    return int(digits) if code[:1] == "." and digits.isascii() and digits.isdigit() and len(digits) <= 10 else 0


def line_of(fill: Fill) -> BasketLine:
    """Its line in a basket, under its number."""
    name = f"{fill.name} .{fill.fill}"
    return BasketLine(
        f".{fill.fill}", name, fill.ml, fill.price_milli, fill.total_cents, fill.tax_code, fill.tax_bp
    )  # fmt: skip


def lock(trade: Trade, number: int, lane: LaneKey, basket: int) -> Fill | str:
    """Puts a fill into an open basket; the reason where it may not be there."""
    fill = trade.books.fill(number)
    reason = _not_for(trade, fill, lane, basket)
    if reason or fill is None:
        return reason
    locked = fill._replace(
        lock_terminal=lane[0], lock_journal=lane[1], lock_lane=lane[2], lock_basket=basket,
        lock_boot=trade.clock.boot, lock_ms=trade.clock.now_ms(),
    )  # fmt: skip
    trade.books.put_fill(locked)
    return locked


def of_basket(trade: Trade, lane: LaneKey, basket: int, lines: tuple[BasketLine, ...]) -> dict[int, Fill] | str:
    """Place of a line -> its fill; the reason if one of them is not this basket's to pay (any more)."""
    found: dict[int, Fill] = {}
    for at, line in enumerate(lines):
        number = number_of(line.code)
        fill = trade.books.fill(number) if number else None
        if fill is not None:
            reason = _not_for(trade, fill, lane, basket)
            if reason or fill in found.values():
                return reason or "fill_locked"
            found[at] = fill
    return found


def as_goods(lines: tuple[BasketLine, ...], found: Mapping[int, Fill]) -> tuple[BasketLine, ...]:
    """The lines as what they are: fuel of a grade."""
    return tuple(
        line._replace(code=found[at].code, name=found[at].name) if at in found else line
        for at, line in enumerate(lines)
    )


def paid(trade: Trade, found: Mapping[int, Fill], seq: int) -> None:
    """A sale has paid for these."""
    for fill in found.values():
        trade.books.put_fill(_unlocked(fill)._replace(state=PAID, settled_seq=seq))


def unpaid_again(trade: Trade, lines: list[dict]) -> None:
    """The sale that paid for them was taken back: nobody was told of it."""
    for line in lines:
        fill = trade.books.fill(line.get("fill") or 0)
        if fill is not None and fill.state == PAID:
            trade.books.put_fill(fill._replace(state=UNPAID, settled_seq=0))


def settle_cash(trade: Trade, number: int, cents: int, operator: str, shift: int) -> dict | str:
    """Paid in cash at the forecourt: a sale of its own; the receipt's values, or the reason why not."""
    fill = trade.books.fill(number)
    reason = _not_for(trade, fill, ("", "", 0), 0)
    if reason or fill is None:
        return reason
    if cents != fill.total_cents:
        return "total_mismatch"
    transfer, receipt = f"{fill.hold}/{fill.fill}/paid", trade.next_receipt()
    line = line_of(fill)._replace(code=fill.code)
    seq = trade.write_event(
        "sale",
        (spending.cash(transfer, trade.store, cents, 1),),
        transfer=transfer,
        operator=operator,
        shift=shift,
        account=None,
        receipt=receipt,
        hold=fill.hold,
        fill=fill.fill,
        about=fill.transfer,
        terminal=fill.terminal,
        lines=[line.told() | {"fill": fill.fill}],
        tenders={"principal": 0, "bonus": 0, "points": 0, "points_value": 0, "cash": cents},
        rules=trade.rules.version,
        offline=trade.offline(),
    )
    paid(trade, {0: fill}, seq)
    trade.books.count_sale(shift, 1, cents)
    return {"receipt": receipt, "business_date": trade.today(), "total_cents": cents}


def drive_off(trade: Trade, number: int, operator: str, second: str) -> str:
    """Two people give a fill up; '' or the reason why not."""
    fill = trade.books.fill(number)
    if not two_people(trade, operator, second):
        return "second_person"
    reason = _not_for(trade, fill, ("", "", 0), 0)
    if reason or fill is None:
        return reason
    transfer = f"{fill.hold}/{fill.fill}/drive_off"
    lost = Line("loss", trade.store, "receivable"), Line("revenue", trade.store, "receivable")
    seq = trade.write_event(
        "drive_off",
        (Entry(transfer, 1, *lost, fill.total_cents),),
        transfer=transfer,
        operator=operator,
        second=second,
        hold=fill.hold,
        terminal=fill.terminal,
        fill=fill.fill,
        about=fill.transfer,
        lines=[line_of(fill)._replace(code=fill.code).told() | {"fill": fill.fill}],
    )
    trade.books.put_fill(_unlocked(fill)._replace(state=DRIVE_OFF, settled_seq=seq))
    return ""


def two_people(trade: Trade, operator: str, second: str) -> bool:
    """Whether another one than the operator agrees, who may: a supervisor."""
    agreed = bool(second) and second != operator and trade.books.role(second) == "supervisor"
    return agreed and bool(trade.books.role(operator))


def locked(trade: Trade, fill: Fill) -> bool:
    """Whether an open basket has it now."""
    basket = trade.books.basket(fill.lock)
    fresh = fill.lock_boot == trade.clock.boot and trade.clock.now_ms() - fill.lock_ms < LOCK_MS
    return fresh and _has(basket, fill)


def _not_for(trade: Trade, fill: Fill | None, lane: LaneKey, basket: int) -> str:
    if fill is None:
        return "nothing_open"
    if fill.state != UNPAID:
        return "fill_paid"
    mine = (fill.lock, fill.lock_basket) == (lane, basket)
    return "fill_locked" if not mine and locked(trade, fill) else ""


def _has(basket: Basket, fill: Fill) -> bool:
    open_now = basket.basket == fill.lock_basket and not basket.paid
    return open_now and any(number_of(line.code) == fill.fill for line in basket.lines)


def _unlocked(fill: Fill) -> Fill:
    return fill._replace(lock_terminal="", lock_journal="", lock_lane=0, lock_basket=0, lock_boot="", lock_ms=0)
