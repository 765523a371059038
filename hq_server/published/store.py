"""Writing the published database: views that may be read, tables behind them, one transaction per round."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, delete, func, insert, inspect, select, text

from hq_server import bulk
from hq_server.db import POSTGRESQL, Database
from hq_server.facts.files import File, Folder
from hq_server.facts.shapes import SCHEMAS
from hq_server.published.shapes import READ_FROM, VIEWS, facts, metadata, registers, shown, taken, upto

READER = "tapwell_reader"  # a role without a login; whoever is in it may read the views and nothing else
BATCH = 20_000  # rows in memory at a time


def prepare(target: Database) -> None:
    """Tables, views and, where the database has roles, the one that may read them. Repeats change nothing."""
    with target.write() as connection:
        metadata.create_all(connection)
        there = set(inspect(connection).get_view_names())
        for view in VIEWS:
            if view not in there:
                columns = ", ".join(f'"{name}"' for name in shown(view))
                connection.execute(text(f"CREATE VIEW {view} AS SELECT {columns} FROM {VIEWS[view]}"))
        if connection.dialect.name == POSTGRESQL:
            _let_read(connection)


def _let_read(connection: Connection) -> None:
    """The role is the server's: another database of it may have made it already."""
    known = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": READER}).first()
    if not known:
        connection.execute(text(f"CREATE ROLE {READER} NOLOGIN"))
    connection.execute(text(f"GRANT SELECT ON {', '.join([*VIEWS, 'upto'])} TO {READER}"))


def how_to_read(target: Database) -> str:
    """What is left to do until somebody can read it."""
    roles = target.engine.dialect.name == POSTGRESQL
    return f"Let a user read it: GRANT {READER} TO ...;" if roles else "Whoever may open the file may read it."


def publish(target: Database, folder: Folder, tables: Mapping[str, pa.Table]) -> int:
    """Brings the published database to what the folder's manifest names, all at once; how many rows were written."""
    manifest = folder.manifest()
    named = {file.path: (table, file) for table in SCHEMAS for file in manifest.files(table)}
    with target.write() as connection:
        there = {row.path: row for row in connection.execute(select(taken))}
        if set(there) == set(named) and _upto(connection) == manifest.upto_received_s:
            return 0
        _forget(connection, [there[path] for path in there.keys() - named.keys()])
        fresh = [(table, file) for path, (table, file) in named.items() if path not in there]
        written = _take(connection, folder.path, fresh)
        _replace_registers(connection, tables)
        connection.execute(delete(upto))
        connection.execute(insert(upto), {"received_s": manifest.upto_received_s})
    return written


def _upto(connection: Connection) -> int | None:
    return connection.execute(select(upto.c.received_s)).scalar()


def _forget(connection: Connection, gone: Iterable[Any]) -> None:
    """Rows of files that were merged into others, or made anew."""
    for row in gone:
        table = facts[row.of_table]
        connection.execute(delete(table).where(table.c.of_file == row.number))
        connection.execute(delete(taken).where(taken.c.number == row.number))


def _take(connection: Connection, path: Path, fresh: list[tuple[str, File]]) -> int:
    first = connection.execute(select(func.coalesce(func.max(taken.c.number), 0))).scalar_one() + 1
    written = 0
    for number, (table, file) in zip(count(first), fresh, strict=False):
        names = ("of_file", *SCHEMAS[table].names)
        for batch in pq.ParquetFile(path / file.path).iter_batches(BATCH):
            rows = [(number, *row) for row in _rows(connection, pa.Table.from_batches([batch]))]
            bulk.insert(connection, facts[table], names, rows)
            written += len(rows)
        told = {"number": number, "of_table": table, "path": file.path, "rows": file.rows}
        connection.execute(insert(taken), told)
    return written


def _replace_registers(connection: Connection, tables: Mapping[str, pa.Table]) -> None:
    for name, table in registers.items():
        connection.execute(delete(table))
        names = tuple(shown(name))
        bulk.insert(connection, table, names, list(_rows(connection, tables[READ_FROM.get(name, name)].select(names))))


def _rows(connection: Connection, table: pa.Table) -> Iterator[tuple]:
    """As the driver takes them: dates as text where it has none of its own, a list as words."""
    columns = []
    for column in table.columns:
        values = column.to_pylist()
        if pa.types.is_list(column.type):
            values = [",".join(value or ()) for value in values]
        elif pa.types.is_date32(column.type) and connection.dialect.name != POSTGRESQL:
            values = [value and value.isoformat() for value in values]
        columns.append(values)
    return zip(*columns, strict=True)
