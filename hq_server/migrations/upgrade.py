"""Brings a database to this version's schema, in one transaction where the engine can."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from hq_server.db import Database
from hq_server.tables import metadata


def upgrade(db: Database, revision: str = "head") -> None:
    """Runs what is missing; nothing if the database is up to date."""
    with db.write() as connection:
        command.upgrade(_config(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Back to an earlier schema; for tests of what comes from one."""
    command.downgrade(_config(connection), revision)


def revision_of(connection: Connection) -> str:
    """The schema that a database has; '' for an empty one."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def known(revision: str) -> bool:
    """Whether this version can bring a database of that schema to its own."""
    scripts = ScriptDirectory(str(Path(__file__).parent))
    return revision in {one.revision for one in scripts.walk_revisions()}


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
