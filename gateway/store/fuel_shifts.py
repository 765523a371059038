"""Fuel shifts: from when to when, by whom, and the nozzles' totals at both ends."""

import json
import sqlite3
from typing import NamedTuple

from gateway.core.pumped import NozzleTotal


class FuelShift(NamedTuple):
    """One shift of the forecourt. opened_seq, closed_seq: last events before and of it; closed_s 0: open."""

    shift: int
    opened_s: int
    opened_by: str
    opened_seq: int
    cash_cents: int
    unpaid_cents: int
    totals: tuple[NozzleTotal, ...]
    closed_s: int = 0
    closed_by: str = ""
    closed_seq: int = 0
    told: dict = {}  # noqa: RUF012 - never changed; what the closing event says


COLUMNS = (
    "shift, opened_s, opened_by, opened_seq, cash_cents, unpaid_cents, totals, closed_s, closed_by, closed_seq, told"
)


def last(db: sqlite3.Connection, count: int = 1) -> list[FuelShift]:
    """The newest ones, newest first."""
    rows = db.execute(f"SELECT {COLUMNS} FROM fuel_shifts ORDER BY shift DESC LIMIT ?", (count,))
    return [_shift(row) for row in rows]


def get(db: sqlite3.Connection, shift: int) -> FuelShift | None:
    row = db.execute(f"SELECT {COLUMNS} FROM fuel_shifts WHERE shift = ?", (shift,)).fetchone()
    return _shift(row) if row else None


def begin(db: sqlite3.Connection, opened: FuelShift) -> None:
    db.execute(
        "INSERT INTO fuel_shifts (shift, opened_s, opened_by, opened_seq, cash_cents, unpaid_cents, totals)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*opened[:6], json.dumps(opened.totals)),
    )


def close(db: sqlite3.Connection, shift: int, at_s: int, by: str, seq: int, told: dict) -> None:
    db.execute(
        "UPDATE fuel_shifts SET closed_s = ?, closed_by = ?, closed_seq = ?, told = ? WHERE shift = ?",
        (at_s, by, seq, json.dumps(told), shift),
    )


def _shift(row: tuple) -> FuelShift:
    opening = tuple(NozzleTotal(*one) for one in json.loads(row[6]))
    whole: tuple = (*row[:6], opening, *row[7:10], json.loads(row[10] or "{}"))
    return FuelShift(*whole)


def totals(db: sqlite3.Connection) -> tuple[NozzleTotal, ...]:
    """Every nozzle's totaliser up to which all that flowed is in an event."""
    rows = db.execute("SELECT terminal, nozzle, code, total_ml, at_s FROM nozzle_totals ORDER BY terminal, nozzle")
    return tuple(NozzleTotal(*row) for row in rows)


def fuel_events(db: sqlite3.Connection, after_seq: int) -> list[dict]:
    """What was told of fuel after an event, in order: deliveries, and what became of those that nobody had paid."""
    rows = db.execute("SELECT line FROM events WHERE seq > ? AND kind IN ('sale', 'fill', 'drive_off')", (after_seq,))
    return [event for event in (json.loads(line) for (line,) in rows) if is_fuel(event)]


def is_fuel(event: dict) -> bool:
    """Whether it booked litres, or took money for some."""
    return bool(event.get("fuel") or event.get("fill") or any(line.get("fill") for line in event.get("lines", ())))


def settled_cents(db: sqlite3.Connection, after_seq: int) -> dict[str, int]:
    """State -> what the fills are worth that came to it after an event: paid, drive_off."""
    query = "SELECT state, SUM(total_cents) FROM fills WHERE settled_seq > ? AND state <> 'unpaid' GROUP BY state"
    return dict(db.execute(query, (after_seq,)).fetchall())


def fill_states(db: sqlite3.Connection, after_seq: int) -> dict[int, str]:
    """Fill -> state, of those told after an event."""
    return dict(db.execute("SELECT fill, state FROM fills WHERE seq > ?", (after_seq,)).fetchall())


def unpaid_cents(db: sqlite3.Connection) -> int:
    """What all fills together are worth that nobody has paid."""
    return db.execute("SELECT COALESCE(SUM(total_cents), 0) FROM fills WHERE state = 'unpaid'").fetchone()[0]
