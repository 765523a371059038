"""What fuel costs, for whom and when; what it earns; what a coupon takes off it. Pure.

Head office sends prices and rules ahead of their time: each counts from its `from_s` on, by the store's clock. Of those
whose time has come the latest counts; of two for the same moment the one with the higher version (an undo).
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.core.pricing import BasketLine
from gateway.core.rules import Rules
from protocol.money import BP, CENTS_MAX, MILLI, down

DAY_MIN = 24 * 60
SAME = 10_000  # a multiplier of one, in 1/100 percent
RULES_MAX = 500  # member prices of one set; more are refused whole


class GradePrice(NamedTuple):
    """The list price of a litre from a moment on, in 1/1000 of a minor unit."""

    version: int
    code: str
    price_milli: int
    from_s: int


class MemberPrice(NamedTuple):
    """What members get off a litre, or the price they pay; empty levels, grades or weekdays: all.

    from_min..until_min: the store's minutes of the day, until is not in it; equal: the whole day; from > until: over
    midnight, and the part after midnight is of the weekday before. off_bp: 1/100 percent of the list price.
    """

    name: str
    levels: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    weekdays: tuple[int, ...] = ()
    from_min: int = 0
    until_min: int = 0
    off_milli: int = 0
    off_bp: int = 0
    price_milli: int | None = None


class LitrePoints(NamedTuple):
    """Points for a litre, in 1/1000 of a point; empty levels or grades: all."""

    levels: tuple[str, ...]
    grades: tuple[str, ...]
    points_milli: int


class FuelCoupon(NamedTuple):
    """So much off each litre, or off the amount once at least so much was filled; empty grades: all."""

    off_milli: int = 0
    off_cents: int = 0
    min_ml: int = 0
    min_cents: int = 0
    grades: tuple[str, ...] = ()


class RuleSet(NamedTuple):
    """All of the chain's fuel rules from a moment on. step_milli: of a price that a pump can show.

    multipliers_bp: level (or "*") -> by how much its points are multiplied, in 1/100 percent.
    """

    version: int = 0
    from_s: int = 0
    member_prices: tuple[MemberPrice, ...] = ()
    points: tuple[LitrePoints, ...] = ()
    multipliers_bp: Mapping[str, int] = MappingProxyType({})
    coupons: Mapping[str, FuelCoupon] = MappingProxyType({})
    step_milli: int = 100


class Fuel(NamedTuple):
    """What a store has been told: prices and rule sets, those to come too."""

    prices: tuple[GradePrice, ...] = ()
    sets: tuple[RuleSet, ...] = ()
    prices_version: int = 0
    rules_version: int = 0


class Moment(NamedTuple):
    """A store's local time. weekday: 0 is Monday; minute: of the day."""

    weekday: int
    minute: int


class Quote(NamedTuple):
    """What a litre costs this member now; rule: the name of the member price that counts, '' for the list price."""

    price_milli: int
    list_milli: int
    rule: str = ""


NO_RULES = RuleSet()


def quote(
    fuel: Fuel, code: str, level: str, at: Moment, now_s: int, shelf_milli: int, coupon: FuelCoupon | None = None
) -> Quote:
    """The best price for a member ('' is no level); shelf_milli: the goods' price, where no fuel price was ever told.

    A coupon off each litre comes off last. Rounded down to the pump's step, never below zero.
    """
    list_milli = list_price(fuel, code, now_s, shelf_milli)
    rules = in_force(fuel, now_s)
    offers = [(_milli(one, list_milli, rules.step_milli), one.name) for one in _for(rules, code, level, at)]
    price_milli, name = min(offers, default=(list_milli, ""))
    if price_milli >= list_milli:
        price_milli, name = list_milli, ""
    if coupon and coupon.off_milli:
        price_milli = _stepped(max(0, price_milli - coupon.off_milli), 1, rules.step_milli)
    return Quote(price_milli, list_milli, name)


def list_price(fuel: Fuel, code: str, now_s: int, shelf_milli: int) -> int:
    """The list price of a grade now."""
    due = [one for one in fuel.prices if one.code == code and one.from_s <= now_s]
    return max(due, key=lambda one: (one.from_s, one.version)).price_milli if due else shelf_milli


def timeline(fuel: Fuel, codes: Iterable[str], now_s: int) -> list[GradePrice]:
    """The price in force of each of these grades (from_s 0) and those that will follow, as a terminal keeps them."""
    told = []
    for code in sorted(set(codes)):
        mine = sorted((one for one in fuel.prices if one.code == code), key=lambda one: (one.from_s, one.version))
        past = [one for one in mine if one.from_s <= now_s]
        told += [past[-1]._replace(from_s=0)] if past else []
        last_of = {one.from_s: one for one in mine if one.from_s > now_s}
        told += last_of.values()
    return told


def in_force(fuel: Fuel, now_s: int) -> RuleSet:
    """The rules that count now; none at all before the first."""
    due = [one for one in fuel.sets if one.from_s <= now_s]
    return max(due, key=lambda one: (one.from_s, one.version), default=NO_RULES)


def moment(timezone: str, now_s: int) -> Moment:
    """Local time of a store."""
    local = datetime.fromtimestamp(now_s, UTC).astimezone(ZoneInfo(timezone or "UTC"))
    return Moment(local.weekday(), local.hour * 60 + local.minute)


def coupon_fits(coupon: FuelCoupon, code: str) -> bool:
    """Whether it may be used for this grade."""
    return not coupon.grades or code in coupon.grades


def coupon_off_cents(coupon: FuelCoupon, ml: int, amount_cents: int) -> int:
    """What it pays of a fill: 0 below its minimum, never more than the fill."""
    reached = ml >= coupon.min_ml and amount_cents >= coupon.min_cents
    return min(coupon.off_cents, amount_cents) if reached else 0


