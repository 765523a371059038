"""verified backups, lives of head office, stores awaited after a restore"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "backup",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("made_at_s", sa.BigInteger(), nullable=False),
        sa.Column("verified_at_s", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup")),
    )
    op.create_table(
        "backup_cursor",
        sa.Column("incarnation", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("backup", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("incarnation", name=op.f("pk_backup_cursor")),
    )
    op.create_table(
        "office",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("life", sa.String(length=32), nullable=False),
        sa.Column("was", sa.String(length=32), nullable=False),
        sa.Column("backup", sa.String(length=32), nullable=False),
        sa.Column("began_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_office")),
    )
    op.create_table(
        "awaited",
        sa.Column("store", sa.String(length=6), nullable=False),
        sa.Column("incarnation", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("mark_n", sa.BigInteger(), nullable=False),
        sa.Column("told_n", sa.BigInteger(), nullable=False),
        sa.Column("cap", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("second", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("store", name=op.f("pk_awaited")),
    )


def downgrade() -> None:
    for table in ("awaited", "office", "backup_cursor", "backup"):
        op.drop_table(table)
