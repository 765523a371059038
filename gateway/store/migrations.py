"""Numbered steps from one schema to the next; PRAGMA user_version is the number of the last one done."""

import sqlite3
from pathlib import Path

SCHEMA = Path(__file__).with_name("schema.sql")
REFUND_RIGHTS = """
ALTER TABLE events ADD COLUMN receipt INTEGER;
CREATE UNIQUE INDEX events_receipt ON events (receipt) WHERE receipt IS NOT NULL;
UPDATE events SET receipt = json_extract(CAST(line AS TEXT), '$.receipt');

-- of a sale of this store that was touched, and of other stores' sales that came here; `document` is empty once it left
CREATE TABLE refund_rights (
    sale TEXT PRIMARY KEY,
    store TEXT NOT NULL,
    receipt INTEGER NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX refund_rights_receipt ON refund_rights (store, receipt);
"""
DEBTS = """
CREATE TABLE debts (
    account TEXT NOT NULL,
    asset TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    PRIMARY KEY (account, asset)
) WITHOUT ROWID;
"""
STEPS: tuple[str, ...] = (SCHEMA.read_text(), REFUND_RIGHTS, DEBTS)


def migrate(db: sqlite3.Connection) -> int:
    """Runs the missing steps, each in its own transaction; returns the version. Raises on a newer database."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > len(STEPS):
        raise RuntimeError(f"store.db has schema {version}, this program knows {len(STEPS)}: install the newer gateway")
    for number, step in enumerate(STEPS[version:], start=version + 1):
        db.executescript(f"BEGIN; {step} PRAGMA user_version = {number}; COMMIT;")
    return len(STEPS)
