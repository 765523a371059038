"""Integer money, volume and points; each rounding rule named and tabled.

Units: cents = the chain's minor unit (exponent 0, 2 or 3 in its configuration), milli = 1/1000 of a minor unit
(unit prices; pumps show three decimals), qty_milli = 1/1000 of a piece or kilogram, ml = millilitres,
bp = 1/100 of a percent (tax). No float ever meets an amount.
"""

from protocol.ids import is_digits

BP = 10000
MILLI = 1000
CENTS_MAX = 999999999999


def half_up(numerator: int, denominator: int) -> int:
    """Nearest integer, ties away from zero: what a shop's till prints."""
    if numerator < 0:
        return -half_up(-numerator, denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def half_even(numerator: int, denominator: int) -> int:
    """Nearest integer, ties to the even one (IEEE 754 roundTiesToEven): no drift over many sums."""
    quotient, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and quotient % 2):
        return quotient + 1
    return quotient


def down(numerator: int, denominator: int) -> int:
    """Towards zero: what a chain gives away (points earned) is never more than the rule says."""
    if numerator < 0:
        return -(-numerator // denominator)
    return numerator // denominator


def up(numerator: int, denominator: int) -> int:
    """Away from zero: what a chain must hold back (a deposit) is never less than the rule says."""
    if numerator < 0:
        return -up(-numerator, denominator)
    return (numerator + denominator - 1) // denominator


ROUNDINGS = {"half_up": half_up, "half_even": half_even, "down": down, "up": up}

# what is rounded -> by which rule
ROUNDED_BY = {
    "line amount": "half_up",
    "tax in a gross amount": "half_up",
    "points earned": "down",
    "value of points": "down",
    "bonus share of a proportional split": "down",
    "part of a line refunded": "half_up",
    "tenders of a refund": "down",
    "points back in a refund": "down",
    "earned points taken back": "up",
    "earned units taken back": "down",
}


def line_amount_cents(qty_milli: int, price_milli: int) -> int:
    """Quantity (1/1000) times unit price (1/1000 minor unit) in minor units."""
    return half_up(qty_milli * price_milli, MILLI * MILLI)


def tax_within_cents(gross_cents: int, rate_bp: int) -> int:
    """The tax that a gross amount already contains."""
    return half_up(gross_cents * rate_bp, BP + rate_bp)


def shares(amount: int, weights: list) -> list:
    """An amount dealt out by weights (whole, >= 0): whole, none above its weight where amount <= their sum, no rest.

    Each running sum is rounded down, so what is dealt of what is left, again and again, adds up to all of it.
    """
    dealt, upto, before = [], 0, 0
    total = sum(weights)
    for weight in weights:
        upto += weight
        now = down(amount * upto, total) if total else 0
        dealt.append(now - before)
        before = now
    return dealt


def points_earned(amount_cents: int, points_per_100_cents: int) -> int:
    """Points for an amount; the remainder is not kept."""
    return down(amount_cents * points_per_100_cents, 100)


def points_value_cents(points: int, point_value_milli: int) -> int:
    """What that many points pay for."""
    return down(points * point_value_milli, MILLI)


def money_text(cents: int, exponent: int = 2) -> str:
    """1234 -> '12.34' (exponent 2), '1234' (0), '1.234' (3); the sign in front."""
    sign = "-" if cents < 0 else ""
    digits = str(abs(cents))
    if exponent == 0:
        return sign + digits
    while len(digits) <= exponent:
        digits = "0" + digits
    return sign + digits[:-exponent] + "." + digits[-exponent:]


def parse_money(text: str, exponent: int = 2) -> int:
    """'12.34' -> 1234. Raises ValueError for anything but digits with at most that many decimals."""
    whole, dot, part = text.partition(".")
    if not (whole or part) or len(part) > exponent or not is_digits(whole + part):
        raise ValueError("not an amount: " + text)
    while len(part) < exponent:
        part += "0"
    return int((whole or "0") + part)