def held_off_cents(coupon: FuelCoupon, cents: int) -> int:
    """What need not be set aside of `cents`: only what no minimum can take back."""
    return 0 if coupon.min_ml or coupon.min_cents else min(coupon.off_cents, cents)


def saved_cents(list_milli: int, ml: int, amount_cents: int) -> int:
    """What the member's price has saved against the list price of these litres."""
    return max(0, down(2 * ml * list_milli + MILLI * MILLI, 2 * MILLI * MILLI) - amount_cents)


def earned(rules: RuleSet, plain: Rules, code: str, level: str, line: BasketLine, tenders: Mapping[str, int]) -> int:
    """Points of a fill: by the litre where a rule says so (the most for the member), else by the amount.

    Only the part counts that was paid by tenders that earn; the level's multiplier comes last, rounded down once.
    """
    paid_cents = sum(tenders.get(tender, 0) for tender in plain.earn_on)
    times_bp = rules.multipliers_bp.get(level, rules.multipliers_bp.get("*", SAME))
    fitting = [one.points_milli for one in rules.points if _fits(one.levels, level) and _fits(one.grades, code)]
    by_litre_milli = max(fitting, default=plain.points_per_litre * MILLI)
    if not by_litre_milli:
        return down(paid_cents * plain.points_per_100_cents * times_bp, 100 * BP)
    if not line.amount_cents:
        return 0
    points = line.qty_milli * by_litre_milli * paid_cents * times_bp
    return down(points, MILLI * MILLI * line.amount_cents * BP)


# ---- which member prices count


def _for(rules: RuleSet, code: str, level: str, at: Moment) -> list[MemberPrice]:
    if not level:
        return []
    return [
        one
        for one in rules.member_prices
        if _fits(one.levels, level) and _fits(one.grades, code) and _open(one, at)
    ]


def _fits(wanted: tuple[str, ...], one: str) -> bool:
    return not wanted or one in wanted


def _open(one: MemberPrice, at: Moment) -> bool:
    """Whether this moment is within the weekdays and hours of a member price."""
    weekday = at.weekday
    if one.from_min < one.until_min:
        if not one.from_min <= at.minute < one.until_min:
            return False
    elif one.from_min > one.until_min:
        if one.until_min <= at.minute < one.from_min:
            return False
        if at.minute < one.until_min:
            weekday = (weekday - 1) % 7
    return not one.weekdays or weekday in one.weekdays


def _milli(one: MemberPrice, list_milli: int, step_milli: int) -> int:
    if one.price_milli is not None:
        return one.price_milli
    if one.off_bp:
        return _stepped(max(0, list_milli * (BP - one.off_bp) - one.off_milli * BP), BP, step_milli)
    return _stepped(max(0, list_milli - one.off_milli), 1, step_milli)


def _stepped(numerator: int, denominator: int, step_milli: int) -> int:
    step_milli = max(1, step_milli)
    return down(numerator, denominator * step_milli) * step_milli


# ---- reading what head office sends


def read_prices(body: dict) -> tuple[GradePrice, ...]:
    """All prices that a store is to know. Raises ValueError."""
    return tuple(
        GradePrice(number(one["version"]), str(one["code"]), number(one["price_milli"]), number(one["from_s"]))
        for one in body["prices"]
    )


def read_set(told: dict) -> RuleSet:
    """One set of fuel rules; what it leaves out is not there. Raises ValueError."""
    member_prices = told.get("member_prices") or ()
    if len(member_prices) > RULES_MAX:
        raise ValueError(f"{len(member_prices)} member prices")
    return RuleSet(
        number(told.get("version", 0)),
        number(told.get("from_s", 0)),
        tuple(_member_price(one) for one in member_prices),
        tuple(
            LitrePoints(texts(one, "levels"), texts(one, "grades"), number(one["points_milli"]))
            for one in told.get("points") or ()
        ),
        {str(level): number(times_bp) for level, times_bp in (told.get("multipliers_bp") or {}).items()},
        {str(asset): _coupon(str(asset), one) for asset, one in (told.get("coupons") or {}).items()},
        number(told.get("step_milli", 100)) or 1,
    )


def _member_price(told: dict) -> MemberPrice:
    price_milli = told.get("price_milli")
    one = MemberPrice(
        str(told.get("name") or ""),
        texts(told, "levels"),
        texts(told, "grades"),
        tuple(number(day) for day in told.get("weekdays") or ()),
        number(told.get("from_min", 0)),
        number(told.get("until_min", 0)),
        number(told.get("off_milli", 0)),
        number(told.get("off_bp", 0)),
        None if price_milli is None else number(price_milli),
    )
    in_a_day = max(one.from_min, one.until_min) <= DAY_MIN and one.from_min < DAY_MIN
    if not in_a_day or any(day > 6 for day in one.weekdays) or one.off_bp > BP:
        raise ValueError(f"member price {one.name}")
    return one


def _coupon(asset: str, told: dict) -> FuelCoupon:
    if not asset.startswith("coupon:"):
        raise ValueError(f"a fuel coupon {asset}")
    off_milli, off_cents = number(told.get("off_milli", 0)), number(told.get("off_cents", 0))
    min_ml, min_cents = number(told.get("min_ml", 0)), number(told.get("min_cents", 0))
    return FuelCoupon(off_milli, off_cents, min_ml, min_cents, texts(told, "grades"))


def texts(told: dict, name: str) -> tuple[str, ...]:
    """A list of texts; () where there is none."""
    return tuple(str(one) for one in told.get(name) or ())


def number(value: int) -> int:
    """A whole number from 0 on. Raises ValueError."""
    if type(value) is not int or not 0 <= value <= CENTS_MAX:
        raise ValueError(f"a number {value!r}")
    return value
