"""The migrated schema is what the tables say, on either database, and nothing is asked that only one of them knows."""

from pathlib import Path

import pytest
from sqlalchemy import MetaData, Table
from sqlalchemy.exc import IntegrityError

from hq_server import bulk
from hq_server import db as database
from hq_server.db import Database
from hq_server.migrations.upgrade import differences, upgrade
from hq_server.tables import metadata
from tests.hq_server import engines

HQ = Path(database.__file__).parent
ONE_ENGINE_ONLY = (
    "dialect", "sqlite", "postgresql", "PRAGMA", "on_conflict_do", "ON CONFLICT", "exec_driver_sql",
    "driver_connection",
)
LAID_OUT_ANEW = ("event", "entry", "sale_line", "tender", "balance")
KNOW_THEM = {"db.py", "bulk.py", "config.py", "columns.py", "published/store.py"}


def test_migrations_make_the_declared_schema(tmp_path):
    db = Database(engines.new_url() or f"sqlite:///{tmp_path}/hq.db")
    upgrade(db)
    assert differences(db) == []
    upgrade(db)  # nothing to do the second time
    db.close()


def test_rows_of_an_earlier_version_are_kept(tmp_path):
    """Where a table is laid out anew nothing is lost, and what belongs to an event still needs one."""
    db = Database(engines.new_url() or f"sqlite:///{tmp_path}/hq.db")
    upgrade(db, "0008")
    tables = [Table(name, MetaData(), autoload_with=db.engine, resolve_fks=False) for name in LAID_OUT_ANEW]
    with db.write() as connection:
        for table in tables:
            connection.execute(table.insert().values(**a_row(table)))
    upgrade(db)
    with db.read() as connection:
        for table in tables:
            assert connection.execute(table.select()).mappings().all() == [a_row(table)], table.name
    with pytest.raises(IntegrityError), db.write() as connection:
        connection.execute(metadata.tables["tender"].insert().values(event=2, tender="cash", amount=1))
    db.close()


def a_row(table: Table) -> dict:
    """1, or 'hq', in every column."""
    return {column.name: column.type.python_type("hq" if column.type.python_type is str else 1) for column in table.c}


def test_sqlite_keeps_what_it_has_acknowledged(tmp_path):
    db = Database(f"sqlite:///{tmp_path}/hq.db")
    with db.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
    db.close()


def test_another_database_is_named():
    with pytest.raises(ValueError, match="database mysql: there are sqlite, postgresql"):
        Database("mysql://nobody@nowhere/hq")


def test_only_two_files_know_the_database():
    """How transactions begin, many rows at once, who may read what is published; all else in words both know."""
    knows = {
        path.relative_to(HQ).as_posix(): word
        for path in sorted(HQ.rglob("*.py"))
        for word in ONE_ENGINE_ONLY
        if word in path.read_text()
    }
    assert set(knows) <= KNOW_THEM | {name for name in knows if name.startswith("migrations/")}, knows


def test_no_feature_is_for_one_database_only():
    """What each has a way of its own for, the other has too."""
    assert set(database.BEGINS) == set(bulk.WAYS) == {"sqlite", "postgresql"}
    assert all(callable(way) for ways in bulk.WAYS.values() for way in ways)
