"""cases of lives that are gone, and what may be advanced"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "life_case",
        sa.Column("incarnation", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("store", sa.String(length=6), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("incarnation", "account", name=op.f("pk_life_case")),
    )
    with op.batch_alter_table("life_case", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_life_case_store"), ["store"], unique=False)

    with op.batch_alter_table("store", schema=None) as batch_op:
        batch_op.add_column(sa.Column("loss_cap_cents", sa.BigInteger(), nullable=False, server_default="200000"))


def downgrade() -> None:
    with op.batch_alter_table("store", schema=None) as batch_op:
        batch_op.drop_column("loss_cap_cents")

    with op.batch_alter_table("life_case", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_life_case_store"))

    op.drop_table("life_case")
