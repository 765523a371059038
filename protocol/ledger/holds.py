"""Holds: an amount is set aside by lot while it is not known yet (fuel, timed service), then captured or let go.

A hold moves nothing: it lowers what is free, and void and expire only give that back. Entries come with the capture.
Each call is idempotent by the hold's id in its store's table; what the table below does not list is refused.

    open       may expire on the gateway's monotonic clock
    running    a pump that is fuelling or in a state nobody knows, a service that runs: never expires, never voided
    suspense   nobody can say now what was delivered: the value lies on suspense lines until it is settled by evidence

What was delivered is always booked, whatever has become of its hold (delivered). A hold takes its lots first, then the
offline credit that a cut store has promised with it (offline.hold), and what goes beyond both is an overrun.
"""

from collections.abc import Iterable

from protocol.errors import Ours
from protocol.ledger.entries import CENTS, SUSPENSE, Entry, Line, member_line
from protocol.ledger.lots import (
    Booking,
    Hold,
    Holding,
    Part,
    Refusal,
    check_amounts,
    credited,
    draw,
    free,
    slice_of,
    stored_cents,
)
from protocol.ledger.spending import ORDERS, lent, spent_to, split_stored, take_from_lots, take_parts

OPEN, RUNNING, IN_SUSPENSE, CLOSED = "open", "running", "suspense", "closed"

LIFE = {
    (OPEN, "start"): RUNNING,
    (OPEN, "capture_part"): OPEN,
    (OPEN, "capture_last"): CLOSED,
    (OPEN, "void"): CLOSED,
    (OPEN, "expire"): CLOSED,
    (RUNNING, "stop"): OPEN,
    (RUNNING, "capture_part"): RUNNING,
    (RUNNING, "capture_last"): CLOSED,
    (RUNNING, "suspend"): IN_SUSPENSE,
    (IN_SUSPENSE, "settle_part"): IN_SUSPENSE,
    (IN_SUSPENSE, "settle"): CLOSED,
}


def hold(holding: Holding, hold_id: str, cents: int, order: str = "principal_first") -> Booking | Refusal:
    """Sets stored value aside; refused with insufficient_float. Raises Ours for an id that is open already."""
    if cents <= 0 or _find(holding, hold_id):
        raise Ours("malformed", f"hold {hold_id} of {cents}")
    return set_aside(holding, hold_id, cents, order)


def set_aside(holding: Holding, hold_id: str, cents: int, order: str, credit_cents: int = 0) -> Booking | Refusal:
    """A hold of so much float and so much offline credit (offline.hold says how much of each)."""
    split = split_stored(holding, cents, order)
    if isinstance(split, Refusal):
        return split
    slices = free(holding)
    picked = draw(slices, "principal", split[0]) + draw(slices, "bonus", split[1])
    parts = tuple(Part(one.asset, one.lot, amount) for one, amount in picked)
    held = Hold(hold_id, parts, OPEN, order, credit_cents)
    return Booking((), holding._replace(holds=(*holding.holds, held)))


def capture(
    holding: Holding, hold_id: str, transfer: str, cents: int, last: bool = True, first_n: int = 1
) -> Booking | Refusal:
    """Spends of a hold; the last capture closes it and frees the rest. What goes beyond the hold is an overrun.

    Refused with hold_closed when the hold is open no more: what was delivered is then an overrun, never refused.
    """
    check_amounts(cents=cents)
    held = _step(holding, hold_id, "capture_last" if last else "capture_part")
    if isinstance(held, Refusal):
        return held
    parts = _split_parts(held, min(cents, held_cents(held)))
    left = held._replace(parts=_less(held.parts, parts))
    booking = Booking((), _put(holding, left))
    for part in parts:
        booking = take_parts(booking, transfer, [part], spent_to(part.asset, holding.holder), first_n)
    return _beyond_lots(booking, left, transfer, cents - held_cents(held), first_n)


