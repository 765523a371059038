"""What an event said beyond its columns, as far as facts need it."""

from typing import Any

import msgspec


class Fuel(msgspec.Struct):
    """The pump's evidence of one delivery."""

    ml: int = 0
    total_before_ml: int = 0
    total_after_ml: int = 0
    nozzle: int = 0
    shift: int = 0  # of the forecourt; 0 = none was open
    saved_cents: int = 0
    card: str = ""
    vehicle: str = ""
    odometer: int = 0


class Said(msgspec.Struct):
    """Members of an event line. A salvaged one carries the line of its own life in `line`."""

    kind: str = ""
    line: str | None = None
    message: str | None = None
    frame: str | None = None
    sale: str | None = None
    second: str | None = None
    share: dict[str, Any] | None = None
    hold: str | None = None
    fuel: Fuel | None = None
    over_cents: int = 0
    pending_points: int = 0
    sales: int = 0
    cash_cents: int = 0
    change: int = 0


class Asked(msgspec.Struct):
    """What a terminal asked for, in the fields that say how much."""

    total_cents: int = 0
    amount_cents: int = 0
    change: int = 0


_said, _asked = msgspec.json.Decoder(Said).decode, msgspec.json.Decoder(Asked).decode


def said_by(raw: str) -> Said:
    """What the event's line says; a line of another shape says nothing."""
    try:
        told = _said(raw)
        return _said(told.line) if told.kind == "salvaged" and told.line else told
    except msgspec.DecodeError:
        return Said()


def asked_cents(said: Said) -> int:
    """How much the terminal asked for; 0 where its words are not known."""
    try:
        asked = _asked(said.frame or "{}")
    except msgspec.DecodeError:
        return 0
    return asked.total_cents or asked.amount_cents or abs(asked.change)
