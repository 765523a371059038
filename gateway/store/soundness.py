"""Whether a store's database may be sold on: looked at once at each start, before anybody is answered.

SQLite checks its pages; then the end of the hash chain is reckoned again from its lines, and what points to events
(answers kept for terminals, head office's cursor, receipt numbers, entries) must find them. A database that fails is
left as it is: it is evidence, and every further write could add to the harm.
"""

import sqlite3

from gateway.core import outbox as chain
from gateway.store import meta

LAST = 1000  # events whose links are reckoned again; head office has checked those it has booked

WHAT_TO_DO = (
    "Do not copy anything over it. Begin a new life in this directory with `tapwell gateway enrol --again`: the "
    "damaged file is laid aside whole; what it still says reaches head office with the terminals' own records."
)

# What each says, and the question that finds its first violation.
RULES = (
    ("a kept answer names an event that is not there", "SELECT 1 FROM lanes WHERE seq > {head}"),
    ("entries without their event", "SELECT 1 FROM entries WHERE seq > {head}"),
    ("receipt numbers ahead of the counter", "SELECT 1 FROM events WHERE receipt > {receipt}"),
    ("value below zero", "SELECT 1 FROM slices WHERE amount < 0"),
)


def damage(db: sqlite3.Connection) -> str:
    """What is wrong with the database, '' if nothing was found."""
    try:
        return _pages(db) or _chain(db) or _references(db)
    except (sqlite3.DatabaseError, TypeError, ValueError) as wrong:
        return str(wrong)  # a column that holds what was never written there is damage too


def _pages(db: sqlite3.Connection) -> str:
    said = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    return "" if said == "ok" else said.replace("\n", " ")[:200]


def _chain(db: sqlite3.Connection) -> str:
    """The first event among the last whose place or hash is not what the lines say."""
    rows = db.execute("SELECT seq, line, hash FROM events ORDER BY seq DESC LIMIT ?", (LAST + 1,)).fetchall()[::-1]
    if not rows:
        return ""
    if rows[0][0] == 1:
        rows.insert(0, (0, b"", chain.genesis(meta.get(db, "incarnation"))))
    for (before, _, linked), (seq, line, own) in zip(rows, rows[1:], strict=False):
        if seq != before + 1:
            return f"event {before + 1} is missing"
        if chain.link(linked, line) != own:
            return f"the chain breaks at event {seq}"
    return ""


def _references(db: sqlite3.Connection) -> str:
    head = db.execute("SELECT COALESCE(MAX(seq), 0) FROM events").fetchone()[0]
    numbers = {"head": head, "receipt": meta.get_int(db, "receipt")}
    for says, question in RULES:
        if db.execute(question.format(**numbers) + " LIMIT 1").fetchone():
            return says
    if meta.get_int(db, "booked_seq") > head:
        return f"head office has booked {meta.get_int(db, 'booked_seq')}, the last event here is {head}"
    return ""
