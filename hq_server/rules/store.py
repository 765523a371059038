"""Versions of the chain's rules; the highest one counts."""

from sqlalchemy import BigInteger, Column, Connection, Row, Table, Text, select

from hq_server.columns import at_s, words
from hq_server.db import metadata

rule_set = Table(
    "rule_set",
    metadata,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),  # JSON, see schemas.py
    at_s("at_s"),
    words("who", 64),
)


def latest(connection: Connection) -> Row | None:
    """The rules that count, or None before the first."""
    return connection.execute(select(rule_set).order_by(rule_set.c.version.desc()).limit(1)).first()


def add_rule_set(connection: Connection, version: int, body: str, now_s: int, who: str) -> None:
    """A new version."""
    connection.execute(rule_set.insert().values(version=version, body=body, at_s=now_s, who=who))


def rule_sets(connection: Connection) -> list[Row]:
    """All versions, newest first."""
    return list(connection.execute(select(rule_set).order_by(rule_set.c.version.desc())))


def rule_set_row(connection: Connection, version: int | None) -> Row | None:
    """One version, or None."""
    return connection.execute(select(rule_set).where(rule_set.c.version == version)).first()
