"""Every id head office has used to move value here: what it asked, how it was answered; tombstones too."""

import json
import sqlite3
from collections.abc import Mapping

from gateway.core.books import Move


def get(db: sqlite3.Connection, move_id: str) -> Move | None:
    row = db.execute("SELECT id, kind, digest, outcome, seq FROM moves WHERE id = ?", (move_id,)).fetchone()
    return Move(*row) if row else None


def put(db: sqlite3.Connection, move: Move) -> None:
    """Raises sqlite3.IntegrityError for an id seen before."""
    db.execute("INSERT INTO moves VALUES (?, ?, ?, ?, ?)", move)


def put_targets(db: sqlite3.Connection, account: str, targets: Mapping[str, int]) -> None:
    """How much of an account is to be kept here."""
    db.execute("DELETE FROM targets WHERE account = ?", (account,))
    if targets:
        db.execute("INSERT INTO targets VALUES (?, ?)", (account, json.dumps(dict(targets))))


def targets(db: sqlite3.Connection) -> dict[str, dict[str, int]]:
    return {account: json.loads(text) for account, text in db.execute("SELECT account, document FROM targets")}
