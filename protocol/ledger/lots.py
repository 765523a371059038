"""Lots and the slices of them that one holder has.

Every credit opens a lot (origin store, kind, expiry). A holder (head office's pool, a store, transit) has slices of
lots; an amount is drawn from the oldest expiry first and names the lots it took, so no debit is ever orphaned.
Credits of equal terms within a month share one lot, whose id is made of those terms (lot_name): an account that pays
every day has a dozen slices, not hundreds, and who hears of a lot can check what he is told of it.
An emptied slice stays in its holding with amount 0: it keeps the lot's terms for a reversal. Stores may prune it once
head office has booked what emptied it.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from types import MappingProxyType
from typing import NamedTuple

from protocol.errors import Ours
from protocol.ledger.entries import Entry, Line

NEVER = "9999-12-31"  # where a lot without expiry stands in the order


class Slice(NamedTuple):
    """An amount of one lot at one holder, with the lot's terms."""

    asset: str
    lot: str
    amount: int
    origin: str
    kind: str
    expires: str = ""  # 'YYYY-MM-DD', the last business date on which it is good; "" for never
    opened_s: int = 0  # when its month began (UTC); of a coupon, and of lots of version 0.1, the credit itself


class Part(NamedTuple):
    """An amount of a lot, without its terms."""

    asset: str
    lot: str
    amount: int


class Hold(NamedTuple):
    """What is set aside for an amount not known yet, by lot. States: see holds.py; order: the rule when it was made.

    credit_cents: offline credit promised beside the lots. In an open basket's lock (coupons.py) the parts are coupons.
    """

    hold_id: str
    parts: tuple[Part, ...]
    state: str = "open"
    order: str = "principal_first"
    credit_cents: int = 0


class Holding(NamedTuple):
    """All that one holder has of one account. At most one slice per lot."""

    account: str
    holder: str
    slices: tuple[Slice, ...] = ()
    holds: tuple[Hold, ...] = ()


class Booking(NamedTuple):
    """A decision to book: the entries to write and the holding after them."""

    entries: tuple[Entry, ...]
    holding: Holding
    rights_drawn: Mapping[str, int] = MappingProxyType({})  # right name -> amount; negative where it is given back


class Refusal(NamedTuple):
    """An expected no. `reason` is a code of protocol/errors.py; approve_cents: stored value that would be approved."""

    reason: str
    detail: str = ""
    approve_cents: int | None = None


def lot_name(account: str, terms: Slice) -> str:
    """The id of the lot that credits of these terms share: 16 hex digits. Its month is that of terms.opened_s."""
    month_s = month_start(terms.opened_s)
    parts = (account, terms.asset, terms.origin, terms.kind, terms.expires, str(month_s))
    return sha256("|".join(parts).encode()).hexdigest()[:16]


def month_start(at_s: int) -> int:
    """When the month of a moment began (UTC)."""
    moment = datetime.fromtimestamp(at_s, UTC)
    return int(moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp())


def opened(before: Holding, after: Holding) -> tuple[Slice, ...]:
    """The lots that a booking brought here, as slices of 0: what an event tells of them."""
    known = {one.lot for one in before.slices}
    return tuple(one._replace(amount=0) for one in after.slices if one.lot not in known)


def draw(slices: Iterable[Slice], asset: str, amount: int) -> list[tuple[Slice, int]]:
    """Which slices give how much: oldest expiry first, then the lot opened first, then lot id. Raises Ours if short."""
    taken = []
    for slice_ in sorted((one for one in slices if one.asset == asset), key=draw_order):
        part = min(slice_.amount, amount)
        if part > 0:
            taken.append((slice_, part))
            amount -= part
    if amount != 0:
        raise Ours("insufficient_float", f"{amount} of {asset} are not there to be drawn")
    return taken


def draw_order(slice_: Slice) -> tuple[str, int, str]:
    """What is drawn before what."""
    return slice_.expires or NEVER, slice_.opened_s, slice_.lot


