"""The chain's rules as values: spending order, earning, bonus of a top-up, the business day. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

ORDERS = ("principal_first", "bonus_first", "proportional")


class TopUpBonus(NamedTuple):
    """From `from_cents` paid in at once: so many minor units on top, or so many 1/100 percent of what is paid in."""

    from_cents: int
    bonus_cents: int
    bonus_bp: int


class Offer(NamedTuple):
    """What a coupon, a punch card full of so many punches, or a code is worth; codes: limited in all, once a member.

    earned_by: goods of which each_milli (1/1000 units of one line) bought earn a punch, good for so many days.
    """

    off_cents: int
    punches: int = 0
    limited: bool = True
    once: bool = False
    earned_by: tuple[str, ...] = ()
    each_milli: int = 1000
    days: int = 0


class Rules(NamedTuple):
    """What head office has laid down for all stores; the defaults are those of a store that has not heard any yet.

    refund_second_from_cents: refunds from this amount on need a second person, 0: none does.
    offline_limits: level (or "*") -> what a cut store may lend a member; offline_store_cents: to all of them together.
    fill_max_cents: what attendants may let flow at once without a member; 0: as much as one may pay.
    stale_list_limit_cents: what one tap may spend once the deny list is older than stale_list_after_s (0: never).
    """

    version: int = 0
    order: str = "principal_first"
    points_per_100_cents: int = 0
    points_per_litre: int = 0  # of fuel; 0: by its amount, like anything else
    earn_on: tuple[str, ...] = ("principal", "cash")
    point_value_milli: int = 0
    top_up_bonus: tuple[TopUpBonus, ...] = ()
    top_up_max_cents: int = 0
    pay_max_cents: int = 0
    fill_max_cents: int = 0
    bonus_days: int = 0
    points_days: int = 0
    business_day_cut_min: int = 0
    grace_days: int = 0
    refund_second_from_cents: int = 0
    refund_units_back: bool = True
    offline_limits: Mapping[str, int] = MappingProxyType({})
    offline_store_cents: int | None = None
    offers: Mapping[str, Offer] = MappingProxyType({})
    stale_list_after_s: int = 0
    stale_list_limit_cents: int = 0

    def offline_limit_cents(self, level: str) -> int:
        """What a cut store may lend to a member of this level; 0 unless the chain's owner chose otherwise."""
        return self.offline_limits.get(level, self.offline_limits.get("*", 0))


def read(body: dict) -> Rules:
    """Rules of a message from head office; what it leaves out keeps its default. Raises ValueError."""
    plain = Rules()
    earn, refund, lend = (body.get(part) or {} for part in ("earn", "refund", "offline"))
    order = body.get("order") or plain.order
    if order not in ORDERS:
        raise ValueError("unknown spending order " + order)
    return Rules(
        version=int(body.get("version", 0)),
        order=order,
        points_per_100_cents=int(earn.get("points_per_100_cents", 0)),
        points_per_litre=int(earn.get("points_per_litre", 0)),
        earn_on=tuple(earn.get("on") or plain.earn_on),
        point_value_milli=int(body.get("point_value_milli") or 0),
        top_up_bonus=tuple(_bonus(step) for step in body.get("top_up_bonus") or ()),
        top_up_max_cents=int(body.get("top_up_max_cents") or 0),
        pay_max_cents=int(body.get("pay_max_cents") or 0),
        fill_max_cents=int(body.get("fill_max_cents") or 0),
        bonus_days=int(body.get("bonus_days") or 0),
        points_days=int(body.get("points_days") or 0),
        business_day_cut_min=int(body.get("business_day_cut_min") or 0),
        grace_days=int(body.get("grace_days") or 0),
        refund_second_from_cents=int(refund.get("second_from_cents") or 0),
        offline_limits={str(level): _from_zero(cents) for level, cents in (lend.get("levels") or {}).items()},
        offline_store_cents=None if lend.get("store_cents") is None else _from_zero(lend["store_cents"]),
        offers={str(asset): _offer(asset, told) for asset, told in (body.get("offers") or {}).items()},
        refund_units_back=bool(refund.get("units_back", True)),
        stale_list_after_s=_from_zero(body.get("stale_list_after_s") or 0),
        stale_list_limit_cents=_from_zero(body.get("stale_list_limit_cents") or 0),
    )


def _from_zero(cents: int) -> int:
    if type(cents) is not int or cents < 0:
        raise ValueError(f"a limit of {cents!r}")
    return cents


def _offer(asset: str, told: dict) -> Offer:
    kind = asset.partition(":")[0]
    offer = Offer(
        _from_zero(told.get("off_cents", 0)),
        _from_zero(told.get("punches", 0)),
        bool(told.get("limited", True)),
        bool(told.get("once", False)),
        tuple(str(code) for code in told.get("earned_by") or ()),
        _from_zero(told.get("each_milli", 1000)),
        _from_zero(told.get("days", 0)),
    )
    earns = bool(offer.earned_by)
    if kind not in ("coupon", "punch", "code") or (kind == "punch") != bool(offer.punches):
        raise ValueError(f"an offer of {asset}")
    if earns and (kind != "punch" or not offer.each_milli):
        raise ValueError(f"an offer of {asset}")
    return offer


def _bonus(step: dict) -> TopUpBonus:
    return TopUpBonus(int(step["from_cents"]), int(step.get("bonus_cents") or 0), int(step.get("bonus_bp") or 0))


def top_up_bonus_cents(rules: Rules, paid_in_cents: int) -> int:
    """The gift on a top-up: of the highest step reached, rounded down."""
    reached = [step for step in rules.top_up_bonus if paid_in_cents >= step.from_cents]
    if not reached:
        return 0
    step = max(reached)
    return step.bonus_cents + paid_in_cents * step.bonus_bp // 10000


def business_date(rules: Rules, timezone: str, now_s: int) -> str:
    """'YYYY-MM-DD' of the store's trading day: local time less the day's cut. A label; no money depends on it."""
    local = datetime.fromtimestamp(now_s, UTC).astimezone(ZoneInfo(timezone or "UTC"))
    return (local.replace(tzinfo=None) - timedelta(minutes=rules.business_day_cut_min)).strftime("%Y-%m-%d")


def utc_offset_min(timezone: str, now_s: int) -> int:
    """Minutes that the store's clock is ahead of UTC now, for screens and receipts."""
    offset = datetime.fromtimestamp(now_s, UTC).astimezone(ZoneInfo(timezone or "UTC")).utcoffset()
    return int(offset.total_seconds()) // 60 if offset else 0
