"""What people write into the forms of fuel, read into the shapes that programs send. Pure."""

from collections.abc import Iterable

from hq_server.errors import HqError
from hq_server.fuel.schemas import CardLimits, FuelCoupon, LitrePoints, MemberPrice, NewPrice
from hq_server.fuel.writing_prices import amount, moment_s, price_milli
from protocol.money import money_text

POINTS_MAX_MILLI = 1_000_000  # a thousand points for a litre is a slip of the pen
TIMES_MAX_BP = 1_000_000  # and so is a hundredfold


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
        off_bp=min(10_000, amount(percent, 2)) if percent else 0,
        price_milli=price_milli(price, exponent) if price else None,
    )


def litre_points(form: dict[str, str]) -> LitrePoints:
    """Points for a litre, up to three decimals. Raises HqError('bad_amount')."""
    points_milli = amount(form.get("points", ""), 3)
    if not 0 <= points_milli <= POINTS_MAX_MILLI:
        raise HqError("bad_amount", form.get("points", ""))
    return LitrePoints(points_milli, words(form.get("levels", "")), words(form.get("grades", "")))


def multiplier(level: str, times: str) -> tuple[str, int]:
    """(level, 1/100 percent); no level: every other one. Raises HqError: bad_amount, bad_level."""
    level, times_bp = level.strip() or "*", amount(times, 4)
    if len(level) > 16 or " " in level:
        raise HqError("bad_level", level)
    if not 0 <= times_bp <= TIMES_MAX_BP:
        raise HqError("bad_amount", times)
    return level, times_bp


def coupon(form: dict[str, str], exponent: int) -> tuple[str, FuelCoupon]:
    """(asset, worth): exactly one of off each litre and off the amount; a minimum goes with the amount only.

    Raises HqError: bad_coupon, bad_amount.
    """
    name, off_litre, off = (form.get(name, "").strip() for name in ("name", "off_litre", "off"))
    min_litres, min_amount = (form.get(name, "").strip() for name in ("min_litres", "min_amount"))
    name = name.removeprefix("coupon:")
    if not 0 < len(name) <= 17 or "/" in name or " " in name:
        raise HqError("bad_coupon", "a name of at most 17 characters, without blanks and slashes")
    if bool(off_litre) == bool(off) or (off_litre and (min_litres or min_amount)):
        raise HqError("bad_coupon", "off each litre, or off the amount with or without a minimum")
    worth = FuelCoupon(
        price_milli(off_litre, exponent) if off_litre else 0,
        amount(off, exponent) if off else 0,
        amount(min_litres or "0", 3),
        amount(min_amount or "0", exponent),
        words(form.get("grades", "")),
    )
    figures = (worth.off_milli, worth.off_cents, worth.min_ml, worth.min_cents)
    if not (worth.off_milli or worth.off_cents) or not all(0 <= one <= 999_999_999 for one in figures):
        raise HqError("bad_amount", off_litre or off)
    return "coupon:" + name, worth


def pump_step(step: str, percent: str, exponent: int) -> tuple[int, int]:
    """(step_milli, ask_from_bp). Raises HqError('bad_amount')."""
    step_milli, ask_from_bp = price_milli(step, exponent), amount(percent, 2)
    if not 1 <= step_milli <= 1_000_000 or not 0 <= ask_from_bp <= 10_000:
        raise HqError("bad_amount", f"{step} {percent}")
    return step_milli, ask_from_bp


def card_limits(form: dict[str, str], asks: list[str], exponent: int) -> CardLimits:
    """Litres and amounts as people write them; shares as '0001: 60' a line. Raises HqError: bad_amount, bad_shares."""
    day_ml = amount(form.get("day_litres", "") or "0", 3)
    day_cents = amount(form.get("day_amount", "") or "0", exponent)
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
        store, colon, text_ = line.partition(":")
        if not colon:
            raise HqError("bad_shares", line)
        parts = (amount(text_, 3), 0) if by_volume else (0, amount(text_, exponent))
        found[store.strip()] = parts
    return found or None
