"""Prices and moments as people write them, on pages and at the console. Pure."""

import datetime as dt

from hq_server.errors import HqError
from protocol.money import money_text, parse_money

MILLI_DIGITS = 3  # unit prices are in 1/1000 of a minor unit


def price_text(milli: int, exponent: int) -> str:
    """789900 -> '7.899' (exponent 2): as many digits as it takes, as a pump shows at least the currency's own."""
    whole, _, part = money_text(milli, exponent + MILLI_DIGITS).partition(".")
    return f"{whole}.{part.rstrip('0').ljust(exponent, '0')}".rstrip(".")


def price_milli(text: str, exponent: int) -> int:
    """Raises HqError('bad_amount')."""
    return amount(text, exponent + MILLI_DIGITS)


def moment_s(text: str) -> int:
    """'2026-11-24T06:00' of this machine's zone; '' is now (0). Raises HqError('bad_time')."""
    if not text:
        return 0
    try:
        return int(dt.datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        raise HqError("bad_time", text) from None


def amount(text: str, digits: int) -> int:
    """'12.34' with two digits -> 1234. Raises HqError('bad_amount')."""
    try:
        return parse_money(text.strip(), digits)
    except ValueError:
        raise HqError("bad_amount", text) from None
