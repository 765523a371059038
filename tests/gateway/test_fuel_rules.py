"""Prices, member prices, points, coupons and cards' limits as tables in words."""

import pytest

from gateway.core import fuel_limits, fuel_rules
from gateway.core.fuel_limits import CardLimits, DayHold, DayUse, Room
from gateway.core.fuel_rules import Fuel, FuelCoupon, GradePrice, Moment
from gateway.core.pricing import BasketLine
from gateway.core.rules import Rules
from protocol.ledger.lots import Refusal
from protocol.ledger.vehicles import vehicle

ACCOUNT = "ab" * 16
FRIDAY, SATURDAY = 4, 5
RULES = fuel_rules.read_set(
    {
        "version": 1,
        "member_prices": [
            {"name": "all", "off_milli": 5_000},
            {"name": "gold", "levels": ["gold"], "off_bp": 300},
            {"name": "diesel", "levels": ["fleet"], "grades": ["D0"], "price_milli": 650_000},
            {"name": "friday night", "weekdays": [FRIDAY], "from_min": 1320, "until_min": 360, "off_milli": 50_000},
            {"name": "noon", "levels": ["gold"], "from_min": 12 * 60, "until_min": 13 * 60, "off_milli": 30_000},
        ],
        "points": [
            {"levels": [], "grades": ["95"], "points_milli": 2_000},
            {"levels": ["gold"], "grades": [], "points_milli": 2_500},
        ],
        "multipliers_bp": {"gold": 15_000, "*": 10_000},
    }
)
SET = Fuel((GradePrice(1, "95", 789_900, 0), GradePrice(1, "D0", 720_000, 0)), (RULES,))


@pytest.mark.parametrize(
    "grade, level, weekday, clock, price, why",
    [
        ("95", "", FRIDAY, "11:00", 789_900, ""),  # no member: the list price
        ("95", "regular", FRIDAY, "11:00", 784_900, "all"),
        ("95", "gold", FRIDAY, "11:00", 766_200, "gold"),  # 3 %: 766 203, down to what a pump shows
        ("95", "gold", FRIDAY, "12:00", 759_900, "noon"),
        ("95", "gold", FRIDAY, "13:00", 766_200, "gold"),  # until is not in it
        ("95", "regular", FRIDAY, "22:00", 739_900, "friday night"),
        ("95", "regular", SATURDAY, "05:59", 739_900, "friday night"),  # after midnight: still Friday's
        ("95", "regular", SATURDAY, "06:00", 784_900, "all"),
        ("95", "regular", SATURDAY, "22:30", 784_900, "all"),
        ("95", "regular", FRIDAY, "05:00", 784_900, "all"),  # Thursday's night is none
        ("D0", "fleet", FRIDAY, "11:00", 650_000, "diesel"),
        ("95", "fleet", FRIDAY, "11:00", 784_900, "all"),
    ],
)
def test_the_best_price_counts(grade, level, weekday, clock, price, why):
    hour, minute = clock.split(":")
    quoted = fuel_rules.quote(SET, grade, level, Moment(weekday, int(hour) * 60 + int(minute)), 0, 1)
    assert (quoted.price_milli, quoted.rule) == (price, why)


@pytest.mark.parametrize(
    "off, price",
    [
        ({"off_milli": 900_000}, 0),  # never below nothing
        ({"price_milli": 800_000}, 789_900),  # dearer than the list: the list
        ({"off_bp": 10_000}, 0),
        ({"off_bp": 1}, 789_800),
        ({"off_bp": 100, "off_milli": 1_000}, 781_000),
    ],
)
def test_no_price_is_below_zero_or_above_the_list(off, price):
    one = fuel_rules.read_set({"member_prices": [{"name": "x", **off}]})
    assert fuel_rules.quote(SET._replace(sets=(one,)), "95", "any", Moment(0, 0), 0, 1).price_milli == price


