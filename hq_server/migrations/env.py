"""Called by alembic; the connection comes from upgrade.py."""

from alembic import context

from hq_server.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
