"""What people write into the forms of fuel, read into the shapes that programs send. Pure."""

import datetime as dt
from collections.abc import Iterable

from hq_server.errors import HqError
from hq_server.fuel.schemas import CardLimits, FuelRules, MemberPrice, NewPrice
from protocol.money import money_text, parse_money

MILLI_DIGITS = 3  # unit prices are in 1/1000 of a minor unit
PUMP_DIGITS = 3  # decimals of a major unit that pumps show


def price_text(milli: int, exponent: int) -> str:
    """789900 -> '7.899' (exponent 2): as many digits as it takes, as a pump shows at least the currency's own."""
    whole, _, part = money_text(milli, exponent + MILLI_DIGITS).partition(".")
    return f"{whole}.{part.rstrip('0').ljust(exponent, '0')}".rstrip(".")


def price_milli(text: str, exponent: int) -> int:
    """Raises HqError('bad_amount')."""
    return _amount(text, exponent + MILLI_DIGITS)


def moment_s(text: str) -> int:
    """'2026-11-24T06:00' of this machine's zone; '' is now (0). Raises HqError('bad_time')."""
    if not text:
        return 0
    try:
        return int(dt.datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        raise HqError("bad_time", text) from None


def minute(text: str) -> int:
    """'22:30' -> 1350; '' -> 0. Raises HqError('bad_time')."""
    hour, _, rest = text.partition(":")
    try:
        found = int(hour or 0) * 60 + int(rest or 0)
    except ValueError:
        raise HqError("bad_time", text) from None
    if not 0 <= found < 1440:
        raise HqError("bad_time", text)
    return found


def words(text: str) -> list[str]:
    """Codes with spaces or commas between."""
    return text.replace(",", " ").replace("\N{FULLWIDTH COMMA}", " ").split()


def new_price(code: str, price: str, from_at: str, store: str, sure: str, exponent: int) -> NewPrice:
    """Raises HqError('bad_amount') for nothing and for what no pump shows."""
    milli = price_milli(price, exponent)
    if not 0 < milli <= 999_999_999:
        raise HqError("bad_amount", price)
    return NewPrice(code.strip()[:24], milli, moment_s(from_at), store.strip(), bool(sure))


def member_price(form: dict[str, str], weekdays: Iterable[str], exponent: int) -> MemberPrice:
    """Exactly one of off, percent and price is written. Raises HqError: bad_amount, bad_time."""
    off, percent, price = (form.get(name, "").strip() for name in ("off", "percent", "price"))
    if sum(map(bool, (off, percent, price))) != 1 or not form.get("name", "").strip():
        raise HqError("bad_amount", "a name, and one of amount, percent, price")
    return MemberPrice(
        form["name"].strip()[:48],
        words(form.get("levels", "")),
        words(form.get("grades", "")),
        words(form.get("stores", "")),
        sorted({int(day) for day in weekdays if day in "0123456" and len(day) == 1}),
        minute(form.get("from_min", "")),
        minute(form.get("until_min", "")),
        off_milli=price_milli(off, exponent) if off else 0,
        off_bp=min(10_000, _amount(percent, 2)) if percent else 0,
        price_milli=price_milli(price, exponent) if price else None,
    )


def without(rules: FuelRules, name: str) -> FuelRules:
    """The rules without the member prices of that name."""
    kept = [one for one in rules.member_prices if one.name != name]
    return FuelRules(kept, rules.points, rules.multipliers_bp, rules.coupons, rules.step_milli, rules.ask_from_bp)


def card_limits(form: dict[str, str], asks: list[str], exponent: int) -> CardLimits:
    """Litres and amounts as people write them; shares as '0001: 60' a line. Raises HqError: bad_amount, bad_shares."""
    day_ml = _amount(form.get("day_litres", "") or "0", 3)
    day_cents = _amount(form.get("day_amount", "") or "0", exponent)
    return CardLimits(
        form.get("driver", "").strip()[:96],
        _plates(form.get("plates", "")),
        words(form.get("grades", "")),
        [one for one in asks if one in ("plate", "odometer")],
        day_ml,
        day_cents,
        _shares(form.get("shares", ""), bool(day_ml), exponent),
    )


def _plates(text: str) -> list[str]:
    """With commas between: a plate may have spaces."""
    parts = text.replace("\N{FULLWIDTH COMMA}", ",").split(",")
    return [one.strip()[:16] for one in parts if one.strip()]


def shares_text(shares: dict[str, list[int]] | None, by_volume: bool, exponent: int) -> str:
    """As the form has them."""
    if not shares:
        return ""
    digits, at = (3, 0) if by_volume else (exponent, 1)
    return "\n".join(f"{store}: {money_text(parts[at], digits)}" for store, parts in sorted(shares.items()))


def _shares(text: str, by_volume: bool, exponent: int) -> dict[str, tuple[int, int]] | None:
    found: dict[str, tuple[int, int]] = {}
    for line in filter(str.strip, text.splitlines()):
        store, colon, amount = line.partition(":")
        if not colon:
            raise HqError("bad_shares", line)
        parts = (_amount(amount, 3), 0) if by_volume else (0, _amount(amount, exponent))
        found[store.strip()] = parts
    return found or None


def _amount(text: str, digits: int) -> int:
    try:
        return parse_money(text.strip(), digits)
    except ValueError:
        raise HqError("bad_amount", text) from None
