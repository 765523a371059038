-- One gateway's life. Money is in minor units, times in epoch seconds (labels only), *_ms on the machine's monotonic clock.

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- what this store holds of members' value: the float, lot by lot
CREATE TABLE slices (
    account TEXT NOT NULL,
    asset TEXT NOT NULL,
    lot TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    origin TEXT NOT NULL,
    kind TEXT NOT NULL,
    expires TEXT NOT NULL,
    opened_s INTEGER NOT NULL,
    PRIMARY KEY (account, asset, lot)
) WITHOUT ROWID;

-- what this store may still credit by itself
CREATE TABLE rights (
    name TEXT PRIMARY KEY,
    amount INTEGER NOT NULL CHECK (amount >= 0)
) WITHOUT ROWID;

-- written once: the hash chain HQ verifies; `line` is hashed and sent byte for byte
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    line BLOB NOT NULL,
    hash BLOB NOT NULL,
    transfer TEXT,
    terminal TEXT,
    journal TEXT,
    lane INTEGER,
    sequence INTEGER
);
CREATE UNIQUE INDEX events_transfer ON events (transfer) WHERE transfer IS NOT NULL;

CREATE TABLE entries (
    seq INTEGER NOT NULL REFERENCES events (seq),
    n INTEGER NOT NULL,
    transfer TEXT NOT NULL,
    debit TEXT NOT NULL,
    credit TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    PRIMARY KEY (seq, n)
) WITHOUT ROWID;
CREATE INDEX entries_transfer ON entries (transfer);

CREATE TABLE terminals (
    terminal TEXT PRIMARY KEY,
    app TEXT NOT NULL,
    keys TEXT NOT NULL,
    status TEXT NOT NULL,
    serial TEXT NOT NULL,
    letter TEXT NOT NULL,
    journal TEXT NOT NULL DEFAULT '',
    board TEXT NOT NULL DEFAULT '',
    firmware TEXT NOT NULL DEFAULT '',
    heap_free INTEGER NOT NULL DEFAULT 0,
    boots INTEGER NOT NULL DEFAULT 0,
    unanswered INTEGER NOT NULL DEFAULT 0,
    seen_s INTEGER NOT NULL DEFAULT 0,
    online INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- the last request of each lane and the very bytes it was answered with
CREATE TABLE lanes (
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
) WITHOUT ROWID;

CREATE TABLE members (
    account TEXT PRIMARY KEY,
    level TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT 'active',
    display TEXT NOT NULL DEFAULT '',
    tags TEXT NOT NULL DEFAULT '[]',
    principal INTEGER NOT NULL DEFAULT 0,
    bonus INTEGER NOT NULL DEFAULT 0,
    points INTEGER NOT NULL DEFAULT 0,
    as_of_s INTEGER NOT NULL DEFAULT 0,
    usual_cents INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE cards (
    card TEXT PRIMARY KEY,
    account TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE goods (
    code TEXT PRIMARY KEY,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    price_milli INTEGER NOT NULL,
    unit TEXT NOT NULL,
    tax_code TEXT NOT NULL,
    tax_bp INTEGER NOT NULL,
    version INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE staff (
    operator TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    pin_salt TEXT NOT NULL,
    pin_hash TEXT NOT NULL,
    status TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE staff_cards (
    card TEXT PRIMARY KEY,
    operator TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE shifts (
    shift INTEGER PRIMARY KEY AUTOINCREMENT,
    operator TEXT NOT NULL,
    terminal TEXT NOT NULL,
    opened_s INTEGER NOT NULL,
    closed_s INTEGER,
    sales INTEGER NOT NULL DEFAULT 0,
    cash_cents INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX shifts_open ON shifts (operator, terminal) WHERE closed_s IS NULL;

CREATE TABLE taps (
    tap TEXT PRIMARY KEY,
    terminal TEXT NOT NULL,
    kind TEXT NOT NULL,
    party TEXT NOT NULL,
    card TEXT NOT NULL,
    boot TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- one basket per lane is open; the next number closes the one before
CREATE TABLE baskets (
    terminal TEXT NOT NULL,
    journal TEXT NOT NULL,
    lane INTEGER NOT NULL,
    basket INTEGER NOT NULL,
    paid INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (terminal, journal, lane)
) WITHOUT ROWID;

CREATE TABLE basket_lines (
    terminal TEXT NOT NULL,
    journal TEXT NOT NULL,
    lane INTEGER NOT NULL,
    line INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    qty_milli INTEGER NOT NULL,
    price_milli INTEGER NOT NULL,
    amount_cents INTEGER NOT NULL,
    tax_code TEXT NOT NULL,
    tax_bp INTEGER NOT NULL,
    PRIMARY KEY (terminal, journal, lane, line)
) WITHOUT ROWID;

-- every id HQ has ever used for moving value here, with what it asked and how it was answered (tombstones too)
CREATE TABLE moves (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    digest BLOB NOT NULL,
    outcome TEXT NOT NULL,
    seq INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE refused (
    client TEXT NOT NULL,
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (client, reason)
) WITHOUT ROWID;
