"""Every id under which value is moved: grants, recalls, requests for float; and what is due to be looked at."""

from sqlalchemy import BigInteger, Column, Connection, Row, Table, Text, select

from hq_server import bulk
from hq_server.columns import ACCOUNT, HEX32, STATUS, STORE, amount, at_s, words
from hq_server.db import metadata

grant = Table(
    "float_grant",
    metadata,
    Column("grant", HEX32, primary_key=True),
    Column("store", STORE, nullable=False),
    Column("incarnation", HEX32, nullable=False, index=True),
    Column("account", ACCOUNT, nullable=False, index=True),
    Column("slices", Text, nullable=False),  # JSON
    Column("n", BigInteger, nullable=False),  # its number in the outbox
    Column("status", STATUS, nullable=False),  # open, taken, returned
    words("request", 32),  # '' when sent by policy
    at_s("created_at_s"),
)

recall = Table(
    "float_recall",
    metadata,
    Column("recall", HEX32, primary_key=True),
    Column("store", STORE, nullable=False),
    Column("incarnation", HEX32, nullable=False, index=True),
    Column("account", ACCOUNT, nullable=False, index=True),
    words("asset", 32),
    amount("up_to"),
    Column("status", STATUS, nullable=False),  # open, answered
    amount("returned"),
    words("request", 32),
    at_s("created_at_s"),
)

request = Table(
    "float_request",
    metadata,
    Column("request", HEX32, primary_key=True),
    Column("store", STORE, nullable=False),
    Column("incarnation", HEX32, nullable=False),
    Column("account", ACCOUNT, nullable=False, index=True),
    Column("want", Text, nullable=False),  # JSON with sorted names: compared for equal parameters
    words("reason", 24),
    Column("status", STATUS, nullable=False),  # open, done
    at_s("created_at_s"),
)

right_grant = Table(
    "right_grant",
    metadata,
    Column("grant", HEX32, primary_key=True),
    Column("store", STORE, nullable=False),
    Column("incarnation", HEX32, nullable=False, index=True),
    words("right", 40),
    amount("amount"),
    Column("status", STATUS, nullable=False),  # open, taken, returned
    at_s("created_at_s"),
)

# what a store was last told to keep of an account's stored value
target = Table(
    "float_target",
    metadata,
    Column("account", ACCOUNT, primary_key=True),
    Column("store", STORE, primary_key=True, index=True),
    amount("keep_cents"),
)

# accounts something has happened to: placement and the figure in all are worked out soon after, once for many events
due = Table(
    "account_due",
    metadata,
    Column("account", ACCOUNT, primary_key=True),
    at_s("at_s"),
)


def targets_of(connection: Connection, account: str) -> dict[str, int]:
    """Store -> what it was last told to keep of an account."""
    told = select(target.c.store, target.c.keep_cents).where(target.c.account == account)
    return {row.store: row.keep_cents for row in connection.execute(told.order_by(target.c.store))}


def put_target(connection: Connection, account: str, store: str, keep_cents: int | None) -> None:
    """A store was told to keep so much; None: that this has ended."""
    there = (target.c.account == account, target.c.store == store)
    if keep_cents is None:
        connection.execute(target.delete().where(*there))
    elif not connection.execute(target.update().where(*there).values(keep_cents=keep_cents)).rowcount:
        connection.execute(target.insert().values(account=account, store=store, keep_cents=keep_cents))


def forget_targets(connection: Connection, store: str) -> None:
    """A store's new incarnation has been told nothing."""
    connection.execute(target.delete().where(target.c.store == store))


def add_due(connection: Connection, accounts: set[str], now_s: int) -> None:
    """Notes accounts to be looked at."""
    rows = [(account, now_s) for account in sorted(accounts)]
    bulk.add_missing(connection, due, ("account", "at_s"), rows)


def take_due(connection: Connection, limit: int) -> list[str]:
    """Accounts to be looked at now; they are no longer noted."""
    oldest = select(due.c.account).order_by(due.c.at_s, due.c.account).limit(limit)
    accounts = list(connection.execute(oldest).scalars())
    connection.execute(due.delete().where(due.c.account.in_(accounts)))
    return accounts


def grant_row(connection: Connection, number: str) -> Row | None:
    """One grant, or None."""
    return connection.execute(select(grant).where(grant.c.grant == number)).first()


def grants_of_request(connection: Connection, number: str) -> list[Row]:
    """What was granted for a request, in order."""
    return list(connection.execute(select(grant).where(grant.c.request == number).order_by(grant.c.n)))