def delivered(
    holding: Holding,
    hold_id: str,
    transfer: str,
    cents: int,
    last: bool = True,
    order: str = "principal_first",
    first_n: int = 1,
) -> Booking:
    """Books what was delivered, never refused.

    It is a capture; the evidence that settles a hold in suspense; or, where the hold is closed or was never heard of,
    an overrun of all of it by this order.
    """
    held = _find(holding, hold_id)
    if held is None:
        return overrun(holding, transfer, cents, order, first_n) if cents else Booking((), holding)
    close = settle if held.state == IN_SUSPENSE else capture
    booked = close(holding, hold_id, transfer, cents, last, first_n)
    if isinstance(booked, Refusal):
        raise Ours("hold_closed", f"{hold_id} is {held.state}")
    return booked


def void(holding: Holding, hold_id: str) -> Booking | Refusal:
    """Lets a hold go: nothing was delivered. No entries; the float itself does not move."""
    return _let_go(holding, hold_id, "void")


def expire(holding: Holding, hold_id: str) -> Booking | Refusal:
    """Lets an open hold go because its time is over; refused for one that runs or is in suspense."""
    return _let_go(holding, hold_id, "expire")


def start(holding: Holding, hold_id: str) -> Booking | Refusal:
    """The pump fuels, the service runs: from now on only evidence closes the hold."""
    return _let_go(holding, hold_id, "start")


def stop(holding: Holding, hold_id: str) -> Booking | Refusal:
    """It has ended and is known to be idle: the hold may be captured, voided, or expire."""
    return _let_go(holding, hold_id, "stop")


def overrun(holding: Holding, transfer: str, cents: int, order: str, first_n: int = 1) -> Booking:
    """Books what was delivered without a hold: from free float first, the rest is owed by the member. cents > 0."""
    if cents <= 0:
        raise Ours("malformed", f"an overrun of {cents}")
    paid = min(cents, stored_cents(holding))
    split = split_stored(holding, paid, order)
    if isinstance(split, Refusal):
        raise Ours(split.reason, split.detail)
    booking = Booking((), holding)
    for asset, amount in zip(("principal", "bonus"), split, strict=True):
        booking = take_from_lots(booking, transfer, asset, amount, spent_to(asset, holding.holder), first_n)
    if cents == paid:
        return booking
    debtor, to = Line("receivable", holding.account, "principal"), Line("revenue", holding.holder, "receivable")
    entry = Entry(transfer, first_n + len(booking.entries), debtor, to, cents - paid)
    return booking._replace(entries=(*booking.entries, entry))


def suspend(holding: Holding, hold_id: str, transfer: str, first_n: int = 1) -> Booking | Refusal:
    """Moves what a running hold has set aside to suspense: nobody knows now what was delivered."""
    held = _step(holding, hold_id, "suspend")
    if isinstance(held, Refusal):
        return held
    booking = Booking((), _put(holding, held))
    for part in held.parts:
        to = member_line(holding.account, part.asset, SUSPENSE, part.lot)
        booking = take_parts(booking, transfer, [part], to, first_n)
    return booking


def settle(
    holding: Holding, hold_id: str, transfer: str, cents: int, last: bool = True, first_n: int = 1
) -> Booking | Refusal:
    """Spends of a hold in suspense by evidence: so much was delivered.

    The last one closes it, and the rest comes back to its lots here. Refused with hold_closed when nothing is in
    suspense under this id.
    """
    check_amounts(cents=cents)
    held = _step(holding, hold_id, "settle" if last else "settle_part")
    if isinstance(held, Refusal):
        return held
    spent = _split_parts(held, min(cents, held_cents(held)))
    rest = _less(held.parts, spent)
    entries = _out_of_suspense(holding, transfer, spent, rest if last else (), first_n)
    left = held._replace(parts=rest)
    after = _put(holding, left)
    for part in rest if last else ():
        lot = slice_of(holding, part.lot)
        if lot is None:
            raise Ours("malformed", f"the terms of lot {part.lot} are not known here")
        after = credited(after, lot._replace(amount=part.amount))
    return _beyond_lots(Booking(entries, after), left, transfer, cents - held_cents(held), first_n)