def own_lot_first(holding: Holding, asset: str, lot: str, amount: int) -> list[tuple[str, str, int]]:
    """Up to an amount of what is free of an asset, as (asset, lot, amount): of this lot first, then in draw order."""
    slices = free(holding)
    own = min(amount, sum(one.amount for one in slices if one.lot == lot))
    others = [one for one in slices if one.lot != lot]
    rest = min(amount, available(holding, asset)) - own
    parts = [(asset, lot, own)] if own else []
    return parts + [(asset, one.lot, part) for one, part in draw(others, asset, rest)]


def available(holding: Holding, asset: str) -> int:
    """What can be spent of an asset: slices less open holds."""
    amount = 0
    for one in free(holding):
        if one.asset == asset:
            amount += one.amount
    return amount


def stored_cents(holding: Holding) -> int:
    """Principal and bonus that can be spent."""
    return available(holding, "principal") + available(holding, "bonus")


def total(holding: Holding, asset: str) -> int:
    """What lies here of an asset, held or not."""
    return sum(one.amount for one in holding.slices if one.asset == asset)


def free(holding: Holding) -> tuple[Slice, ...]:
    """The slices less what open holds have set aside of each lot."""
    if not holding.holds:
        return holding.slices
    held = held_by_lot(holding)
    return tuple(one._replace(amount=one.amount - held.get(one.lot, 0)) for one in holding.slices)


def held_by_lot(holding: Holding) -> dict[str, int]:
    """What all holds together have set aside of each lot here; what is in suspense has left the slices already."""
    held: dict[str, int] = {}
    for hold in holding.holds:
        for part in hold.parts if hold.state != "suspense" else ():
            held[part.lot] = held.get(part.lot, 0) + part.amount
    return held


def credited(holding: Holding, added: Slice) -> Holding:
    """The holding with this slice added to its lot. Raises Ours if the lot is here under other terms."""
    at = _place(holding, added.lot)
    if at is None:
        return holding._replace(slices=(*holding.slices, added))
    there = holding.slices[at]
    if there._replace(amount=0) != added._replace(amount=0):
        raise Ours("malformed", f"lot {added.lot} has two sets of terms")
    return _put(holding, at, there._replace(amount=there.amount + added.amount))


def debited(holding: Holding, lot: str, amount: int) -> Holding:
    """The holding with that much of a lot gone. Raises Ours if it is not there."""
    at = _place(holding, lot)
    if at is None or not 0 < amount <= holding.slices[at].amount:
        raise Ours("insufficient_float", f"{amount} of lot {lot} are not at {holding.holder}")
    there = holding.slices[at]
    return _put(holding, at, there._replace(amount=there.amount - amount))


def added(booking: Booking, transfer: str, debit: Line, credit: Line, amount: int, first_n: int) -> Booking:
    """A booking with one more entry; an amount of 0 adds none. The caller moves the holding's slices."""
    if not amount:
        return booking
    entry = Entry(transfer, first_n + len(booking.entries), debit, credit, amount)
    return booking._replace(entries=(*booking.entries, entry))


def slice_of(holding: Holding, lot: str) -> Slice | None:
    """The slice of a lot, emptied ones too."""
    at = _place(holding, lot)
    return None if at is None else holding.slices[at]


def pruned(holding: Holding) -> Holding:
    """Without emptied slices, but for those whose terms a hold in suspense may need."""
    named = {part.lot for hold in holding.holds for part in hold.parts}
    return holding._replace(slices=tuple(one for one in holding.slices if one.amount or one.lot in named))


def check_amounts(**amounts: int) -> None:
    """Raises Ours for an amount that is not a whole number from 0 up."""
    for name, amount in amounts.items():
        if type(amount) is not int or amount < 0:
            raise Ours("malformed", f"{name} is {amount!r}")


def _place(holding: Holding, lot: str) -> int | None:
    for at, one in enumerate(holding.slices):
        if one.lot == lot:
            return at
    return None


def _put(holding: Holding, at: int, one: Slice) -> Holding:
    slices = (*holding.slices[:at], one, *holding.slices[at + 1 :])
    return Holding(holding.account, holding.holder, slices, holding.holds)
