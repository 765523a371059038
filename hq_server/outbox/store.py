"""Tables and queries of the outboxes. Numbers start at 1 with each incarnation and have no gaps."""

from sqlalchemy import BigInteger, Column, Connection, Row, String, Table, Text, func, select

from hq_server import bulk
from hq_server.columns import HEX32, STORE, amount, at_s, words
from hq_server.db import metadata

KEEP_S = 7 * 86400  # acknowledged messages stay that long, for people who look into something

outbox = Table(
    "outbox",
    metadata,
    Column("incarnation", HEX32, primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("store", STORE, nullable=False),
    words("kind", 32),
    words("about", 40),  # account, grant or recall id: to find what was said about it
    Column("body", Text, nullable=False),
    Column("signature", String(128), nullable=False),
    at_s("created_at_s"),
)

outbox_head = Table(
    "outbox_head",
    metadata,
    Column("incarnation", HEX32, primary_key=True),
    amount("last_n"),
    amount("acked_n"),
)


def open_outbox(connection: Connection, incarnation: str) -> None:
    """An empty outbox for a new incarnation."""
    connection.execute(outbox_head.insert().values(incarnation=incarnation, last_n=0, acked_n=0))


def next_n(connection: Connection, incarnation: str, count: int = 1) -> int:
    """Takes `count` numbers; the first of them."""
    chosen = outbox_head.c.incarnation == incarnation
    taken = outbox_head.update().where(chosen).values(last_n=outbox_head.c.last_n + count)
    return connection.execute(taken.returning(outbox_head.c.last_n)).scalar_one() - count + 1


def add_messages(connection: Connection, rows: list[dict]) -> None:
    """Writes messages whose numbers were taken in this transaction."""
    bulk.insert(connection, outbox, tuple(rows[0]), [tuple(row.values()) for row in rows])


def take_undelivered(connection: Connection, incarnation: str, after: int, mark_n: int) -> list[Row]:
    """Empties an outbox that goes on above `after`; what was in it with after < n <= mark_n, or n > mark_n."""
    mine = outbox.c.incarnation == incarnation
    rows = connection.execute(select(outbox).where(mine, outbox.c.n > min(after, mark_n)).order_by(outbox.c.n)).all()
    connection.execute(outbox.delete().where(mine))
    head = outbox_head.update().where(outbox_head.c.incarnation == incarnation)
    connection.execute(head.values(last_n=after, acked_n=after))
    return list(rows)


def messages_after(connection: Connection, incarnation: str, after: int, limit: int) -> list[Row]:
    """Number, body and signature of what follows, in order."""
    columns = (outbox.c.n, outbox.c.body, outbox.c.signature)
    later = select(*columns).where(outbox.c.incarnation == incarnation, outbox.c.n > after)
    return list(connection.execute(later.order_by(outbox.c.n).limit(limit)))


def messages_by_number(connection: Connection, incarnation: str, numbers: list[int]) -> list[Row]:
    """The named messages, in order."""
    columns = (outbox.c.n, outbox.c.body, outbox.c.signature)
    named = select(*columns).where(outbox.c.incarnation == incarnation, outbox.c.n.in_(numbers))
    return list(connection.execute(named.order_by(outbox.c.n)))


def has_said(connection: Connection, incarnation: str, kind: str) -> bool:
    """Whether an incarnation was told something of that kind."""
    chosen = select(outbox.c.n).where(outbox.c.incarnation == incarnation, outbox.c.kind == kind)
    return connection.execute(chosen.limit(1)).first() is not None


def head_row(connection: Connection, incarnation: str) -> Row | None:
    """Last number written and last number acknowledged."""
    return connection.execute(select(outbox_head).where(outbox_head.c.incarnation == incarnation)).first()


def acknowledge(connection: Connection, incarnation: str, upto: int) -> None:
    """Everything up to that number has arrived; what was acked is no longer needed for delivery."""
    chosen = (outbox_head.c.incarnation == incarnation, outbox_head.c.acked_n < upto, outbox_head.c.last_n >= upto)
    connection.execute(outbox_head.update().where(*chosen).values(acked_n=upto))


def backlog(connection: Connection, incarnation: str) -> int:
    """Messages not yet acknowledged."""
    behind = select(outbox_head.c.last_n - outbox_head.c.acked_n).where(outbox_head.c.incarnation == incarnation)
    return connection.execute(behind).scalar() or 0


def forget_outbox(connection: Connection, incarnation: str) -> int:
    """A fenced incarnation fetches nothing any more; how many messages were dropped."""
    count = select(func.count()).select_from(outbox).where(outbox.c.incarnation == incarnation)
    dropped = connection.execute(count).scalar_one()
    connection.execute(outbox.delete().where(outbox.c.incarnation == incarnation))
    return dropped


def forget_acknowledged(connection: Connection, before_s: int) -> int:
    """Drops messages that were acknowledged and written before then; how many. A wrong clock drops no others."""
    acked = select(outbox_head.c.acked_n).where(outbox_head.c.incarnation == outbox.c.incarnation).scalar_subquery()
    old = outbox.delete().where(outbox.c.created_at_s < before_s, outbox.c.n <= acked)
    return connection.execute(old).rowcount
