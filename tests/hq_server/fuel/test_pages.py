"""The pages of fuel: a price that differs much is asked again, undone, member prices, limits with what is possible."""

import json

import msgspec
import pytest

from hq_server.errors import HqError
from hq_server.fuel import changes, editing, store, telling, writing_prices
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


def test_points_levels_and_coupons_are_set_replaced_dropped_and_undone(boss, hq):
    send(boss, "/fuel/rules", name="all", off="0.1")
    at = "/fuel/points"
    assert "No points for litres" in boss.get(at).text
    assert "on their way" in send(boss, "/fuel/points", points="2.5", levels="gold").text
    send(boss, "/fuel/points", points="3", levels="gold")  # in the place of the one before
    send(boss, "/fuel/multipliers", at, level="gold", times="1.5")
    send(boss, "/fuel/multipliers", at, times="0.5")
    send(boss, "/fuel/coupons", at, name="FILL", off="30", min_litres="40", grades="4001")
    page = send(boss, "/fuel/coupons", at, name="coupon:OFF", off_litre="0.25").text
    assert "<strong>3</strong>" in page and "× 1.5" in page and "all others" in page and "0.25 a litre" in page
    assert "FILL" in page and "40 l" in page and "30.00" in page
    told = newest(hq)
    assert told.points == [LitrePoints(3_000, ["gold"])] and told.multipliers_bp == {"gold": 15_000, "*": 5_000}
    assert told.coupons["coupon:FILL"] == FuelCoupon(0, 3_000, 40_000, 0, ["4001"])
    assert told.coupons["coupon:OFF"] == FuelCoupon(25_000) and [one.name for one in told.member_prices] == ["all"]
    send(boss, "/fuel/coupons/drop", at, asset="coupon:OFF")
    send(boss, "/fuel/multipliers/drop", at, level="*")
    send(boss, "/fuel/points/drop", at, whom="gold|")
    told = newest(hq)
    assert (told.points, told.multipliers_bp, set(told.coupons)) == ([], {"gold": 15_000}, {"coupon:FILL"})
    page = send(boss, "/fuel/rules/again", at, version="9", back="points").text
    assert "Fuel points and coupons" in page and newest(hq).points == [LitrePoints(3_000, ["gold"])]
    assert "coupon:FILL" in boss.get("/audit").text


WRONG = (
    ("/fuel/points", {"points": "many"}, "That is no amount"),
    ("/fuel/points", {"points": "1", "from_at": "2001-01-01T00:00"}, "or it is past"),
    ("/fuel/multipliers", {"times": "-1"}, "That is no amount"),
    ("/fuel/multipliers", {"times": "2", "level": "a b"}, "A level is one word"),
    ("/fuel/coupons", {"name": "TWO", "off": "1", "off_litre": "1"}, "A coupon has a name"),
    ("/fuel/coupons", {"name": "LEAST", "off_litre": "1", "min_litres": "9"}, "A coupon has a name"),
    ("/fuel/coupons", {"name": "A B", "off": "1"}, "A coupon has a name"),
    ("/fuel/coupons", {"name": "NONE", "off": "0"}, "That is no amount"),
    ("/fuel/step", {"step": "0", "ask_from": "10"}, "That is no amount"),
)


def test_what_cannot_be_is_said_and_stays_written(boss, hq):
    guard = guard_of(boss.get("/fuel/points").text)
    for path, fields, says in WRONG:
        answer = boss.post(path, data=fields | {"guard": guard})
        assert answer.status_code == 400 and says in answer.text, fields
        assert all(f'value="{text}"' in answer.text for text in fields.values()), fields
    with hq.db.read() as connection:
        assert store.rule_sets(connection) == []


def test_the_step_of_prices_and_who_may_set_it(boss, hq):
    page = send(boss, "/fuel/step", "/fuel/points", step="0.01", ask_from="2.5").text
    assert 'value="0.01"' in page and 'value="2.5"' in page
    assert (newest(hq).step_milli, newest(hq).ask_from_bp) == (1_000, 250)
    page = visit(hq, "viewer").get("/fuel/points").text
    assert "No points for litres" in page and 'action="/fuel/step"' not in page


def test_a_change_is_made_to_planned_rules_too(hq):
    def change(edit: editing.Change, from_s: int, now_s: int) -> None:
        with hq.db.write() as connection:
            changes.change_rules(connection, hq.post, edit, from_s, "test", now_s)

    def kept(now_s: int) -> list[tuple]:
        """(state, begins in so many hours, rules of points), as they follow in time."""
        with hq.db.read() as connection:
            told = telling.rules_now(connection, now_s)["history"]
        live = sorted((one for one in told if one["state"] != "past"), key=lambda one: one["from_s"])
        points = [" ".join(str(rule["points_milli"]) for rule in one["rules"]["points"]) for one in live]
        return [(one["state"], (one["from_s"] - NOW_S) // 3600, said) for one, said in zip(live, points, strict=True)]

    hour = 3600
    change(editing.points(LitrePoints(1)), 0, NOW_S)
    change(editing.points(LitrePoints(2, ["gold"])), NOW_S + 9 * hour, NOW_S)  # planned
    assert kept(NOW_S) == [("in_force", 0, "1"), ("planned", 9, "1 2")]
    change(editing.points(LitrePoints(3, ["tin"])), 0, NOW_S + hour)
    assert kept(NOW_S + hour) == [("in_force", 1, "1 3"), ("planned", 9, "1 2 3")]
    change(editing.no_points("|"), NOW_S + 5 * hour, NOW_S + hour)  # another plan, before the first
    assert kept(NOW_S + hour) == [("in_force", 1, "1 3"), ("planned", 5, "3"), ("planned", 9, "2 3")]
    change(editing.no_points("gold|"), 0, NOW_S + hour)  # is in one plan only: nothing else is written anew
    assert kept(NOW_S + hour) == [("in_force", 1, "1 3"), ("planned", 5, "3"), ("planned", 9, "3")]


def newest(hq) -> FuelRules:
    with hq.db.read() as connection:
        return msgspec.json.decode(store.rule_sets(connection)[0].body, type=FuelRules)


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
    assert "加油积分与油券" in boss.get("/fuel/points").text


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
