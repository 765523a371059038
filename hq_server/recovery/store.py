"""Head office's own lives, and the stores that the present one has to hear. Decided in vault/remembering.py."""

from sqlalchemy import Column, Connection, Integer, Row, Table, select

from hq_server.columns import HEX32, STATUS, STORE, amount, at_s, words
from hq_server.db import metadata

office = Table(
    "office",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),  # 1.., the highest one counts
    Column("life", HEX32, nullable=False),
    words("was", 32),  # the life of the backup it was restored from
    words("backup", 32),  # its id
    at_s("began_at_s"),
)

awaited = Table(
    "awaited",
    metadata,
    Column("store", STORE, primary_key=True),
    Column("incarnation", HEX32, nullable=False),
    Column("status", STATUS, nullable=False),  # awaited, set_aside, reported
    amount("mark_n"),  # the last message to it that the backup knew
    amount("told_n"),  # the number under which it was told of this life
    amount("cap"),  # once set aside: what may leave the pools before it has reported
    amount("used"),  # and what has
    words("operator", 64),
    words("second", 64),
)


def the_office(connection: Connection) -> Row | None:
    """The life that counts now; None for a first life."""
    return connection.execute(select(office).order_by(office.c.number.desc()).limit(1)).first()


def add_office(connection: Connection, **values) -> None:
    """A new life begins, and nobody is awaited yet."""
    last = the_office(connection)
    connection.execute(office.insert().values(number=last.number + 1 if last else 1, **values))
    connection.execute(awaited.delete())


def awaited_rows(connection: Connection) -> list[Row]:
    """The stores that this life has to hear or has heard."""
    return list(connection.execute(select(awaited).order_by(awaited.c.store)))


def put_awaited(connection: Connection, store: str, **values) -> None:
    """Writes a store's row, new or known."""
    if not connection.execute(awaited.update().where(awaited.c.store == store).values(**values)).rowcount:
        connection.execute(awaited.insert().values(store=store, **values))
