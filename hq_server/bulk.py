"""Many rows at once, as fast as each database takes them: executemany on SQLite, COPY and arrays on PostgreSQL.

For what arrives in batches; all else goes through SQLAlchemy. Rows are tuples in the order of the named columns. Works
in the transaction that is open on the connection. Besides db.py this is the one place that knows which database it is.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table

from hq_server.db import POSTGRESQL, SQLITE

Rows = Sequence[tuple]
COPY_FROM = 10  # rows: below that COPY takes longer to begin than it saves


class Ways(NamedTuple):
    """What each database has a way of its own for."""

    insert: Callable[[Any, Table, tuple[str, ...], Rows], None]
    put: Callable[[Any, Table, tuple[str, ...], Rows, str], None]
    change: Callable[[Any, Table, tuple[str, ...], tuple[str, ...], Rows], None]
    find: Callable[[Any, Table, tuple[str, ...], tuple[str, ...], Rows], list[tuple]]
    take_numbers: Callable[[Any, Table, int], Sequence[int]]


def insert(connection: Connection, table: Table, names: tuple[str, ...], rows: Rows) -> None:
    """Writes new rows; columns that are not named must not need a value."""
    if rows:
        _ways(connection).insert(_driver(connection), table, names, rows)


def put(connection: Connection, table: Table, names: tuple[str, ...], rows: Rows) -> None:
    """Writes rows; one whose key is there already takes that row's place. No key twice in `rows`."""
    if rows:
        _ways(connection).put(_driver(connection), table, names, rows, _replaced(table, names))


def add_missing(connection: Connection, table: Table, names: tuple[str, ...], rows: Rows) -> None:
    """Writes those rows whose key is not there yet."""
    if rows:
        _ways(connection).put(_driver(connection), table, names, rows, "NOTHING")


def add(connection: Connection, table: Table, names: tuple[str, ...], rows: Rows, sums: tuple[str, ...]) -> None:
    """As put, but what is there already of the columns `sums` is added to. No key twice in `rows`."""
    if rows:
        _ways(connection).put(_driver(connection), table, names, rows, _replaced(table, names, sums))


def change(connection: Connection, table: Table, names: tuple[str, ...], by: tuple[str, ...], rows: Rows) -> None:
    """Changes the named columns of rows that are there, found by the columns `by`, whose values come last."""
    if rows:
        _ways(connection).change(_driver(connection), table, names, by, rows)


def find(
    connection: Connection, table: Table, by: tuple[str, ...], keys: Rows, names: tuple[str, ...]
) -> list[tuple]:
    """The named columns of all rows that have one of these keys, in no order. No key twice in `keys`."""
    return _ways(connection).find(_driver(connection), table, by, names, keys) if keys else []


def one(connection: Connection, table: Table, by: str, key: str, names: tuple[str, ...]) -> tuple | None:
    """The named columns of the row with that key, or None: for what is asked at every turn, a tenth of the work."""
    found = find(connection, table, (by,), [(key,)], names)
    return found[0] if found else None


