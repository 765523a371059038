"""Column types with their bounds, so that the same thing is declared the same way in every noun."""

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, String, TextClause

# rows lie in the order of their key, as their only tree: a table that is mostly written, or read by its key
CLUSTERED: dict[str, Any] = {"sqlite_with_rowid": False}
ROW_ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts rows only in INTEGER columns
STORE = String(6)
CLIENT = String(20)
ACCOUNT = String(32)
HEX32 = String(32)
HEX64 = String(64)
CARD = String(25)
LOT = String(16)
ASSET = String(32)
HOLDER = String(40)
TRANSFER = String(96)
DATE = String(10)
STATUS = String(12)
CODE = String(24)


def at_s(name: str, index: bool = False) -> Column:
    """Epoch seconds by head office's or a gateway's clock: a label; 0 = not yet."""
    return Column(name, BigInteger, nullable=False, default=0, index=index)


def amount(name: str, default: int = 0) -> Column:
    """Minor units, points or counts; 64 bits."""
    return Column(name, BigInteger, nullable=False, default=default)


def words(name: str, length: int, default: str = "") -> Column:
    """A short text; empty rather than null."""
    return Column(name, String(length), nullable=False, default=default)


def only(rows: TextClause) -> dict[str, Any]:
    """For an index of those rows alone; a question finds it if it says the very same of them."""
    return {"sqlite_where": rows, "postgresql_where": rows}
