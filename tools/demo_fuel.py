"""The demo's petrol: list prices with their time, a member price, and one company whose driver has a card with a limit.

All of it by head office's own API, as a program of the chain would. So the demo shows prices that members do not pay in
full (pump, receipt and event say what was saved), a card's day kept over stores, and a company's statement.

    list price     of each grade what its goods cost, from now on; five more of the smallest coin from tomorrow
    member price   3 of the smallest coin off each litre, for every level
    company        the household that fills the most; its card may have all grades, and twice its planned litres a day
"""

import time
from typing import Any, NamedTuple

import httpx

from tools.households import GRADES, MILLI, Plan

PLACE = "/api/v1/fuel"
OFF_MILLI, TOMORROW_MILLI = 3 * MILLI, 5 * MILLI
DAY_S = 86_400
LEAST_ML = 100_000
DRIVER = "Dana Whitaker"
COMPANY = {
    "name": "Mill Street Deliveries",
    "tax_number": "36-4718203",
    "contact": DRIVER,
    "address": "12 Mill Street",
}


class Company(NamedTuple):
    """The member that is a company, its driver's card, and the key of the desk that wrote it down."""

    account: str
    card: str
    key: str


def lay_down(chain: Any, now_s: int | None = None) -> Company | None:
    """Prices, rules, company and card; None for a plan without petrol. Raises httpx.HTTPStatusError."""
    filled = planned_ml(chain.plan)
    key = chain.hq_says("key", "add", "fuel desk", "--role", "administrator")["key"]
    with httpx.Client(base_url=chain.pages, headers={"authorization": "Bearer " + key}, trust_env=False) as client:
        for goods in chain.plan.goods:
            if goods.code in chain.grades:
                _set_prices(client, goods.code, goods.price_milli, now_s or int(time.time()))
        off = {"name": "members", "off_milli": OFF_MILLI}
        _say(client, "PUT", "/rules", {"rules": {"member_prices": [off]}})
        if not filled:
            return None
        member = chain.members[max(filled, key=lambda household: filled[household])]
        _say(client, "PUT", "/companies/" + member.account, COMPANY)
        day_ml = max(LEAST_ML, 2 * filled[member.household])
        limits = {"driver": DRIVER, "grades": list(chain.grades), "day_ml": day_ml}
        _say(client, "PUT", "/cards/" + member.card_id, limits)
    return Company(member.account, member.card_id, key)


def planned_ml(plan: Plan) -> dict[int, int]:
    """Household -> what it will fill, at list prices."""
    prices = {goods.code: goods.price_milli for goods in plan.goods}
    filled: dict[int, int] = {}
    for basket in plan.baskets:
        for one in basket.fuel:
            ml = one.ml or one.cents * MILLI * MILLI // prices[GRADES[one.nozzle - 1]]
            filled[basket.household] = filled.get(basket.household, 0) + ml
    return filled


def _set_prices(client: httpx.Client, code: str, price_milli: int, now_s: int) -> None:
    _say(client, "POST", "/prices", {"code": code, "price_milli": price_milli})
    later = {"code": code, "price_milli": price_milli + TOMORROW_MILLI, "from_s": now_s + DAY_S, "sure": True}
    _say(client, "POST", "/prices", later)


def _say(client: httpx.Client, method: str, path: str, body: dict) -> None:
    client.request(method, PLACE + path, json=body).raise_for_status()
