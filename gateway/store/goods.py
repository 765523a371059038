"""Goods and their prices as head office last sent them."""

import sqlite3
from typing import NamedTuple


class Goods(NamedTuple):
    """One article; price in 1/1000 of a minor unit, tax rate in 1/100 percent, tax included in the price."""

    code: str
    name_zh: str
    name_en: str
    price_milli: int
    unit: str
    tax_code: str
    tax_bp: int

    def name(self, language: str) -> str:
        """At most 64 bytes of UTF-8, in the store's language where there is a text in it."""
        wanted = self.name_zh if language.startswith("zh") else self.name_en
        text = wanted or self.name_en or self.name_zh or self.code
        return text.encode()[:64].decode(errors="ignore")


def get(db: sqlite3.Connection, code: str) -> Goods | None:
    row = db.execute(
        "SELECT code, name_zh, name_en, price_milli, unit, tax_code, tax_bp FROM goods WHERE code = ?", (code,)
    ).fetchone()
    return Goods(*row) if row else None


def put_part(db: sqlite3.Connection, version: int, items: list[dict], last: bool) -> None:
    """Takes over one part of a price list; with the last one, goods of older versions leave the shelf."""
    rows = [
        (
            item["code"],
            item.get("name_zh") or "",
            item.get("name_en") or "",
            item["price_milli"],
            item.get("unit") or "",
            item.get("tax_code") or "",
            item["tax_bp"],
            version,
        )
        for item in items
    ]
    db.executemany("INSERT OR REPLACE INTO goods VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    if last:
        db.execute("DELETE FROM goods WHERE version < ?", (version,))
