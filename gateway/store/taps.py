"""Taps: what card was shown where and when, on the monotonic clock of one start of the machine."""

import sqlite3

from gateway.core.books import Tap
from gateway.core.taps import VALID_MS


def put(db: sqlite3.Connection, tap: Tap) -> None:
    """Keeps a tap and forgets those that nothing can be paid with any more."""
    db.execute("DELETE FROM taps WHERE boot <> ? OR at_ms < ?", (tap.boot, tap.at_ms - 2 * VALID_MS))
    db.execute("INSERT INTO taps VALUES (?, ?, ?, ?, ?, ?, ?)", tap)


def get(db: sqlite3.Connection, tap: str) -> Tap | None:
    row = db.execute("SELECT tap, terminal, kind, party, card, boot, at_ms FROM taps WHERE tap = ?", (tap,)).fetchone()
    return Tap(*row) if row else None
