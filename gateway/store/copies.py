"""Copies of a store's database: made while it sells, never sold on, and read out where the original is gone.

A copy carries its mark. A gateway that starts on it fences itself at once: what the store approved since is not in it.
What it is good for is its lines that head office may not know (`tapwell gateway enrol --again` tells them).
"""

import os
import sqlite3
from pathlib import Path
from typing import NamedTuple

from gateway.core import outbox as chain
from gateway.core import salvage
from gateway.core.trade import Trade
from gateway.store import meta, outbox, soundness
from gateway.store.db import open_reader

MARK = "copied_at_s"


class Copied(NamedTuple):
    """What a copy holds: events up to `seq`, of which head office had booked up to `booked_seq`."""

    seq: int
    booked_seq: int


def copy(database: Path, to: Path, at_s: int) -> Copied:
    """A sound copy of the database as it is at one moment; the store sells on meanwhile.

    Raises FileExistsError for a file that is there, ValueError for a database that is damaged.
    """
    if to.exists():
        raise FileExistsError(to)
    new = to.with_name(to.name + ".new")
    new.unlink(missing_ok=True)
    new.touch(0o600)
    source, made = open_reader(database), sqlite3.connect(new, isolation_level=None)
    try:
        source.backup(made)  # in one step: under one view of the log, which holds up nobody who writes
        made.execute("PRAGMA journal_mode = DELETE").fetchall()
        if found := soundness.damage(made):
            raise ValueError(found)
        meta.put_int(made, MARK, at_s)
        copied = Copied(outbox.head(made, meta.get(made, "incarnation")).seq, meta.get_int(made, "booked_seq"))
    finally:
        source.close()
        made.close()
    _keep(new, to)
    return copied


def fence_restored(trade: Trade) -> None:
    """Ends a life that goes on from a copy before it approves anything."""
    if at_s := trade.number(MARK):
        trade.fence(f"this database is a copy, made at {at_s}: enrol this gateway again, it tells what the copy says")


def told_of_old(old: sqlite3.Connection) -> int:
    """How far head office knows an old disk for good; 0 where that cannot be read: it takes no line twice."""
    try:
        return salvage.told_upto(lambda name: meta.get(old, name))
    except sqlite3.DatabaseError:
        return 0


def lines_of_old(old: sqlite3.Connection, seq: int, limit: int) -> tuple[list[bytes], int]:
    """Lines of an old disk from a sequence on, and how far they reach; of a damaged one those whose hash is right."""
    try:
        lines = outbox.lines_from(old, seq, limit)
        return lines, seq + len(lines) - 1
    except sqlite3.DatabaseError:
        found = [line for line in (line_of_old(old, one) for one in range(seq, seq + limit)) if line]
        return found, seq + limit - 1


def line_of_old(old: sqlite3.Connection, seq: int) -> bytes:
    """One event line, b'' where it, its hash or the one before cannot be read or do not fit."""
    try:
        before = outbox.hash_at(old, meta.get(old, "incarnation"), seq - 1)
        line, linked = old.execute("SELECT line, hash FROM events WHERE seq = ?", (seq,)).fetchone() or (b"", b"")
    except (sqlite3.DatabaseError, KeyError):
        return b""
    return line if isinstance(line, bytes) and chain.link(before, line) == linked else b""


def _keep(new: Path, to: Path) -> None:
    """Gives a file its name once all of it is on the disk."""
    for path, after in ((new, lambda: new.rename(to)), (to.parent, lambda: None)):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
            after()
        finally:
            os.close(handle)
