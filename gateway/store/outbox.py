"""What happened at this store, in order, for head office: events written once, in the transaction of what they tell."""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from gateway.core import outbox as chain
from gateway.core.books import Event, Head
from gateway.store import many
from protocol.ledger.entries import Entry


def head(db: sqlite3.Connection, incarnation: str) -> Head:
    row = db.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(*row) if row else Head(0, chain.genesis(incarnation))


def row(event: Event) -> tuple:
    """An event as `append` writes it."""
    return (*event[:5], *(event.request or (None, None, None, None)), event.receipt)


def append(db: sqlite3.Connection, rows: list[tuple]) -> None:
    """Writes events. Raises sqlite3.IntegrityError for a sequence or transfer written before."""
    db.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def append_entries(db: sqlite3.Connection, rows: list[tuple]) -> None:
    """Writes (seq, n, transfer, debit, credit, amount) of events that are there."""
    db.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", rows)


def entry_rows(seq: int, entries: Iterable[Entry]) -> list[tuple]:
    return [(seq, one.n, one.transfer, one.debit.text, one.credit.text, one.amount) for one in entries]


def is_written(db: sqlite3.Connection, transfer: str) -> bool:
    """Whether an event has been written under this transfer."""
    return bool(which_are_written(db, (transfer,)))


def which_are_written(db: sqlite3.Connection, transfers: Sequence[str]) -> dict[str, bool]:
    """Those of these transfers that an event has been written under."""
    query = f"SELECT transfer FROM events WHERE transfer IN ({many.marks(transfers)})"
    return {transfer: True for (transfer,) in db.execute(query, many.padded(transfers))}


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


def last_at_s(db: sqlite3.Connection) -> int:
    """The store's clock when the last event was written; 0 before the first."""
    row = db.execute("SELECT line FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    return int(json.loads(row[0])["at_s"]) if row else 0


def transfer_of(db: sqlite3.Connection, receipt: int) -> str:
    """The transfer that drew this receipt number, '' for none."""
    row = db.execute("SELECT transfer FROM events WHERE receipt = ?", (receipt,)).fetchone()
    return row[0] if row else ""


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
