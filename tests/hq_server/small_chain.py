"""A small chain at head office for tests: two stores, four members, a week of trade, all of it through the real ingest."""

import datetime as dt
import random

from tests.hq_server.small_shop import GOODS, SmallShop

DAY_S = 86400
START = dt.datetime(2026, 11, 16, 9, 0)
STORES = {"0001": ("Harbour Street", "North"), "0002": ("Station Square", "South")}
MEMBERS = {
    "a1" * 16: ("Ada", "0001", "Ada Lovelace", "+44 20 7946 0001", "0001:04A1B2C3D4E501"),
    "b2" * 16: ("小明", "0001", "王小明", "138 0000 0002", "0001:04A1B2C3D4E502"),
    "c3" * 16: ("Grace", "0002", "Grace Hopper", "+1 212 555 0103", "0001:04A1B2C3D4E503"),
    "d4" * 16: ("", "0002", "", "", "0001:04A1B2C3D4E504"),
}
ACCOUNTS = tuple(MEMBERS)


def trade(shop: SmallShop, days: int = 7, seed: int = 1) -> None:
    """Top-ups on the first day, then sales with and without card, one refusal and one reversal."""
    dice = random.Random(f"{seed}/{shop.store}")
    mine = [account for account, member in MEMBERS.items() if member[1] == shop.store]
    for number in range(days):
        at_s = int((START + dt.timedelta(days=number)).timestamp())
        day = (START + dt.timedelta(days=number)).date().isoformat()
        _a_day(shop, dice, mine, day, at_s, first=number == 0)


def _a_day(shop: SmallShop, dice: random.Random, mine: list[str], day: str, at_s: int, first: bool) -> None:
    if first:
        for account in mine:
            shop.top_up(day, at_s, account, 100_00, 10_00)
            at_s += 60
    for number in range(dice.randint(6, 14)):
        basket = {code: 1000 * dice.randint(1, 3) for code in dice.sample(sorted(GOODS), dice.randint(1, 3))}
        account = dice.choice([*mine, "", ""])
        at_s += dice.randint(60, 1800)
        free = sum(one.amount for one in shop.holding(account).slices if one.asset != "points") if account else 0
        stored = min(free, dice.choice((0, 500, 1500)))
        sale = shop.sale(day, at_s, basket, account, stored_cents=_at_most(basket, stored), offline=number % 5 == 4)
        if account and number == 3:
            shop.void(day, at_s + 30, account, sale)
    shop.refuse(day, at_s + 60, mine[0], "insufficient_float", "principal and bonus")


def _at_most(basket: dict[str, int], cents: int) -> int:
    return min(cents, sum(GOODS[code][2] * qty // 1_000_000 for code, qty in basket.items()))
