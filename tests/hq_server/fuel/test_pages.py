"""The pages of fuel: a price that differs much is asked again, undone, member prices, limits with what is possible."""

import json

import pytest

from hq_server.errors import HqError
from hq_server.fuel import changes, store, writing_prices
from hq_server.fuel.schemas import FuelCoupon, FuelRules, LitrePoints
from hq_server.web import fuel_forms
from tests.hq_server.conftest import NOW_S, guard_of, visit
from tests.hq_server.small_chain import ACCOUNTS

CARD = "0001:04A1B2C3D4E501"


@pytest.fixture()
def boss(hq):
    return visit(hq, "administrator")


def send(browser, path: str, page: str = "", **fields):
    guard = guard_of(browser.get(page or path).text)
    return browser.post(path, data=fields | {"guard": guard})


def kept(hq) -> list[tuple]:
    with hq.db.read() as connection:
        return [(one.code, one.store, one.price_milli) for one in store.prices(connection)]


def test_a_price_is_set_asked_again_and_undone(boss, hq):
    assert "on its way" in send(boss, "/fuel/prices", code="4001", price="1.299").text
    asked = send(boss, "/fuel/prices", code="4001", price="12.99", store="0002")
    assert asked.status_code == 409 and 'name="sure"' in asked.text and "12.99" in asked.text
    assert kept(hq) == [("4001", "", 129_900)]
    page = send(boss, "/fuel/prices", code="4001", price="1.6", store="0002", sure="1").text
    assert "1.60" in page and "in force" in page
    assert "Undone" in send(boss, "/fuel/prices/2/undo", "/fuel/prices").text
    assert kept(hq)[0] == ("4001", "0002", 129_900)
    assert "Fuel price set" in boss.get("/audit").text
    assert send(boss, "/fuel/prices", code="4001", price="dear").status_code == 400


def test_member_prices_are_added_and_removed(boss, hq):
    fields = {"name": "gold nights", "percent": "3", "levels": "gold", "from_min": "22:00", "until_min": "06:00"}
    page = send(boss, "/fuel/rules", weekdays=["4", "5"], **fields).text
    assert "gold nights" in page and "− 3.0 %" in page and "22:00–06:00" in page and "Fri" in page
    assert "That is no amount" in send(boss, "/fuel/rules", name="both", off="0.1", percent="1").text
    assert "gold nights" in send(boss, "/fuel/rules/drop", "/fuel/rules", name="gold nights").text  # in the past one
    assert _rules(hq) == [[], ["gold nights"]]
    assert "on their way" in send(boss, "/fuel/rules/again", "/fuel/rules", version="1").text
    assert _rules(hq)[0] == ["gold nights"]


def _rules(hq) -> list[list[str]]:
    """The names of member prices in each version, newest first."""
    with hq.db.read() as connection:
        bodies = [json.loads(row.body) for row in store.rule_sets(connection)]
    return [[one["name"] for one in body["member_prices"]] for body in bodies]


def test_points_and_coupons_of_programs_are_shown(boss, hq):
    rules = FuelRules(
        points=[LitrePoints(2_500, ["gold"])], multipliers_bp={"gold": 15_000}, coupons={"coupon:FILL": FuelCoupon(100)}
    )
    with hq.db.write() as connection:
        changes.put_rules(connection, hq.post, rules, 0, "test", NOW_S)
    page = boss.get("/fuel/rules").text
    assert "2.5 (gold; all)" in page and "gold × 1.5" in page and "coupon:FILL" in page


def test_a_cards_limits_with_what_is_possible_beyond(boss, hq):
    path = "/fuel/cards/" + CARD
    assert path in boss.get("/members/" + ACCOUNTS[0]).text
    page = send(boss, path, driver="Byron", plates="京A 12345, AB 1", day_litres="80", asks=["odometer"]).text
    assert "Byron" in page and "京A12345, AB1" in page and "80.000" in page
    assert "Stores 0001 0002 are cut off: at most 160 l" in page
    assert "at most the limit" in send(boss, path, day_litres="80", shares="0001: 50\n0002: 40").text
    page = send(boss, path, day_litres="80", shares="0001: 50\n0002: 30").text
    assert "0001: 50.000" in page and "are cut off: at most" not in page
    assert "None exceeded" in boss.get("/fuel/excess").text


def test_who_may_not_edit_sees_no_forms(hq):
    page = visit(hq, "viewer").get("/fuel/prices").text
    assert "Fuel prices" in page and 'action="/fuel/prices"' not in page


def test_pages_are_in_chinese_too(boss):
    boss.headers["accept-language"] = "zh"
    assert "油价" in boss.get("/fuel/prices").text and "企业账户" in boss.get("/fuel/companies").text


@pytest.mark.parametrize(
    "milli, exponent, text",
    [(789_900, 2, "7.899"), (790_000, 2, "7.90"), (170_000, 0, "170"), (170_500, 0, "170.5"), (1, 2, "0.00001")],
)
def test_prices_as_people_write_them(milli, exponent, text):
    assert writing_prices.price_text(milli, exponent) == text
    assert writing_prices.price_milli(text, exponent) == milli


@pytest.mark.parametrize("text", ["25:00", "x", "-1:00", "1:1:1"])
def test_times_that_are_none(text):
    with pytest.raises(HqError, match="bad_time"):
        fuel_forms.minute(text)