def test_a_coupon_off_each_litre_comes_off_the_best_price():
    coupon = FuelCoupon(off_milli=20_000)
    assert fuel_rules.quote(SET, "95", "regular", Moment(0, 0), 0, 1, coupon).price_milli == 764_900
    assert fuel_rules.quote(SET, "95", "", Moment(0, 0), 0, 1, coupon).price_milli == 769_900


PLANNED = Fuel(
    (
        GradePrice(1, "95", 789_900, 100),
        GradePrice(2, "95", 799_900, 200),
        GradePrice(3, "95", 780_000, 150),
        GradePrice(4, "95", 789_900, 200),  # the plan for 200 is undone
        GradePrice(5, "98", 900_000, 50),
    )
)


@pytest.mark.parametrize("now, price", [(99, 1), (100, 789_900), (149, 789_900), (150, 780_000), (200, 789_900)])
def test_a_price_counts_from_its_time_and_of_one_time_the_newest(now, price):
    assert fuel_rules.list_price(PLANNED, "95", now, 1) == price


def test_a_terminal_keeps_what_is_in_force_and_what_follows():
    told = [(one.code, one.price_milli, one.from_s) for one in fuel_rules.timeline(PLANNED, ("98", "95"), 120)]
    assert told == [("95", 789_900, 0), ("95", 780_000, 150), ("95", 789_900, 200), ("98", 900_000, 0)]


def test_rules_to_come_wait():
    later = RULES._replace(version=2, from_s=1000, member_prices=())
    both = SET._replace(sets=(RULES, later))
    assert fuel_rules.in_force(both, 999).version == 1 and fuel_rules.in_force(both, 1000).version == 2


def line(ml: int, cents: int) -> BasketLine:
    return BasketLine("95", "95", ml, 0, cents, "", 0)


@pytest.mark.parametrize(
    "grade, level, ml, cents, principal, bonus, points",
    [
        ("95", "regular", 40_000, 31_000, 31_000, 0, 80),
        ("95", "regular", 40_000, 31_000, 15_500, 15_500, 40),  # bonus earns none
        ("D0", "regular", 40_000, 31_000, 31_000, 0, 310),  # no litre rule: by the amount
        ("95", "gold", 40_000, 31_000, 31_000, 0, 150),  # the best of the two, half as much again
        ("D0", "gold", 40_001, 31_000, 31_000, 0, 150),  # rounded down once
        ("95", "regular", 40_000, 0, 0, 0, 0),
    ],
)
def test_points_by_the_litre(grade, level, ml, cents, principal, bonus, points):
    plain, tenders = Rules(points_per_100_cents=1), {"principal": principal, "bonus": bonus}
    assert fuel_rules.earned(RULES, plain, grade, level, line(ml, cents), tenders) == points


def test_the_plain_rule_counts_where_no_other_does():
    plain = Rules(points_per_100_cents=1, points_per_litre=3)
    sold, tenders = line(10_000, 7_900), {"principal": 7_900}
    assert fuel_rules.earned(fuel_rules.NO_RULES, plain, "95", "gold", sold, tenders) == 30


@pytest.mark.parametrize(
    "coupon, ml, cents, off, not_set_aside",
    [
        (FuelCoupon(off_cents=1_000), 5_000, 4_000, 1_000, 1_000),
        (FuelCoupon(off_cents=5_000), 5_000, 4_000, 4_000, 4_000),
        (FuelCoupon(off_cents=1_000, min_ml=30_000), 29_999, 24_000, 0, 0),
        (FuelCoupon(off_cents=1_000, min_ml=30_000), 30_000, 24_000, 1_000, 0),  # a minimum may yet be missed
        (FuelCoupon(off_cents=1_000, min_cents=20_000), 30_000, 19_999, 0, 0),
    ],
)
def test_a_coupon_off_the_amount(coupon, ml, cents, off, not_set_aside):
    assert fuel_rules.coupon_off_cents(coupon, ml, cents) == off
    assert fuel_rules.held_off_cents(coupon, cents) == not_set_aside


