"""alarms end by themselves, releases and rollouts"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "alarm_channel",
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("sent_step", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("due_at_s", sa.BigInteger(), nullable=False),
        sa.Column("busy_until_s", sa.BigInteger(), nullable=False),
        sa.Column("sent_at_s", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_alarm_channel")),
    )
    op.create_table(
        "alarm_step",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("alarm", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm_step")),
    )
    with op.batch_alter_table("alarm_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alarm_step_alarm"), ["alarm"], unique=False)

    op.create_table(
        "firmware_file",
        sa.Column("release", sa.String(length=40), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("release", "n", name=op.f("pk_firmware_file")),
    )
    op.create_table(
        "firmware_release",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("app", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("boards", sa.String(length=400), nullable=False),
        sa.Column("version", sa.String(length=24), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("least", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("added_at_s", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firmware_release")),
    )
    op.create_table(
        "release_key",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("modulus", sa.LargeBinary(), nullable=False),
        sa.Column("set_at_s", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_key")),
    )
    op.create_table(
        "rollout",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("release", sa.String(length=40), nullable=False),
        sa.Column("rings", sa.Text(), nullable=False),
        sa.Column("ring", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("trouble_max", sa.BigInteger(), nullable=False),
        sa.Column("forgiven", sa.BigInteger(), nullable=False),
        sa.Column("soak_s", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("started_at_s", sa.BigInteger(), nullable=False),
        sa.Column("started_by", sa.String(length=64), nullable=False),
        sa.Column("ring_at_s", sa.BigInteger(), nullable=False),
        sa.Column("well_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollout")),
    )
    with op.batch_alter_table("rollout", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rollout_release"), ["release"], unique=False)

    op.create_table(
        "rollout_terminal",
        sa.Column("rollout", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("terminal", sa.String(length=20), nullable=False),
        sa.Column("ring", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.String(length=40), nullable=False),
        sa.Column("since_s", sa.BigInteger(), nullable=False),
        sa.Column("was_online", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("rollout", "terminal", name=op.f("pk_rollout_terminal")),
    )
    op.create_table(
        "terminal_release",
        sa.Column("terminal", sa.String(length=20), nullable=False),
        sa.Column("store", sa.String(length=6), nullable=False),
        sa.Column("board", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(length=12), nullable=False),
        sa.Column("loading", sa.BigInteger(), nullable=False),
        sa.Column("loaded", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("terminal", name=op.f("pk_terminal_release")),
    )
    with op.batch_alter_table("alarm", schema=None) as batch_op:
        batch_op.add_column(sa.Column("teller", sa.String(length=8), nullable=False, server_default="event"))
        batch_op.add_column(sa.Column("seen_at_s", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("seen_by", sa.String(length=64), nullable=False, server_default=""))
        batch_op.drop_constraint(batch_op.f("uq_alarm_store_terminal_kind_closed_at_s"), type_="unique")
        batch_op.create_index("ix_alarm_open", ["closed_at_s", "kind"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("alarm", schema=None) as batch_op:
        batch_op.drop_index("ix_alarm_open")
        batch_op.create_unique_constraint(
            batch_op.f("uq_alarm_store_terminal_kind_closed_at_s"), ["store", "terminal", "kind", "closed_at_s"]
        )
        batch_op.drop_column("seen_by")
        batch_op.drop_column("seen_at_s")
        batch_op.drop_column("teller")

    op.drop_table("terminal_release")
    op.drop_table("rollout_terminal")
    with op.batch_alter_table("rollout", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rollout_release"))

    op.drop_table("rollout")
    op.drop_table("release_key")
    op.drop_table("firmware_release")
    op.drop_table("firmware_file")
    with op.batch_alter_table("alarm_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alarm_step_alarm"))

    op.drop_table("alarm_step")
    op.drop_table("alarm_channel")
