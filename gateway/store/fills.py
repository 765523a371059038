"""What attendants let flow without a member, and the totals of nozzles."""

import sqlite3

from gateway.core.books import Fill, NozzleTotal

COLUMNS = ", ".join(Fill._fields)
PLACES = ", ".join("?" * len(Fill._fields))


def get(db: sqlite3.Connection, number: int) -> Fill | None:
    row = db.execute(f"SELECT {COLUMNS} FROM fills WHERE fill = ?", (number,)).fetchone()
    return Fill(*row) if row else None


def put(db: sqlite3.Connection, fill: Fill) -> None:
    db.execute(f"INSERT OR REPLACE INTO fills ({COLUMNS}) VALUES ({PLACES})", fill)


def unpaid(db: sqlite3.Connection) -> list[Fill]:
    """By number."""
    return [Fill(*row) for row in db.execute(f"SELECT {COLUMNS} FROM fills WHERE state = 'unpaid' ORDER BY fill")]


def total(db: sqlite3.Connection, terminal: str, nozzle: int) -> NozzleTotal | None:
    query = "SELECT terminal, nozzle, code, total_ml, at_s FROM nozzle_totals WHERE terminal = ? AND nozzle = ?"
    row = db.execute(query, (terminal, nozzle)).fetchone()
    return NozzleTotal(*row) if row else None


def put_total(db: sqlite3.Connection, kept: NozzleTotal) -> None:
    db.execute("INSERT OR REPLACE INTO nozzle_totals VALUES (?, ?, ?, ?, ?)", kept)