def test_what_a_member_saved():
    assert fuel_rules.saved_cents(789_900, 40_000, 30_600) == 996


MINE = CardLimits("0001:AA", ("D0",), (vehicle(ACCOUNT, "京A 12345"),), ("odometer",), 100_000, 50_000)


@pytest.mark.parametrize(
    "grade, plate, odometer, reason",
    [
        ("95", "京A12345", 5, "grade_not_allowed"),
        ("D0", "", 5, "plate_needed"),
        ("D0", "京A99999", 5, "plate_differs"),
        ("D0", "京a-12345", None, "odometer_needed"),
        ("D0", "京a-12345", 5, ""),
    ],
)
def test_grades_plates_and_prompts(grade, plate, odometer, reason):
    refusal = fuel_limits.barred(MINE, ACCOUNT, grade, plate, odometer)
    assert (refusal.reason if refusal else "") == reason


def test_a_card_that_is_bound_to_plates_asks_for_the_plate():
    assert fuel_limits.asks(MINE) == ("plate", "odometer")
    assert fuel_limits.barred(CardLimits("0001:AA"), ACCOUNT, "95", "", None) is None


@pytest.mark.parametrize(
    "limits, use, word, left",
    [
        (CardLimits("c"), DayUse(9, 9), None, (None, None)),
        (CardLimits("c", day_ml=100), DayUse(30, 5_000, 20, 4_000), None, (50, None)),
        (CardLimits("c", day_cents=100), DayUse(0, 90, 0, 20), None, (None, 0)),
        (CardLimits("c", day_ml=100), DayUse(30), DayHold("h", "c", "d", allowed_ml=40), (40, None)),
        (CardLimits("c", day_ml=100), DayUse(80), DayHold("h", "c", "d", allowed_ml=40), (20, None)),
        (CardLimits("c", day_ml=100, shares={"0001": (60, 0)}), DayUse(10, 0, 90, 0), None, (50, None)),
        (CardLimits("c", day_ml=100, shares={"0002": (60, 0)}), DayUse(), None, (0, None)),  # nothing dealt to here
    ],
)
def test_what_is_left_of_a_day(limits, use, word, left):
    assert fuel_limits.room(limits, "0001", use, word) == left


@pytest.mark.parametrize(
    "cents, ml, full, left, ends",
    [
        (10_000, 0, False, Room(), (10_000, 12_500)),
        (10_000, 12_000, False, Room(), (10_000, 12_000)),
        (10_000, 0, False, Room(ml=12_500), (10_000, 12_500)),
        (10_000, 0, False, Room(ml=10_000), "day_limit 8000"),
        (10_000, 0, True, Room(ml=10_000), (8_000, 10_000)),
        (10_000, 0, True, Room(cents=4_000), (4_000, 5_000)),
        (10_000, 0, True, Room(cents=0), "day_limit 0"),
        (10_000, 0, True, Room(10_000, 4_000), (4_000, 5_000)),
    ],
)
def test_where_the_pump_stops(cents, ml, full, left, ends):
    bound = fuel_limits.bound(cents, ml, full, 800_000, left)
    told = f"{bound.reason} {bound.approve_cents}" if isinstance(bound, Refusal) else bound
    assert told == ends


@pytest.mark.parametrize(
    "told",
    [
        {"member_prices": [{"from_min": 1440}]},
        {"member_prices": [{"weekdays": [7]}]},
        {"member_prices": [{"off_bp": 10_001}]},
        {"member_prices": [{"off_milli": -1}]},
        {"coupons": {"punch:x": {}}},
        {"points": [{"points_milli": 1.5}]},
    ],
)
def test_rules_that_cannot_be_are_refused_whole(told):
    with pytest.raises(ValueError):
        fuel_rules.read_set(told)
