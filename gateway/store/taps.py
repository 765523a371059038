"""Taps: what card was shown where and when, on the monotonic clock of one start of the machine."""

import sqlite3
from collections.abc import Iterable, Sequence

from gateway.core.books import Tap
from gateway.core.taps import VALID_MS
from gateway.store import many


def put(db: sqlite3.Connection, tap: Tap) -> None:
    """Keeps a tap and forgets those that nothing can be paid with any more."""
    db.execute("DELETE FROM taps WHERE boot <> ? OR at_ms < ?", (tap.boot, tap.at_ms - 2 * VALID_MS))
    put_all(db, [tap])


def put_all(db: sqlite3.Connection, taps: Iterable[Tap]) -> None:
    """Keeps taps of ids not seen before."""
    db.executemany("INSERT INTO taps VALUES (?, ?, ?, ?, ?, ?, ?)", taps)


def get(db: sqlite3.Connection, tap: str) -> Tap | None:
    return several(db, (tap,)).get(tap)


def several(db: sqlite3.Connection, taps: Sequence[str]) -> dict[str, Tap]:
    """Those of these taps that were seen."""
    query = f"SELECT tap, terminal, kind, party, card, boot, at_ms FROM taps WHERE tap IN ({many.marks(taps)})"
    return {row[0]: Tap(*row) for row in db.execute(query, many.padded(taps))}
