"""Tables and queries of refund rights. A sale that nobody has touched has no row: all of it is where it was sold."""

from sqlalchemy import BigInteger, Column, Connection, Row, Table, Text, select

from hq_server.columns import ACCOUNT, HEX32, STATUS, STORE, TRANSFER, amount, at_s, words
from hq_server.db import locked, metadata

part = Table(
    "refund_part",
    metadata,
    Column("sale", TRANSFER, primary_key=True),
    Column("holder", STORE, primary_key=True),  # a store, or hq
    Column("incarnation", HEX32, primary_key=True, index=True),  # '' at head office
    Column("document", Text, nullable=False),  # JSON, protocol/ledger/refund_rights.py
)

move = Table(
    "refund_move",
    metadata,
    Column("number", HEX32, primary_key=True),
    words("kind", 8),  # recall, grant, loss, forgot
    Column("sale", TRANSFER, nullable=False, index=True),
    Column("store", STORE, nullable=False),
    Column("incarnation", HEX32, nullable=False, index=True),
    Column("account", ACCOUNT, nullable=False, default=""),
    at_s("created_at_s"),
    Column("request", HEX32, nullable=False, default="", index=True),
    Column("document", Text, nullable=False, default=""),  # JSON; '' where nothing is on its way
    Column("n", BigInteger, nullable=False, default=0),  # its number in the outbox
    amount("cents"),
    words("tender", 16),
    Column("status", STATUS, nullable=False),  # open; answered, taken, returned, suspended, settled
)


def set_move_n(connection: Connection, number: str, n: int) -> None:
    """Its message has another number in the outbox now."""
    connection.execute(move.update().where(move.c.number == number).values(n=n))


def parts_of(connection: Connection, sale: str) -> list[Row]:
    """The parts of a sale's right, by holder; locked against other writers."""
    mine = select(part).where(part.c.sale == sale).order_by(part.c.holder, part.c.incarnation)
    return list(connection.execute(locked(connection, mine)))


def parts_of_life(connection: Connection, incarnation: str) -> list[Row]:
    """What an incarnation holds of any right."""
    return list(connection.execute(select(part).where(part.c.incarnation == incarnation).order_by(part.c.sale)))


def put_part(connection: Connection, sale: str, holder: str, incarnation: str, document: str) -> None:
    """Writes what a holder has of a right."""
    there = (part.c.sale == sale, part.c.holder == holder, part.c.incarnation == incarnation)
    if not connection.execute(part.update().where(*there).values(document=document)).rowcount:
        row = {"sale": sale, "holder": holder, "incarnation": incarnation, "document": document}
        connection.execute(part.insert().values(**row))


def add_move(connection: Connection, **values) -> None:
    """A move; its number is new."""
    connection.execute(move.insert().values(**values))


def move_row(connection: Connection, number: str) -> Row | None:
    """One move, or None."""
    return connection.execute(select(move).where(move.c.number == number)).first()


def moves_where(connection: Connection, **equal) -> list[Row]:
    """Moves whose columns have these values, oldest first."""
    chosen = [move.c[name] == value for name, value in equal.items()]
    return list(connection.execute(select(move).where(*chosen).order_by(move.c.created_at_s, move.c.number)))


def set_move(connection: Connection, number: str, status: str) -> None:
    """Changes a move's status."""
    connection.execute(move.update().where(move.c.number == number).values(status=status))


def all_answered(connection: Connection, numbers: list[str]) -> bool:
    """Whether none of these moves is still open."""
    waiting = select(move.c.number).where(move.c.number.in_(numbers), move.c.status == "open").limit(1)
    return connection.execute(waiting).first() is None


def close_open_moves(connection: Connection, incarnation: str) -> None:
    """Nobody will answer them any more."""
    for kind, ended in (("grant", "suspended"), ("recall", "answered")):
        still_open = (move.c.incarnation == incarnation, move.c.kind == kind, move.c.status == "open")
        connection.execute(move.update().where(*still_open).values(status=ended))
