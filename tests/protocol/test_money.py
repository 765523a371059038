"""Roundings by table, each at its ties and below zero; amounts as text."""

from protocol import money

#  numerator, denominator, half_up, half_even, down, up
ROUNDED = (
    (0, 2, 0, 0, 0, 0),
    (1, 2, 1, 0, 0, 1),
    (3, 2, 2, 2, 1, 2),
    (5, 2, 3, 2, 2, 3),
    (-1, 2, -1, 0, 0, -1),
    (-3, 2, -2, -2, -1, -2),
    (-5, 2, -3, -2, -2, -3),
    (1, 3, 0, 0, 0, 1),
    (2, 3, 1, 1, 0, 1),
    (-1, 3, 0, 0, 0, -1),
    (-2, 3, -1, -1, 0, -1),
    (6, 3, 2, 2, 2, 2),
    (999999999999999999, 1000000, 1000000000000, 1000000000000, 999999999999, 1000000000000),
)


def test_roundings():
    for numerator, denominator, *wanted in ROUNDED:
        got = [money.ROUNDINGS[name](numerator, denominator) for name in ("half_up", "half_even", "down", "up")]
        assert got == wanted, (numerator, denominator, got)


def test_every_rounding_that_is_named_is_a_rule():
    assert set(money.ROUNDED_BY.values()) <= set(money.ROUNDINGS)


#  quantity, unit price, amount
LINES = (
    (1000, 1250500, 1251),
    (1000, 1250499, 1250),
    (2000, 1250500, 2501),
    (333, 10000, 3),
    (350, 10000, 4),
    (0, 999999999999, 0),
    (45670, 7890, 360),  # 45.670 litres at 7.890
)


def test_line_amounts():
    for qty_milli, price_milli, amount_cents in LINES:
        assert money.line_amount_cents(qty_milli, price_milli) == amount_cents, (qty_milli, price_milli)


def test_tax_is_part_of_the_gross_amount():
    for gross_cents, rate_bp, tax_cents in (
        (11300, 1300, 1300),
        (2501, 1300, 288),
        (100, 0, 0),
        (1, 1300, 0),
        (-11300, 1300, -1300),
    ):
        assert money.tax_within_cents(gross_cents, rate_bp) == tax_cents


def test_points():
    for amount_cents, per_100, points in ((2501, 1, 25), (99, 1, 0), (100, 1, 1), (2599, 2, 51), (0, 5, 0)):
        assert money.points_earned(amount_cents, per_100) == points
    for points, value_milli, cents in ((100, 1000, 100), (1, 999, 0), (3, 500, 1), (0, 1000, 0)):
        assert money.points_value_cents(points, value_milli) == cents


#  minor units, exponent, text
TEXTS = (
    (1234, 2, "12.34"),
    (1234, 0, "1234"),
    (1234, 3, "1.234"),
    (4, 2, "0.04"),
    (4, 3, "0.004"),
    (0, 2, "0.00"),
    (0, 0, "0"),
    (100, 2, "1.00"),
    (999999999999, 2, "9999999999.99"),
)


def test_amounts_as_text_and_back():
    for cents, exponent, text in TEXTS:
        assert money.money_text(cents, exponent) == text
        assert money.parse_money(text, exponent) == cents
        if cents:
            assert money.money_text(-cents, exponent) == "-" + text


def test_what_people_type():
    for text, exponent, cents in (("12", 2, 1200), ("12.", 2, 1200), ("12.3", 2, 1230), (".5", 2, 50), ("007", 0, 7)):
        assert money.parse_money(text, exponent) == cents
    for text, exponent in (
        ("", 2),
        (".", 2),
        ("1.234", 2),
        ("1,2", 2),
        ("-1", 2),
        ("1.2.3", 2),
        ("12.3", 0),
        ("1e3", 2),
        (" 1", 2),
    ):
        try:
            money.parse_money(text, exponent)
        except ValueError:
            continue
        raise AssertionError(text)


#  amount, weights, shares
DEALT = (
    (100, [50, 30, 20], [50, 30, 20]),
    (100, [1, 1, 1], [33, 33, 34]),
    (1, [1, 1, 1], [0, 0, 1]),
    (2, [1, 1, 1], [0, 1, 1]),
    (99, [100, 0, 1], [98, 0, 1]),
    (0, [5, 5], [0, 0]),
    (0, [0, 0], [0, 0]),
    (0, [], []),
)


def test_shares_add_up():
    for amount, weights, dealt in DEALT:
        assert money.shares(amount, weights) == dealt, (amount, weights)


def test_shares_of_what_is_left_add_up_to_the_whole():
    for whole in ([1000, 250, 1, 0], [7, 11, 13], [999999999999, 1]):
        left = list(whole)
        for amount in (1, 2, 3, sum(whole) // 3):
            part = money.shares(amount, left)
            assert sum(part) == amount and all(0 <= mine <= most for mine, most in zip(part, left))
            left = [most - mine for mine, most in zip(part, left)]
        assert money.shares(sum(left), left) == left
