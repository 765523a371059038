"""Refund rights of sales: those of this store that were touched, and those of other stores that came here."""

import json
import sqlite3

from gateway.core.books import KeptRight
from protocol.ledger.refund_rights import decode, encode


def get(db: sqlite3.Connection, sale: str) -> KeptRight | None:
    row = db.execute("SELECT sale, store, receipt, document FROM refund_rights WHERE sale = ?", (sale,)).fetchone()
    if row is None:
        return None
    return KeptRight(row[0], row[1], row[2], decode(json.loads(row[3])) if row[3] else None)


def put(db: sqlite3.Connection, kept: KeptRight) -> None:
    document = json.dumps(encode(kept.right), ensure_ascii=False, separators=(",", ":")) if kept.right else ""
    db.execute("INSERT OR REPLACE INTO refund_rights VALUES (?, ?, ?, ?)", (*kept[:3], document))


def sale_of(db: sqlite3.Connection, store: str, receipt: int) -> str:
    """The sale with this receipt number of another store; '' if its right has never been here."""
    query = "SELECT sale FROM refund_rights WHERE store = ? AND receipt = ?"
    row = db.execute(query, (store, receipt)).fetchone()
    return row[0] if row else ""
