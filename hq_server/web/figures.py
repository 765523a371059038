"""How figures are written on pages: money by the chain's exponent, thousands apart, times of this machine's zone."""

import datetime as dt

from protocol.money import money_text

EMPTY = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"


def money(cents: int | None, exponent: int, signed: bool = False) -> str:
    """-123456 -> '−1,234.56' (exponent 2); with `signed` a plus in front of what is above zero."""
    if cents is None:
        return EMPTY
    whole, dot, part = money_text(abs(cents), exponent).partition(".")
    sign = MINUS if cents < 0 else "+" if signed and cents > 0 else ""
    return f"{sign}{int(whole):,}{dot}{part}"


def count(value: int | None, signed: bool = False) -> str:
    """12345 -> '12,345'."""
    return money(value, 0, signed)


def quantity(qty_milli: int | None) -> str:
    """1500 -> '1.5', 2000 -> '2'."""
    if qty_milli is None:
        return EMPTY
    whole, part = divmod(abs(qty_milli), 1000)
    sign = MINUS if qty_milli < 0 else ""
    return f"{sign}{whole:,}" + (f".{part:03d}".rstrip("0") if part else "")


def share(numerator: int, denominator: int) -> str:
    """1, 3 -> '33.3 %'; nothing where there is nothing to divide by."""
    if not denominator:
        return EMPTY
    return f"{100 * numerator / denominator:.1f} %"


def date(days: int) -> str:
    """Days since 1970 as '2026-11-23'."""
    return (dt.date(1970, 1, 1) + dt.timedelta(days=days)).isoformat()


def moment(at_s: int | None) -> str:
    """Epoch seconds as '2026-11-23 10:31:05' in the time zone of this machine."""
    if not at_s:
        return EMPTY
    return dt.datetime.fromtimestamp(at_s).strftime("%Y-%m-%d %H:%M:%S")


# up to so many seconds -> text key, seconds of its unit
AGES = ((90, "age.s", 1), (90 * 60, "age.min", 60), (48 * 3600, "age.h", 3600), (None, "age.d", 86400))


def age(seconds: int) -> tuple[str, int]:
    """(text key, count) of a span: 75 -> ('age.s', 75), 7200 -> ('age.h', 2)."""
    seconds = max(0, seconds)
    for bound_s, key, unit_s in AGES:
        if bound_s is None or seconds < bound_s:
            return key, seconds // unit_s
    raise AssertionError("the last row of AGES has no bound")


def masked(text: str | None) -> str:
    """Personal data for a role that may not see it: first and last sign stay where there are more than four."""
    if not text:
        return ""
    if len(text) <= 4:
        return text[0] + "\u2022" * max(1, len(text) - 1)
    return text[0] + "\u2022" * (len(text) - 2) + text[-1]
