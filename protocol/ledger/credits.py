"""Credits at a store: top-up with its bonus, earned points, and what a member owes collected from the next credit.

A credit opens a lot and can be spent at this holder at once, within the store's issuing right.
"""

from collections.abc import Mapping
from typing import NamedTuple

from protocol.errors import Ours
from protocol.ids import lot_id
from protocol.ledger.entries import Entry, Line, member_line
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


class Pending(NamedTuple):
    """Points that this store had no right left to credit: shown, not spendable, credited by head office (confirm)."""

    account: str
    store: str
    points: int
    at_s: int
    expires: str


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
    return _use_rights(booking, transfer, wanted, first_n)


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
    check_amounts(points=points)
    wanted = {right_name("points"): points}
    if missing(rights, wanted):
        return Pending(holding.account, holding.holder, points, at_s, expires)
    booking = _earned(holding, transfer, holding.holder, points, at_s, expires, first_n)
    return _use_rights(booking, transfer, wanted, first_n)


def confirm(pool: Holding, transfer: str, pending: Pending, first_n: int) -> Booking:
    """Head office credits pending points to its pool when it books the event that carries them."""
    return _earned(pool, transfer, pending.store, pending.points, pending.at_s, pending.expires, first_n)


def collect(holding: Holding, transfer: str, asset: str, owed: int, first_n: int = 1) -> Booking:
    """Pays what a member owes of an asset (receivable) from what is free here, as far as it goes."""
    check_amounts(owed=owed)
    amount = min(owed, available(holding, asset))
    to = Line("receivable", holding.account, asset)
    return take_from_lots(Booking((), holding), transfer, asset, amount, to, first_n)


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
    if not asset.startswith("coupon:"):
        opened = opened._replace(lot=lot_name(holding.account, opened), opened_s=month_start(at_s))
    entry = Entry(transfer, n, source, member_line(holding.account, asset, holding.holder, opened.lot), amount)
    return booking._replace(entries=(*booking.entries, entry), holding=credited(holding, opened))


def _earned(holding: Holding, transfer: str, store: str, points: int, at_s: int, expires: str, first_n: int) -> Booking:
    if points == 0:
        raise Ours("malformed", "no points to earn")
    source = Line("points_cost", store, "points")
    return open_lot(Booking((), holding), transfer, source, "points", points, "earned", at_s, expires, first_n, store)


def _use_rights(booking: Booking, transfer: str, wanted: Mapping[str, int], first_n: int) -> Booking:
    entries = draw_rights(transfer, booking.holding.holder, wanted, first_n + len(booking.entries))
    drawn = {name: amount for name, amount in wanted.items() if amount}
    return booking._replace(entries=booking.entries + entries, rights_drawn=drawn)
