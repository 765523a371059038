"""fuel: holds that are open at nozzles, as stores' heartbeats tell them"""

import sqlalchemy as sa
from alembic import op

revision = "0016a"
down_revision = "0016"


def text(name: str, length: int) -> sa.Column:
    return sa.Column(name, sa.String(length=length), nullable=False)


def number(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "fuel_open_hold",
        text("hold", 96), text("store", 6), text("terminal", 20), number("nozzle"), text("account", 32),
        text("card", 25), text("code", 24), number("cents"), number("ml"), text("state", 12), number("at_s"),
        number("suspended_s"),
        sa.PrimaryKeyConstraint("hold", name=op.f("pk_fuel_open_hold")),
    )  # fmt: skip
    op.create_index("ix_fuel_open_hold_store", "fuel_open_hold", ["store"])


def downgrade() -> None:
    op.drop_table("fuel_open_hold")
