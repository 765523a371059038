"""what stores are told to keep"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "float_target",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("store", sa.String(length=6), nullable=False),
        sa.Column("keep_cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "store", name=op.f("pk_float_target")),
    )
    with op.batch_alter_table("float_target", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_float_target_store"), ["store"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("float_target", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_float_target_store"))

    op.drop_table("float_target")
