"""whose figures a user sees: a store manager the stores named; lists of members that are kept"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("access_user", sa.Column("stores", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "segment",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("report", sa.String(length=48), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.Column("made_at_s", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment")),
        sa.UniqueConstraint("name", name=op.f("uq_segment_name")),
    )
    op.create_table(
        "segment_member",
        sa.Column("segment", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["segment"], ["segment.id"], name=op.f("fk_segment_member_segment_segment")),
        sa.PrimaryKeyConstraint("segment", "account", name=op.f("pk_segment_member")),
    )


def downgrade() -> None:
    op.drop_table("segment_member")
    op.drop_table("segment")
    with op.batch_alter_table("access_user") as table:
        table.drop_column("stores")
