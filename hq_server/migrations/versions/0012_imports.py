"""what is imported: runs, old numbers, past sales; a member's gender"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0009"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("member_person", sa.Column("gender", sa.String(length=8), nullable=False, server_default=""))
    op.create_table(
        "import_run",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("same", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_table(
        "import_reference",
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("kind", "reference", name=op.f("pk_import_reference")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_import_reference_account", "import_reference", ["account"])
    _past_sales()


def _past_sales() -> None:
    op.create_table(
        "past_sale",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("store", sa.String(length=6), nullable=False),
        sa.Column("document", sa.String(length=64), nullable=False),
        sa.Column("business_date", sa.String(length=10), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_sale")),
        sa.UniqueConstraint("store", "document", name=op.f("uq_past_sale_store_document")),
    )
    op.create_index("ix_past_sale_account", "past_sale", ["account"])
    op.create_table(
        "past_sale_line",
        sa.Column("sale", ROW_ID, nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("qty_milli", sa.BigInteger(), nullable=False),
        sa.Column("gross_cents", sa.BigInteger(), nullable=False),
        sa.Column("discount_cents", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["sale"], ["past_sale.id"], name=op.f("fk_past_sale_line_sale")),
        sa.PrimaryKeyConstraint("sale", "line", name=op.f("pk_past_sale_line")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("past_sale_line", "past_sale", "import_reference", "import_run"):
        op.drop_table(table)
    op.drop_column("member_person", "gender")
