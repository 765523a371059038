"""The event log and the rows that reports read: sale lines and tenders.

Head office's own bookings (grants, receipts of returns, closings) are events of the store "hq".
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from hq_server.columns import ACCOUNT, CODE, DATE, HEX32, HEX64, ROW_ID, STORE, TRANSFER, amount, at_s, words
from hq_server.db import metadata

HQ = "hq"

event = Table(
    "event",
    metadata,
    Column("id", ROW_ID, primary_key=True),  # order of booking at head office
    Column("store", STORE, nullable=False),
    Column("incarnation", HEX32, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", HEX64, nullable=False),
    words("kind", 24),
    at_s("at_s"),  # the gateway's clock
    at_s("received_at_s"),  # ours
    Column("business_date", DATE, nullable=False),
    Column("transfer", TRANSFER, nullable=False, default="", index=True),
    # the second key: a request is booked once however often it arrives; null where there is no request or a duplicate
    Column("request_key", String(100), nullable=True, unique=True),
    words("request", 64),  # request id text, '' where the event answers no request
    words("terminal", 20),
    Column("account", ACCOUNT, nullable=False, default="", index=True),
    words("operator", 16),
    amount("shift"),
    Column("receipt", BigInteger, nullable=True),
    words("reason", 24),
    Column("offline", Boolean, nullable=False, default=False),
    words("witness", 8),  # fits, bad, missing; '' where none is due
    amount("total_cents"),
    amount("earned_points"),
    words("duplicate_of", 80),  # 'store/incarnation/seq' of the event that was booked; this one books nothing
    Column("raw", Text, nullable=False),
    UniqueConstraint("store", "incarnation", "seq"),
    Index("ix_event_store_date", "store", "business_date"),
    Index("ix_event_terminal", "terminal", "request"),
)

sale_line = Table(
    "sale_line",
    metadata,
    Column("event", ROW_ID, ForeignKey("event.id"), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("code", CODE, nullable=False, index=True),
    amount("qty_milli"),
    amount("price_milli"),
    amount("amount_cents"),
    words("tax_code", 12),
    amount("tax_bp"),
)

tender = Table(
    "tender",
    metadata,
    Column("event", ROW_ID, ForeignKey("event.id"), primary_key=True),
    Column("tender", String(16), primary_key=True),  # principal, bonus, points, points_value, cash
    amount("amount"),  # points in points, all others in minor units
)
