"""Taking a booked transfer back: the void of something approved that nobody was told of.

What the member had paid goes back to the very lots drawn, first; what the member was given is taken back from the lot
it opened, then from other free slices of the same asset here. Of a top-up, bonus that is gone by then lowers the
principal that is paid out; what still misses becomes a receivable. A member line never goes below zero.
"""

from collections.abc import Iterable

from protocol.errors import Ours
from protocol.ledger.entries import Entry, Line
from protocol.ledger.lots import Booking, Holding, Slice, added, credited, own_lot_first, slice_of
from protocol.ledger.rights import right_name
from protocol.ledger.spending import take_parts


def reverse(
    entries: Iterable[Entry], transfer: str, holding: Holding, terms: Iterable[Slice] = (), first_n: int = 1
) -> Booking:
    """Books the opposite of a transfer under a new id. holding: of the same account at the holder that booked it.

    terms: slices of the lots drawn, for lots whose emptied slice has been pruned here. Booking.rights_drawn is
    negative: the right comes back as far as the credit did. Raises Ours if a lot's terms are unknown or nothing was
    booked.
    """
    entries = tuple(entries)
    if not entries:
        raise Ours("malformed", "nothing was booked that could be reversed")
    known = {one.lot: one._replace(amount=0) for one in terms}
    booking = Booking((), holding)
    for entry in entries:
        if entry.debit.book == "member":
            booking = _put_back(booking, transfer, entry, known, first_n)
        elif entry.credit.book != "member" and entry.debit.book != "right":
            booking = added(booking, transfer, entry.credit, entry.debit, entry.amount, first_n)
    missing_bonus = 0
    for entry in sorted(entries, key=lambda one: one.credit.asset != "bonus"):
        if entry.credit.book == "member":
            booking, missing_bonus = _take_back(booking, transfer, entry, missing_bonus, first_n)
    if missing_bonus:
        booking = _owe(booking, transfer, "bonus", Line("gift_cost", holding.holder, "bonus"), missing_bonus, first_n)
    return _rights_back(booking, transfer, entries, first_n)


def _put_back(booking: Booking, transfer: str, entry: Entry, known: dict[str, Slice], first_n: int) -> Booking:
    line, holding = entry.debit, booking.holding
    _check_same_holder(line, holding)
    lot = slice_of(holding, line.lot) or known.get(line.lot)
    if lot is None:
        raise Ours("malformed", f"the terms of lot {line.lot} are not known here")
    booking = added(booking, transfer, entry.credit, line, entry.amount, first_n)
    return booking._replace(holding=credited(holding, lot._replace(amount=entry.amount)))


def _take_back(booking: Booking, transfer: str, entry: Entry, missing_bonus: int, first_n: int) -> tuple[Booking, int]:
    line = entry.credit
    _check_same_holder(line, booking.holding)
    parts = own_lot_first(booking.holding, line.asset, line.lot, entry.amount)
    taken = sum(amount for _, _, amount in parts)
    if line.asset == "bonus" and entry.debit.book == "gift_cost":
        return take_parts(booking, transfer, parts, entry.debit, first_n), missing_bonus + entry.amount - taken
    if line.asset == "principal" and missing_bonus:
        lowered = min(missing_bonus, taken)
        instead, parts = _cut(parts, lowered)
        booking = take_parts(booking, transfer, instead, Line("gift_cost", line.holder, "bonus"), first_n)
        missing_bonus -= lowered
    booking = take_parts(booking, transfer, parts, entry.debit, first_n)
    return _owe(booking, transfer, line.asset, entry.debit, entry.amount - taken, first_n), missing_bonus


def _cut(parts: list[tuple[str, str, int]], amount: int) -> tuple[list, list]:
    """The last parts of a list up to an amount, and what is left before them."""
    left, cut = list(parts), []
    while amount:
        asset, lot, part = left.pop()
        now = min(part, amount)
        cut.append((asset, lot, now))
        amount -= now
        if part > now:
            left.append((asset, lot, part - now))
    return cut, left


def _owe(booking: Booking, transfer: str, asset: str, to: Line, amount: int, first_n: int) -> Booking:
    if not amount:
        return booking
    return added(booking, transfer, Line("receivable", booking.holding.account, asset), to, amount, first_n)


def _rights_back(booking: Booking, transfer: str, entries: tuple[Entry, ...], first_n: int) -> Booking:
    back = {}
    for entry in entries:
        if entry.debit.book == "right":
            amount = min(entry.amount, _unused(booking, entry))
            if amount:
                back[entry.debit.asset] = -amount
                booking = added(booking, transfer, entry.credit, entry.debit, amount, first_n)
    return booking._replace(rights_drawn=back)


def _unused(booking: Booking, entry: Entry) -> int:
    """How much of a right is unused again: to credit, as far as the credit came back; a public code's use, whole."""
    right = entry.debit.asset
    if not right.startswith("issue:"):
        return entry.amount
    return sum(e.amount for e in booking.entries if e.debit.book == "member" and right_name(e.debit.asset) == right)


def _check_same_holder(line: Line, holding: Holding) -> None:
    if (line.party, line.holder) != (holding.account, holding.holder):
        raise Ours("malformed", f"{line.text} is not of {holding.account} at {holding.holder}")
