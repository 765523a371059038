"""Litres as sales tell them, and as totalisers tell them: rows whose difference is what nobody has accounted for."""

from typing import Any

import msgspec

from hq_server.facts.said import Said

DELIVERED = ("sale", "fill", "testified")  # kinds that book litres, where they carry a pump's evidence
METERED = ("fuel_gap", "fuel_shift_closed")


class Meter(msgspec.Struct):
    """A nozzle over a shift, as its closing told it."""

    terminal: str = ""
    nozzle: int = 0
    code: str = ""
    opening_ml: int = 0
    closing_ml: int = 0
    test_ml: int = 0


class Metered(msgspec.Struct):
    """What an event tells of totalisers: a gap at one nozzle, or all nozzles over a shift. line: of a salvaged one."""

    kind: str = ""
    line: str | None = None
    terminal: str = ""
    nozzle: int = 0
    code: str = ""
    ml: int = 0
    fuel_shift: int = 0
    nozzles: list[Meter] = []


_metered = msgspec.json.Decoder(Metered).decode


def rows_of(event: Any, said: Said, lines: Any) -> list[tuple]:
    """Kind, nozzle, fuel shift, grade; litres booked, counted by the totaliser, and tested."""
    if event.kind in DELIVERED and said.fuel:
        line = next(iter(lines), None)
        code, fuel = line.code if line else "", said.fuel
        counted_ml = fuel.total_after_ml - fuel.total_before_ml if fuel.total_after_ml else 0
        return [("delivered", _nozzle(event.terminal, fuel.nozzle), _shift(fuel.shift), code, fuel.ml, counted_ml, 0)]
    if event.kind not in METERED:
        return []
    try:
        told = _metered(event.raw)
        told = _metered(told.line) if told.kind == "salvaged" and told.line else told
    except msgspec.DecodeError:
        return []
    shift = _shift(told.fuel_shift)
    if event.kind == "fuel_gap":
        return [("gap", _nozzle(told.terminal, told.nozzle), shift, told.code, 0, told.ml, 0)]
    return [
        ("shift", _nozzle(one.terminal, one.nozzle), shift, one.code, 0, one.closing_ml - one.opening_ml, one.test_ml)
        for one in told.nozzles
    ]


def _nozzle(terminal: str, number: int) -> str:
    return f"{terminal}/{number}"


def _shift(number: int) -> str:
    return str(number) if number else ""
