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
HOLDS = """
-- what is set aside for an amount not known yet; parts: JSON rows of asset, lot, amount
CREATE TABLE holds (
    hold TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    parts TEXT NOT NULL,
    state TEXT NOT NULL,
    spend_order TEXT NOT NULL,
    credit_cents INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX holds_account ON holds (account);

-- the nozzle that a hold is for; closed ones stay until their nozzle has the next
CREATE TABLE pump_holds (
    hold TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    terminal TEXT NOT NULL,
    lane INTEGER NOT NULL,
    state TEXT NOT NULL,
    boot TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    price_milli INTEGER NOT NULL,
    tax_code TEXT NOT NULL,
    tax_bp INTEGER NOT NULL,
    credit_cents INTEGER NOT NULL,
    upto_ml INTEGER NOT NULL
) WITHOUT ROWID;
"""
TARGETS = """
CREATE TABLE targets (
    account TEXT PRIMARY KEY,
    document TEXT NOT NULL
) WITHOUT ROWID;
"""
UPDATES = """
-- what head office wants each terminal to run (release '': none; no row: it has said nothing), and what that said
CREATE TABLE wanted_releases (
    terminal TEXT PRIMARY KEY,
    release TEXT NOT NULL,
    number INTEGER NOT NULL,
    digest TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE updates (
    terminal TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    why TEXT NOT NULL,
    loading INTEGER NOT NULL DEFAULT 0,
    loaded INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
"""
FEWER_PAGES = """
-- A commit writes every page that a sale has touched. A kept answer is most of a kilobyte: without rowid four
-- fill a page and a new one moves others; here new ones are appended. Entries are found by their event.
CREATE TABLE lanes_new (
    terminal TEXT NOT NULL,
    journal TEXT NOT NULL,
    lane INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    message TEXT NOT NULL,
    digest BLOB NOT NULL,
    outcome TEXT NOT NULL,
    seq INTEGER NOT NULL,
    topic TEXT NOT NULL,
    reply BLOB NOT NULL,
    booked INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (terminal, journal, lane)
);
INSERT INTO lanes_new SELECT * FROM lanes;
DROP TABLE lanes;
ALTER TABLE lanes_new RENAME TO lanes;
DROP INDEX entries_transfer;
"""
FORECOURT = """
ALTER TABLE pump_holds ADD COLUMN operator TEXT NOT NULL DEFAULT '';
ALTER TABLE pump_holds ADD COLUMN shift INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pump_holds ADD COLUMN cents INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pump_holds ADD COLUMN ml INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pump_holds ADD COLUMN list_milli INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pump_holds ADD COLUMN rule TEXT NOT NULL DEFAULT '';
ALTER TABLE pump_holds ADD COLUMN off_cents INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pump_holds ADD COLUMN coupon TEXT NOT NULL DEFAULT '';
ALTER TABLE pump_holds ADD COLUMN coupon_lot TEXT NOT NULL DEFAULT '';
ALTER TABLE pump_holds ADD COLUMN card TEXT NOT NULL DEFAULT '';
ALTER TABLE pump_holds ADD COLUMN vehicle TEXT NOT NULL DEFAULT '';
ALTER TABLE pump_holds ADD COLUMN odometer INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pump_holds ADD COLUMN got_ml INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pump_holds ADD COLUMN got_cents INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pump_holds ADD COLUMN said_ml INTEGER NOT NULL DEFAULT -1;

-- what attendants let flow without a member, until it is paid for or given up; the lock: an open basket that has it
CREATE TABLE fills (
    fill INTEGER PRIMARY KEY,
    transfer TEXT NOT NULL,
    hold TEXT NOT NULL,
    terminal TEXT NOT NULL,
    nozzle INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    ml INTEGER NOT NULL,
    price_milli INTEGER NOT NULL,
    total_cents INTEGER NOT NULL,
    tax_code TEXT NOT NULL,
    tax_bp INTEGER NOT NULL,
    operator TEXT NOT NULL,
    shift INTEGER NOT NULL,
    state TEXT NOT NULL,
    lock_terminal TEXT NOT NULL DEFAULT '',
    lock_journal TEXT NOT NULL DEFAULT '',
    lock_lane INTEGER NOT NULL DEFAULT 0,
    lock_basket INTEGER NOT NULL DEFAULT 0,
    lock_boot TEXT NOT NULL DEFAULT '',
    lock_ms INTEGER NOT NULL DEFAULT 0,
    at_s INTEGER NOT NULL,
    business_date TEXT NOT NULL,
    seq INTEGER NOT NULL,
    settled_seq INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX fills_unpaid ON fills (fill) WHERE state = 'unpaid';

-- the totaliser of a nozzle up to which all that flowed is in an event
CREATE TABLE nozzle_totals (
    terminal TEXT NOT NULL,
    nozzle INTEGER NOT NULL,
    code TEXT NOT NULL,
    total_ml INTEGER NOT NULL,
    at_s INTEGER NOT NULL,
    PRIMARY KEY (terminal, nozzle)
) WITHOUT ROWID;

-- what the forecourt page was answered to commands that move something: the same id again gets the same answer
CREATE TABLE console_answers (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    answer TEXT NOT NULL
);
"""
CARD_LIMITS = """
-- what a card may have, as head office sent it; what was had of its day here by hold, and elsewhere as last heard
CREATE TABLE card_limits (
    card TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE day_holds (
    hold TEXT PRIMARY KEY,
    card TEXT NOT NULL,
    day TEXT NOT NULL,
    ml INTEGER NOT NULL,
    cents INTEGER NOT NULL,
    promised INTEGER NOT NULL,
    open INTEGER NOT NULL,
    allowed_ml INTEGER,
    allowed_cents INTEGER,
    at_s INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX day_holds_card ON day_holds (card, day);
CREATE INDEX day_holds_empty ON day_holds (hold) WHERE open AND ml = 0 AND cents = 0;
CREATE TABLE day_elsewhere (
    card TEXT NOT NULL,
    day TEXT NOT NULL,
    ml INTEGER NOT NULL,
    cents INTEGER NOT NULL,
    PRIMARY KEY (card, day)
) WITHOUT ROWID;
"""
FUEL_SHIFTS = """
-- the forecourt's shifts: totals of each nozzle at the opening, and once closed what the closing event says
CREATE TABLE fuel_shifts (
    shift INTEGER PRIMARY KEY,
    opened_s INTEGER NOT NULL,
    opened_by TEXT NOT NULL,
    opened_seq INTEGER NOT NULL,
    cash_cents INTEGER NOT NULL,
    unpaid_cents INTEGER NOT NULL,
    totals TEXT NOT NULL,
    closed_s INTEGER NOT NULL DEFAULT 0,
    closed_by TEXT NOT NULL DEFAULT '',
    closed_seq INTEGER NOT NULL DEFAULT 0,
    told TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
"""
FILLS_SETTLED = """
-- what became of fills in a shift is read by it, and what is settled for long goes by it
CREATE INDEX fills_settled ON fills (settled_seq) WHERE state <> 'unpaid';
"""
HOLDS_MADE = """
ALTER TABLE pump_holds ADD COLUMN at_s INTEGER NOT NULL DEFAULT 0;
"""
STEPS: tuple[str, ...] = (
    SCHEMA.read_text(), REFUND_RIGHTS, DEBTS, HOLDS, TARGETS, UPDATES, FEWER_PAGES, FORECOURT, CARD_LIMITS,
    FUEL_SHIFTS, FILLS_SETTLED, HOLDS_MADE,
)  # fmt: skip


def migrate(db: sqlite3.Connection) -> int:
    """Runs the missing steps, each in its own transaction; returns the version. Raises on a newer database."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > len(STEPS):
        raise RuntimeError(f"store.db has schema {version}, this program knows {len(STEPS)}: install the newer gateway")
    for number, step in enumerate(STEPS[version:], start=version + 1):
        db.executescript(f"BEGIN; {step} PRAGMA user_version = {number}; COMMIT;")
    return len(STEPS)
