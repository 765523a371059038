"""What members hold beside money: coupons, punches, codes, and what each may do once. Who has which, who shows what.

    coupon:tea   a lot of one; its member shows the lot, used or not, at several stores at once if he likes
    punch:wash   five make a free one
    code:open    a public code with a limit in all, shared out among the stores
    code:first   once for each member
"""

from random import Random
from typing import Any

from gateway.core.books import Tap

OFFERS: dict[str, dict[str, Any]] = {
    "coupon:tea": {"off_cents": 100},
    "punch:wash": {"off_cents": 200, "punches": 5},
    "code:open": {"off_cents": 50, "limited": True},
    "code:first": {"off_cents": 30, "limited": False, "once": True},
}
NO_LOT = "0" * 16
SHOWN = ("coupon:tea", "punch:wash", "code:open", "code:first", "coupon:tea code:first", "coupon:tea coupon:tea")
CHANGES = (100, -100, 1000, -3000)


class Wallets:
    """The coupons that head office has given each member, as their owners remember them."""

    def __init__(self, dice: Random):
        self._dice = dice
        self._coupons: dict[str, list[str]] = {}

    def got(self, account: str, lot: str) -> None:
        """A coupon more."""
        self._coupons.setdefault(account, []).append(lot)

    def shown(self, account: str, cents: int) -> tuple[list[dict], int]:
        """What a member shows at the till, and what is left to pay."""
        units: list[dict] = []
        for asset in self._dice.choice(SHOWN).split():
            unit = {"asset": asset}
            if asset.startswith("coupon:"):
                unit["lot"] = self._dice.choice(self._coupons.get(account) or [NO_LOT])
            units.append(unit)
            cents -= min(OFFERS[asset]["off_cents"], cents)
        return units, cents


def adjustment(dice: Random, second: Tap) -> dict[str, Any]:
    """What two people at a counter put right."""
    asset = dice.choice(("principal", "bonus", "points", "punch:wash"))
    return {"asset": asset, "change": dice.choice(CHANGES), "why": "goodwill", "second": second.tap}
