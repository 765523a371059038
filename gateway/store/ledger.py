"""What this store holds: slices of members' lots, issuing rights, and the entries that moved them."""

import sqlite3
from collections.abc import Mapping

from protocol.ledger.entries import Entry, parse_line
from protocol.ledger.lots import Holding, Slice, available

ASSETS = ("principal", "bonus", "points")


def holding(db: sqlite3.Connection, account: str, store: str) -> Holding:
    """The float of an account here; emptied slices are with it, they keep their lots' terms for a reversal."""
    rows = db.execute(
        "SELECT asset, lot, amount, origin, kind, expires, opened_s FROM slices WHERE account = ?", (account,)
    )
    return Holding(account, store, tuple(Slice(*row) for row in rows))


def apply(db: sqlite3.Connection, before: Holding, after: Holding) -> dict[str, int]:
    """Writes the slices that a booking changed; returns the change per asset."""
    known = set(before.slices)
    rows = [(after.account, *one) for one in after.slices if one not in known]
    db.executemany("INSERT OR REPLACE INTO slices VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return {asset: available(after, asset) - available(before, asset) for asset in ASSETS}


def rights(db: sqlite3.Connection) -> dict[str, int]:
    """What this store may still credit by itself, by right name."""
    return dict(db.execute("SELECT name, amount FROM rights").fetchall())


def draw_rights(db: sqlite3.Connection, drawn: Mapping[str, int]) -> None:
    """Lowers rights; negative amounts come back. Raises sqlite3.IntegrityError below zero."""
    rows = [(amount, name) for name, amount in drawn.items()]
    db.executemany("UPDATE rights SET amount = amount - ? WHERE name = ?", rows)


def add_right(db: sqlite3.Connection, name: str, amount: int) -> None:
    db.execute(
        "INSERT INTO rights VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET amount = amount + excluded.amount",
        (name, amount),
    )


def entries_of(db: sqlite3.Connection, transfer: str) -> list[Entry]:
    """What was booked under a transfer id."""
    query = "SELECT transfer, n, debit, credit, amount FROM entries WHERE transfer = ? ORDER BY n"
    rows = db.execute(query, (transfer,))
    return [Entry(row[0], row[1], parse_line(row[2]), parse_line(row[3]), row[4]) for row in rows]


def here(held: Holding) -> dict[str, int]:
    """What this store can take now, as messages say it."""
    return {asset: available(held, asset) for asset in ASSETS}
