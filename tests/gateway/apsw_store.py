"""As much of sqlite3's manner as the store uses, over apsw, whose SQLite takes a file system of our own."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw


class ApswConnection:
    """Stands where the store has its sqlite3.Connection."""

    def __init__(self, path: Path, vfs: str):
        self._db = apsw.Connection(str(path), vfs=vfs)

    @property
    def total_changes(self) -> int:
        return self._db.total_changes()

    @property
    def in_transaction(self) -> bool:
        return self._db.in_transaction

    def execute(self, sql: str, values: Any = ()) -> "ApswCursor":
        with _as_sqlite3():
            return ApswCursor(self._db, self._db.execute(sql, values))

    def executemany(self, sql: str, rows: Iterable) -> "ApswCursor":
        with _as_sqlite3():
            return ApswCursor(self._db, self._db.executemany(sql, rows))

    def executescript(self, sql: str) -> None:
        self.execute(sql).fetchall()

    def rollback(self) -> None:
        if self._db.in_transaction:
            self.execute("ROLLBACK")

    def close(self) -> None:
        self._db.close()


class ApswCursor:
    def __init__(self, db: apsw.Connection, cursor: apsw.Cursor):
        self._db, self._cursor = db, cursor

    @property
    def rowcount(self) -> int:
        return self._db.changes()

    @property
    def lastrowid(self) -> int:
        return self._db.last_insert_rowid()

    def fetchone(self) -> tuple | None:
        with _as_sqlite3():
            return self._cursor.fetchone()

    def fetchall(self) -> list[tuple]:
        with _as_sqlite3():
            return self._cursor.fetchall()

    def __iter__(self) -> Iterator[tuple]:
        return iter(self.fetchall())


@contextmanager
def _as_sqlite3() -> Iterator[None]:
    """apsw's exceptions as sqlite3's, with their codes."""
    try:
        yield
    except apsw.Error as wrong:
        kind = sqlite3.IntegrityError if isinstance(wrong, apsw.ConstraintError) else sqlite3.OperationalError
        told = kind(str(wrong) or "disk I/O error")  # what our own file system raises has no words of SQLite's
        told.sqlite_errorcode = getattr(wrong, "extendedresult", wrong.result)
        raise told from wrong
