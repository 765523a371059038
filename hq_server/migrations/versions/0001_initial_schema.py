"""initial schema"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "access_audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=48), nullable=False),
        sa.Column("object", sa.String(length=128), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_audit")),
    )
    with op.batch_alter_table("access_audit", schema=None) as batch_op:
        batch_op.create_index("access_audit_object", ["object"], unique=False)

    op.create_table(
        "access_failure",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_failure")),
    )
    with op.batch_alter_table("access_failure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_failure_at_s"), ["at_s"], unique=False)

    op.create_table(
        "access_key",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_at_s", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("seen_at_s", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_access_key")),
        sa.UniqueConstraint("name", name=op.f("uq_access_key_name")),
    )
    op.create_table(
        "access_session",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=32), nullable=False),
        sa.Column("created_at_s", sa.BigInteger(), nullable=False),
        sa.Column("seen_at_s", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=160), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_access_session")),
    )
    with op.batch_alter_table("access_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_session_user"), ["user"], unique=False)

    op.create_table(
        "access_setup_code",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at_s", sa.BigInteger(), nullable=False),
        sa.Column("used_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_access_setup_code")),
    )
    op.create_table(
        "access_user",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.String(length=256), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("created_at_s", sa.BigInteger(), nullable=False),
        sa.Column("password_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_access_user")),
    )
    op.create_table(
        "account_due",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_account_due")),
    )
    op.create_table(
        "alarm",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("store", sa.String(length=6), nullable=False),
        sa.Column("terminal", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("first_at_s", sa.BigInteger(), nullable=False),
        sa.Column("last_at_s", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("closed_at_s", sa.BigInteger(), nullable=False),
        sa.Column("closed_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
        sa.UniqueConstraint(
            "store", "terminal", "kind", "closed_at_s", name=op.f("uq_alarm_store_terminal_kind_closed_at_s")
        ),
    )
    with op.batch_alter_table("alarm", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alarm_store"), ["store"], unique=False)

    op.create_table(
        "balance",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("party", sa.String(length=40), nullable=False),
        sa.Column("asset", sa.String(length=32), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("lot", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("book", "party", "asset", "holder", "lot", name=op.f("pk_balance")),
    )
    with op.batch_alter_table("balance", schema=None) as batch_op:
        batch_op.create_index("ix_balance_holder", ["holder", "book"], unique=False)

    op.create_table(
        "card",
        sa.Column("card", sa.String(length=25), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("replaced_by", sa.String(length=25), nullable=False),
        sa.Column("issued_at_s", sa.BigInteger(), nullable=False),
        sa.Column("changed_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("card", name=op.f("pk_card")),
    )
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_account"), ["account"], unique=False)

    op.create_table(
        "certificate",
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("store", sa.String(length=6), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("issued_at_s", sa.BigInteger(), nullable=False),
        sa.Column("renew_by_s", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at_s", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_certificate")),
    )
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_name"), ["name"], unique=False)

    op.create_table(
        "chain",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("exponent", sa.BigInteger(), nullable=False),
        sa.Column("ca_pem", sa.Text(), nullable=False),
        sa.Column("public_key", sa.String(length=64), nullable=False),
        sa.Column("created_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain")),
    )
    op.create_table(
        "enrolment_code",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("created_at_s", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_s", sa.BigInteger(), nullable=False),
        sa.Column("used_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_enrolment_code")),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("store", sa.String(length=6), nullable=False),
        sa.Column("incarnation", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.Column("received_at_s", sa.BigInteger(), nullable=False),
        sa.Column("business_date", sa.String(length=10), nullable=False),
        sa.Column("transfer", sa.String(length=96), nullable=False),
        sa.Column("request_key", sa.String(length=100), nullable=True),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("terminal", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("operator", sa.String(length=16), nullable=False),
        sa.Column("shift", sa.BigInteger(), nullable=False),
        sa.Column("receipt", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("offline", sa.Boolean(), nullable=False),
        sa.Column("witness", sa.String(length=8), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("earned_points", sa.BigInteger(), nullable=False),
        sa.Column("duplicate_of", sa.String(length=80), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("request_key", name=op.f("uq_event_request_key")),
        sa.UniqueConstraint("store", "incarnation", "seq", name=op.f("uq_event_store_incarnation_seq")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_account"), ["account"], unique=False)
        batch_op.create_index("ix_event_store_date", ["store", "business_date"], unique=False)
        batch_op.create_index("ix_event_terminal", ["terminal", "request"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_transfer"), ["transfer"], unique=False)

    op.create_table(
        "float_grant",
        sa.Column("grant", sa.String(length=32), nullable=False),
        sa.Column("store", sa.String(length=6), nullable=False),
        sa.Column("incarnation", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("slices", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("request", sa.String(length=32), nullable=False),
        sa.Column("created_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("grant", name=op.f("pk_float_grant")),
    )
    with op.batch_alter_table("float_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_float_grant_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_float_grant_incarnation"), ["incarnation"], unique=False)

    op.create_table(
        "float_recall",
        sa.Column("recall", sa.String(length=32), nullable=False),
        sa.Column("store", sa.String(length=6), nullable=False),
        sa.Column("incarnation", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("asset", sa.String(length=32), nullable=False),
        sa.Column("up_to", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("request", sa.String(length=32), nullable=False),
        sa.Column("created_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("recall", name=op.f("pk_float_recall")),
    )
    with op.batch_alter_table("float_recall", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_float_recall_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_float_recall_incarnation"), ["incarnation"], unique=False)

    op.create_table(
        "float_request",
        sa.Column("request", sa.String(length=32), nullable=False),
        sa.Column("store", sa.String(length=6), nullable=False),
        sa.Column("incarnation", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("want", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("created_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("request", name=op.f("pk_float_request")),
    )
    op.create_table(
        "gateway",
        sa.Column("store", sa.String(length=6), nullable=False),
        sa.Column("incarnation", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("heartbeat_at_s", sa.BigInteger(), nullable=False),
        sa.Column("head_seq", sa.BigInteger(), nullable=False),
        sa.Column("outbox", sa.BigInteger(), nullable=False),
        sa.Column("clock_ahead_s", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("store", name=op.f("pk_gateway")),
    )
    op.create_table(
        "goods",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("name_zh", sa.String(length=64), nullable=False),
        sa.Column("name_en", sa.String(length=64), nullable=False),
        sa.Column("price_milli", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("tax_code", sa.String(length=12), nullable=False),
        sa.Column("tax_bp", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=48), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_goods")),
    )
    op.create_table(
        "incarnation",
        sa.Column("incarnation", sa.String(length=32), nullable=False),
        sa.Column("store", sa.String(length=6), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("cursor_seq", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("last_receipt", sa.BigInteger(), nullable=False),
        sa.Column("enrolled_at_s", sa.BigInteger(), nullable=False),
        sa.Column("fenced_at_s", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("incarnation", name=op.f("pk_incarnation")),
    )
    with op.batch_alter_table("incarnation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incarnation_store"), ["store"], unique=False)

    op.create_table(
        "lot",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("lot", sa.String(length=16), nullable=False),
        sa.Column("asset", sa.String(length=32), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("expires", sa.String(length=10), nullable=False),
        sa.Column("opened_s", sa.BigInteger(), nullable=False),
        sa.Column("transfer", sa.String(length=96), nullable=False),
        sa.PrimaryKeyConstraint("account", "lot", name=op.f("pk_lot")),
    )
    with op.batch_alter_table("lot", schema=None) as batch_op:
        batch_op.create_index("ix_lot_lot", ["lot"], unique=False)

    op.create_table(
        "member",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("display", sa.String(length=32), nullable=False),
        sa.Column("home", sa.String(length=6), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("usual_cents", sa.BigInteger(), nullable=False),
        sa.Column("sales", sa.BigInteger(), nullable=False),
        sa.Column("joined_at_s", sa.BigInteger(), nullable=False),
        sa.Column("joined_at", sa.String(length=6), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_member")),
    )
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_member_status"), ["status"], unique=False)

    op.create_table(
        "member_person",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=96), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=128), nullable=False),
        sa.Column("birthday", sa.String(length=10), nullable=False),
        sa.Column("consent", sa.String(length=200), nullable=False),
        sa.Column("changed_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_member_person")),
    )
    with op.batch_alter_table("member_person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_member_person_phone"), ["phone"], unique=False)

    op.create_table(
        "member_visit",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("store", sa.String(length=6), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "store", name=op.f("pk_member_visit")),
    )
    op.create_table(
        "operator",
        sa.Column("operator", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("store", sa.String(length=6), nullable=False),
        sa.Column("pin_salt", sa.String(length=32), nullable=False),
        sa.Column("pin_hash", sa.String(length=64), nullable=False),
        sa.Column("cards", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("changed_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("operator", name=op.f("pk_operator")),
    )
    op.create_table(
        "outbox",
        sa.Column("incarnation", sa.String(length=32), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("store", sa.String(length=6), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("created_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("incarnation", "n", name=op.f("pk_outbox")),
    )
    op.create_table(
        "outbox_head",
        sa.Column("incarnation", sa.String(length=32), nullable=False),
        sa.Column("last_n", sa.BigInteger(), nullable=False),
        sa.Column("acked_n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("incarnation", name=op.f("pk_outbox_head")),
    )
    op.create_table(
        "right_grant",
        sa.Column("grant", sa.String(length=32), nullable=False),
        sa.Column("store", sa.String(length=6), nullable=False),
        sa.Column("incarnation", sa.String(length=32), nullable=False),
        sa.Column("right", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("created_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("grant", name=op.f("pk_right_grant")),
    )
    with op.batch_alter_table("right_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_right_grant_incarnation"), ["incarnation"], unique=False)

    op.create_table(
        "rule_set",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rule_set")),
    )
    op.create_table(
        "secret",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secret")),
    )
    op.create_table(
        "store",
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=48), nullable=False),
        sa.Column("region", sa.String(length=48), nullable=False),
        sa.Column("timezone", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("right_principal", sa.BigInteger(), nullable=False),
        sa.Column("right_bonus", sa.BigInteger(), nullable=False),
        sa.Column("right_points", sa.BigInteger(), nullable=False),
        sa.Column("created_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_store")),
    )
    op.create_table(
        "terminal",
        sa.Column("terminal", sa.String(length=20), nullable=False),
        sa.Column("store", sa.String(length=6), nullable=False),
        sa.Column("app", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("key_number", sa.BigInteger(), nullable=False),
        sa.Column("enrolled_at_s", sa.BigInteger(), nullable=False),
        sa.Column("seen_at_s", sa.BigInteger(), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("heap_free", sa.BigInteger(), nullable=False),
        sa.Column("firmware", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("terminal", name=op.f("pk_terminal")),
    )
    with op.batch_alter_table("terminal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_terminal_store"), ["store"], unique=False)

    op.create_table(
        "terminal_key",
        sa.Column("terminal", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("link_key", sa.LargeBinary(), nullable=False),
        sa.Column("witness_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("terminal", "number", name=op.f("pk_terminal_key")),
    )
    op.create_table(
        "entry",
        sa.Column("event", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("transfer", sa.String(length=96), nullable=False),
        sa.Column("debit_book", sa.String(length=16), nullable=False),
        sa.Column("debit_party", sa.String(length=40), nullable=False),
        sa.Column("debit_asset", sa.String(length=32), nullable=False),
        sa.Column("debit_holder", sa.String(length=40), nullable=False),
        sa.Column("debit_lot", sa.String(length=16), nullable=False),
        sa.Column("credit_book", sa.String(length=16), nullable=False),
        sa.Column("credit_party", sa.String(length=40), nullable=False),
        sa.Column("credit_asset", sa.String(length=32), nullable=False),
        sa.Column("credit_holder", sa.String(length=40), nullable=False),
        sa.Column("credit_lot", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["event.id"], name=op.f("fk_entry_event")),
        sa.PrimaryKeyConstraint("event", "n", name=op.f("pk_entry")),
    )
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.create_index("ix_entry_credit", ["credit_party", "credit_book"], unique=False)
        batch_op.create_index("ix_entry_debit", ["debit_party", "debit_book"], unique=False)
        batch_op.create_index(batch_op.f("ix_entry_transfer"), ["transfer"], unique=False)

    op.create_table(
        "sale_line",
        sa.Column("event", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("qty_milli", sa.BigInteger(), nullable=False),
        sa.Column("price_milli", sa.BigInteger(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("tax_code", sa.String(length=12), nullable=False),
        sa.Column("tax_bp", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["event.id"], name=op.f("fk_sale_line_event")),
        sa.PrimaryKeyConstraint("event", "line", name=op.f("pk_sale_line")),
    )
    with op.batch_alter_table("sale_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sale_line_code"), ["code"], unique=False)

    op.create_table(
        "tender",
        sa.Column("event", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tender", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["event.id"], name=op.f("fk_tender_event")),
        sa.PrimaryKeyConstraint("event", "tender", name=op.f("pk_tender")),
    )


def downgrade() -> None:
    op.drop_table("tender")
    with op.batch_alter_table("sale_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sale_line_code"))

    op.drop_table("sale_line")
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entry_transfer"))
        batch_op.drop_index("ix_entry_debit")
        batch_op.drop_index("ix_entry_credit")

    op.drop_table("entry")
    op.drop_table("terminal_key")
    with op.batch_alter_table("terminal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_terminal_store"))

    op.drop_table("terminal")
    op.drop_table("store")
    op.drop_table("secret")
    op.drop_table("rule_set")
    with op.batch_alter_table("right_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_right_grant_incarnation"))

    op.drop_table("right_grant")
    op.drop_table("outbox_head")
    op.drop_table("outbox")
    op.drop_table("operator")
    op.drop_table("member_visit")
    with op.batch_alter_table("member_person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_member_person_phone"))

    op.drop_table("member_person")
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_member_status"))

    op.drop_table("member")
    op.drop_table("lot")
    with op.batch_alter_table("incarnation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incarnation_store"))

    op.drop_table("incarnation")
    op.drop_table("goods")
    op.drop_table("gateway")
    op.drop_table("float_request")
    with op.batch_alter_table("float_recall", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_float_recall_incarnation"))
        batch_op.drop_index(batch_op.f("ix_float_recall_account"))

    op.drop_table("float_recall")
    with op.batch_alter_table("float_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_float_grant_incarnation"))
        batch_op.drop_index(batch_op.f("ix_float_grant_account"))

    op.drop_table("float_grant")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_transfer"))
        batch_op.drop_index("ix_event_terminal")
        batch_op.drop_index("ix_event_store_date")
        batch_op.drop_index(batch_op.f("ix_event_account"))

    op.drop_table("event")
    op.drop_table("enrolment_code")
    op.drop_table("chain")
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificate_name"))

    op.drop_table("certificate")
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_card_account"))

    op.drop_table("card")
    with op.batch_alter_table("balance", schema=None) as batch_op:
        batch_op.drop_index("ix_balance_holder")

    op.drop_table("balance")
    with op.batch_alter_table("alarm", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alarm_store"))

    op.drop_table("alarm")
    op.drop_table("account_due")
    op.drop_table("access_user")
    op.drop_table("access_setup_code")
    with op.batch_alter_table("access_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_access_session_user"))

    op.drop_table("access_session")
    op.drop_table("access_key")
    with op.batch_alter_table("access_failure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_access_failure_at_s"))

    op.drop_table("access_failure")
    with op.batch_alter_table("access_audit", schema=None) as batch_op:
        batch_op.drop_index("access_audit_object")

    op.drop_table("access_audit")
