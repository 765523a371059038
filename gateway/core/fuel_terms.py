"""On what terms a member may fill: price, coupon, what the card may have, where the pump stops. Writes nothing."""

from typing import NamedTuple

from gateway.core import fuel_day, fuel_limits, fuel_rules
from gateway.core.asked import Asked
from gateway.core.books import Member
from gateway.core.fuel_limits import Bound, CardLimits, Room
from gateway.core.fuel_rules import FuelCoupon, Quote
from gateway.core.pricing import BasketLine
from gateway.core.trade import Trade
from protocol.ledger.lots import Holding, Refusal, free, stored_cents
from protocol.money import MILLI, down, up

FULL_CENTS = 30_000  # set aside for "fill it up", where the chain has no limit of its own


class Terms(NamedTuple):
    """What counts for one hold. coupon: what it is worth, None without one."""

    grade: BasketLine
    quote: Quote
    limits: CardLimits
    coupon: FuelCoupon | None
    left: Room

    def off_cents(self, cents: int) -> int:
        """What of an amount need not be set aside, because the coupon pays it for certain."""
        return fuel_rules.held_off_cents(self.coupon, cents) if self.coupon else 0


def of(trade: Trade, asked: Asked, member: Member, card: str, grade: BasketLine) -> Terms | Refusal:
    """Refused by what the card may have, and for a coupon that is none for this grade."""
    values, fuel, now_s = asked.values, trade.books.fuel.told(), trade.clock.now_s()
    limits = trade.books.fuel.limits(card)
    barred = fuel_limits.barred(limits, member.account, grade.code, values.get("plate", ""), values.get("odometer"))
    if barred:
        return barred
    name = values.get("coupon", "")
    coupon = fuel_rules.in_force(fuel, now_s).coupons.get(name)
    if name and (coupon is None or not fuel_rules.coupon_fits(coupon, grade.code)):
        return Refusal("coupon_unknown", name)
    at = fuel_rules.moment(trade.timezone, now_s)
    quote = fuel_rules.quote(fuel, grade.code, member.level, at, now_s, grade.price_milli, coupon)
    return Terms(grade, quote, limits, coupon, room(trade, limits, asked.transfer))


def room(trade: Trade, limits: CardLimits, hold: str = "") -> Room:
    """What a card may still have today; hold: one for which head office may have spoken."""
    if not limits.by_day:
        return Room()
    fuel = trade.books.fuel
    use = fuel.use(limits.counts_as, trade.today())
    return fuel_limits.room(limits, trade.store, use, fuel.hold(hold) if hold else None)


def bound(trade: Trade, terms: Terms, values: dict, member: Member, before: Holding) -> Bound | Refusal:
    """Where the pump stops, before it is known whether so much is here."""
    full, price_milli = not (values["cents"] or values["ml"]), terms.quote.price_milli
    cents = values["cents"]
    if full:
        cents = _full_cents(trade, terms, member, before)
    elif not cents:
        cents = up(values["ml"] * price_milli, MILLI * MILLI)
    most_cents = trade.rules.pay_max_cents
    if most_cents and cents > most_cents:
        return Refusal("limit_exceeded", f"at most {most_cents}")
    return fuel_limits.bound(cents, 0 if values["cents"] else values["ml"], full, price_milli, terms.left)


def here(terms: Terms, stop: Bound, values: dict, before: Holding) -> Bound:
    """A tank that is to be filled as far as the card goes stops at what is here; all else as it was asked."""
    stored = stored_cents(before)
    if values["cents"] or values["ml"] or stop.cents - terms.off_cents(stop.cents) <= stored:
        return stop
    cents = stored + terms.off_cents(stop.cents)
    price_milli = terms.quote.price_milli
    return Bound(cents, min(stop.ml, down(cents * MILLI * MILLI, price_milli)) if price_milli else stop.ml)


def lacking(
    trade: Trade, terms: Terms, asked: Asked, stop: Bound, before: Holding
) -> tuple[dict[str, int], dict | None]:
    """What head office is asked for first: value and coupon, and its word on the card's day (None: not needed)."""
    name = asked.values.get("coupon", "")
    wanted = {"principal": stop.cents - terms.off_cents(stop.cents) - stored_cents(before)}
    wanted |= {name: 1} if name and not coupon_lot(before, name) else {}
    about_day = fuel_day.wish(trade, terms.limits, asked.transfer, stop.ml, stop.cents)
    return {asset: amount for asset, amount in wanted.items() if amount > 0}, about_day


def coupon_lot(holding: Holding, asset: str) -> str:
    """A coupon of this kind that is here and in no basket; '' for none."""
    return next((one.lot for one in free(holding) if one.asset == asset and one.amount), "")


def _full_cents(trade: Trade, terms: Terms, member: Member, before: Holding) -> int:
    """All that the member is known to have anywhere, and what the coupon adds, within the chain's limit."""
    known_cents = max(member.principal + member.bonus, stored_cents(before))
    most_cents = trade.rules.pay_max_cents or FULL_CENTS
    return max(1, min(known_cents + terms.off_cents(most_cents), most_cents))
