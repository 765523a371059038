"""What this store holds: slices of members' lots, issuing rights, and the entries that moved them."""

import sqlite3
from collections.abc import Mapping

from gateway.store import holds
from protocol.ledger.entries import Entry, parse_line
from protocol.ledger.lots import Holding, Slice


def holding(db: sqlite3.Connection, account: str, store: str) -> Holding:
    """The float of an account here; emptied slices are with it, they keep their lots' terms for a reversal."""
    rows = db.execute(
        "SELECT asset, lot, amount, origin, kind, expires, opened_s FROM slices WHERE account = ?", (account,)
    )
    return Holding(account, store, tuple(Slice(*row) for row in rows), holds.of(db, account))


def save(db: sqlite3.Connection, before: Holding, after: Holding) -> None:
    """Writes the slices and holds that a booking changed."""
    known = set(before.slices)
    rows = [(after.account, *one) for one in after.slices if one not in known]
    db.executemany("INSERT OR REPLACE INTO slices VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    if before.holds != after.holds:
        holds.save(db, before, after)


def with_expiry_before(db: sqlite3.Connection, date: str) -> list[str]:
    """Accounts with value here of a lot that was good until before this date."""
    query = "SELECT DISTINCT account FROM slices WHERE amount > 0 AND expires <> '' AND expires < ? ORDER BY account"
    return [account for (account,) in db.execute(query, (date,))]


def drop_emptied(db: sqlite3.Connection, opened_before_s: int) -> None:
    """Forgets emptied slices of old lots, but for those whose terms a hold in suspense may need."""
    held = "SELECT json_extract(part.value, '$[1]') FROM holds, json_each(holds.parts) AS part"
    db.execute(f"DELETE FROM slices WHERE amount = 0 AND opened_s < ? AND lot NOT IN ({held})", (opened_before_s,))


def rights(db: sqlite3.Connection) -> dict[str, int]:
    """What this store may still credit by itself, by right name."""
    return dict(db.execute("SELECT name, amount FROM rights").fetchall())


def draw_rights(db: sqlite3.Connection, drawn: Mapping[str, int]) -> None:
    """Lowers rights; negative amounts come back or are new. Raises sqlite3.IntegrityError below zero."""
    for name, amount in drawn.items():
        # Not an upsert for both: SQLite checks the row to be inserted first, and that one would be below zero.
        if db.execute("UPDATE rights SET amount = amount - ? WHERE name = ?", (amount, name)).rowcount == 0:
            db.execute("INSERT INTO rights VALUES (?, ?)", (name, -amount))


def entries_of(db: sqlite3.Connection, transfer: str) -> tuple[Entry, ...]:
    """What was booked under a transfer id."""
    query = "SELECT transfer, n, debit, credit, amount FROM entries WHERE transfer = ? ORDER BY n"
    rows = db.execute(query, (transfer,))
    return tuple(Entry(row[0], row[1], parse_line(row[2]), parse_line(row[3]), row[4]) for row in rows)
