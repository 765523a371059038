"""The table of decisions. A decision is asked for once and ends once: done, or withdrawn."""

from sqlalchemy import Column, Connection, Row, Table, Text, select

from hq_server.columns import HEX32, STATUS, at_s, words
from hq_server.db import locked, metadata

decision = Table(
    "decision",
    metadata,
    Column("id", HEX32, primary_key=True),
    words("kind", 24),
    words("subject", 64),
    Column("body", Text, nullable=False),  # JSON
    Column("status", STATUS, nullable=False, index=True),  # open, done, withdrawn
    words("asked_by", 64),
    at_s("asked_at_s"),
    words("ended_by", 64),
    at_s("ended_at_s"),
    Column("result", Text, nullable=False, default=""),  # JSON
)


def add(connection: Connection, **values) -> None:
    """A decision that somebody asks for."""
    connection.execute(decision.insert().values(status="open", **values))


def row(connection: Connection, number: str) -> Row | None:
    """One decision, locked against other writers."""
    return connection.execute(locked(connection, select(decision).where(decision.c.id == number))).first()


def rows(connection: Connection, status: str, limit: int) -> list[Row]:
    """Decisions with that status ('' for any), the latest first."""
    chosen = select(decision).order_by(decision.c.asked_at_s.desc(), decision.c.id).limit(limit)
    return list(connection.execute(chosen.where(decision.c.status == status) if status else chosen))


def end(connection: Connection, number: str, status: str, who: str, now_s: int, result: str = "") -> bool:
    """Ends an open decision; whether it was open."""
    still_open = decision.update().where(decision.c.id == number, decision.c.status == "open")
    values = {"status": status, "ended_by": who, "ended_at_s": now_s, "result": result}
    return bool(connection.execute(still_open.values(**values)).rowcount)
