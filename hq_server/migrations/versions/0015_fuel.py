"""fuel: prices with their time, rule sets, companies, what cards may have a day and have had"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def text(name: str, length: int) -> sa.Column:
    return sa.Column(name, sa.String(length=length), nullable=False)


def number(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "fuel_price",
        sa.Column("version", ROW_ID, nullable=False),
        text("code", 24), text("store", 6), number("price_milli"), number("from_s"), number("at_s"), text("who", 64),
        number("undoes"),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_fuel_price")),
    )  # fmt: skip
    op.create_index("ix_fuel_price_code", "fuel_price", ["code"])
    op.create_table(
        "fuel_rule_set",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False), number("from_s"), number("at_s"), text("who", 64),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_fuel_rule_set")),
    )  # fmt: skip
    op.create_table(
        "fuel_company",
        text("account", 32), text("name", 96), text("tax_number", 32), text("contact", 96), text("phone", 32),
        text("email", 128), text("address", 200), number("changed_at_s"),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_fuel_company")),
    )  # fmt: skip
    op.create_table(
        "fuel_card_limit",
        text("card", 25), text("account", 32), number("version"), text("driver", 96),
        sa.Column("plates", sa.Text(), nullable=False), sa.Column("grades", sa.Text(), nullable=False),
        sa.Column("asks", sa.Text(), nullable=False), number("day_ml"), number("day_cents"),
        sa.Column("shares", sa.Text(), nullable=False), number("changed_at_s"), text("who", 64),
        sa.PrimaryKeyConstraint("card", name=op.f("pk_fuel_card_limit")),
    )  # fmt: skip
    op.create_index("ix_fuel_card_limit_account", "fuel_card_limit", ["account"])
    op.create_table(
        "fuel_vehicle",
        text("account", 32), text("vehicle", 24), text("plate", 16),
        sa.PrimaryKeyConstraint("account", "vehicle", name=op.f("pk_fuel_vehicle")),
    )  # fmt: skip
    op.create_table(
        "fuel_day_hold",
        text("hold", 96), text("card", 25), text("day", 10), text("store", 6), number("ml"), number("cents"),
        text("status", 12), number("at_s"),
        sa.PrimaryKeyConstraint("hold", name=op.f("pk_fuel_day_hold")),
    )  # fmt: skip
    op.create_index("ix_fuel_day_hold_card", "fuel_day_hold", ["card", "day"])
    op.create_table(
        "fuel_excess",
        text("card", 25), text("day", 10), text("account", 32), number("ml"), number("cents"), number("day_ml"),
        number("day_cents"), text("stores", 64), number("at_s"),
        sa.PrimaryKeyConstraint("card", "day", name=op.f("pk_fuel_excess")),
    )  # fmt: skip


def downgrade() -> None:
    for table in (
        "fuel_excess", "fuel_day_hold", "fuel_vehicle", "fuel_card_limit", "fuel_company", "fuel_rule_set", "fuel_price"
    ):  # fmt: skip
        op.drop_table(table)
