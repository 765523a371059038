"""fewer trees to keep for each event: rows in the order of their key, indexes of the few rows that are asked for"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

CLUSTERED = ("entry", "sale_line", "tender", "balance")
FEW = {"life": "life <> ''", "transfer": "store = 'hq'"}


def upgrade() -> None:
    op.drop_index("ix_entry_transfer", "entry")
    for column, rows in FEW.items():
        op.drop_index("ix_event_" + column, "event")
        only = sa.text(rows)
        op.create_index("ix_event_" + column, "event", [column], sqlite_where=only, postgresql_where=only)
    _lay_out({"sqlite_with_rowid": False})


def downgrade() -> None:
    for column in FEW:
        op.drop_index("ix_event_" + column, "event")
        op.create_index("ix_event_" + column, "event", [column])
    op.create_index("ix_entry_transfer", "entry", ["transfer"])
    _lay_out({})


def _lay_out(how: dict) -> None:
    """PostgreSQL knows one lay-out only."""
    if op.get_bind().dialect.name == "sqlite":
        for name in CLUSTERED:
            with op.batch_alter_table(name, recreate="always", table_kwargs=how):
                pass
