"""Every id head office has used to move value here: what it asked, how it was answered; tombstones too."""

import sqlite3

from gateway.core.books import Move


def get(db: sqlite3.Connection, move_id: str) -> Move | None:
    row = db.execute("SELECT id, kind, digest, outcome, seq FROM moves WHERE id = ?", (move_id,)).fetchone()
    return Move(*row) if row else None


def put(db: sqlite3.Connection, move: Move) -> None:
    """Raises sqlite3.IntegrityError for an id seen before."""
    db.execute("INSERT INTO moves VALUES (?, ?, ?, ?, ?)", move)
