"""The migrated schema is what the tables say, on either database, and nothing is asked that only one of them knows."""

from pathlib import Path

import pytest

from hq_server import bulk
from hq_server import db as database
from hq_server.db import Database
from hq_server.migrations.upgrade import differences, upgrade
from tests.hq_server import engines

HQ = Path(database.__file__).parent
ONE_ENGINE_ONLY = (
    "dialect", "sqlite", "postgresql", "PRAGMA", "on_conflict_do", "ON CONFLICT", "exec_driver_sql",
    "driver_connection",
)
KNOW_THEM = {"db.py", "bulk.py", "config.py", "columns.py"}


def test_migrations_make_the_declared_schema(tmp_path):
    db = Database(engines.new_url() or f"sqlite:///{tmp_path}/hq.db")
    upgrade(db)
    assert differences(db) == []
    upgrade(db)  # nothing to do the second time
    db.close()


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
    """How transactions begin, and how many rows are written at once; all else is said once, in words both know."""
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
