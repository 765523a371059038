"""The event log and the rows that reports read: sale lines and tenders.

Head office's own bookings (grants, receipts of returns, closings) are events of the store "hq".
"""

import json
from collections.abc import Collection, Sequence

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    select,
    text,
)

from hq_server import bulk
from hq_server.columns import (
    ACCOUNT,
    CLUSTERED,
    CODE,
    DATE,
    HEX32,
    HEX64,
    ROW_ID,
    STORE,
    TRANSFER,
    amount,
    at_s,
    only,
    words,
)
from hq_server.db import metadata
from hq_server.fleet.store import incarnation as lives

HQ = "hq"

event = Table(
    "event",
    metadata,
    Column("id", ROW_ID, primary_key=True),  # order of booking at head office
    Column("store", STORE, nullable=False),
    Column("incarnation", HEX32, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", HEX64, nullable=False),
    words("kind", 24),
    at_s("at_s"),  # the gateway's clock
    at_s("received_at_s"),  # ours
    Column("business_date", DATE, nullable=False),
    Column("transfer", TRANSFER, nullable=False, default=""),
    # the second key: a request is booked once however often it arrives; null where there is no request or a duplicate
    Column("request_key", String(100), nullable=True, unique=True),
    words("request", 64),  # request id text, '' where the event answers no request
    words("terminal", 20),
    Column("account", ACCOUNT, nullable=False, default="", index=True),
    words("operator", 16),
    amount("shift"),
    Column("receipt", BigInteger, nullable=True),
    words("reason", 24),
    Column("offline", Boolean, nullable=False, default=False),
    words("witness", 8),  # fits, bad, missing; '' where none is due
    amount("total_cents"),
    amount("earned_points"),
    words("duplicate_of", 80),  # 'store/incarnation/seq' of the event that was booked; this one books nothing
    words("life", 32),  # of evidence: the earlier incarnation that it is of
    Column("raw", Text, nullable=False),
    UniqueConstraint("store", "incarnation", "seq"),
    Index("ix_event_store_date", "store", "business_date"),
    Index("ix_event_terminal", "terminal", "request"),
    Index("ix_event_receipt", "store", "receipt"),
    # what is asked of few events is an index of those alone
    Index("ix_event_life", "life", **only(text("life <> ''"))),
    Index("ix_event_transfer", "transfer", **only(text("store = 'hq'"))),
)

sale_line = Table(
    "sale_line",
    metadata,
    Column("event", ROW_ID, ForeignKey("event.id"), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("code", CODE, nullable=False, index=True),
    amount("qty_milli"),
    amount("price_milli"),
    amount("amount_cents"),
    words("tax_code", 12),
    amount("tax_bp"),
    **CLUSTERED,
)

tender = Table(
    "tender",
    metadata,
    Column("event", ROW_ID, ForeignKey("event.id"), primary_key=True),
    Column("tender", String(16), primary_key=True),  # principal, bonus, points, points_value, cash
    amount("amount"),  # points in points, all others in minor units
    **CLUSTERED,
)


COLUMNS = tuple(column.name for column in event.columns)
LINE_COLUMNS = tuple(column.name for column in sale_line.columns)
TENDER_COLUMNS = tuple(column.name for column in tender.columns)


def take_numbers(connection: Connection, count: int) -> Sequence[int]:
    """The ids of so many events that are to be written in this transaction, in order."""
    return bulk.take_numbers(connection, event, count)


def add_events(connection: Connection, rows: list[tuple]) -> None:
    """Writes events (COLUMNS)."""
    bulk.insert(connection, event, COLUMNS, rows)


def add_lines(connection: Connection, rows: list[tuple]) -> None:
    """Writes sale lines (LINE_COLUMNS)."""
    bulk.insert(connection, sale_line, LINE_COLUMNS, rows)


def add_tenders(connection: Connection, rows: list[tuple]) -> None:
    """Writes tenders (TENDER_COLUMNS)."""
    bulk.insert(connection, tender, TENDER_COLUMNS, rows)


def places_of_requests(connection: Connection, keys: Collection[str]) -> list[tuple[str, int, str, str, int]]:
    """(request key, id, store, incarnation, seq) of the events that were booked for these requests."""
    columns = ("request_key", "id", "store", "incarnation", "seq")
    return bulk.find(connection, event, ("request_key",), [(key,) for key in keys], columns)


def hash_at(connection: Connection, incarnation: str, seq: int) -> str | None:
    """The chain's hash after that event, or None."""
    return connection.execute(select(event.c.hash).where(*told_by(incarnation), event.c.seq == seq)).scalar()


def told_by(incarnation: str) -> tuple[ColumnElement[bool], ...]:
    """The events of an incarnation, found by the key that begins with its store."""
    store = select(lives.c.store).where(lives.c.incarnation == incarnation).scalar_subquery()
    return event.c.store == store, event.c.incarnation == incarnation


def sale_of_receipt(connection: Connection, store: str, receipt: int) -> str:
    """The transfer of the sale with that receipt number, or ''."""
    mine = (event.c.store == store, event.c.receipt == receipt, event.c.kind == "sale", event.c.duplicate_of == "")
    return connection.execute(select(event.c.transfer).where(*mine).limit(1)).scalar() or ""


def last_fill(connection: Connection, store: str, since: str) -> int:
    """The highest number of a fill that a store has told since that business date; 0 for none."""
    mine = (event.c.store == store, event.c.business_date >= since, event.c.kind == "fill")
    told = connection.execute(select(event.c.raw).where(*mine)).scalars()
    return max((int(json.loads(raw)["fill"]) for raw in told), default=0)


def count_of_life(connection: Connection, incarnation: str) -> int:
    """How many events of a gone life have come as evidence and were booked."""
    told = select(func.count()).where(event.c.life == incarnation, text("event.life <> ''"))
    return connection.execute(told.where(event.c.duplicate_of == "")).scalar_one()


def has_event(connection: Connection, incarnation: str, kind: str) -> bool:
    """Whether an incarnation has told an event of that kind."""
    chosen = select(event.c.id).where(event.c.incarnation == incarnation, event.c.kind == kind)
    return connection.execute(chosen.limit(1)).first() is not None


def has_own(connection: Connection, transfer: str) -> bool:
    """Whether head office has booked a transfer of that id itself."""
    mine = (event.c.transfer == transfer, text("event.store = 'hq'"))  # in the words of its index
    return connection.execute(select(event.c.id).where(*mine).limit(1)).first() is not None


def events_page(connection: Connection, after: int, limit: int, **equal) -> list[Row]:
    """Events in the order of booking, after an id; `equal` names columns (store, kind, account, terminal...)."""
    chosen = [event.c[name] == value for name, value in equal.items() if value]
    statement = select(event).where(event.c.id > after, *chosen).order_by(event.c.id).limit(limit)
    return list(connection.execute(statement))


def event_row(connection: Connection, number: int) -> Row | None:
    """One event by id, or None."""
    return connection.execute(select(event).where(event.c.id == number)).first()


def lines_of(connection: Connection, numbers: list[int]) -> dict[int, list[Row]]:
    """Event id -> sale lines."""
    rows = connection.execute(
        select(sale_line).where(sale_line.c.event.in_(numbers)).order_by(sale_line.c.event, sale_line.c.line)
    )
    return _grouped(rows, numbers)


def tenders_of(connection: Connection, numbers: list[int]) -> dict[int, list[Row]]:
    """Event id -> tenders."""
    rows = connection.execute(select(tender).where(tender.c.event.in_(numbers)).order_by(tender.c.tender))
    return _grouped(rows, numbers)


def _grouped(rows, numbers: list[int]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {number: [] for number in numbers}
    for row in rows:
        found[row.event].append(row)
    return found


def events_of(connection: Connection, numbers: list[int]) -> dict[int, Row]:
    """Event id -> the event, without what it said."""
    shown = [column for column in event.c if column.name != "raw"]
    found = connection.execute(select(*shown).where(event.c.id.in_(numbers)))
    return {row.id: row for row in found}


def chain_page(connection: Connection, incarnation: str, after: int, limit: int) -> list[Row]:
    """seq, hash, receipt and the line of an incarnation's own events, after a sequence."""
    mine = (*told_by(incarnation), event.c.seq > after)
    shown = select(event.c.seq, event.c.hash, event.c.receipt, event.c.raw)
    return list(connection.execute(shown.where(*mine).order_by(event.c.seq).limit(limit)))


def event_of_request(connection: Connection, request: str) -> Row | None:
    """How a terminal's request was booked: its event, or None."""
    return connection.execute(select(event).where(event.c.request_key == request)).first()
