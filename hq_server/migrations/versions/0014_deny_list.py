"""the deny list: its lines, and from when on each holds at which store; which key sets a card was made with"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "block",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_block")),
    )
    op.create_index("ix_block_subject", "block", ["subject"])
    op.create_index("ix_block_account", "block", ["account"])
    op.create_table(
        "block_told",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("store", sa.String(length=6), nullable=False),
        sa.Column("incarnation", sa.String(length=32), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("acked_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", "store", name=op.f("pk_block_told")),
    )
    waiting = sa.text("acked_at_s = 0")
    op.create_index(
        "ix_block_told_open", "block_told", ["incarnation"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.add_column("card", sa.Column("key_sets", sa.String(length=40), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("card", "key_sets")
    op.drop_table("block_told")
    op.drop_table("block")
