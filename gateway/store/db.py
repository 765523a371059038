"""The store's one database file: SQLite in WAL with synchronous=FULL (NORMAL loses acknowledged sales)."""

import sqlite3
from pathlib import Path

from gateway.store import migrations

CHECKPOINT_PAGES = 10000  # the sale process leaves checkpoints to a background thread; this is the ceiling if it dies


def open_store(path: Path | str) -> sqlite3.Connection:
    """Connection of the one writer, migrated to the newest schema. Statements outside begin/commit stand alone."""
    db = sqlite3.connect(path, isolation_level=None, cached_statements=256, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA busy_timeout = 5000")
    db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    migrations.migrate(db)
    return db


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