def take_numbers(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """So many fresh values, rising, for the one key column that the database numbers itself."""
    return _ways(connection).take_numbers(_driver(connection), table, count) if count else ()


def _ways(connection: Connection) -> Ways:
    return WAYS[connection.dialect.name]


def _driver(connection: Connection) -> Any:
    """The driver's own connection: the same one, in the same transaction."""
    return connection.connection.driver_connection


@cache
def _replaced(table: Table, names: tuple[str, ...], sums: tuple[str, ...] = ()) -> str:
    """What becomes of a row whose key is there already."""
    changed = [name for name in names if name not in table.primary_key.columns]
    there = {name: f"{table.name}.{_quoted(name)} + " for name in sums}
    return "UPDATE SET " + ", ".join(f"{_quoted(one)} = {there.get(one, '')}excluded.{_quoted(one)}" for one in changed)


def _key(table: Table) -> str:
    return _list(tuple(column.name for column in table.primary_key))


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(map(_quoted, names))


def _quoted(name: str) -> str:
    return f'"{name}"'  # some columns are called as words of SQL


# SQLite


def _insert_sqlite(driver: Any, table: Table, names: tuple[str, ...], rows: Rows) -> None:
    driver.executemany(_insert_text(table, names), rows)


def _put_sqlite(driver: Any, table: Table, names: tuple[str, ...], rows: Rows, otherwise: str) -> None:
    driver.executemany(f"{_insert_text(table, names)} ON CONFLICT ({_key(table)}) DO {otherwise}", rows)


@cache
def _insert_text(table: Table, names: tuple[str, ...]) -> str:
    return f"INSERT INTO {table.name} ({_list(names)}) VALUES ({', '.join('?' * len(names))})"


def _change_sqlite(driver: Any, table: Table, names: tuple[str, ...], by: tuple[str, ...], rows: Rows) -> None:
    changed, same = ", ".join(map(_is, names)), " AND ".join(map(_is, by))
    driver.executemany(f"UPDATE {table.name} SET {changed} WHERE {same}", rows)


def _is(name: str) -> str:
    return _quoted(name) + " = ?"


def _find_sqlite(
    driver: Any, table: Table, by: tuple[str, ...], names: tuple[str, ...], keys: Rows
) -> list[tuple]:
    """One look-up a key: for a list of keys of several columns SQLite would read the whole table."""
    same = " AND ".join(map(_is, by))
    text, cursor, found = f"SELECT {_list(names)} FROM {table.name} WHERE {same}", driver.cursor(), []
    for key in keys:
        found += cursor.execute(text, key).fetchall()
    return found


def _take_sqlite(driver: Any, table: Table, count: int) -> Sequence[int]:
    """There is one writer, and this transaction is it."""
    last = driver.execute(f"SELECT coalesce(max({_key(table)}), 0) FROM {table.name}").fetchone()[0]
    return range(last + 1, last + 1 + count)


# PostgreSQL


def _insert_postgresql(driver: Any, table: Table, names: tuple[str, ...], rows: Rows) -> None:
    if len(rows) < COPY_FROM:
        with driver.cursor() as cursor:
            cursor.executemany(_insert_text(table, names).replace("?", "%s"), rows)
    else:
        _copy(driver, table, names, rows)


def _copy(driver: Any, table: Table, names: tuple[str, ...], rows: Rows) -> None:
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({_list(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _put_postgresql(driver: Any, table: Table, names: tuple[str, ...], rows: Rows, otherwise: str) -> None:
    text = f"INSERT INTO {table.name} ({_list(names)}) SELECT * FROM {_arrays(table, names)}"
    driver.execute(f"{text} ON CONFLICT ({_key(table)}) DO {otherwise}", _columns(rows))


def _change_postgresql(driver: Any, table: Table, names: tuple[str, ...], by: tuple[str, ...], rows: Rows) -> None:
    changed = ", ".join(f"{_quoted(name)} = k.{_quoted(name)}" for name in names)
    same = " AND ".join(f"t.{_quoted(name)} = k.{_quoted(name)}" for name in by)
    given = f"{_arrays(table, names + by)} AS k ({_list(names + by)})"
    driver.execute(f"UPDATE {table.name} t SET {changed} FROM {given} WHERE {same}", _columns(rows))


def _find_postgresql(
    driver: Any, table: Table, by: tuple[str, ...], names: tuple[str, ...], keys: Rows
) -> list[tuple]:
    wanted = ", ".join(f"t.{_quoted(name)}" for name in names)
    same = " AND ".join(f"t.{_quoted(name)} = k.{_quoted(name)}" for name in by)
    text = f"SELECT {wanted} FROM {_arrays(table, by)} AS k ({_list(by)}) JOIN {table.name} t ON {same}"
    return driver.execute(text, _columns(keys)).fetchall()


@cache
def _arrays(table: Table, names: tuple[str, ...]) -> str:
    """One array a column, read side by side."""
    kinds = ("bigint" if table.c[name].type.python_type is int else "text" for name in names)
    return f"unnest({', '.join(f'%s::{kind}[]' for kind in kinds)})"


def _columns(rows: Rows) -> list[list]:
    return [list(column) for column in zip(*rows, strict=True)]


def _take_postgresql(driver: Any, table: Table, count: int) -> Sequence[int]:
    sequence = f"pg_get_serial_sequence('{table.name}', '{next(iter(table.primary_key)).name}')"
    rows = driver.execute(f"SELECT nextval({sequence}) FROM generate_series(1, %s)", (count,))
    return sorted(row[0] for row in rows)


WAYS = {
    SQLITE: Ways(_insert_sqlite, _put_sqlite, _change_sqlite, _find_sqlite, _take_sqlite),
    POSTGRESQL: Ways(_insert_postgresql, _put_postgresql, _change_postgresql, _find_postgresql, _take_postgresql),
}
