"""Entries (written once), the balance of every line, and what is known of every lot.

An entry moves `amount` > 0 from its debit line to its credit line; a line is (book, party, asset, holder, lot).
balance(line) = credits - debits, kept in its own table in the same transaction.
"""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from hq_server.columns import ACCOUNT, ASSET, DATE, HOLDER, LOT, ROW_ID, TRANSFER, amount, at_s, words
from hq_server.db import metadata

PARTY = String(40)

entry = Table(
    "entry",
    metadata,
    Column("event", ROW_ID, ForeignKey("event.id"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),  # 1.. within its event
    Column("transfer", TRANSFER, nullable=False, index=True),
    words("debit_book", 16),
    Column("debit_party", PARTY, nullable=False, default=""),
    Column("debit_asset", ASSET, nullable=False, default=""),
    Column("debit_holder", HOLDER, nullable=False, default=""),
    Column("debit_lot", LOT, nullable=False, default=""),
    words("credit_book", 16),
    Column("credit_party", PARTY, nullable=False, default=""),
    Column("credit_asset", ASSET, nullable=False, default=""),
    Column("credit_holder", HOLDER, nullable=False, default=""),
    Column("credit_lot", LOT, nullable=False, default=""),
    amount("amount"),
    Index("ix_entry_debit", "debit_party", "debit_book"),
    Index("ix_entry_credit", "credit_party", "credit_book"),
)

balance = Table(
    "balance",
    metadata,
    Column("book", String(16), primary_key=True),
    Column("party", PARTY, primary_key=True),
    Column("asset", ASSET, primary_key=True),
    Column("holder", HOLDER, primary_key=True),
    Column("lot", LOT, primary_key=True),
    amount("amount"),
    Index("ix_balance_holder", "holder", "book"),
)

lot = Table(
    "lot",
    metadata,
    Column("account", ACCOUNT, primary_key=True),
    Column("lot", LOT, primary_key=True),
    Column("asset", ASSET, nullable=False),
    Column("origin", HOLDER, nullable=False),  # the store where it was credited
    words("kind", 24),
    Column("expires", DATE, nullable=False, default=""),  # '' = never
    at_s("opened_s"),
    Column("transfer", TRANSFER, nullable=False),
)