def held_cents(held: Hold) -> int:
    """Stored value that a hold has left of its lots; its offline credit is beside it."""
    return sum(part.amount for part in held.parts if part.asset in CENTS)


def owed_cents(entries: Iterable[Entry]) -> int:
    """What of a delivery the member owes now: to be flagged, told on the receipt, collected from the next credit."""
    return sum(one.amount for one in entries if one.debit.book == "receivable" and one.debit.asset in CENTS)


def open_hold(holding: Holding, hold_id: str) -> Hold | None:
    """The hold of this id, unless it is closed."""
    return _find(holding, hold_id)


def _beyond_lots(booking: Booking, held: Hold, transfer: str, cents: int, first_n: int) -> Booking:
    """Adds what the lots of a hold did not cover: its offline credit first, then an overrun. held: as it is left."""
    holding = booking.holding
    credit_cents = min(max(0, cents), held.credit_cents)
    if credit_cents:
        entry = lent(transfer, holding.account, holding.holder, credit_cents, first_n + len(booking.entries))
        left = held._replace(credit_cents=held.credit_cents - credit_cents)
        booking = Booking((*booking.entries, entry), _put(holding, left))
    if cents <= credit_cents:
        return booking
    over = overrun(booking.holding, transfer, cents - credit_cents, held.order, first_n + len(booking.entries))
    return over._replace(entries=booking.entries + over.entries)


def _out_of_suspense(
    holding: Holding, transfer: str, spent: tuple[Part, ...], rest: tuple[Part, ...], first_n: int
) -> tuple[Entry, ...]:
    moves = [(part, spent_to(part.asset, holding.holder)) for part in spent]
    moves += [(part, member_line(holding.account, part.asset, holding.holder, part.lot)) for part in rest]
    return tuple(
        Entry(transfer, first_n + at, member_line(holding.account, part.asset, SUSPENSE, part.lot), to, part.amount)
        for at, (part, to) in enumerate(moves)
    )


def _let_go(holding: Holding, hold_id: str, event: str) -> Booking | Refusal:
    held = _step(holding, hold_id, event)
    return held if isinstance(held, Refusal) else Booking((), _put(holding, held))


def _step(holding: Holding, hold_id: str, event: str) -> Hold | Refusal:
    held = _find(holding, hold_id)
    if held is None:
        return Refusal("hold_closed", hold_id)
    if (held.state, event) not in LIFE:
        return Refusal("hold_closed", f"a hold that is {held.state} knows no {event}")
    return held._replace(state=LIFE[held.state, event])


def _find(holding: Holding, hold_id: str) -> Hold | None:
    return next((one for one in holding.holds if one.hold_id == hold_id), None)


def _put(holding: Holding, held: Hold) -> Holding:
    others = tuple(one for one in holding.holds if one.hold_id != held.hold_id)
    return holding._replace(holds=others if held.state == CLOSED else (*others, held))


def _split_parts(held: Hold, cents: int) -> tuple[Part, ...]:
    """Which parts of a hold an amount takes: by its order, then as they were drawn."""
    principal, bonus = (_sum(held.parts, asset) for asset in ("principal", "bonus"))
    bonus_part = ORDERS[held.order](cents, principal, bonus)
    return _first(held.parts, "principal", cents - bonus_part) + _first(held.parts, "bonus", bonus_part)


def _sum(parts: tuple[Part, ...], asset: str) -> int:
    return sum(part.amount for part in parts if part.asset == asset)


def _first(parts: tuple[Part, ...], asset: str, amount: int) -> tuple[Part, ...]:
    taken = []
    for part in parts:
        if part.asset == asset and amount:
            taken.append(part._replace(amount=min(part.amount, amount)))
            amount -= taken[-1].amount
    return tuple(taken)


def _less(parts: tuple[Part, ...], taken: tuple[Part, ...]) -> tuple[Part, ...]:
    gone = {part.lot: part.amount for part in taken}
    left = (part._replace(amount=part.amount - gone.get(part.lot, 0)) for part in parts)
    return tuple(part for part in left if part.amount)
