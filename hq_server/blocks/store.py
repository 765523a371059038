"""Tables and queries of the deny list. A line of it is one change; who was told under which number of his outbox."""

from collections.abc import Collection

from sqlalchemy import BigInteger, Column, Connection, Index, Row, String, Table, func, select, text

from hq_server import bulk
from hq_server.columns import ACCOUNT, HEX32, STATUS, STORE, at_s, only, words
from hq_server.db import metadata
from hq_server.ingest.store import event, tender

OPEN = text("acked_at_s = 0")  # in the words of its index

block = Table(
    "block",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # the list's own, without gaps
    words("kind", 8),  # card, account
    Column("subject", String(40), nullable=False, index=True),  # card or account
    Column("account", ACCOUNT, nullable=False, index=True),
    Column("status", STATUS, nullable=False),  # blocked, replaced, returned, frozen; active: lifted
    words("reason", 64),
    words("who", 64),
    at_s("at_s"),
    at_s("ended_at_s"),  # when a later line took its place; 0: it stands
)

told = Table(
    "block_told",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("store", STORE, primary_key=True),
    Column("incarnation", HEX32, nullable=False),
    Column("n", BigInteger, nullable=False),  # outbox number by which it was said; 0: it could not be told
    at_s("acked_at_s"),
    Index("ix_block_told_open", "incarnation", **only(OPEN)),
)

STANDING = (block.c.ended_at_s == 0, block.c.status != "active")
TOLD_COLUMNS = ("number", "store", "incarnation", "n", "acked_at_s")
EVENT_COLUMNS = ("id", "store", "seq", "kind", "at_s", "received_at_s", "terminal", "account", "transfer")


def last_number(connection: Connection) -> int:
    """The number that the list is at."""
    return connection.execute(select(func.max(block.c.number))).scalar() or 0


def add_block(connection: Connection, **values) -> int:
    """The next line of the list, in place of the subject's last one; its number."""
    before = (block.c.subject == values["subject"], block.c.ended_at_s == 0)
    connection.execute(block.update().where(*before).values(ended_at_s=max(values["at_s"], 1)))
    number = last_number(connection) + 1
    connection.execute(block.insert().values(number=number, ended_at_s=0, **values))
    return number


def add_told(connection: Connection, rows: list[tuple]) -> None:
    """Who was told (TOLD_COLUMNS)."""
    bulk.insert(connection, told, TOLD_COLUMNS, rows)


def acknowledged(connection: Connection, incarnation: str, upto: int, now_s: int) -> None:
    """A gateway has everything up to that number: from now on what it was told so far holds there."""
    mine = (told.c.incarnation == incarnation, OPEN, told.c.n > 0, told.c.n <= upto)
    connection.execute(told.update().where(*mine).values(acked_at_s=max(now_s, 1)))


def tell_anew(connection: Connection, store: str, incarnation: str, n: int) -> None:
    """What a store has not acknowledged was said to it once more, up to that number."""
    mine = (told.c.store == store, OPEN)
    connection.execute(told.update().where(*mine).values(incarnation=incarnation, n=n))


def block_row(connection: Connection, number: int) -> Row | None:
    """One line, or None."""
    return connection.execute(select(block).where(block.c.number == number)).first()


def standing_of(connection: Connection, subject: str) -> Row | None:
    """The line that stands against a card or an account, or None."""
    return connection.execute(select(block).where(block.c.subject == subject, *STANDING)).first()


def standing(connection: Connection, before: int, limit: int, account: str = "") -> list[Row]:
    """Lines that stand, newest first, below a number."""
    chosen = select(block).where(block.c.number < before, *STANDING)
    if account:
        chosen = chosen.where(block.c.account == account)
    return list(connection.execute(chosen.order_by(block.c.number.desc()).limit(limit)))


def awaited(connection: Connection, limit: int) -> list[Row]:
    """Lines that stand and that some store has not acknowledged yet, newest first."""
    waiting = select(told.c.number).where(OPEN)
    chosen = select(block).where(block.c.number.in_(waiting), *STANDING)
    return list(connection.execute(chosen.order_by(block.c.number.desc()).limit(limit)))


def told_of(connection: Connection, numbers: Collection[int]) -> dict[int, list[Row]]:
    """Number -> who was told, by store."""
    found: dict[int, list[Row]] = {number: [] for number in numbers}
    chosen = select(told).where(told.c.number.in_(list(numbers))).order_by(told.c.number, told.c.store)
    for row in connection.execute(chosen):
        found[row.number].append(row)
    return found


def spent_since(connection: Connection, account: str, since_s: int) -> list[Row]:
    """Events of an account from a time on in which stored value or points were spent, with what of each."""
    paid = (tender.c.tender.in_(("principal", "bonus", "points")), tender.c.amount != 0)
    shown = [event.c[name] for name in EVENT_COLUMNS]
    joined = event.join(tender, tender.c.event == event.c.id)
    wanted = select(*shown, tender.c.tender, tender.c.amount).select_from(joined)
    mine = (event.c.account == account, event.c.kind == "sale", event.c.duplicate_of == "", event.c.at_s >= since_s)
    return list(connection.execute(wanted.where(*mine, *paid).order_by(event.c.id, tender.c.tender)))
