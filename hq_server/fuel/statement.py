"""A company's fills of some days: by driver and by car, with the way between odometers and litres per 100 km. Pure.

What is burnt on a way is what was filled after its first reading up to its last: of the first fill nobody knows how
full the tank was.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import msgspec

ODOMETER_BACK = "odometer_back"


class Fill(NamedTuple):
    """One fill. price_milli: as paid; saved_cents: against the list price; odometer in km, 0: not told."""

    event: int
    store: str
    at_s: int
    date: str
    receipt: int
    card: str
    vehicle: str
    odometer: int
    code: str
    ml: int
    price_milli: int
    cents: int
    saved_cents: int


class Sum(NamedTuple):
    """Fills of one card or car. km, ml_per_100km: None where odometers do not tell; note: why they cannot."""

    key: str
    fills: int
    ml: int
    cents: int
    saved_cents: int
    km: int | None = None
    ml_per_100km: int | None = None
    note: str = ""


class Fuel(msgspec.Struct):
    """A sale's evidence of a fill."""

    ml: int = 0
    amount_cents: int = 0
    card: str = ""
    vehicle: str = ""
    odometer: int = 0
    saved_cents: int = 0


class Line(msgspec.Struct):
    """What was sold."""

    code: str = ""
    price_milli: int = 0


class Said(msgspec.Struct):
    """Members of a sale's event line."""

    line: str | None = None
    kind: str = ""
    fuel: Fuel | None = None
    lines: list[Line] = msgspec.field(default_factory=list)


_said = msgspec.json.Decoder(Said).decode


def fills_of(rows: Iterable) -> list[Fill]:
    """Rows of the event log (store.fills) that are fills."""
    found = []
    for row in rows:
        said = _said(row.raw)
        said = _said(said.line) if said.kind == "salvaged" and said.line else said
        if said.fuel is not None and said.lines:
            fuel, line = said.fuel, said.lines[0]
            found.append(Fill(
                row.id, row.store, row.at_s, row.business_date, row.receipt or 0, fuel.card, fuel.vehicle,
                fuel.odometer, line.code, fuel.ml, line.price_milli, fuel.amount_cents, fuel.saved_cents,
            ))  # fmt: skip
    return found


def by_card(fills: Iterable[Fill]) -> list[Sum]:
    """Sums by driver's card."""
    return [_sum(key, some) for key, some in _grouped(fills, lambda one: one.card).items()]


def by_vehicle(fills: Iterable[Fill]) -> list[Sum]:
    """Sums by car, with its way and what it burns."""
    return [_with_way(_sum(key, some), some) for key, some in _grouped(fills, lambda one: one.vehicle).items()]


def total(fills: Iterable[Fill]) -> Sum:
    """All of them."""
    return _sum("", list(fills))


def way(fills: Iterable[Fill]) -> tuple[int | None, int | None, str]:
    """(km, millilitres per 100 km, why not) of one car's fills in their order."""
    told = list(fills)
    readings = [at for at, one in enumerate(told) if one.odometer]
    if len(readings) < 2:
        return None, None, ""
    numbers = [told[at].odometer for at in readings]
    if any(later < before for before, later in zip(numbers, numbers[1:], strict=False)):
        return None, None, ODOMETER_BACK
    km = numbers[-1] - numbers[0]
    ml = sum(one.ml for one in told[readings[0] + 1 : readings[-1] + 1])
    return km, (ml * 100 + km // 2) // km if km else None, ""


def named(one: Sum, names: Mapping[str, str]) -> str:
    """By driver or plate; the bare number where head office was never told."""
    return names.get(one.key) or one.key


def _grouped(fills: Iterable[Fill], key: Callable[[Fill], str]) -> dict[str, list[Fill]]:
    groups: dict[str, list[Fill]] = {}
    for one in fills:
        groups.setdefault(key(one), []).append(one)
    return dict(sorted(groups.items()))


def _sum(key: str, fills: list[Fill]) -> Sum:
    cents, saved = sum(one.cents for one in fills), sum(one.saved_cents for one in fills)
    return Sum(key, len(fills), sum(one.ml for one in fills), cents, saved)


def _with_way(one: Sum, fills: list[Fill]) -> Sum:
    if not one.key:  # fills without a plate are of many cars
        return one
    km, ml_per_100km, note = way(fills)
    return one._replace(km=km, ml_per_100km=ml_per_100km, note=note)
