"""Holds: what is set aside of an account (its holding has it), and the nozzle that each is for."""

import json
import sqlite3
from collections.abc import Sequence

from gateway.core.books import PumpHold
from gateway.store import many
from protocol.ledger.lots import Hold, Holding, Part

COLUMNS = ", ".join(PumpHold._fields)
PLACES = ", ".join("?" * len(PumpHold._fields))


def of(db: sqlite3.Connection, account: str) -> tuple[Hold, ...]:
    """The holds of an account that are not closed, in the order of their ids."""
    return of_all(db, (account,)).get(account, ())


def of_all(db: sqlite3.Connection, accounts: Sequence[str]) -> dict[str, tuple[Hold, ...]]:
    """The holds of those of these accounts that have any."""
    query = (
        "SELECT account, hold, parts, state, spend_order, credit_cents FROM holds"
        f" WHERE account IN ({many.marks(accounts)}) ORDER BY hold"
    )
    found: dict[str, tuple[Hold, ...]] = {}
    for account, name, parts, *more in db.execute(query, many.padded(accounts)):
        hold = Hold(name, tuple(Part(*part) for part in json.loads(parts)), *more)
        found[account] = (*found.get(account, ()), hold)
    return found


def save(db: sqlite3.Connection, before: Holding, after: Holding) -> None:
    """Writes the holds that a booking made, changed or closed."""
    left = {one.hold_id for one in after.holds}
    for gone in before.holds:
        if gone.hold_id not in left:
            db.execute("DELETE FROM holds WHERE hold = ?", (gone.hold_id,))
    for one in after.holds:
        if one not in before.holds:
            row = (one.hold_id, after.account, json.dumps(one.parts), one.state, one.order, one.credit_cents)
            db.execute("INSERT OR REPLACE INTO holds VALUES (?, ?, ?, ?, ?, ?)", row)


def at_pump(db: sqlite3.Connection, hold: str) -> PumpHold | None:
    row = db.execute(f"SELECT {COLUMNS} FROM pump_holds WHERE hold = ?", (hold,)).fetchone()
    return PumpHold(*row) if row else None


def put_at_pump(db: sqlite3.Connection, kept: PumpHold) -> None:
    """A nozzle's closed holds go when it has the next one."""
    nozzle = (kept.terminal, kept.lane, kept.hold)
    db.execute("DELETE FROM pump_holds WHERE terminal = ? AND lane = ? AND hold <> ? AND state = 'closed'", nozzle)
    db.execute(f"INSERT OR REPLACE INTO pump_holds ({COLUMNS}) VALUES ({PLACES})", kept)


def at_pumps(db: sqlite3.Connection) -> list[PumpHold]:
    """All that are not closed."""
    return [PumpHold(*row) for row in db.execute(f"SELECT {COLUMNS} FROM pump_holds WHERE state <> 'closed'")]
