"""Numbered steps from one schema to the next; PRAGMA user_version is the number of the last one done."""

import sqlite3
from pathlib import Path

SCHEMA = Path(__file__).with_name("schema.sql")
STEPS: tuple[str, ...] = (SCHEMA.read_text(),)


def migrate(db: sqlite3.Connection) -> int:
    """Runs the missing steps, each in its own transaction; returns the version. Raises on a newer database."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > len(STEPS):
        raise RuntimeError(f"store.db has schema {version}, this program knows {len(STEPS)}: install the newer gateway")
    for number, step in enumerate(STEPS[version:], start=version + 1):
        db.executescript(f"BEGIN; {step} PRAGMA user_version = {number}; COMMIT;")
    return len(STEPS)
