"""Old events go, one day, a bite at a time: never one that head office has not in a verified backup.

With the event that settled it goes a fill that was paid or given up; one that nobody has paid stays.

A refund opens the right of a sale from its event, so events stay for as long as goods may come back. On a disk that
runs low they stay for less. Head office says up to which event its backups hold this life (`safe_seq`); until it has,
everything is kept, and the alarm `disk_low` asks for people.
"""

import json
import sqlite3

from gateway.store import db as database
from gateway.store import meta

KEEP_S = 400 * 86400
KEEP_SHORT_S = 60 * 86400  # where there is little room
LITTLE_ROOM_BYTES = 400_000_000  # twice what raises the alarm
AT_ONCE = 200  # events each minute: 100 million a year


def keep_up(db: sqlite3.Connection, now_s: int) -> int:
    """Drops what may go; how many events that were. Within a transaction."""
    free = database.free_bytes(db)
    return prune(db, now_s - (KEEP_SHORT_S if 0 <= free < LITTLE_ROOM_BYTES else KEEP_S))


def prune(db: sqlite3.Connection, before_s: int) -> int:
    """Drops the oldest events, some at a time, that were written before a time and are safe at head office."""
    # What follows begins with the hash of the last one, also for a head office that was restored from that very backup.
    safe_seq = min(meta.get_int(db, "safe_seq"), meta.get_int(db, "booked_seq")) - 1
    rows = db.execute("SELECT seq, line FROM events WHERE seq <= ? ORDER BY seq LIMIT ?", (safe_seq, AT_ONCE))
    old = [seq for seq, line in rows if json.loads(line)["at_s"] < before_s]
    if old:
        db.execute("DELETE FROM entries WHERE seq <= ?", (old[-1],))
        db.execute("DELETE FROM events WHERE seq <= ?", (old[-1],))
        db.execute("DELETE FROM fills WHERE state <> 'unpaid' AND settled_seq <= ?", (old[-1],))
    return len(old)
