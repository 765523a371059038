"""What this store holds: slices of members' lots, issuing rights, and the entries that moved them."""

import sqlite3
from collections.abc import Sequence

from gateway.store import holds, many
from protocol.ledger.entries import Entry, parse_line
from protocol.ledger.lots import Holding, Slice


def holding(db: sqlite3.Connection, account: str, store: str) -> Holding:
    """The float of an account here; emptied slices are with it, they keep their lots' terms for a reversal."""
    rows = db.execute(
        "SELECT asset, lot, amount, origin, kind, expires, opened_s FROM slices WHERE account = ?", (account,)
    )
    return Holding(account, store, tuple(Slice(*row) for row in rows), holds.of(db, account))


def holdings(db: sqlite3.Connection, accounts: Sequence[str], store: str) -> dict[str, Holding]:
    """The same for several accounts."""
    query = (
        "SELECT account, asset, lot, amount, origin, kind, expires, opened_s FROM slices"
        f" WHERE account IN ({many.marks(accounts)}) ORDER BY account, asset, lot"
    )
    slices: dict[str, list[Slice]] = {account: [] for account in accounts}
    for account, *row in db.execute(query, many.padded(accounts)):
        slices[account].append(Slice(*row))
    held = holds.of_all(db, accounts)
    return {account: Holding(account, store, tuple(one), held.get(account, ())) for account, one in slices.items()}


def slice_rows(before: Holding, after: Holding) -> list[tuple]:
    """The slices that a booking changed, as `put_slices` writes them."""
    known = set(before.slices)
    return [(after.account, *one) for one in after.slices if one not in known]


def put_slices(db: sqlite3.Connection, rows: list[tuple]) -> None:
    db.executemany("INSERT OR REPLACE INTO slices VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


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


def put_rights(db: sqlite3.Connection, rows: list[tuple[str, int]]) -> None:
    """(name, amount) each; of a name the last one counts. Raises sqlite3.IntegrityError below zero."""
    query = "INSERT INTO rights VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET amount = excluded.amount"
    db.executemany(query, list(dict(rows).items()))


def entries_of(db: sqlite3.Connection, transfer: str) -> tuple[Entry, ...]:
    """What was booked under a transfer id."""
    query = (
        "SELECT transfer, n, debit, credit, amount FROM entries"
        " WHERE seq = (SELECT seq FROM events WHERE transfer = ?) ORDER BY n"
    )
    rows = db.execute(query, (transfer,))
    return tuple(Entry(row[0], row[1], parse_line(row[2]), parse_line(row[3]), row[4]) for row in rows)
