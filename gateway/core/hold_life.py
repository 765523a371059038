"""The life of a hold at a nozzle: what its pump does, what time brings, and what of it moves value.

A hold that no pump has begun expires on the monotonic clock; one whose pump is not heard of for too long goes to
suspense, until the pump's totals or two people close it. Only suspense moves value, so only that is an event.
"""

from gateway.core import fuel_day, money
from gateway.core.asked import Asked, Told
from gateway.core.books import PumpHold
from gateway.core.trade import Trade
from protocol.ledger import coupons, holds
from protocol.ledger.entries import Entry
from protocol.ledger.holds import CLOSED, IN_SUSPENSE, OPEN, RUNNING
from protocol.ledger.lots import Booking, Holding, Refusal

OPEN_MS = 5 * 60_000  # a hold that no pump has begun
RUNNING_MS = 60 * 60_000  # one whose pump has not been heard of again


def note_state(trade: Trade, asked: Asked) -> Told:
    """What a pump does under a hold. It may give fuel only after the answer says `running`."""
    kept = trade.books.pump_hold(asked.values["hold"])
    if kept is None or kept.terminal != asked.name:
        return Told("pump_noted", {"r": asked.values["r"], "hold": asked.values["hold"], "state": CLOSED})
    word = asked.values["state"]
    if word == "fuelling":
        kept = step(trade, kept, "start") if kept.state == OPEN else _heard(trade, kept)
    elif word == "idle" and kept.state == RUNNING:
        kept = step(trade, kept, "stop")
    elif word == "unknown" and kept.state in (OPEN, RUNNING):
        kept = suspend(trade, kept)
    return Told("pump_noted", {"r": asked.values["r"], "hold": kept.hold, "state": kept.state})


def keep_up(trade: Trade) -> None:
    """What time brings, some minutes late at most: holds expire that no pump has begun, others go to suspense."""
    if trade.fenced():
        return
    fuel_day.sweep(trade)
    now_ms, boot = trade.clock.now_ms(), trade.clock.boot
    for kept in trade.books.pump_holds():
        if kept.boot != boot:  # another start of the machine: its clock says nothing about this one's
            trade.books.put_pump_hold(kept._replace(boot=boot, since_ms=now_ms))
        elif kept.state == OPEN and now_ms - kept.since_ms >= OPEN_MS:
            step(trade, kept, "expire")
        elif kept.state == RUNNING and now_ms - kept.since_ms >= RUNNING_MS:
            suspend(trade, kept)


def step(trade: Trade, kept: PumpHold, event: str) -> PumpHold:
    """One step that books nothing: start, stop, void, expire."""
    if not kept.account:
        return _note(trade, kept, holds.LIFE.get((kept.state, event), kept.state))
    before = trade.books.holding(kept.account)
    taken = {"start": holds.start, "stop": holds.stop, "void": holds.void, "expire": holds.expire}[event]
    booked = taken(before, kept.hold)
    if isinstance(booked, Refusal):
        return kept
    trade.books.save(before, booked.holding)
    left = holds.open_hold(booked.holding, kept.hold)
    return _note(trade, kept, left.state if left else CLOSED)


def let_go(trade: Trade, kept: PumpHold, transfer: str) -> None:
    """Nothing was delivered: from whatever state the hold is in."""
    if kept.state == RUNNING:
        kept = step(trade, kept, "stop")
    if kept.state == OPEN:
        step(trade, kept, "void")
    elif kept.state == IN_SUSPENSE:
        before = trade.books.holding(kept.account)
        booked = holds.settle(before, kept.hold, transfer, 0) if kept.account else Booking((), before)
        if isinstance(booked, Booking):
            _write_move(trade, "hold_settled", kept, transfer, before, booked)
            _note(trade, kept, CLOSED)


def suspend(trade: Trade, kept: PumpHold) -> PumpHold:
    """What a hold has set aside goes to suspense: nobody can say now what was delivered."""
    if kept.state == OPEN:
        kept = step(trade, kept, "start")
    before = trade.books.holding(kept.account)
    transfer = kept.hold + "/suspense"
    booked = holds.suspend(before, kept.hold, transfer) if kept.account else Booking((), before)
    if isinstance(booked, Refusal) or kept.state != RUNNING:
        return kept
    _write_move(trade, "hold_suspended", kept, transfer, before, booked)
    return _note(trade, kept, IN_SUSPENSE)


def closed(trade: Trade, kept: PumpHold) -> None:
    """Nothing more comes of a hold: a coupon that it has not used is free again, and so is the card's day."""
    if kept.coupon_lot:
        before = trade.books.holding(kept.account)
        trade.books.save(before, coupons.unlock(before, lock_of(kept.hold)).holding)
    if kept.got_ml:
        fuel_day.taken(trade, kept.hold, kept.got_ml, kept.got_cents, True)
    else:
        fuel_day.ended(trade, kept.hold)


def lock_of(hold: str) -> str:
    """The id under which a hold's coupon is locked."""
    return hold + "/coupon"


def _write_move(trade: Trade, kind: str, kept: PumpHold, transfer: str, before: Holding, booked: Booking) -> None:
    told = {"transfer": transfer, "hold": kept.hold, "terminal": kept.terminal, "account": kept.account or None}
    trade.write_event(kind, booked.entries, **told, lots=money.lot_rows(before, booked))
    if kept.account:
        book(trade, before, booked, 0)


def _heard(trade: Trade, kept: PumpHold) -> PumpHold:
    """The pump still speaks of this hold."""
    return _note(trade, kept, kept.state)


def _note(trade: Trade, kept: PumpHold, state: str) -> PumpHold:
    noted = kept._replace(state=state, boot=trade.clock.boot, since_ms=trade.clock.now_ms())
    trade.books.put_pump_hold(noted)
    if state == CLOSED and kept.state != CLOSED:
        closed(trade, noted)
    return noted


def book(trade: Trade, before: Holding, booked: Booking, paid_cents: int) -> dict[str, int]:
    """Keeps a booking; the change of each asset in all: what is held or in suspense is still the member's."""
    trade.books.draw_rights(money.rights_drawn(trade.store, booked.entries))
    trade.books.save(before, booked.holding)
    debts = money.debts_in(booked.entries)
    if debts:
        trade.books.owe(before.account, debts)
    changes = changes_in(booked.entries)
    if changes:
        trade.books.follow(before.account, {**dict.fromkeys(money.SHOWN, 0), **changes}, paid_cents)
    return changes


def changes_in(entries: tuple[Entry, ...]) -> dict[str, int]:
    """asset -> what came to a member from outside, less what went."""
    changes: dict[str, int] = {}
    for one in entries:
        if (one.debit.book == "member") != (one.credit.book == "member"):
            comes = one.credit.book == "member"
            asset = (one.credit if comes else one.debit).asset
            changes[asset] = changes.get(asset, 0) + (one.amount if comes else -one.amount)
    return changes
