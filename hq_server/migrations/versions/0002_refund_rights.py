"""refund rights"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "refund_move",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("sale", sa.String(length=96), nullable=False),
        sa.Column("store", sa.String(length=6), nullable=False),
        sa.Column("incarnation", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("created_at_s", sa.BigInteger(), nullable=False),
        sa.Column("request", sa.String(length=32), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("tender", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_refund_move")),
    )
    with op.batch_alter_table("refund_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refund_move_incarnation"), ["incarnation"], unique=False)
        batch_op.create_index(batch_op.f("ix_refund_move_request"), ["request"], unique=False)
        batch_op.create_index(batch_op.f("ix_refund_move_sale"), ["sale"], unique=False)

    op.create_table(
        "refund_part",
        sa.Column("sale", sa.String(length=96), nullable=False),
        sa.Column("holder", sa.String(length=6), nullable=False),
        sa.Column("incarnation", sa.String(length=32), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sale", "holder", "incarnation", name=op.f("pk_refund_part")),
    )
    with op.batch_alter_table("refund_part", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refund_part_incarnation"), ["incarnation"], unique=False)

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index("ix_event_receipt", ["store", "receipt"], unique=False)

    with op.batch_alter_table("float_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_float_request_account"), ["account"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("float_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_float_request_account"))

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_receipt")

    with op.batch_alter_table("refund_part", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refund_part_incarnation"))

    op.drop_table("refund_part")
    with op.batch_alter_table("refund_move", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refund_move_sale"))
        batch_op.drop_index(batch_op.f("ix_refund_move_request"))
        batch_op.drop_index(batch_op.f("ix_refund_move_incarnation"))

    op.drop_table("refund_move")
