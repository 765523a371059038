"""The migrated schema is what the tables say."""

from hq_server.db import Database
from hq_server.migrations.upgrade import differences, upgrade


def test_migrations_make_the_declared_schema(tmp_path):
    db = Database(f"sqlite:///{tmp_path}/hq.db")
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
