"""The database: one metadata that every noun's store.py registers its tables on, one engine, two kinds of transaction.

`read()` sees one snapshot. `write()` is the only way to change anything, one at a time over all processes: on SQLite it
takes the write lock at its start (BEGIN IMMEDIATE), on PostgreSQL an advisory lock of the database, so what it reads
cannot change under it and no two ever deadlock. Topics noted with `tell()` ring after the commit.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, MetaData, Select, create_engine, event, make_url

BUSY_TIMEOUT_MS = 10000
WRITERS_LOCK = 7461707765  # any number, the same for every process on one database
SQLITE, POSTGRESQL = "sqlite", "postgresql"
CONNECTIONS_MAX = 64  # above the thread pool's 40: a thread never waits for a connection

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_KIND, READS, WRITES = "tapwell_kind", "reads", "writes"  # neither: migrations
_TOPICS = "tapwell_topics"


class Database:
    """An engine and its transactions. `on_commit(topics)` is called after each commit that told something."""

    def __init__(self, url: str):
        self.engine = open_engine(url)
        self.on_commit: Callable[[set[str]], None] = lambda topics: None
        # SQLite has one writer: waiting here costs microseconds, waiting in its busy handler up to 100 ms
        self._writer = threading.Lock() if self.engine.dialect.name == SQLITE else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with self.engine.connect().execution_options(**{_KIND: READS}) as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may change things; committed at the end, rolled back by any exception."""
        if self._writer is None:
            topics = yield from self._write()
        else:
            with self._writer:
                topics = yield from self._write()
        if topics:
            self.on_commit(topics)

    def _write(self) -> Iterator[Connection]:
        with self.engine.connect().execution_options(**{_KIND: WRITES}) as connection:
            connection.info[_TOPICS] = topics = set()
            with connection.begin():
                yield connection
        return topics

    def close(self) -> None:
        """Gives up all connections."""
        self.engine.dispose()


def tell(connection: Connection, topic: str) -> None:
    """After this transaction is committed, whoever waits for that topic is woken (hq_server/bells.py)."""
    connection.info[_TOPICS].add(topic)


def locked(connection: Connection, statement: Select) -> Select:
    """Rows that money depends on: locked where they may be changed; a transaction that only reads may not lock."""
    return statement.with_for_update() if _kind(connection) == WRITES else statement


def open_engine(url: str) -> Engine:
    """An engine for that URL; SQLite gets WAL and FULL, since NORMAL loses acknowledged events at a power cut.

    Raises ValueError for a database that is neither SQLite nor PostgreSQL.
    """
    name = make_url(url).get_backend_name()
    if name not in BEGINS:
        raise ValueError(f"database {name}: there are {', '.join(BEGINS)}")
    engine = create_engine(url, pool_size=8, max_overflow=CONNECTIONS_MAX - 8)
    if name == SQLITE:
        event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", BEGINS[name])
    return engine


def _prepare_sqlite(connection, _record) -> None:
    connection.isolation_level = None  # the driver starts no transactions of its own: _begin_sqlite does
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=%d" % BUSY_TIMEOUT_MS):
        connection.execute("PRAGMA " + pragma)


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _kind(connection) == WRITES else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if _kind(connection) == WRITES:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%d)" % WRITERS_LOCK)
    elif _kind(connection) == READS:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _kind(connection: Connection) -> str:
    return connection.get_execution_options().get(_KIND, "")


BEGINS = {SQLITE: _begin_sqlite, POSTGRESQL: _begin_postgresql}
