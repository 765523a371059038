"""What the forecourt page reads beside holds, fills and totals: names, and the last sales of fuel."""

import json
import sqlite3
from collections.abc import Sequence

from gateway.core.fills import LOCK_MS
from gateway.core.pumped import Fill
from gateway.store import many
from gateway.store.fuel_shifts import is_fuel

LOOK_BACK = 400  # events of sales among which the last ones of fuel are looked for


def grades(db: sqlite3.Connection, language: str) -> dict[str, str]:
    """Goods number -> name, of all goods that nozzles have or had."""
    name = "name_zh" if language == "zh" else "name_en"
    rows = db.execute(f"SELECT code, {name} FROM goods WHERE code IN (SELECT code FROM nozzle_totals)")
    return dict(rows.fetchall())


def attendants(db: sqlite3.Connection) -> dict[str, str]:
    """Operator -> name."""
    return dict(db.execute("SELECT operator, name FROM staff").fetchall())


def displays(db: sqlite3.Connection, accounts: Sequence[str]) -> dict[str, str]:
    """Account -> how the member is shown, as head office sent it."""
    query = f"SELECT account, display FROM members WHERE account IN ({many.marks(accounts)})"
    return dict(db.execute(query, many.padded(accounts)).fetchall()) if accounts else {}


def locked(db: sqlite3.Connection, unpaid: Sequence[Fill], boot: str, now_ms: int) -> frozenset[int]:
    """Those of these fills that an open basket has now, as fills.locked decides it."""
    found = set()
    for one in unpaid:
        if one.lock_boot != boot or now_ms - one.lock_ms >= LOCK_MS:
            continue
        query = "SELECT basket, paid FROM baskets WHERE (terminal, journal, lane) = (?, ?, ?)"
        if db.execute(query, one.lock).fetchone() == (one.lock_basket, 0):
            found.add(one.fill)
    return frozenset(found)


def suspended_s(db: sqlite3.Connection, holds: Sequence[str]) -> dict[str, int]:
    """Hold -> when it went to suspense, by the store's clock."""
    found = {}
    for hold in holds:
        row = db.execute("SELECT line FROM events WHERE transfer = ?", (hold + "/suspense",)).fetchone()
        if row:
            found[hold] = int(json.loads(row[0])["at_s"])
    return found


def last_sales(db: sqlite3.Connection, count: int) -> list[dict]:
    """The newest events that sold fuel or wrote it off, newest first."""
    rows = db.execute(
        "SELECT line FROM events WHERE kind IN ('sale', 'drive_off') ORDER BY seq DESC LIMIT ?", (LOOK_BACK,)
    )
    found: list[dict] = []
    for (line,) in rows:
        event = json.loads(line)
        if is_fuel(event):
            found.append(event)
        if len(found) == count:
            break
    return found


def head_seq(db: sqlite3.Connection) -> int:
    """The last event; what was worked out from events is good until it changes."""
    return db.execute("SELECT COALESCE(MAX(seq), 0) FROM events").fetchone()[0]
