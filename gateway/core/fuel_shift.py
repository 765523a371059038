"""The fuel of a shift: each nozzle's totals beside what was booked, the money beside the counted cash. Pure.

    litres, per nozzle    closing - opening = sold + unpaid + driven off + tests + gap
    gap                   the sum of its lines: each stands between two fills whose totals do not meet
    money                 unpaid before + delivered = tenders + driven off + unpaid now (+ difference)
    cash                  in the drawer at opening + taken here = expected; counted less expected = over or short

A fill belongs to the shift in which it is booked. A nozzle that is busy at the close is read as it was when last free,
so what flows just then belongs to the next shift whole: its litres and its sale.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gateway.core.pumped import NozzleTotal
from protocol.money import line_amount_cents

SOLD, UNPAID, LOST = "sold", "unpaid", "lost"
GAPS_MAX = 200  # lines that a shift tells; what is beyond them is in the nozzle's sum all the same

MONEY_TENDERS = ("principal", "bonus", "points_value", "cash", "receivable")
HOW = {"unpaid": UNPAID, "drive_off": LOST}  # state of a fill -> how its litres count

NozzleKey = tuple[str, int]  # terminal, number for people


class Delivery(NamedTuple):
    """One fill that this shift has booked, with the totals around it. how: sold, unpaid or lost (driven off).

    number: its receipt, or the number under which it is paid. before_ml and after_ml of 0: nobody has read them.
    """

    terminal: str
    nozzle: int
    code: str
    how: str
    number: int
    ml: int
    cents: int
    price_milli: int
    before_ml: int
    after_ml: int

    @property
    def key(self) -> NozzleKey:
        return self.terminal, self.nozzle


class Gap(NamedTuple):
    """Litres that the totaliser counted and no fill has: since the fill `after` up to the fill `before` (0: none).

    cents: what they are worth at the price of the fill beside them.
    """

    terminal: str
    nozzle: int
    after: int
    before: int
    ml: int
    cents: int


class NozzleLine(NamedTuple):
    """One nozzle over the shift; totals_ml = sold + unpaid + lost + test + gap, always."""

    terminal: str
    nozzle: int
    code: str
    opening_ml: int
    closing_ml: int
    fills: int
    sold_ml: int
    unpaid_ml: int
    lost_ml: int
    test_ml: int
    sold_cents: int

    @property
    def totals_ml(self) -> int:
        return self.closing_ml - self.opening_ml

    @property
    def gap_ml(self) -> int:
        return self.totals_ml - self.sold_ml - self.unpaid_ml - self.lost_ml - self.test_ml


class Money(NamedTuple):
    """Minor units. delivered: all fills booked; tenders: by which fuel was paid, also what was unpaid before."""

    unpaid_before_cents: int
    delivered_cents: int
    tenders: Mapping[str, int]
    lost_cents: int
    unpaid_now_cents: int

    @property
    def difference_cents(self) -> int:
        paid_cents = sum(self.tenders.values()) + self.lost_cents + self.unpaid_now_cents
        return self.unpaid_before_cents + self.delivered_cents - paid_cents


class Cash(NamedTuple):
    """The drawer of the forecourt, minor units."""

    opening_cents: int
    taken_cents: int
    counted_cents: int

    @property
    def expected_cents(self) -> int:
        return self.opening_cents + self.taken_cents

    @property
    def over_cents(self) -> int:
        """More than expected; below zero it is short."""
        return self.counted_cents - self.expected_cents


class Closed(NamedTuple):
    """A shift's fuel as it is told, kept and printed."""

    nozzles: tuple[NozzleLine, ...]
    gaps: tuple[Gap, ...]
    money: Money
    cash: Cash


def close(
    opening: Iterable[NozzleTotal],
    closing: Iterable[NozzleTotal],
    deliveries: Iterable[Delivery],
    tests: Mapping[NozzleKey, int],
    money: Money,
    cash: Cash,
) -> Closed:
    """The whole shift. deliveries: in the order in which they were booked."""
    began, ended, booked = _by_key(opening), _by_key(closing), list(deliveries)
    lines, gaps = [], []
    for key in sorted(began.keys() | ended.keys() | {one.key for one in booked}):
        own = [one for one in booked if one.key == key]
        first, last = began.get(key), ended.get(key)
        code = next((one.code for one in (last, first, *own) if one and one.code), "")
        ends_ml = _ends_ml(first, last, own)
        lines.append(_line(key, code, ends_ml, own, tests.get(key, 0)))
        gaps += _gaps(key, ends_ml, own)
    return Closed(tuple(lines), tuple(gaps), money, cash)


