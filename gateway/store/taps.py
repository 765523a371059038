"""Taps: what card was shown where and when, on the monotonic clock of one start of the machine."""

import sqlite3
from typing import NamedTuple

VALID_MS = 5 * 60 * 1000  # a tap pays for five minutes, at the terminal that saw the card


class Tap(NamedTuple):
    """kind: member (party is the account) or staff (party is the operator)."""

    tap: str
    terminal: str
    kind: str
    party: str
    card: str
    boot: str
    at_ms: int


def put(db: sqlite3.Connection, tap: Tap) -> None:
    """Keeps a tap and forgets those that nothing can be paid with any more."""
    db.execute("DELETE FROM taps WHERE boot <> ? OR at_ms < ?", (tap.boot, tap.at_ms - 2 * VALID_MS))
    db.execute("INSERT INTO taps VALUES (?, ?, ?, ?, ?, ?, ?)", tap)


def valid(db: sqlite3.Connection, tap: str, terminal: str, boot: str, now_ms: int) -> Tap | None:
    """The tap if it was at this terminal within the last five minutes."""
    row = db.execute("SELECT tap, terminal, kind, party, card, boot, at_ms FROM taps WHERE tap = ?", (tap,)).fetchone()
    found = Tap(*row) if row else None
    if found and found.terminal == terminal and found.boot == boot and 0 <= now_ms - found.at_ms <= VALID_MS:
        return found
    return None