def open_grants(connection: Connection, account: str) -> list[Row]:
    """Grants of an account that no gateway has answered yet."""
    mine = (grant.c.account == account, grant.c.status == "open")
    return list(connection.execute(select(grant).where(*mine).order_by(grant.c.n)))


def open_grants_of_life(connection: Connection, incarnation: str) -> list[Row]:
    """Grants to one incarnation that it has not answered yet."""
    return list(
        connection.execute(select(grant).where(grant.c.incarnation == incarnation, grant.c.status == "open"))
    )


def set_grant(connection: Connection, number: str, status: str) -> None:
    """taken or returned."""
    connection.execute(grant.update().where(grant.c.grant == number).values(status=status))


def set_grant_n(connection: Connection, number: str, n: int) -> None:
    """Its message has another number in the outbox now."""
    connection.execute(grant.update().where(grant.c.grant == number).values(n=n))


def recall_row(connection: Connection, number: str) -> Row | None:
    """One recall, or None."""
    return connection.execute(select(recall).where(recall.c.recall == number)).first()


def open_recalls(connection: Connection, account: str) -> list[Row]:
    """Recalls of an account still without an answer."""
    chosen = (recall.c.account == account, recall.c.status == "open")
    return list(connection.execute(select(recall).where(*chosen).order_by(recall.c.created_at_s, recall.c.recall)))


def answered(connection: Connection, number: str, returned: int) -> None:
    """The answer to a recall is booked."""
    connection.execute(recall.update().where(recall.c.recall == number).values(status="answered", returned=returned))


def all_answered(connection: Connection, numbers: list[str]) -> bool:
    """Whether none of these recalls is still open."""
    waiting = select(recall.c.recall).where(recall.c.recall.in_(numbers), recall.c.status == "open").limit(1)
    return connection.execute(waiting).first() is None


def request_values(connection: Connection, number: str, names: tuple[str, ...]) -> tuple | None:
    """Some columns of a request for float, or None."""
    return bulk.one(connection, request, "request", number, names)


def open_request_since(connection: Connection, account: str, since_s: int) -> bool:
    """Whether a request for float of an account that came since then is still open."""
    waiting = (request.c.account == account, request.c.status == "open", request.c.created_at_s >= since_s)
    return connection.execute(select(request.c.request).where(*waiting).limit(1)).first() is not None


def set_request(connection: Connection, number: str, **values) -> None:
    """Changes a request's row."""
    connection.execute(request.update().where(request.c.request == number).values(**values))


def right_grant_row(connection: Connection, number: str) -> Row | None:
    """One grant of a right, or None."""
    return connection.execute(select(right_grant).where(right_grant.c.grant == number)).first()


def set_right_grant(connection: Connection, number: str, status: str) -> None:
    """taken or returned."""
    connection.execute(right_grant.update().where(right_grant.c.grant == number).values(status=status))


def open_right_grants_of_life(connection: Connection, incarnation: str) -> list[Row]:
    """Grants of rights to one incarnation that it has not answered yet."""
    mine = (right_grant.c.incarnation == incarnation, right_grant.c.status == "open")
    return list(connection.execute(select(right_grant).where(*mine)))


def any_due(connection: Connection) -> bool:
    """Whether any account is to be looked at."""
    return connection.execute(select(due.c.account).limit(1)).first() is not None


def add_grant(connection: Connection, **values) -> None:
    """A grant that no gateway has answered yet."""
    bulk.insert(connection, grant, tuple(values), [tuple(values.values())])


def add_recall(connection: Connection, **values) -> None:
    """A recall still without an answer."""
    connection.execute(recall.insert().values(**values))


def add_right_grant(connection: Connection, **values) -> None:
    """A grant of a right that no gateway has answered yet."""
    connection.execute(right_grant.insert().values(**values))


def add_request(connection: Connection, **values) -> None:
    """A request for float, so that a repeat gets the same answer."""
    bulk.insert(connection, request, tuple(values), [tuple(values.values())])


def close_open_moves(connection: Connection, incarnation: str) -> None:
    """Nobody will answer them any more; what was on its way is in suspense."""
    for table, ended in ((grant, "suspended"), (right_grant, "suspended"), (recall, "answered")):
        still_open = (table.c.incarnation == incarnation, table.c.status == "open")
        connection.execute(table.update().where(*still_open).values(status=ended))
