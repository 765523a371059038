"""Attendants. The PIN is kept as scrypt hash with its own salt, as the gateways check it, also with the line cut."""

from sqlalchemy import Column, Connection, Row, String, Table, Text, select

from hq_server.columns import STATUS, STORE, at_s, words
from hq_server.db import metadata

operator = Table(
    "operator",
    metadata,
    Column("operator", String(16), primary_key=True),
    words("name", 32),
    words("role", 12, "attendant"),
    Column("store", STORE, nullable=False, default=""),  # '' = every store
    words("pin_salt", 32),
    words("pin_hash", 64),
    Column("cards", Text, nullable=False, default="[]"),  # JSON list
    Column("status", STATUS, nullable=False, default="active"),
    at_s("changed_at_s"),
)


def operator_row(connection: Connection, number: str) -> Row | None:
    """One attendant, or None."""
    return connection.execute(select(operator).where(operator.c.operator == number)).first()


def operators(connection: Connection, store: str | None = None) -> list[Row]:
    """Attendants of a store (with those of every store), or all."""
    statement = select(operator).order_by(operator.c.operator)
    return list(connection.execute(statement if store is None else statement.where(operator.c.store.in_(("", store)))))


def put_operator(connection: Connection, number: str, **values) -> None:
    """Writes an attendant, new or known."""
    if not connection.execute(operator.update().where(operator.c.operator == number).values(**values)).rowcount:
        connection.execute(operator.insert().values(operator=number, **values))
