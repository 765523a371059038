"""The forecourt's shift is opened and closed: totals of all nozzles, what was booked in between, the counted cash.

Attendants' own shifts at the forecourt (who serves) end with it; those at tills have nothing to do with it.
"""

from typing import Any

from gateway.core import fuel_shift
from gateway.core.fuel_shift import Cash, Money
from gateway.core.pumped import PumpHold
from gateway.shop import Shop
from gateway.store import fuel_shifts, holds, shifts
from gateway.store.fuel_shifts import FuelShift
from protocol.ledger.holds import IN_SUSPENSE

OPEN_NOW = "fuel_shift"  # the single value that names the open shift


def open_shift(shop: Shop, operator: str, told: dict) -> dict | str:
    """Begins a shift with the totals as they are; the reason why not."""
    if shop.fenced():
        return "fenced"
    last = next(iter(fuel_shifts.last(shop.db)), None)
    if last and not last.closed_s:
        return "shift_open"
    number, totals = (last.shift if last else 0) + 1, fuel_shifts.totals(shop.db)
    unpaid_cents = fuel_shifts.unpaid_cents(shop.db)
    rows = [one._asdict() for one in totals]
    seq = shop.write_event(
        "fuel_shift_opened", operator=operator, fuel_shift=number, cash_cents=told["cash_cents"], nozzles=rows
    )
    opened = FuelShift(number, shop.clock.now_s(), operator, seq, told["cash_cents"], unpaid_cents, totals)
    fuel_shifts.begin(shop.db, opened)
    shop.books.keep(OPEN_NOW, str(number))
    return {OPEN_NOW: number}


def close_shift(shop: Shop, operator: str, told: dict) -> dict | str:
    """Ends the open shift; everything about it is in its event and on its page."""
    if shop.fenced():
        return "fenced"
    last = next(iter(fuel_shifts.last(shop.db)), None)
    if last is None or last.closed_s:
        return "no_shift"
    end_attendants(shop)
    found = _closed(shop, last, told)
    seq = shop.write_event("fuel_shift_closed", operator=operator, fuel_shift=last.shift, **found)
    fuel_shifts.close(shop.db, last.shift, shop.clock.now_s(), operator, seq, found)
    shop.books.keep(OPEN_NOW, "")
    return {OPEN_NOW: last.shift, "cash": found["cash"], "difference_cents": found["money"]["difference_cents"]}


def end_attendants(shop: Shop) -> None:
    """Whoever served at the forecourt has ended with its shift, and signs in again for the next."""
    for shift in shifts.open_at(shop.db, f"{shop.store}-forecourt"):
        shifts.close(shop.db, shift.shift, shop.clock.now_s())
        told = {"operator": shift.operator, "terminal": shift.terminal, "shift": shift.shift}
        shop.write_event("shift_closed", **told, sales=shift.sales, cash_cents=shift.cash_cents)


def _closed(shop: Shop, opened: FuelShift, told: dict) -> dict[str, Any]:
    db, after = shop.db, opened.opened_seq
    events = fuel_shifts.fuel_events(db, after)
    booked = fuel_shift.deliveries(events, fuel_shifts.fill_states(db, after))
    settled = fuel_shifts.settled_cents(db, after)
    taken_cents = sum(event["tenders"]["cash"] for event in events if event["kind"] == "sale" and event.get("fill"))
    tenders = fuel_shift.member_tenders(events)
    tenders |= {"cash": tenders.get("cash", 0) + taken_cents, "till": settled.get("paid", 0) - taken_cents}
    delivered_cents, unpaid_cents = sum(one.cents for one in booked), fuel_shifts.unpaid_cents(db)
    money = Money(opened.unpaid_cents, delivered_cents, tenders, settled.get("drive_off", 0), unpaid_cents)
    tests = {(one["terminal"], one["nozzle"]): one["ml"] for one in told.get("tests", ())}
    cash = Cash(opened.cash_cents, taken_cents, told["counted_cents"])
    closed = fuel_shift.close(opened.totals, fuel_shifts.totals(db), booked, tests, money, cash)
    suspended = [_suspended(one) for one in holds.at_pumps(db) if one.state == IN_SUSPENSE]
    return {**fuel_shift.told(closed), "suspended": suspended}


def _suspended(hold: PumpHold) -> dict[str, Any]:
    """What waits for its proof at the close: it is booked, and counted, in a later shift."""
    return {"hold": hold.hold, "terminal": hold.terminal, "nozzle": hold.nozzle, "held_cents": hold.cents}
