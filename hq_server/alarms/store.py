"""Alarms: the same trouble again raises the count, not the number of rows."""

from sqlalchemy import Column, Connection, Row, Table, Text, UniqueConstraint, select

from hq_server.columns import CLIENT, ROW_ID, STORE, amount, at_s, words
from hq_server.db import metadata, tell

DETAIL_MAX = 400

alarm = Table(
    "alarm",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("store", STORE, nullable=False, default="", index=True),
    Column("terminal", CLIENT, nullable=False, default=""),
    words("kind", 32),
    Column("detail", Text, nullable=False, default=""),
    at_s("first_at_s"),
    at_s("last_at_s"),
    amount("count", 1),
    at_s("closed_at_s"),  # 0: still open
    words("closed_by", 64),
    UniqueConstraint("store", "terminal", "kind", "closed_at_s"),
)


def raise_alarm(
    connection: Connection, kind: str, store: str, detail: str, now_s: int, terminal: str = "", times: int = 1
) -> bool:
    """Notes the trouble; True if it is new, so that it is logged once. The detail is that of the last time.

    times: how often it happened since it was noted last; 0 for a state that is only told again.
    """
    same = (alarm.c.store == store, alarm.c.terminal == terminal, alarm.c.kind == kind, alarm.c.closed_at_s == 0)
    again = alarm.update().where(*same).values(
        count=alarm.c.count + times, last_at_s=now_s, detail=detail[:DETAIL_MAX]
    )
    if connection.execute(again).rowcount:
        return False
    connection.execute(
        alarm.insert().values(
            store=store, terminal=terminal, kind=kind, detail=detail[:DETAIL_MAX], first_at_s=now_s, last_at_s=now_s,
            count=1, closed_at_s=0, closed_by="",
        )
    )
    tell(connection, "alarms")
    return True


def open_alarms(connection: Connection, store: str | None = None) -> list[Row]:
    """Alarms not yet closed, newest trouble first."""
    statement = select(alarm).where(alarm.c.closed_at_s == 0).order_by(alarm.c.last_at_s.desc(), alarm.c.id.desc())
    if store is not None:
        statement = statement.where(alarm.c.store == store)
    return list(connection.execute(statement))


def close_alarm(connection: Connection, number: int, who: str, now_s: int) -> bool:
    """Somebody has looked at it; whether it was open."""
    still_open = alarm.update().where(alarm.c.id == number, alarm.c.closed_at_s == 0)
    return bool(connection.execute(still_open.values(closed_at_s=max(now_s, 1), closed_by=who)).rowcount)
