"""Bodies of fuel's endpoints, read and checked by msgspec."""

from typing import Annotated

from msgspec import Meta, Struct, field

Number = Annotated[int, Meta(ge=0, le=999_999_999_999)]
Minute = Annotated[int, Meta(ge=0, le=1440)]
Code = Annotated[str, Meta(min_length=1, max_length=24)]
Store = Annotated[str, Meta(max_length=6)]
Level = Annotated[str, Meta(max_length=16)]
Asset = Annotated[str, Meta(pattern="^coupon:[^/]{1,17}$")]


class NewPrice(Struct):
    """The list price of a litre from a moment on; from_s of 0: now; store '': all. sure: it may differ by much."""

    code: Code
    price_milli: Annotated[int, Meta(ge=1, le=999_999_999)]
    from_s: Number = 0
    store: Store = ""
    sure: bool = False


class MemberPrice(Struct):
    """What members get off a litre, or its price; empty lists: all. Minutes of the store's day; 1/100 percent."""

    name: Annotated[str, Meta(min_length=1, max_length=48)]
    levels: list[Level] = field(default_factory=list)
    grades: list[Code] = field(default_factory=list)
    stores: list[Store] = field(default_factory=list)
    weekdays: list[Annotated[int, Meta(ge=0, le=6)]] = field(default_factory=list)
    from_min: Annotated[int, Meta(ge=0, le=1439)] = 0
    until_min: Minute = 0
    off_milli: Number = 0
    off_bp: Annotated[int, Meta(ge=0, le=10000)] = 0
    price_milli: Number | None = None


class LitrePoints(Struct):
    """Points for a litre, in 1/1000 of a point; empty lists: all levels, all grades."""

    points_milli: Number
    levels: list[Level] = field(default_factory=list)
    grades: list[Code] = field(default_factory=list)


class FuelCoupon(Struct):
    """So much off each litre, or off the amount once so much was filled; no grades: all."""

    off_milli: Number = 0
    off_cents: Number = 0
    min_ml: Number = 0
    min_cents: Number = 0
    grades: list[Code] = field(default_factory=list)


class FuelRules(Struct):
    """All fuel rules of the chain. step_milli: of a price that pumps can show; ask_from_bp: prices differing more."""

    member_prices: Annotated[list[MemberPrice], Meta(max_length=500)] = field(default_factory=list)
    points: Annotated[list[LitrePoints], Meta(max_length=100)] = field(default_factory=list)
    multipliers_bp: dict[Level, Number] = field(default_factory=dict)
    coupons: dict[Asset, FuelCoupon] = field(default_factory=dict)
    step_milli: Annotated[int, Meta(ge=1, le=1_000_000)] = 100
    ask_from_bp: Annotated[int, Meta(ge=0, le=10000)] = 1000


class NewRules(Struct):
    """A new version of the rules, whole, from a moment on; 0: now."""

    rules: FuelRules
    from_s: Number = 0


class CardLimits(Struct):
    """What a card may have, whole. Limits of 0: none; shares: store -> [ml, cents] of the day's limit, null: one."""

    driver: Annotated[str, Meta(max_length=96)] = ""
    plates: Annotated[list[Annotated[str, Meta(max_length=16)]], Meta(max_length=20)] = field(default_factory=list)
    grades: Annotated[list[Code], Meta(max_length=8)] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    day_ml: Annotated[int, Meta(ge=0, le=99_999_999)] = 0
    day_cents: Number = 0
    shares: dict[Store, tuple[Number, Number]] | None = None


class Company(Struct):
    """A member that is a company: what bills need. Replaces what was there."""

    name: Annotated[str, Meta(min_length=1, max_length=96)]
    tax_number: Annotated[str, Meta(max_length=32)] = ""
    contact: Annotated[str, Meta(max_length=96)] = ""
    phone: Annotated[str, Meta(max_length=32)] = ""
    email: Annotated[str, Meta(max_length=128)] = ""
    address: Annotated[str, Meta(max_length=200)] = ""


class FuelAsked(Struct):
    """A store asks what a hold may have of its card's day; here_*: what it knows of that day, this hold aside."""

    hold: Annotated[str, Meta(min_length=1, max_length=96)]
    card: Annotated[str, Meta(max_length=25)]
    day: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    ml: Number = 0
    cents: Number = 0
    here_ml: Number = 0
    here_cents: Number = 0
