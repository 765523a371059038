"""The backups that were verified, and how far gateways are in them; and a database as a whole, table by table."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Column, Connection, Row, Table, func, select, text

from hq_server.columns import HEX32, amount, at_s, words
from hq_server.db import metadata
from hq_server.fleet.store import incarnation
from hq_server.outbox.store import outbox_head
from hq_server.recovery.store import the_office

SCHEMA = "public"

backup = Table(
    "backup",
    metadata,
    Column("id", HEX32, primary_key=True),
    at_s("made_at_s"),
    at_s("verified_at_s"),
    amount("bytes"),
    words("file", 200),
)

cursor = Table(
    "backup_cursor",
    metadata,
    Column("incarnation", HEX32, primary_key=True),
    amount("seq"),  # booked up to here in the newest verified backup
    Column("backup", HEX32, nullable=False),
)


def note_verified(connection: Connection, told: dict, cursors: dict[str, int]) -> None:
    """A backup was read back whole. Cursors of an older one than is known take nothing back."""
    known = connection.execute(select(backup.c.id).where(backup.c.id == told["id"])).first()
    if known is None:
        connection.execute(backup.insert().values(**told))
    else:
        connection.execute(backup.update().where(backup.c.id == told["id"]).values(**told))
    newest = connection.execute(select(func.max(backup.c.made_at_s))).scalar()
    if newest == told["made_at_s"]:
        connection.execute(cursor.delete())
        if cursors:
            rows = [{"incarnation": life, "seq": seq, "backup": told["id"]} for life, seq in cursors.items()]
            connection.execute(cursor.insert(), rows)


def last_verified_s(connection: Connection) -> int | None:
    """When the newest backup that was verified had been made, epoch seconds; None: there is none."""
    return connection.execute(select(func.max(backup.c.made_at_s))).scalar()


def safe_seq(connection: Connection, incarnation: str) -> int | None:
    """The events of an incarnation up to this one are in the newest verified backup; 0: none; None: there is no backup.

    A head office that was restored knows by that of one, though it was noted only after it had been made.
    """
    chosen = select(cursor.c.seq).where(cursor.c.incarnation == incarnation)
    found = connection.execute(chosen).scalar()
    if found is None and last_verified_s(connection) is None and the_office(connection) is None:
        return None
    return found or 0


def backups(connection: Connection, limit: int = 20) -> list[Row]:
    """Verified backups, the newest first."""
    return list(connection.execute(select(backup).order_by(backup.c.made_at_s.desc(), backup.c.id).limit(limit)))


def rows_of(connection: Connection, table: Table, at_once: int) -> Iterator[list[list]]:
    """All rows of a table in the order of its key, in parts."""
    chosen = select(table).order_by(*table.primary_key.columns)
    for part in connection.execute(chosen.execution_options(yield_per=at_once)).partitions():
        yield [list(row) for row in part]


def count_of(connection: Connection, table: Table) -> int:
    """How many rows it has."""
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def cursors(connection: Connection) -> dict[str, int]:
    """Incarnation -> the last event of it that is booked."""
    rows = connection.execute(select(incarnation.c.incarnation, incarnation.c.cursor_seq))
    return {row.incarnation: row.cursor_seq for row in rows}


def last_messages(connection: Connection) -> dict[str, int]:
    """Incarnation -> the number of the last message to it."""
    rows = connection.execute(select(outbox_head.c.incarnation, outbox_head.c.last_n))
    return {row.incarnation: row.last_n for row in rows}


def lay_aside_schema(connection: Connection, mark: str) -> str:
    """On a server: the tables that are there get a schema of their own, and ours is empty. Within a transaction."""
    kept = "before_" + mark.replace("-", "_")
    connection.execute(text(f"ALTER SCHEMA {SCHEMA} RENAME TO {kept}"))
    connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
    return kept


def bring_back_schema(connection: Connection, mark: str) -> None:
    """The restore failed: the schema that was laid aside is ours again."""
    connection.execute(text(f"DROP SCHEMA {SCHEMA} CASCADE"))
    connection.execute(text(f"ALTER SCHEMA before_{mark.replace('-', '_')} RENAME TO {SCHEMA}"))


def number_on(connection: Connection, tables: Iterable[Table]) -> None:
    """On a server: keys that the database makes itself go on above those that were written."""
    for table in tables:
        column = table.autoincrement_column
        if column is not None:
            last = select(func.max(column)).scalar_subquery()
            sequence = func.pg_get_serial_sequence(f'"{table.name}"', column.name)
            connection.execute(select(func.setval(sequence, func.coalesce(last, 1))))
