"""Refunds: a part of a sale's refund right goes back to the lots drawn, at the store that holds the right and refunds.

What the sale gave is taken back from the lot it was credited to, then from other free slices here. What of it was spent
lowers what is paid back, by its worth; what still misses becomes a receivable. A member line never goes below zero.
Every line of the books is that of the store that refunds; the event names the sale and so the store that sold.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import NamedTuple

from protocol.errors import Ours
from protocol.ids import lot_id
from protocol.ledger.entries import SINGLE, Entry, Line, member_line
from protocol.ledger.lots import (
    Booking,
    Holding,
    Refusal,
    Slice,
    added,
    credited,
    lot_name,
    month_start,
    own_lot_first,
)
from protocol.ledger.refund_rights import MONEY, RefundRight, Wanted, less, paid_cents, share
from protocol.ledger.spending import take_parts
from protocol.money import MILLI, points_value_cents

# kind of an asset -> the book where what is spent of it went, and the book where what is given of it came from
SPENT_IN = {"points": "points_cost", "punch": "punch_used", "coupon": "coupon_used", "once": "coupon_used"}
GIVEN_FROM = {"points": "points_cost", "punch": "punch_issued", "coupon": "coupon_issued", "once": "coupon_issued"}
KEPT_FIRST = ("bonus", "principal")  # then what others had lent, then cash
UNITS = ("punch", "coupon", "once")  # come back only with the last part of a sale, and where the chain's rule says so


class How(NamedTuple):
    """Under which id, when and by which rules a refund is booked.

    business_date: the store's, '' while its clock is in doubt: then a lot's age is no reason for anything.
    grace_days: how long after it what comes back to an expired lot is good. worth_milli: 1/1000 minor units that a
    point (or punch) spent meanwhile lowers the refund by. units_back: coupons and punches redeemed come back.
    """

    transfer: str
    at_s: int
    business_date: str
    grace_days: int = 0
    worth_milli: Mapping[str, int] = MappingProxyType({})
    units_back: bool = True
    first_n: int = 1


class Refunded(NamedTuple):
    """A refund to book: entries, what is left of the right, and what the receipt shows.

    share: the part used; a void of this refund reverses the entries and adds it back (refund_rights.merged). back: what
    the member gets, by asset, and cash. taken: what was taken back. kept_cents: what of the sale's price is not paid
    back because that much of what it gave was spent. owed: what the member owes now. rows of `lots.opened` belong
    into the event: a grace lot cannot be worked out from rules.
    """

    booking: Booking
    right: RefundRight
    share: RefundRight
    back: dict[str, int]
    taken: dict[str, int]
    kept_cents: int = 0
    owed: Mapping[str, int] = MappingProxyType({})


class Paid(NamedTuple):
    """What a store paid for a sale from loss, and how: cash or principal."""

    store: str
    tender: str
    cents: int


class Leg(NamedTuple):
    """A tender of a refund: revenue of this asset goes back, to a lot where the sale drew one."""

    asset: str
    amount: int
    lot: Slice | None = None


def refund(right: RefundRight | None, wanted: Wanted, holding: Holding, how: How) -> Refunded | Refusal:
    """Gives back a wanted part of a sale; right: what this holder has of it, None if another one has it.

    Refused with refund_right_away, nothing_left_to_refund, more_than_sold. Raises Ours for another member's holding.
    """
    if right is None:
        return Refusal("refund_right_away")
    if right.account != holding.account:
        raise Ours("malformed", f"{right.sale} is a sale to another member")
    part = share(right, wanted)
    if isinstance(part, Refusal):
        return part
    return _booked(right, part, holding, how)


def needed(right: RefundRight, wanted: Wanted) -> dict[str, int]:
    """What a refund will want to take back, by asset: a store that has less may ask head office for it first."""
    part = share(right, wanted)
    return {} if isinstance(part, Refusal) else _by_asset([(one.asset, one.amount) for one in part.given])


def take_pending(pool: Holding, transfer: str, part: RefundRight, store: str, first_n: int = 1) -> Booking:
    """Head office takes back what a refunded sale gave only in its pool (part.pending), when it books the refund."""
    how = How(transfer, 0, "", first_n=first_n)
    booking, missing = _take_back(Booking((), pool), part.pending, store, how)
    return _owe(booking, missing, store, how)


def give_pending(pool: Holding, transfer: str, part: RefundRight, store: str, first_n: int = 1) -> Booking:
    """Head office gives again what take_pending took, when it books the void of that refund."""
    booking = Booking((), pool)
    for one in part.pending:
        to = member_line(pool.account, one.asset, pool.holder, one.lot)
        booking = added(booking, transfer, _given_from(one.asset, store), to, one.amount, first_n)
        booking = booking._replace(holding=credited(booking.holding, one))
    return booking


def misfit(part: RefundRight, entries: Iterable[Entry]) -> str:
    """What entries of a refund give that its part of the right does not cover; '' if it covers all. For head office."""
    room = {"cash": part.cash_cents, "revenue": paid_cents(part)}
    for one in part.drawn:
        room[one.asset] = room.get(one.asset, 0) + one.amount
    room["principal"] = room.get("principal", 0) + sum(amount for _, amount in part.lent)
    for entry in entries:
        for name in _uses(entry):
            room[name] = room.get(name, 0) - entry.amount
    return ", ".join(sorted(name for name, left in room.items() if left < 0 or (name == "revenue" and left)))


def refund_from_loss(holding: Holding, cents: int, tender: str, cap_left_cents: int, how: How) -> Booking | Refusal:
    """A supervisor pays although the right cannot be had: from the loss book, under a cap. tender: cash or principal.

    Refused with limit_exceeded. When the right comes home, head office takes as much off it (settle_loss).
    """
    if cents <= 0 or tender not in ("cash", "principal"):
        raise Ours("malformed", f"{cents} of {tender} from loss")
    if cents > cap_left_cents:
        return Refusal("limit_exceeded", "refunds without their right", cap_left_cents)
    source = Line("loss", holding.holder, tender)
    if tender == "principal":
        return _paid_in(Booking((), holding), source, cents, how)
    return added(Booking((), holding), how.transfer, source, Line("cash", holding.holder, "cash"), cents, how.first_n)


def settle_loss(right: RefundRight, pool: Holding, paid: Paid, how: How) -> tuple[Refunded | None, int]:
    """Takes what a store paid from loss off the right that came home; what the right does not cover stays lost.

    Points that the sale gave are taken back as in any refund. Returns (what to book, None if nothing is left of the
    right; minor units that stay lost).
    """
    store, cents = paid.store, paid.cents
    covered = min(cents, paid_cents(right))
    if not covered:
        return None, cents
    part = share(right, Wanted(amount_cents=covered))
    assert isinstance(part, RefundRight)
    booking, missing = _take_back(Booking((), pool), part.given, store, how)
    lost = Line("loss", store, paid.tender)
    for leg in _legs(part):
        booking = added(booking, how.transfer, Line("revenue", store, leg.asset), lost, leg.amount, how.first_n)
    booking = _owe(booking, missing, store, how)
    return Refunded(booking, less(right, part), part, {}, _taken(part, missing), 0, missing), cents - covered


def _booked(right: RefundRight, part: RefundRight, holding: Holding, how: How) -> Refunded:
    store = holding.holder
    booking = Booking((), holding)
    back = [one for one in part.drawn if one.asset not in MONEY and (how.units_back or _kind(one.asset) not in UNITS)]
    for one in back:
        booking = _bring_back(booking, one, Line(SPENT_IN[_kind(one.asset)], store, one.asset), how)
    booking, missing = _take_back(booking, part.given, store, how)
    legs = _legs(part)
    booking, left, owed = _keep(booking, legs, missing, how)
    for leg in left:
        booking = _pay_back(booking, leg, how)
    booking = _owe(_codes_back(booking, part.codes, how), owed, store, how)
    kept_cents = sum(leg.amount for leg in legs) - sum(leg.amount for leg in left)
    gets = _by_asset([(one.asset, one.amount) for one in back] + [(leg.asset, leg.amount) for leg in left])
    return Refunded(booking, less(right, part), part, gets, _taken(part, missing), kept_cents, owed)


def _legs(part: RefundRight) -> list[Leg]:
    """What was paid, in the order in which it is kept back for what was spent of what the sale gave."""
    legs = [Leg(one.asset, one.amount, one) for asset in KEPT_FIRST for one in part.drawn if one.asset == asset]
    legs += [Leg(asset, amount) for asset, amount in part.lent]
    legs += [Leg("cash", part.cash_cents), Leg("points_value", part.points_value_cents)]
    return [leg for leg in legs if leg.amount]


def _bring_back(booking: Booking, one: Slice, source: Line, how: How) -> Booking:
    """A slice goes back to its lot, or to a grace lot if that has expired meanwhile."""
    holding, n = booking.holding, how.first_n + len(booking.entries)
    if how.business_date and one.expires and one.expires < how.business_date:
        good_until = date.fromisoformat(how.business_date) + timedelta(days=how.grace_days)
        one = one._replace(kind="refund_grace", expires=good_until.isoformat(), opened_s=month_start(how.at_s))
        single = one.asset.startswith(SINGLE)
        one = one._replace(lot=lot_id(how.transfer, n) if single else lot_name(holding.account, one))
    to = member_line(holding.account, one.asset, holding.holder, one.lot)
    booking = added(booking, how.transfer, source, to, one.amount, how.first_n)
    return booking._replace(holding=credited(holding, one))


def _take_back(booking: Booking, given: Iterable[Slice], store: str, how: How) -> tuple[Booking, dict[str, int]]:
    """What the sale gave, as far as it is here; the rest by asset."""
    missing: dict[str, int] = {}
    for one in given:
        parts = own_lot_first(booking.holding, one.asset, one.lot, one.amount)
        booking = take_parts(booking, how.transfer, parts, _given_from(one.asset, store), how.first_n)
        lacking = one.amount - sum(amount for _, _, amount in parts)
        if lacking:
            missing[one.asset] = missing.get(one.asset, 0) + lacking
    return booking, missing


def _keep(
    booking: Booking, legs: list[Leg], missing: Mapping[str, int], how: How
) -> tuple[Booking, list[Leg], dict[str, int]]:
    """Keeps back the worth of what was spent, as far as the refund goes; the rest is owed."""
    owed = {}
    for asset, amount in missing.items():
        worth = MILLI if asset == "bonus" else how.worth_milli.get(asset, 0)
        room = sum(leg.amount for leg in legs if leg.asset != "points_value")
        units = min(amount, room * MILLI // worth) if worth else 0
        gift = Line("gift_cost", booking.holding.holder, "bonus" if asset == "bonus" else "points_value")
        booking, legs = _kept(booking, legs, points_value_cents(units, worth), gift, how)
        if amount > units and _kind(asset) not in ("coupon", "once"):
            owed[asset] = amount - units
    return booking, legs, owed


def _kept(booking: Booking, legs: list[Leg], cents: int, gift: Line, how: How) -> tuple[Booking, list[Leg]]:
    left = []
    for leg in legs:
        part = min(cents, leg.amount) if leg.asset != "points_value" else 0
        cents -= part
        revenue = Line("revenue", booking.holding.holder, leg.asset)
        booking = added(booking, how.transfer, revenue, gift, part, how.first_n)
        left.append(leg._replace(amount=leg.amount - part))
    return booking, [leg for leg in left if leg.amount]


def _pay_back(booking: Booking, leg: Leg, how: How) -> Booking:
    store = booking.holding.holder
    revenue = Line("revenue", store, leg.asset)
    if leg.lot:
        return _bring_back(booking, leg.lot._replace(amount=leg.amount), revenue, how)
    if leg.asset == "cash":
        return added(booking, how.transfer, revenue, Line("cash", store, "cash"), leg.amount, how.first_n)
    if leg.asset == "points_value":
        gift = Line("gift_cost", store, "points_value")
        return added(booking, how.transfer, revenue, gift, leg.amount, how.first_n)
    return _paid_in(booking, revenue, leg.amount, how)


def _paid_in(booking: Booking, source: Line, cents: int, how: How) -> Booking:
    """Opens a lot of principal: what others had paid for the member, whether he has repaid them or not."""
    holding = booking.holding
    one = Slice("principal", "", cents, holding.holder, "refund", "", month_start(how.at_s))
    one = one._replace(lot=lot_name(holding.account, one))
    to = member_line(holding.account, one.asset, holding.holder, one.lot)
    booking = added(booking, how.transfer, source, to, cents, how.first_n)
    return booking._replace(holding=credited(holding, one))


def _owe(booking: Booking, owed: Mapping[str, int], store: str, how: How) -> Booking:
    for asset, amount in owed.items():
        debtor = Line("receivable", booking.holding.account, asset)
        booking = added(booking, how.transfer, debtor, _given_from(asset, store), amount, how.first_n)
    return booking


def _codes_back(booking: Booking, codes: Iterable[tuple[str, int]], how: How) -> Booking:
    """Uses of public codes are free again: the store that refunds has them."""
    if not how.units_back:
        return booking
    store, drawn = booking.holding.holder, {}
    for name, uses in codes:
        drawn[name] = -uses
        used, right = Line("right_used", store, name), Line("right", store, name, store)
        booking = added(booking, how.transfer, used, right, uses, how.first_n)
    return booking._replace(rights_drawn=drawn)


def _given_from(asset: str, store: str) -> Line:
    return Line("gift_cost" if asset == "bonus" else GIVEN_FROM[_kind(asset)], store, asset)


def _kind(asset: str) -> str:
    return asset.partition(":")[0]


def _taken(part: RefundRight, missing: Mapping[str, int]) -> dict[str, int]:
    due = _by_asset([(one.asset, one.amount) for one in part.given])
    return {asset: amount - missing.get(asset, 0) for asset, amount in due.items()}


def _by_asset(amounts: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for asset, amount in amounts:
        found[asset] = found.get(asset, 0) + amount
    return found


def _uses(entry: Entry) -> tuple[str, ...]:
    """What of a part of a right an entry uses up."""
    names = ("revenue",) if entry.debit.book == "revenue" else ()
    if entry.credit.book == "member":
        return (*names, entry.credit.asset)
    return (*names, "cash") if entry.credit.book == "cash" else names
