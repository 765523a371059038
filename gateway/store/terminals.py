"""Terminals of this store, their link keys, and the last answer of every lane."""

import json
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from gateway.core.books import LaneKey
from gateway.core.lanes import Lane
from gateway.store import many


class Terminal(NamedTuple):
    """One terminal as head office enrolled it; keys maps key number to link key."""

    terminal: str
    app: str
    keys: dict[int, bytes]
    status: str
    letter: str
    journal: str

    @property
    def newest_key(self) -> int:
        return max(self.keys, default=0)


def get(db: sqlite3.Connection, terminal: str) -> Terminal | None:
    row = db.execute(
        "SELECT terminal, app, keys, status, letter, journal FROM terminals WHERE terminal = ?", (terminal,)
    ).fetchone()
    if row is None:
        return None
    keys = {int(number): bytes.fromhex(key) for number, key in json.loads(row[2]).items()}
    return Terminal(row[0], row[1], keys, row[3], row[4], row[5])


def put(db: sqlite3.Connection, body: dict) -> None:
    """Takes over head office's word on a terminal: keys, status, certificate serial, letter for its incarnation."""
    keys = json.dumps({str(key["k"]): key["link_key"] for key in body.get("keys") or []})
    db.execute(
        "INSERT INTO terminals (terminal, app, keys, status, serial, letter) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (terminal) DO UPDATE SET app = excluded.app, keys = excluded.keys, status = excluded.status,"
        " serial = excluded.serial, letter = excluded.letter",
        (
            body["terminal"],
            body.get("app") or "",
            keys,
            body["status"],
            (body.get("serial") or "").lower(),
            body.get("letter") or "",
        ),
    )


def states(db: sqlite3.Connection) -> list[dict]:
    """Each terminal with when it was last heard (the store's clock) and what it said of itself."""
    rows = db.execute(
        "SELECT terminal, app, status, seen_s, online, heap_free, firmware, board, unanswered FROM terminals ORDER BY 1"
    )
    columns = ("terminal", "app", "status", "last_seen_s", "online", "free_heap", "firmware", "board", "unanswered")
    return [dict(zip(columns, row, strict=True)) for row in rows]


def names_of(db: sqlite3.Connection, app: str) -> list[str]:
    """Active terminals that run this."""
    query = "SELECT terminal FROM terminals WHERE app = ? AND status = 'active' ORDER BY terminal"
    return [row[0] for row in db.execute(query, (app,))]


def names(db: sqlite3.Connection) -> list[str]:
    """Every terminal that may speak."""
    return [name for (name,) in db.execute("SELECT terminal FROM terminals WHERE status = 'active' ORDER BY terminal")]


def active_since(db: sqlite3.Connection, since_s: int) -> list[str]:
    """Terminals that may speak and were heard then or later, by the store's clock."""
    query = "SELECT terminal FROM terminals WHERE status = 'active' AND seen_s > 0 AND seen_s >= ? ORDER BY terminal"
    return [name for (name,) in db.execute(query, (since_s,))]


def revoke_serials(db: sqlite3.Connection, serials: list[str]) -> list[str]:
    """Marks the terminals whose certificates were called back; returns their names."""
    wanted = {serial.lower().lstrip("0") for serial in serials}
    held = db.execute("SELECT terminal, serial FROM terminals WHERE serial <> ''").fetchall()
    hit = [terminal for terminal, serial in held if serial.lstrip("0") in wanted]
    db.executemany("UPDATE terminals SET status = 'revoked' WHERE terminal = ?", [(name,) for name in hit])
    return hit


def revoked(db: sqlite3.Connection) -> list[str]:
    """Terminals that the broker must not let write or read."""
    return [name for (name,) in db.execute("SELECT terminal FROM terminals WHERE status <> 'active' ORDER BY terminal")]


def note_hello(db: sqlite3.Connection, terminal: str, values: dict, at_s: int) -> None:
    db.execute(
        "UPDATE terminals SET journal = ?, board = ?, firmware = ?, heap_free = ?, boots = ?, unanswered = ?,"
        " seen_s = ?, online = 1 WHERE terminal = ?",
        (
            values["j"],
            values["board"],
            values["firmware"],
            values["heap_free"],
            values["boots"],
            values["unanswered"],
            at_s,
            terminal,
        ),
    )


def note_seen(db: sqlite3.Connection, seen: dict[str, int]) -> None:
    """Writes down when terminals were last heard (a label for the status page)."""
    rows = [(at_s, name) for name, at_s in seen.items()]
    db.executemany("UPDATE terminals SET seen_s = ?, online = 1 WHERE terminal = ?", rows)


def note_lost(db: sqlite3.Connection, terminal: str) -> None:
    """The broker has lost its connection."""
    db.execute("UPDATE terminals SET online = 0 WHERE terminal = ?", (terminal,))


LANE = "sequence, message, digest, outcome, seq, topic, reply"


def lane(db: sqlite3.Connection, lane: LaneKey) -> Lane | None:
    row = db.execute(f"SELECT {LANE} FROM lanes WHERE terminal = ? AND journal = ? AND lane = ?", lane).fetchone()
    return _lane(row) if row else None


def lanes(db: sqlite3.Connection, keys: Sequence[LaneKey]) -> dict[LaneKey, Lane]:
    """The last answers of those lanes that have any."""
    asked = many.padded_rows(keys)
    query = (
        f"WITH asked (t, j, l) AS (VALUES {many.mark_rows(keys)}) SELECT terminal, journal, lane, {LANE}"
        " FROM asked CROSS JOIN lanes ON terminal = t AND journal = j AND lane = l"
    )
    return {row[:3]: _lane(row[3:]) for row in db.execute(query, asked)}


def _lane(row: tuple) -> Lane:
    return Lane(row[0], row[1], row[2], row[3], row[4], row[5:7])


def lane_row(lane: LaneKey, answered: Lane) -> tuple:
    """An answer as `put_lanes` writes it."""
    return (*lane, *answered[:5], *answered.reply)


def put_lanes(db: sqlite3.Connection, rows: list[tuple]) -> None:
    """Keeps the answers of lanes' newest requests; what head office has booked stays noted."""
    db.executemany(
        "INSERT INTO lanes (terminal, journal, lane, sequence, message, digest, outcome, seq, topic, reply)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (terminal, journal, lane) DO UPDATE SET"
        " sequence = excluded.sequence, message = excluded.message, digest = excluded.digest,"
        " outcome = excluded.outcome, seq = excluded.seq, topic = excluded.topic, reply = excluded.reply",
        rows,
    )


def note_booked(db: sqlite3.Connection, lane: tuple, sequence: int, upto: int) -> None:
    """Head office has booked up to event `upto`: a request counts when its last event is in (a void may follow)."""
    db.execute(
        "UPDATE lanes SET booked = MAX(booked, CASE WHEN sequence = :n AND seq > :upto THEN :n - 1 ELSE :n END)"
        " WHERE terminal = :terminal AND journal = :journal AND lane = :lane",
        {"n": sequence, "upto": upto, **dict(zip(("terminal", "journal", "lane"), lane, strict=True))},
    )


def booked(db: sqlite3.Connection, terminal: str, journal: str) -> list[int]:
    """Per lane, from lane 0 to the highest one used, the last sequence that head office has booked."""
    rows = dict(
        db.execute("SELECT lane, booked FROM lanes WHERE terminal = ? AND journal = ?", (terminal, journal)).fetchall()
    )
    return [rows.get(number, 0) for number in range(max(rows, default=-1) + 1)]
