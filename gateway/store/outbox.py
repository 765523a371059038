"""What happened at this store, in order, for head office: events written once, in the transaction of what they tell."""

import json
import sqlite3
from typing import NamedTuple

from gateway.core import outbox as chain
from protocol.ids import RequestId
from protocol.ledger.entries import Entry


class Head(NamedTuple):
    """The last event written: sequence (0: none yet) and chain hash, 32 bytes."""

    seq: int
    hash: bytes


def head(db: sqlite3.Connection, incarnation: str) -> Head:
    row = db.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(*row) if row else Head(0, chain.genesis(incarnation))


def append(db: sqlite3.Connection, incarnation: str, event: dict, entries: list[Entry] | tuple = ()) -> int:
    """Writes one event with its entries at the end of the chain; returns its sequence.

    Raises sqlite3.IntegrityError if its transfer id has been written before.
    """
    last = head(db, incarnation)
    seq = last.seq + 1
    line = chain.event_line(seq, event, entries)
    transfer = event.get("transfer")
    row = (seq, event["kind"], line, chain.link(last.hash, line), transfer) + _request(event.get("request"))
    db.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    if entries:
        rows = [(seq, e.n, e.transfer, e.debit.text, e.credit.text, e.amount) for e in entries]
        db.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", rows)
    return seq


def lines_from(db: sqlite3.Connection, seq: int, limit: int, limit_bytes: int = 1_000_000) -> list[bytes]:
    """Event lines from a sequence on, as they were hashed; at most that many bytes, but at least one line."""
    lines: list[bytes] = []
    size = 0
    for (line,) in db.execute("SELECT line FROM events WHERE seq >= ? ORDER BY seq LIMIT ?", (seq, limit)):
        size += len(line)
        if lines and size > limit_bytes:
            break
        lines.append(line)
    return lines


def hash_at(db: sqlite3.Connection, incarnation: str, seq: int) -> bytes:
    """Chain hash after event `seq`; 0 is the hash before the first. Raises KeyError for one not written."""
    if seq == 0:
        return chain.genesis(incarnation)
    row = db.execute("SELECT hash FROM events WHERE seq = ?", (seq,)).fetchone()
    if row is None:
        raise KeyError(seq)
    return row[0]


def of_transfer(db: sqlite3.Connection, transfer: str) -> dict | None:
    """The event that was written under a transfer id."""
    row = db.execute("SELECT line FROM events WHERE transfer = ?", (transfer,)).fetchone()
    return json.loads(row[0]) if row else None


def last_of_kinds(db: sqlite3.Connection, kinds: tuple[str, ...], count: int) -> list[dict]:
    """The newest events of some kinds, newest first."""
    marks = ",".join("?" * len(kinds))
    rows = db.execute(f"SELECT line FROM events WHERE kind IN ({marks}) ORDER BY seq DESC LIMIT ?", (*kinds, count))
    return [json.loads(line) for (line,) in rows]


def last_per_lane(db: sqlite3.Connection, after_seq: int, upto_seq: int) -> list[tuple[str, str, int, int]]:
    """(terminal, journal, lane, highest sequence) of the requests told in a stretch of events."""
    return db.execute(
        "SELECT terminal, journal, lane, MAX(sequence) FROM events"
        " WHERE seq > ? AND seq <= ? AND terminal IS NOT NULL GROUP BY terminal, journal, lane",
        (after_seq, upto_seq),
    ).fetchall()


def _request(request: dict | None) -> tuple:
    if request is None:
        return (None, None, None, None)
    return tuple(RequestId(**request))
