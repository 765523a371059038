"""Advances: the chain keeps a member whole from its loss book, under a cap, and never counts a cent twice.

An advance takes over the claim on a slice that lies with a store which is gone or cannot be reached, and pays it out to
the pool in the same transfer: loss stands at zero, and falls below it only as far as that slice turns out to be spent
(cases.py). An override lets a sale through at a store that holds too little, by a supervisor's word: loss pays until
head office has it repaid from what the member has elsewhere.

    advance   member/A/x/suspense/lot -> loss/S/x -> member/A/x/hq/lot      the same lot, with its terms
    override  loss/S/principal -> revenue/S/principal
    repaid    member/A/principal/hq/lot -> loss/S/principal
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from protocol.errors import Ours
from protocol.ledger import spending
from protocol.ledger.cases import Case
from protocol.ledger.entries import CENTS, HQ, Entry, Line, member_line
from protocol.ledger.lots import (
    Booking,
    Holding,
    Refusal,
    Slice,
    available,
    check_amounts,
    credited,
    draw,
    stored_cents,
)
from protocol.ledger.spending import take_from_lots


class Advanced(NamedTuple):
    """The entries with the pool after them, and the case after them."""

    booking: Booking
    case: Case


def advance(
    case: Case,
    pool: Holding,
    transfer: str,
    cap_left: Mapping[str, int],
    want: Mapping[str, int] | None = None,
    first_n: int = 1,
) -> Advanced | Refusal:
    """Gives the member what waits in a case: up to what is wanted of each asset, None for all of it.

    cap_left: what may still be advanced for that store, by asset; 'stored' bounds principal and bonus together, what
    is not named has no cap left. Refused with nothing_open, or advance_cap, never in part.
    """
    if pool.holder != HQ or pool.account != case.account:
        raise Ours("malformed", f"an advance to {pool.account} at {pool.holder}")
    taken = [(one, amount) for asset in _assets(case, want) for one, amount in _up_to(case, asset, want)]
    if not taken:
        return Refusal("nothing_open", case.store)
    over = _over_cap(taken, cap_left)
    if over:
        return Refusal("advance_cap", over, cap_left.get("stored", 0))
    booking = Booking((), pool)
    for one, amount in taken:
        booking = _pay_out(booking, case, transfer, one._replace(amount=amount), first_n)
        case = _taken_over(case, one._replace(amount=amount))
    return Advanced(booking, case)


def override(
    holding: Holding,
    transfer: str,
    cents: int,
    cap_left_cents: int,
    order: str = "principal_first",
    first_n: int = 1,
) -> Booking | Refusal:
    """Spends stored value by a supervisor's word: the float first, the rest from loss; refused with override_cap.

    cap_left_cents: what supervisors of this store may still let through. The refusal says what would be approved.
    """
    check_amounts(cents=cents, cap_left_cents=cap_left_cents)
    here = stored_cents(holding)
    if cents > here + cap_left_cents:
        return Refusal("override_cap", f"{cap_left_cents} left", here + cap_left_cents)
    spent = spending.debit(holding, transfer, min(cents, here), order=order, first_n=first_n)
    if isinstance(spent, Refusal) or cents <= here:
        return spent
    loss, to = Line("loss", holding.holder, "principal"), Line("revenue", holding.holder, "principal")
    entry = Entry(transfer, first_n + len(spent.entries), loss, to, cents - here)
    return spent._replace(entries=(*spent.entries, entry))


def repay(pool: Holding, transfer: str, store: str, owed_cents: int, first_n: int = 1) -> Booking:
    """Head office takes what an override had let through from the principal in the pool, as far as that goes."""
    check_amounts(owed_cents=owed_cents)
    amount = min(owed_cents, available(pool, "principal"))
    to = Line("loss", store, "principal")
    return take_from_lots(Booking((), pool), transfer, "principal", amount, to, first_n)


def lost_in(entries: Iterable[Entry]) -> int:
    """What these entries take from loss, less what they give it: what counts against a cap, in minor units."""
    lines = ((one.debit, one.credit, one.amount) for one in entries if one.debit.asset in CENTS)
    return sum(amount * ((debit.book == "loss") - (credit.book == "loss")) for debit, credit, amount in lines)


def _assets(case: Case, want: Mapping[str, int] | None) -> list[str]:
    return sorted({one.asset for one in case.waiting}) if want is None else list(want)


def _up_to(case: Case, asset: str, want: Mapping[str, int] | None) -> list[tuple[Slice, int]]:
    waits = sum(one.amount for one in case.waiting if one.asset == asset)
    return draw(case.waiting, asset, waits if want is None else min(want[asset], waits))


def _over_cap(taken: list[tuple[Slice, int]], cap_left: Mapping[str, int]) -> str:
    """The first cap that does not cover what is taken, or ''."""
    sums: dict[str, int] = {}
    for one, amount in taken:
        cap = "stored" if one.asset in ("principal", "bonus") else one.asset
        sums[cap] = sums.get(cap, 0) + amount
    return next(
        (f"{cap_left.get(cap, 0)} of {cap}" for cap, amount in sums.items() if amount > cap_left.get(cap, 0)), ""
    )


def _pay_out(booking: Booking, case: Case, transfer: str, one: Slice, first_n: int) -> Booking:
    loss = Line("loss", case.store, one.asset)
    lies, home = (member_line(case.account, one.asset, holder, one.lot) for holder in (case.holder, HQ))
    n = first_n + len(booking.entries)
    entries = (Entry(transfer, n, lies, loss, one.amount), Entry(transfer, n + 1, loss, home, one.amount))
    return booking._replace(entries=booking.entries + entries, holding=credited(booking.holding, one))


def _taken_over(case: Case, one: Slice) -> Case:
    """The case once loss has this slice's claim."""
    waiting = (old._replace(amount=old.amount - one.amount) if old.lot == one.lot else old for old in case.waiting)
    there = sum(old.amount for old in case.advanced if old.lot == one.lot)
    others = tuple(old for old in case.advanced if old.lot != one.lot)
    claimed = (*others, one._replace(amount=there + one.amount))
    return case._replace(waiting=tuple(old for old in waiting if old.amount), advanced=claimed)
