"""The catalogue. Each change raises the version; sale lines keep what was charged, so nothing old is needed here."""

from sqlalchemy import Column, Connection, Integer, Row, String, Table, func, select

from hq_server.columns import CODE, STATUS, amount, words
from hq_server.db import metadata

goods = Table(
    "goods",
    metadata,
    Column("code", CODE, primary_key=True),
    words("name_zh", 64),
    words("name_en", 64),
    amount("price_milli"),
    Column("unit", String(8), nullable=False, default="piece"),
    words("tax_code", 12),
    Column("tax_bp", Integer, nullable=False, default=0),
    words("category", 48),
    Column("status", STATUS, nullable=False, default="active"),
    amount("version"),
)


def version(connection: Connection) -> int:
    """The catalogue's version: that of its last change."""
    return connection.execute(select(func.coalesce(func.max(goods.c.version), 0))).scalar_one()


def put_goods(connection: Connection, rows: list[dict], number: int) -> None:
    """Writes goods by code, new or known, under that version."""
    known = set(connection.execute(select(goods.c.code).where(goods.c.code.in_([r["code"] for r in rows]))).scalars())
    fresh = [{**row, "status": "active", "version": number} for row in rows if row["code"] not in known]
    if fresh:
        connection.execute(goods.insert(), fresh)
    for row in rows:
        if row["code"] in known:
            connection.execute(goods.update().where(goods.c.code == row["code"]).values(**row, version=number))


def goods_row(connection: Connection, code: str) -> Row | None:
    """One piece of goods, or None."""
    return connection.execute(select(goods).where(goods.c.code == code)).first()


def goods_page(connection: Connection, after: str = "", limit: int = 1000000) -> list[Row]:
    """Goods by code."""
    return list(
        connection.execute(select(goods).where(goods.c.code > after).order_by(goods.c.code).limit(limit))
    )
