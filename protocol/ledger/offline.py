"""Offline credit: what the owner of a chain lets a cut store lend, by level or card. Off (0) unless somebody chose it.

A spend takes the float first; the rest is lent, on a line of its own per account and store, up to a limit from which
what is lent already goes off. Head office settles it from what the member has elsewhere when it books the spend; the
store collects it from the member's next credit here (credits.collect_owed). When both have done so, head office gives
the surplus back (credits.give_back_owed). A member who goes from one cut store to the next can borrow at each of them.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from protocol.errors import Ours
from protocol.ledger import holds, spending
from protocol.ledger.entries import Entry, Line
from protocol.ledger.lots import Booking, Holding, Refusal, available, check_amounts, stored_cents
from protocol.ledger.spending import take_from_lots


class Limits(NamedTuple):
    """How much may be lent: to this member here (by level or card; 0: nothing), by the store in all (None: no cap)."""

    member_cents: int = 0
    store_cents: int | None = None


class Exposure(NamedTuple):
    """What is lent now: to this member here, and by the store in all; promises of open holds are with it."""

    member_cents: int = 0
    store_cents: int = 0


def debit(
    holding: Holding,
    transfer: str,
    cents: int,
    limits: Limits,
    lent: Exposure,
    order: str = "principal_first",
    first_n: int = 1,
) -> Booking | Refusal:
    """Spends stored value, the float first and the rest lent.

    Refused with offline_limit, or insufficient_float where nothing may be lent at all; either says what would be
    approved.
    """
    from_float, refusal = _split(holding, cents, limits, lent)
    if refusal:
        return refusal
    spent = spending.debit(holding, transfer, from_float, order=order, first_n=first_n)
    if isinstance(spent, Refusal) or cents == from_float:
        return spent
    n = first_n + len(spent.entries)
    entry = spending.lent(transfer, holding.account, holding.holder, cents - from_float, n)
    return spent._replace(entries=(*spent.entries, entry))


def hold(
    holding: Holding, hold_id: str, cents: int, limits: Limits, lent: Exposure, order: str = "principal_first"
) -> Booking | Refusal:
    """Sets stored value aside, and promises the rest as offline credit; refused as debit is. cents > 0."""
    if cents <= 0 or holds.open_hold(holding, hold_id):
        raise Ours("malformed", f"hold {hold_id} of {cents}")
    from_float, refusal = _split(holding, cents, limits, lent)
    if refusal:
        return refusal
    return holds.set_aside(holding, hold_id, from_float, order, cents - from_float)


def room_cents(limits: Limits, lent: Exposure) -> int:
    """What may still be lent."""
    room = limits.member_cents - lent.member_cents
    if limits.store_cents is not None:
        room = min(room, limits.store_cents - lent.store_cents)
    return max(0, room)


def promised_cents(holding: Holding) -> int:
    """Offline credit that open holds of this account may still take: part of its exposure."""
    return sum(one.credit_cents for one in holding.holds)


def exposure(balances: Mapping[Line, int]) -> dict[tuple[str, str], int]:
    """(store, account) -> what is lent, in minor units, by the balances of lines; what holds promise is not in them."""
    return {
        (line.holder, line.party): -amount
        for line, amount in balances.items()
        if line.book == "offline_credit" and amount < 0
    }


def lent_in(entries: Iterable[Entry]) -> int:
    """What these entries lend, less what they pay back: the change of a store's exposure, in minor units."""
    lines = ((one.debit, one.credit, one.amount) for one in entries)
    return sum(
        amount * ((debit.book == "offline_credit") - (credit.book == "offline_credit"))
        for debit, credit, amount in lines
    )


def settle(pool: Holding, transfer: str, store: str, owed_cents: int, first_n: int = 1) -> Booking:
    """Head office pays what a store has lent from the principal in its pool, as far as that goes.

    Never from bonus: the sale says that principal paid it, and its refund would turn bonus into money.
    """
    check_amounts(owed_cents=owed_cents)
    to = Line("offline_credit", pool.account, "principal", store)
    amount = min(owed_cents, available(pool, "principal"))
    return take_from_lots(Booking((), pool), transfer, "principal", amount, to, first_n)


def _split(holding: Holding, cents: int, limits: Limits, lent: Exposure) -> tuple[int, Refusal | None]:
    """(part that the float pays, refusal): the rest is within what may be lent, or there is a refusal."""
    check_amounts(cents=cents, member_limit=limits.member_cents)
    here, room = stored_cents(holding), room_cents(limits, lent)
    if cents <= here + room:
        return min(cents, here), None
    if limits.member_cents == 0:
        return 0, spending.short(holding, "stored value")
    return 0, Refusal("offline_limit", f"{room} may be lent", here + room)
