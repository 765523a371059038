"""The chain's rules as one value, read from JSON and checked."""

import msgspec
from msgspec import Struct, field

from hq_server.errors import HqError
from protocol.ledger.expiry import good_until

ORDERS = ("principal_first", "bonus_first", "proportional")


class TopUpBonus(Struct):
    """From `from_cents` paid in at once: so many minor units, or so many 1/100 percent, on top."""

    from_cents: int
    bonus_cents: int = 0
    bonus_bp: int = 0


class Earn(Struct):
    """Points for each 100 minor units of what was paid by these tenders."""

    points_per_100_cents: int = 0
    points_per_litre: int = 0  # of fuel; 0: by its amount
    on: list[str] = field(default_factory=lambda: ["principal", "cash"])


class RefundRules(Struct):
    """From so many minor units on (0: never) a refund needs a second person; whether coupons and punches come back."""

    second_from_cents: int = 0
    units_back: bool = True


class OfflineRules(Struct):
    """What a cut store may lend: to a member by level ("*" for all others), and to all together (null: no cap)."""

    levels: dict[str, int] = field(default_factory=dict)
    store_cents: int | None = None


class Offer(Struct):
    """What a coupon, so many punches, or a code takes off; a code may be limited in all, and once for each member.

    earned_by: goods of which each_milli (1/1000 units of one line) bought earn a punch, good for so many days.
    """

    off_cents: int = 0
    punches: int = 0
    limited: bool = True
    once: bool = False
    earned_by: list[str] = field(default_factory=list)
    each_milli: int = 1000
    days: int = 0


class Rules(Struct):
    """What all stores go by. Days of 0: never expires; limits of 0: none."""

    order: str = "principal_first"
    earn: Earn = field(default_factory=Earn)
    point_value_milli: int = 0  # what one point pays, in 1/1000 of a minor unit
    top_up_bonus: list[TopUpBonus] = field(default_factory=list)
    top_up_max_cents: int = 0
    pay_max_cents: int = 0
    fill_max_cents: int = 0  # what attendants may let flow at once without a member; 0: as much as one may pay
    bonus_days: int = 0
    points_days: int = 0
    business_day_cut_min: int = 0
    grace_days: int = 0
    refund: RefundRules = field(default_factory=RefundRules)
    offline: OfflineRules = field(default_factory=OfflineRules)
    offers: dict[str, Offer] = field(default_factory=dict)  # coupon:X, punch:ITEM or code:X -> what it is worth
    stale_list_after_s: int = 0  # a store that has not heard for longer lets less go by one tap; 0: as much as ever
    stale_list_limit_cents: int = 0

    @classmethod
    def read(cls, told: dict) -> "Rules":
        """Rules from JSON. Raises HqError('bad_rules')."""
        try:
            rules = msgspec.convert({k: v for k, v in told.items() if k != "version"}, cls)
        except msgspec.ValidationError as wrong:
            raise HqError("bad_rules", str(wrong)) from None
        problem = rules.problem()
        if problem:
            raise HqError("bad_rules", problem)
        return rules

    def problem(self) -> str | None:
        """Why these rules cannot be, or None."""
        numbers = [self.point_value_milli, self.top_up_max_cents, self.pay_max_cents, self.bonus_days, self.points_days]
        numbers += [self.earn.points_per_100_cents, self.earn.points_per_litre]
        numbers += [self.stale_list_after_s, self.stale_list_limit_cents]
        numbers += [self.fill_max_cents, self.grace_days, self.refund.second_from_cents]
        numbers += [*self.offline.levels.values(), self.offline.store_cents or 0]
        for step in self.top_up_bonus:
            numbers += [step.from_cents, step.bonus_cents, step.bonus_bp]
        for offer in self.offers.values():
            numbers += [offer.off_cents, offer.punches, offer.each_milli, offer.days]
        if any(problem := bad_offer(asset, offer) for asset, offer in self.offers.items()):
            return problem
        if self.order not in ORDERS:
            return "order is one of " + ", ".join(ORDERS)
        if any(number < 0 for number in numbers):
            return "numbers are 0 or more"
        return None if 0 <= self.business_day_cut_min < 1440 else "the day's cut is within 0..1439 minutes"


def bad_offer(asset: str, offer: Offer) -> str:
    """Why such an offer cannot be, or ''."""
    kind, _, name = asset.partition(":")
    if kind not in ("coupon", "punch", "code") or not name or len(asset) > 24:
        return f"{asset}: offers are of coupon:X, punch:ITEM or code:X"
    if (kind == "punch") != bool(offer.punches) or (offer.earned_by and kind != "punch"):
        return f"{asset}: punch cards, and they alone, count punches"
    return f"{asset}: each_milli is 1 or more" if offer.earned_by and not offer.each_milli else ""


def expiry_date(business_date: str, days: int) -> str:
    """The last business date of a lot: the end of the month in which the days end; '' for never."""
    return good_until(business_date, days)
