"""Events as programs read them."""

import json

from sqlalchemy import Connection, Row

from hq_server.ingest import store
from hq_server.ledger import store as books

NAMES = (
    "id", "store", "incarnation", "seq", "hash", "kind", "at_s", "received_at_s", "business_date", "transfer",
    "request", "terminal", "account", "operator", "shift", "receipt", "reason", "offline", "witness", "total_cents",
    "earned_points", "duplicate_of",
)


def event_told(connection: Connection, rows: list[Row], raw: bool = False) -> list[dict]:
    """Events with their entries, lines and tenders; with the gateway's own words if asked for."""
    numbers = [row.id for row in rows]
    entries = books.entries_of_events(connection, numbers)
    lines, tenders = store.lines_of(connection, numbers), store.tenders_of(connection, numbers)
    return [_told(row, entries[row.id], lines[row.id], tenders[row.id], raw) for row in rows]


def _told(row: Row, entries: list[Row], lines: list[Row], tenders: list[Row], raw: bool) -> dict:
    told = {name: getattr(row, name) for name in NAMES}
    told["entries"] = [entry_told(one) for one in entries]
    told["lines"] = [{k: v for k, v in one._mapping.items() if k not in ("event", "line")} for one in lines]
    told["tenders"] = {one.tender: one.amount for one in tenders}
    said = json.loads(row.raw)
    told.update({name: said[name] for name in ("outcome", "grant", "recall", "message") if name in said})
    return told | ({"raw": row.raw} if raw else {})


def entry_told(row: Row) -> dict:
    """One entry with both lines as canonical text."""
    one = books.as_entry(row)
    told = {"event": row.event, "n": row.n, "transfer": row.transfer}
    return {**told, "debit": one.debit.text, "credit": one.credit.text, "amount": row.amount}
