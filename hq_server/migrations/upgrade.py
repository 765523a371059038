"""Brings a database to this version's schema, in one transaction where the engine can."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from hq_server.db import Database
from hq_server.tables import metadata


def upgrade(db: Database, revision: str = "head") -> None:
    """Runs what is missing; nothing if the database is up to date."""
    with db.write() as connection:
        command.upgrade(_config(connection), revision)


def differences(db: Database) -> list:
    """Where the migrated schema and the metadata differ: empty, or a migration is missing."""
    with db.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        return compare_metadata(context, metadata)


def _config(connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
