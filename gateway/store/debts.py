"""What members owe, as far as this store knows: by asset, and as 'offline' what it has lent them itself."""

import sqlite3
from collections.abc import Mapping, Sequence

from gateway.store import many


def of(db: sqlite3.Connection, account: str) -> dict[str, int]:
    return dict(db.execute("SELECT asset, amount FROM debts WHERE account = ?", (account,)).fetchall())


def of_all(db: sqlite3.Connection, accounts: Sequence[str]) -> dict[str, dict[str, int]]:
    """The debts of several accounts."""
    query = f"SELECT account, asset, amount FROM debts WHERE account IN ({many.marks(accounts)})"
    found: dict[str, dict[str, int]] = {account: {} for account in accounts}
    for account, asset, amount in db.execute(query, many.padded(accounts)):
        found[account][asset] = amount
    return found


def change(db: sqlite3.Connection, account: str, changes: Mapping[str, int]) -> None:
    """Adds to debts; what is paid beyond a debt that is known here leaves none."""
    for asset, amount in changes.items():
        _set(db, account, asset, max(0, of(db, account).get(asset, 0) + amount))


def told(db: sqlite3.Connection, account: str, owed: Mapping[str, int]) -> None:
    """Head office's word on what is owed; this store's own lending is not in it."""
    for asset in of(db, account).keys() - {"offline"} | owed.keys():
        _set(db, account, asset, int(owed.get(asset, 0)))


def lent_cents(db: sqlite3.Connection) -> int:
    return db.execute("SELECT COALESCE(SUM(amount), 0) FROM debts WHERE asset = 'offline'").fetchone()[0]


def _set(db: sqlite3.Connection, account: str, asset: str, amount: int) -> None:
    db.execute("DELETE FROM debts WHERE account = ? AND asset = ?", (account, asset))
    if amount:
        db.execute("INSERT INTO debts VALUES (?, ?, ?)", (account, asset, amount))
