"""From a figure to the tap: one event with everything it carried, and lists of events."""

import json
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, func, select

from hq_server.goods.store import goods
from hq_server.ingest.store import event, sale_line, tender
from hq_server.ledger.store import entry

_LIST = (
    event.c.id, event.c.store, event.c.seq, event.c.kind, event.c.at_s, event.c.business_date, event.c.request,
    event.c.terminal, event.c.account, event.c.operator, event.c.receipt, event.c.reason, event.c.offline,
    event.c.total_cents, event.c.earned_points, event.c.received_at_s, event.c.duplicate_of,
)
TAPS = ("sale", "top_up", "void", "refusal")


class Tap(NamedTuple):
    """An event as head office booked it. `raw` is the gateway's line, `frame` the terminal's own words (or "")."""

    event: Row
    raw: dict[str, Any]
    frame: str
    entries: list[Row]
    lines: list[Row]
    tenders: dict[str, int]


def tap(connection: Connection, event_id: int) -> Tap | None:
    """One event by its number at head office, or None."""
    row = connection.execute(select(event).where(event.c.id == event_id)).first()
    if row is None:
        return None
    raw = json.loads(row.raw)
    booked = list(connection.execute(select(entry).where(entry.c.event == event_id).order_by(entry.c.n)))
    paid = select(tender.c.tender, tender.c.amount).where(tender.c.event == event_id)
    tenders = {row.tender: row.amount for row in connection.execute(paid)}
    return Tap(row, raw, raw.get("frame") or "", booked, _lines(connection, event_id), tenders)


def _lines(connection: Connection, event_id: int) -> list[Row]:
    """Receipt lines as they were charged, with the names that the goods have now."""
    joined = sale_line.outerjoin(goods, goods.c.code == sale_line.c.code)
    statement = select(*sale_line.c, goods.c.name_zh, goods.c.name_en).select_from(joined)
    return list(connection.execute(statement.where(sale_line.c.event == event_id).order_by(sale_line.c.line)))


def latest(connection: Connection, limit: int, store: str = "", account: str = "",
           kinds: tuple[str, ...] = TAPS) -> list[Row]:
    """The newest events as booked here."""
    statement = select(*_LIST).where(event.c.kind.in_(kinds)).order_by(event.c.id.desc()).limit(limit)
    for column, wanted in ((event.c.store, store), (event.c.account, account)):
        if wanted:
            statement = statement.where(column == wanted)
    return list(connection.execute(statement))


def these(connection: Connection, numbers: list[int]) -> list[Row]:
    """Events by their numbers, newest first."""
    chosen = select(*_LIST).where(event.c.id.in_(numbers)).order_by(event.c.id.desc())
    return list(connection.execute(chosen))


def latest_day(connection: Connection) -> str | None:
    """The newest business date with a sale, or None."""
    return connection.execute(select(func.max(event.c.business_date)).where(event.c.kind == "sale")).scalar()


def outcomes(connection: Connection, day: str, store: str = "") -> dict[str, int]:
    """Kind of event -> how many on that business date, for the kinds that answer a tap."""
    chosen = and_(event.c.business_date == day, event.c.kind.in_(TAPS), event.c.duplicate_of == "")
    chosen = and_(chosen, event.c.store == store) if store else chosen
    counted = select(event.c.kind, func.count().label("number")).where(chosen).group_by(event.c.kind)
    return {row.kind: row.number for row in connection.execute(counted)}


def refusals(connection: Connection, day: str) -> list[tuple[str, int]]:
    """Reason -> how many on that business date, most frequent first."""
    chosen = (event.c.business_date == day, event.c.kind == "refusal", event.c.duplicate_of == "")
    counted = select(event.c.reason, func.count().label("times")).where(*chosen).group_by(event.c.reason)
    found = connection.execute(counted.order_by(func.count().desc(), event.c.reason))
    return [(reason, number) for reason, number in found]
