"""what a store's people may correct"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    with op.batch_alter_table("store", schema=None) as batch_op:
        batch_op.add_column(sa.Column("right_adjust", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("right_punches", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("store", schema=None) as batch_op:
        batch_op.drop_column("right_punches")
        batch_op.drop_column("right_adjust")
