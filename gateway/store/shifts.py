"""Shifts: one attendant at one terminal from sign-on to sign-off, with the cash that should be in the drawer."""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from gateway.store import many


class Shift(NamedTuple):
    """One shift; cash_cents is what came into the drawer less what went out."""

    shift: int
    operator: str
    terminal: str
    open: bool
    sales: int
    cash_cents: int


def get(db: sqlite3.Connection, shift: int) -> Shift | None:
    return several(db, (shift,)).get(shift)


def several(db: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, Shift]:
    """Those of these shifts that there are."""
    query = (
        "SELECT shift, operator, terminal, closed_s IS NULL, sales, cash_cents FROM shifts"
        f" WHERE shift IN ({many.marks(numbers)})"
    )
    rows = db.execute(query, many.padded(numbers))
    return {row[0]: Shift(row[0], row[1], row[2], bool(row[3]), row[4], row[5]) for row in rows}


def duty(shift: Shift | None, terminal: str, operator: str) -> str:
    """'' if this shift is this attendant's at this terminal and open, else the reason why it is not."""
    if shift is None or (shift.operator, shift.terminal) != (operator, terminal):
        return "not_signed_on"
    return "" if shift.open else "no_shift"


def open_of(db: sqlite3.Connection, operator: str, terminal: str) -> int:
    """The open shift of an attendant at a terminal, 0 if there is none."""
    row = db.execute(
        "SELECT shift FROM shifts WHERE operator = ? AND terminal = ? AND closed_s IS NULL", (operator, terminal)
    ).fetchone()
    return row[0] if row else 0


def open_at(db: sqlite3.Connection, terminal: str) -> list[Shift]:
    """The open shifts of all attendants at a terminal."""
    rows = db.execute("SELECT shift FROM shifts WHERE terminal = ? AND closed_s IS NULL ORDER BY shift", (terminal,))
    return list(several(db, [number for (number,) in rows]).values())


def begin(db: sqlite3.Connection, operator: str, terminal: str, at_s: int) -> int:
    cursor = db.execute(
        "INSERT INTO shifts (operator, terminal, opened_s) VALUES (?, ?, ?)", (operator, terminal, at_s)
    )
    return cursor.lastrowid or 0


def close(db: sqlite3.Connection, shift: int, at_s: int) -> None:
    db.execute("UPDATE shifts SET closed_s = ? WHERE shift = ? AND closed_s IS NULL", (at_s, shift))


def add(db: sqlite3.Connection, rows: list[tuple[int, int, int]]) -> None:
    """Counts sales (or takes them back with -1) and their cash; a closed shift still takes a reversal.

    Rows: sales, cash_cents, shift.
    """
    db.executemany("UPDATE shifts SET sales = sales + ?, cash_cents = cash_cents + ? WHERE shift = ?", rows)
