"""Every id head office has used to move value here: what it asked, how it was answered; tombstones too."""

import json
import sqlite3
from hashlib import sha256
from typing import NamedTuple


class Move(NamedTuple):
    """kind: grant, right_grant, recall, cancel; outcome: taken, tombstone, answered; seq: the event that says so."""

    id: str
    kind: str
    digest: bytes
    outcome: str
    seq: int


def get(db: sqlite3.Connection, move_id: str) -> Move | None:
    row = db.execute("SELECT id, kind, digest, outcome, seq FROM moves WHERE id = ?", (move_id,)).fetchone()
    return Move(*row) if row else None


def put(db: sqlite3.Connection, move: Move) -> None:
    """Raises sqlite3.IntegrityError for an id seen before."""
    db.execute("INSERT INTO moves VALUES (?, ?, ?, ?, ?)", move)


def parameters(body: dict, *names: str) -> bytes:
    """Digest of what makes two messages under one id equal."""
    text = json.dumps({name: body.get(name) for name in names}, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).digest()