def _by_key(readings: Iterable[NozzleTotal]) -> dict[NozzleKey, NozzleTotal]:
    return {(one.terminal, one.nozzle): one for one in readings}


def _ends_ml(first: NozzleTotal | None, last: NozzleTotal | None, own: list[Delivery]) -> tuple[int, int]:
    """Totals at opening and closing; a nozzle first seen within the shift begins with those of its first fill."""
    read = [one for one in own if one.after_ml]
    if first:
        first_ml = first.total_ml
    else:
        first_ml = min((one.before_ml for one in read), default=last.total_ml if last else 0)
    return first_ml, last.total_ml if last else max((one.after_ml for one in read), default=first_ml)


def _line(key: NozzleKey, code: str, ends_ml: tuple[int, int], own: list[Delivery], test_ml: int) -> NozzleLine:
    ml = {how: sum(one.ml for one in own if one.how == how) for how in (SOLD, UNPAID, LOST)}
    sold_cents = sum(one.cents for one in own if one.how == SOLD)
    return NozzleLine(*key, code, *ends_ml, len(own), ml[SOLD], ml[UNPAID], ml[LOST], test_ml, sold_cents)


def _gaps(key: NozzleKey, ends_ml: tuple[int, int], own: list[Delivery]) -> list[Gap]:
    """Where the totals of one fill do not meet those of the next, within a fill, and after the last one.

    Their sum is the nozzle's gap and its tests.
    """
    found: list[tuple[int, int, int, int]] = []  # after, before, ml, price
    (at_ml, last_ml), after, price_milli = ends_ml, 0, next((one.price_milli for one in own), 0)
    for one in _by_totals(own):
        price_milli = one.price_milli or price_milli
        if one.after_ml:
            found.append((after, one.number, one.before_ml - at_ml, price_milli))
            found.append((one.number, one.number, one.after_ml - one.before_ml - one.ml, price_milli))
        at_ml, after = one.after_ml or at_ml + one.ml, one.number  # people's word counts as if it had been read
    found.append((after, 0, last_ml - at_ml, price_milli))
    return [Gap(*key, after, before, ml, line_amount_cents(ml, price)) for after, before, ml, price in found if ml]


def _by_totals(own: list[Delivery]) -> list[Delivery]:
    """In the order of the totaliser; what people have said stays behind what was booked before it."""
    placed, upto_ml = [], 0
    for at, one in enumerate(own):
        upto_ml = one.after_ml or upto_ml
        placed.append((one.before_ml if one.after_ml else upto_ml, at, one))
    return [one for _, _, one in sorted(placed)]


def deliveries(events: Iterable[dict], states: Mapping[int, str]) -> list[Delivery]:
    """The litres that these events have booked. states: fill -> unpaid, paid or drive_off as it is now."""
    return [_delivery(event, states) for event in events if event.get("fuel")]


def _delivery(event: dict, states: Mapping[int, str]) -> Delivery:
    fuel, line = event["fuel"], event["lines"][0]
    asked = event.get("request") or {}
    terminal = event.get("terminal") or asked.get("terminal", "")
    nozzle = fuel.get("nozzle") or asked.get("lane", 0) + 1
    how = HOW.get(states.get(event.get("fill", 0), ""), SOLD)
    return Delivery(
        terminal, nozzle, line["code"], how, event.get("receipt") or event.get("fill", 0), line["qty_milli"],
        line["amount_cents"], line["price_milli"], fuel.get("total_before_ml", 0), fuel.get("total_after_ml", 0),
    )  # fmt: skip


def member_tenders(events: Iterable[dict]) -> dict[str, int]:
    """By what members paid for their fills, in minor units; what a coupon took off is a tender here."""
    found: dict[str, int] = {}
    for event in events:
        if event["kind"] != "sale" or not event.get("fuel"):
            continue
        paid = {name: event["tenders"].get(name, 0) for name in MONEY_TENDERS}
        paid["coupon"] = -sum(line["amount_cents"] for line in event["lines"] if line["amount_cents"] < 0)
        for name, cents in paid.items():
            if cents:
                found[name] = found.get(name, 0) + cents
    return found


def told(closed: Closed) -> dict:
    """As the event and the page say it; the sums stand beside their parts, so that a reader need not add."""
    money, cash = closed.money, closed.cash
    return {
        "nozzles": [{**one._asdict(), "totals_ml": one.totals_ml, "gap_ml": one.gap_ml} for one in closed.nozzles],
        "gaps": [one._asdict() for one in closed.gaps[:GAPS_MAX]],
        "money": {**money._asdict(), "tenders": dict(money.tenders), "difference_cents": money.difference_cents},
        "cash": {**cash._asdict(), "expected_cents": cash.expected_cents, "over_cents": cash.over_cents},
    }
