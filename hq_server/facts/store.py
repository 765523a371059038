"""The event log as facts are made of it: page by page, in the order of booking."""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select

from hq_server import bulk
from hq_server.fleet.store import shop
from hq_server.ingest.store import event, lines_of
from hq_server.ledger.store import entries_of_events, lot

EVENTS_MAX = 20_000  # per page; some 100 MB while it is worked on
_ORIGINAL = ("request_key", "id", "business_date", "kind", "raw")
_TERMS = ("account", "lot", "origin", "kind", "expires", "opened_s")


class Original(NamedTuple):
    """The event that a void or refund is of."""

    event: int
    business_date: str
    kind: str
    raw: str
    lines: list[Row]


class LogPage(NamedTuple):
    """Events with all that belongs to them. originals: request key -> event; zones: store -> IANA name."""

    events: list[Row]
    entries: dict[int, list[Row]]
    lines: dict[int, list[Row]]
    lots: dict[tuple[str, str], tuple[str, str, str, int]]
    originals: dict[str, Original]
    zones: dict[str, str]


def last_event(connection: Connection) -> int:
    """The number of the newest event."""
    return connection.execute(select(func.coalesce(func.max(event.c.id), 0))).scalar_one()


def events_after(connection: Connection, after: int, limit: int = EVENTS_MAX) -> list[Row]:
    """Events in the order of booking."""
    return list(connection.execute(select(event).where(event.c.id > after).order_by(event.c.id).limit(limit)))


def page_of(connection: Connection, events: list[Row], wanted: Collection[str]) -> LogPage:
    """What belongs to these events; `wanted`: request keys of what they take back."""
    numbers = [row.id for row in events]
    entries: dict[int, list[Row]] = {}
    lines: dict[int, list[Row]] = {}
    for at in range(0, len(numbers), 5000):
        part = numbers[at : at + 5000]
        entries |= entries_of_events(connection, part)
        lines |= lines_of(connection, part)
    zones = {row.code: row.timezone for row in connection.execute(select(shop.c.code, shop.c.timezone))}
    return LogPage(events, entries, lines, _lots(connection, entries), _originals(connection, wanted), zones)


def _lots(connection: Connection, entries: dict[int, list[Row]]) -> dict[tuple[str, str], tuple[str, str, str, int]]:
    named = set()
    for rows in entries.values():
        for row in rows:
            if row.debit_book == "member":
                named.add((row.debit_party, row.debit_lot))
            if row.credit_book == "member":
                named.add((row.credit_party, row.credit_lot))
    found = bulk.find(connection, lot, ("account", "lot"), sorted(named), _TERMS) if named else []
    return {(row[0], row[1]): (row[2], row[3], row[4], row[5]) for row in found}


def _originals(connection: Connection, wanted: Collection[str]) -> dict[str, Original]:
    found: list[Any] = []
    if wanted:
        found = bulk.find(connection, event, ("request_key",), [(key,) for key in sorted(wanted)], _ORIGINAL)
    lines = lines_of(connection, [row[1] for row in found]) if found else {}
    return {row[0]: Original(row[1], row[2], row[3], row[4], lines[row[1]]) for row in found}
