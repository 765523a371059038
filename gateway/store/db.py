"""The store's one database file: SQLite in WAL with synchronous=FULL (NORMAL loses acknowledged sales)."""

import os
import shutil
import sqlite3
from pathlib import Path

from gateway.store import migrations

CHECKPOINT_PAGES = 10000  # the sale process leaves checkpoints to a background thread; this is the ceiling if it dies

LOG_BYTES = 4_000_000


def open_store(path: Path | str) -> sqlite3.Connection:
    """Connection of the one writer, migrated to the newest schema. Statements outside begin/commit stand alone."""
    return set_up(sqlite3.connect(path, isolation_level=None, cached_statements=256, check_same_thread=False))


def set_up(db: sqlite3.Connection) -> sqlite3.Connection:
    """What the store demands of any connection that writes, on whatever disk it has been opened."""
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA busy_timeout = 5000")
    db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    renew_log(db)
    migrations.migrate(db)
    return db


def renew_log(db: sqlite3.Connection) -> None:
    """Writes the write-ahead log's own bytes over it and syncs them, before anything follows in it or is folded.

    After a sync that failed, the page cache shows a log that the disk may not have, for ever: no later sync writes
    those pages. Commits behind such a hole would be lost at the next cut of power, pages folded from there torn.
    """
    file = db.execute("PRAGMA database_list").fetchone()[2]
    if not file or not Path(file + "-wal").exists():
        return
    db.execute("BEGIN IMMEDIATE")  # nobody appends meanwhile
    try:
        with open(file + "-wal", "r+b") as log:
            held = log.read()
            log.seek(0)
            log.write(held)
            log.flush()
            os.fsync(log.fileno())
    finally:
        db.execute("ROLLBACK")


def stretch_log(db: sqlite3.Connection) -> None:
    """Makes the write-ahead log long before the first sale.

    A commit into a log that has to grow costs the file system a journal entry beside the data: measured 0.42 ms against
    0.25 ms into one that is long enough. The file is deleted when the last connection closes, so every start does this.
    """
    db.execute("CREATE TABLE IF NOT EXISTS ballast (bytes BLOB)")
    db.execute("INSERT INTO ballast VALUES (zeroblob(?))", (LOG_BYTES,))
    db.execute("DROP TABLE ballast")
    db.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()


NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
PROBE_BYTES = 262_144


def is_no_room(trouble: sqlite3.DatabaseError) -> bool:
    """Whether the disk takes nothing now: full, failing, or mounted to be read only."""
    return getattr(trouble, "sqlite_errorcode", 0) & 0xFF in NO_ROOM


def folder(db: sqlite3.Connection) -> Path | None:
    """Where the database lies; None for one in memory."""
    file = db.execute("PRAGMA database_list").fetchone()[2]
    return Path(file).parent if file else None


def free_bytes(db: sqlite3.Connection) -> int:
    """Room left on the disk that the database is on; -1 for one in memory."""
    file = db.execute("PRAGMA database_list").fetchone()[2]
    return shutil.disk_usage(file).free if file else -1


def takes_again(db: sqlite3.Connection) -> bool:
    """Tries whether the disk takes something again; nothing of it stays.

    The log is folded first. After a sync that failed the page cache may show what is not on the disk, and no later sync
    writes it; what is folded is written anew into the file and synced there, and the log starts over.
    """
    try:
        if db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            return False  # somebody reads: again in a second
        db.execute("BEGIN IMMEDIATE")
        db.execute("CREATE TABLE probe (bytes BLOB)")
        db.execute("INSERT INTO probe VALUES (zeroblob(?))", (PROBE_BYTES,))
        db.execute("DROP TABLE probe")
        db.execute("COMMIT")
    except sqlite3.DatabaseError:
        db.rollback()
        return False
    return True


def fold_log(db: sqlite3.Connection) -> None:
    """Moves the whole write-ahead log into the file."""
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def open_reader(path: Path) -> sqlite3.Connection:
    """Connection that cannot write: uplink, status page, support."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA busy_timeout = 5000")
    return db


def checkpoint(path: Path) -> None:
    """Moves finished WAL pages into the file, beside the sale thread; never waits for it."""
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute("PRAGMA wal_checkpoint(PASSIVE)")
    finally:
        db.close()
