"""Spending what a holder has: stored value by the chain's order, points, and the cash part of a sale."""

from collections.abc import Iterable

from protocol.errors import Ours
from protocol.ledger.entries import Entry, Line, member_line
from protocol.ledger.lots import (
    Booking,
    Holding,
    Refusal,
    available,
    check_amounts,
    debited,
    draw,
    free,
    stored_cents,
)
from protocol.money import ROUNDED_BY, ROUNDINGS

_share = ROUNDINGS[ROUNDED_BY["bonus share of a proportional split"]]

# the chain's rule -> bonus part of an amount, given the principal and bonus that are free here
ORDERS = {
    "principal_first": lambda amount, principal, bonus: max(0, amount - principal),
    "bonus_first": lambda amount, principal, bonus: min(amount, bonus),
    "proportional": lambda amount, principal, bonus: _share(amount * bonus, principal + bonus) if amount else 0,
}


def debit(
    holding: Holding,
    transfer: str,
    stored_cents: int,
    points: int = 0,
    points_cents: int = 0,
    order: str = "principal_first",
    first_n: int = 1,
) -> Booking | Refusal:
    """Spends stored value and points of a holding; refused with insufficient_float, never in part.

    points_cents is what the points pay: it is booked as revenue against gift_cost. Raises Ours for negative amounts,
    an unknown order, or a points value without points.
    """
    check_amounts(points=points, points_cents=points_cents)
    if points_cents and not points:
        raise Ours("malformed", "points_cents without points")
    split = split_stored(holding, stored_cents, order)
    if isinstance(split, Refusal):
        return split
    if points > available(holding, "points"):
        return short(holding, "points")
    principal, bonus = split
    booking = Booking((), holding)
    for asset, amount, to in _legs(holding.holder, principal, bonus, points):
        booking = take_from_lots(booking, transfer, asset, amount, to, first_n)
    if points_cents:
        entry = points_value(transfer, holding.holder, points_cents, first_n + len(booking.entries))
        booking = booking._replace(entries=(*booking.entries, entry))
    return booking


def split_stored(holding: Holding, stored_cents: int, order: str) -> tuple[int, int] | Refusal:
    """(principal, bonus) of an amount by the chain's order over what is free here. The entries keep it for ever."""
    check_amounts(stored_cents=stored_cents)
    if order not in ORDERS:
        raise Ours("malformed", "order " + order)
    principal, bonus = available(holding, "principal"), available(holding, "bonus")
    if stored_cents > principal + bonus:
        return short(holding, "stored value")
    bonus_part = ORDERS[order](stored_cents, principal, bonus)
    return stored_cents - bonus_part, bonus_part


def cash(transfer: str, store: str, cents: int, n: int) -> Entry:
    """The cash part of a sale. cents > 0."""
    return Entry(transfer, n, Line("cash", store, "cash"), Line("revenue", store, "cash"), cents)


def points_value(transfer: str, store: str, cents: int, n: int) -> Entry:
    """What points paid: the chain's gift becomes the store's revenue. cents > 0."""
    return Entry(transfer, n, Line("gift_cost", store, "points_value"), Line("revenue", store, "points_value"), cents)


def lent(transfer: str, account: str, store: str, cents: int, n: int) -> Entry:
    """What a store lets a member spend below zero; head office settles it from what the member has elsewhere."""
    debtor = Line("offline_credit", account, "principal", store)
    return Entry(transfer, n, debtor, Line("revenue", store, "principal"), cents)


def short(holding: Holding, what: str) -> Refusal:
    """The refusal of a holder that has too little, with what it could approve."""
    return Refusal("insufficient_float", what, stored_cents(holding))


def take_from_lots(booking: Booking, transfer: str, asset: str, amount: int, to: Line, first_n: int) -> Booking:
    """Adds entries that draw an amount from the free slices, in draw order, to one line."""
    picked = draw(free(booking.holding), asset, amount)
    return take_parts(booking, transfer, [(one.asset, one.lot, part) for one, part in picked], to, first_n)


def take_parts(
    booking: Booking, transfer: str, parts: Iterable[tuple[str, str, int]], to: Line, first_n: int
) -> Booking:
    """Adds entries that take exactly these (asset, lot, amount) to one line."""
    entries, holding = list(booking.entries), booking.holding
    for asset, lot, amount in parts:
        line = member_line(holding.account, asset, holding.holder, lot)
        entries.append(Entry(transfer, first_n + len(entries), line, to, amount))
        holding = debited(holding, lot, amount)
    return Booking(tuple(entries), holding, booking.rights_drawn)


# kind of an asset -> the book where it goes when it is spent; money goes to revenue
SPENT_TO = {"points": "points_cost", "coupon": "coupon_used", "once": "coupon_used", "punch": "punch_used"}


def spent_to(asset: str, store: str) -> Line:
    """Where an asset goes when it is spent at a store."""
    return Line(SPENT_TO.get(asset.partition(":")[0], "revenue"), store, asset)


def _legs(store: str, principal: int, bonus: int, points: int) -> list[tuple[str, int, Line]]:
    wanted = (("principal", principal), ("bonus", bonus), ("points", points))
    return [(asset, amount, spent_to(asset, store)) for asset, amount in wanted if amount]
