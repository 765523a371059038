"""Lists of members that were kept, each as it was when it was made: a report's members, by name."""

from collections.abc import Iterable

from sqlalchemy import Column, Connection, ForeignKey, Row, String, Table, Text, UniqueConstraint, select

from hq_server import bulk
from hq_server.columns import ACCOUNT, ROW_ID, amount, at_s, words
from hq_server.db import metadata

segment = Table(
    "segment",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("name", String(64), nullable=False),
    words("report", 48),
    Column("question", Text, nullable=False),  # the address that it was made from
    amount("members"),
    at_s("made_at_s"),
    Column("made_by", String(64), nullable=False),
    UniqueConstraint("name"),
)
listed = Table(
    "segment_member",
    metadata,
    Column("segment", ROW_ID, ForeignKey("segment.id"), primary_key=True, autoincrement=False),
    Column("account", ACCOUNT, primary_key=True),
)


def add_segment(connection: Connection, accounts: Iterable[str], **values) -> int:
    """Keeps a list; its number."""
    kept = sorted(set(accounts))
    done = connection.execute(segment.insert().values(members=len(kept), **values))
    number = done.inserted_primary_key[0] if done.inserted_primary_key else 0
    bulk.insert(connection, listed, ("segment", "account"), [(number, account) for account in kept])
    return number


def segments(connection: Connection) -> list[Row]:
    """All lists, by name."""
    return list(connection.execute(select(segment).order_by(segment.c.name)))


def segment_named(connection: Connection, name: str) -> Row | None:
    """One list, or None."""
    return connection.execute(select(segment).where(segment.c.name == name)).first()


def accounts_of(connection: Connection, number: int) -> list[str]:
    """The members of a list."""
    return list(connection.scalars(select(listed.c.account).where(listed.c.segment == number)))


def drop_segment(connection: Connection, number: int) -> bool:
    """Forgets a list; whether there was one."""
    connection.execute(listed.delete().where(listed.c.segment == number))
    return bool(connection.execute(segment.delete().where(segment.c.id == number)).rowcount)
