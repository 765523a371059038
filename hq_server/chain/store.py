"""The one row that says what the chain is, and its sealed keys."""

from sqlalchemy import Column, Connection, Integer, LargeBinary, Row, String, Table, Text, select

from hq_server.columns import amount, at_s, words
from hq_server.db import metadata
from hq_server.errors import HqError

chain = Table(
    "chain",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    words("name", 64),
    words("currency", 3),
    amount("exponent", 2),
    Column("ca_pem", Text, nullable=False),
    words("public_key", 64),  # Ed25519, hex: signs what gateways are told
    at_s("created_at_s"),
)

secret = Table(
    "secret",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)


def the_chain(connection: Connection) -> Row:
    """What the chain is. Raises HqError('not_set_up')."""
    row = connection.execute(select(chain)).first()
    if row is None:
        raise HqError("not_set_up", "run `tapwell hq init` first")
    return row


def add_chain(connection: Connection, name: str, currency: str, exponent: int, ca_pem: str, public: str, at: int):
    """Once per database."""
    connection.execute(
        chain.insert().values(
            id=1, name=name, currency=currency, exponent=exponent, ca_pem=ca_pem, public_key=public, created_at_s=at
        )
    )


def sealed_secret(connection: Connection, name: str) -> bytes | None:
    """The sealed bytes of a key, or None."""
    return connection.execute(select(secret.c.sealed).where(secret.c.name == name)).scalar()


def add_secret(connection: Connection, name: str, sealed: bytes) -> None:
    """Keys are added once and never changed."""
    connection.execute(secret.insert().values(name=name, sealed=sealed))
