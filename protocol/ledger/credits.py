"""Credits at a store: top-up with its bonus, earned points, and what a member owes collected from the next credit.

A credit opens a lot and can be spent at this holder at once, within the store's issuing right.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from protocol.errors import Ours
from protocol.ids import lot_id
from protocol.ledger.entries import HQ, SINGLE, Entry, Line, member_line
from protocol.ledger.lots import (
    Booking,
    Holding,
    Refusal,
    Slice,
    available,
    check_amounts,
    credited,
    lot_name,
    month_start,
)
from protocol.ledger.rights import draw_rights, missing, right_name
from protocol.ledger.spending import take_from_lots

# where a credit comes from -> kind of the lot that it opens
LOT_KINDS = {
    "cash": "top_up",
    "gift_cost": "top_up",
    "points_cost": "earned",
    "coupon_issued": "coupon",
    "punch_issued": "punch",
    "receivable": "given_back",
    "offline_credit": "given_back",
}

# what a store may go on giving without a right left (pending) -> the book that it comes from
EARNED_FROM = {"points": "points_cost", "punch": "punch_issued", "coupon": "coupon_issued"}


class Pending(NamedTuple):
    """What a store had no right left to credit: shown, not spendable, credited by head office (confirm)."""

    account: str
    store: str
    amount: int
    at_s: int
    expires: str
    asset: str = "points"


class Owed(NamedTuple):
    """What a member owes as far as a store knows: receivable by asset, and its own offline credit in minor units."""

    receivable: Mapping[str, int] = MappingProxyType({})
    offline_cents: int = 0


def top_up(
    holding: Holding,
    transfer: str,
    principal_cents: int,
    bonus_cents: int,
    rights: Mapping[str, int],
    at_s: int,
    bonus_expires: str = "",
    first_n: int = 1,
) -> Booking | Refusal:
    """Credits cash paid in, and the bonus that the rules give for it; refused with issue_limit.

    rights: right name -> what the store has left of it. Raises Ours for a principal of 0 or less.
    """
    check_amounts(principal_cents=principal_cents, bonus_cents=bonus_cents)
    if principal_cents == 0:
        raise Ours("malformed", "a top-up of nothing")
    wanted = {right_name("principal"): principal_cents, right_name("bonus"): bonus_cents}
    lacking = missing(rights, wanted)
    if lacking:
        return Refusal("issue_limit", lacking)
    store = holding.holder
    booking = Booking((), holding)
    paid = Line("cash", store, "principal")
    booking = open_lot(booking, transfer, paid, "principal", principal_cents, "top_up", at_s, "", first_n)
    if bonus_cents:
        gift = Line("gift_cost", store, "bonus")
        booking = open_lot(booking, transfer, gift, "bonus", bonus_cents, "top_up", at_s, bonus_expires, first_n)
    return use_rights(booking, transfer, wanted, first_n)


def earn(
    holding: Holding,
    transfer: str,
    points: int,
    rights: Mapping[str, int],
    at_s: int,
    expires: str = "",
    first_n: int = 1,
) -> Booking | Pending:
    """Credits earned points, or says that they are pending: sales go on when the right is used up. points > 0."""
    return give(holding, transfer, "points", points, rights, at_s, expires, first_n)


def give(
    holding: Holding,
    transfer: str,
    asset: str,
    amount: int,
    rights: Mapping[str, int],
    at_s: int,
    expires: str = "",
    first_n: int = 1,
) -> Booking | Pending:
    """Credits what is earned rather than paid for: points, punches, coupons; pending without a right. amount > 0.

    Head office gives from its pool and needs no right.
    """
    wanted = {} if holding.holder == HQ else {right_name(asset): amount}
    given = Pending(holding.account, holding.holder, amount, at_s, expires, asset)
    if missing(rights, wanted):
        return given
    return use_rights(_given(holding, transfer, given, first_n), transfer, wanted, first_n)


def confirm(pool: Holding, transfer: str, pending: Pending, first_n: int) -> Booking:
    """Head office credits what is pending to its pool when it books the event that carries it."""
    return _given(pool, transfer, pending, first_n)


def collect(holding: Holding, transfer: str, asset: str, owed: int, first_n: int = 1) -> Booking:
    """Pays what a member owes of an asset (receivable) from what is free here, as far as it goes."""
    check_amounts(owed=owed)
    amount = min(owed, available(holding, asset))
    to = Line("receivable", holding.account, asset)
    return take_from_lots(Booking((), holding), transfer, asset, amount, to, first_n)


def collect_owed(booking: Booking, transfer: str, owed: Owed, first_n: int = 1) -> tuple[Booking, dict[str, int]]:
    """Adds to a credit what the member owes, as far as it goes; the second part names it for the receipt.

    Its keys are the assets owed, and 'offline' for this store's offline credit, which comes last: head office can
    still settle that from elsewhere. What was owed of an asset is paid in that asset.
    """
    account, store = booking.holding.account, booking.holding.holder
    debts = [(asset, asset, Line("receivable", account, asset), debt) for asset, debt in owed.receivable.items()]
    debts.append(("offline", "principal", Line("offline_credit", account, "principal", store), owed.offline_cents))
    taken = {}
    for name, asset, to, debt in debts:
        check_amounts(owed=debt)
        amount = min(debt, available(booking.holding, asset))
        if amount:
            booking, taken[name] = take_from_lots(booking, transfer, asset, amount, to, first_n), amount
    return booking, taken


def give_back_owed(pool: Holding, transfer: str, owed: Line, surplus: int, at_s: int, first_n: int = 1) -> Booking:
    """Head office gives back what was collected twice: a debt's line stands above zero by this surplus. surplus > 0.

    Two stores that cannot hear each other may each collect the same debt, and rightly so; nobody could know.
    """
    if surplus <= 0 or owed.book not in ("receivable", "offline_credit") or owed.party != pool.account:
        raise Ours("malformed", f"a surplus of {surplus} on {owed.text}")
    kind = LOT_KINDS[owed.book]
    return open_lot(Booking((), pool), transfer, owed, owed.asset, surplus, kind, at_s, "", first_n)


def open_lot(
    booking: Booking,
    transfer: str,
    source: Line,
    asset: str,
    amount: int,
    kind: str,
    at_s: int,
    expires: str,
    first_n: int,
    origin: str = "",
) -> Booking:
    """Adds the entry that credits a lot from a source, and its slice; credits of equal terms share a lot for a month.

    A coupon is a lot of its own, named after transfer and number.
    """
    holding = booking.holding
    n = first_n + len(booking.entries)
    opened = Slice(asset, lot_id(transfer, n), amount, origin or holding.holder, kind, expires, at_s)
    if not asset.startswith(SINGLE):
        opened = opened._replace(lot=lot_name(holding.account, opened), opened_s=month_start(at_s))
    entry = Entry(transfer, n, source, member_line(holding.account, asset, holding.holder, opened.lot), amount)
    return booking._replace(entries=(*booking.entries, entry), holding=credited(holding, opened))


def _given(holding: Holding, transfer: str, given: Pending, first_n: int) -> Booking:
    check_amounts(amount=given.amount)
    if given.amount == 0:
        raise Ours("malformed", "nothing of " + given.asset)
    book = EARNED_FROM[given.asset.partition(":")[0]]
    source, kind = Line(book, given.store, given.asset), LOT_KINDS[book]
    booking = Booking((), holding)
    for part in [1] * given.amount if given.asset.startswith(SINGLE) else [given.amount]:
        booking = open_lot(
            booking, transfer, source, given.asset, part, kind, given.at_s, given.expires, first_n, given.store
        )
    return booking


def use_rights(booking: Booking, transfer: str, wanted: Mapping[str, int], first_n: int) -> Booking:
    """Adds the entries that use up these rights of the store that credits."""
    entries = draw_rights(transfer, booking.holding.holder, wanted, first_n + len(booking.entries))
    drawn = {name: amount for name, amount in wanted.items() if amount}
    return booking._replace(entries=booking.entries + entries, rights_drawn=drawn)
