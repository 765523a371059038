"""Changes to the catalogue, by item or by CSV; gateways get the whole of it in parts, under one version."""

import csv
import io
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import Connection

from hq_server.errors import HqError
from hq_server.fleet.store import enrolled_stores
from hq_server.goods import store
from hq_server.outbox.post import Post

ITEMS_PER_PART = 100  # of at most about 400 bytes: a part stays below a gateway's 64 KB
COLUMNS = ("code", "name_zh", "name_en", "price_milli", "unit", "tax_code", "tax_bp", "category")


class Item(Struct):
    """One piece of goods. price_milli: 1/1000 of a minor unit for one unit or kilogram; tax_bp: 1/100 percent."""

    code: Annotated[str, Meta(min_length=1, max_length=24)]
    name_zh: Annotated[str, Meta(max_length=64)] = ""
    name_en: Annotated[str, Meta(max_length=64)] = ""
    price_milli: Annotated[int, Meta(ge=0, le=999_999_999_999)] = 0
    unit: Annotated[str, Meta(max_length=8)] = "piece"
    tax_code: Annotated[str, Meta(max_length=12)] = ""
    tax_bp: Annotated[int, Meta(ge=0, le=10000)] = 0
    category: Annotated[str, Meta(max_length=48)] = ""


def put_goods(connection: Connection, post: Post, items: list[Item]) -> int:
    """Writes goods and sends the catalogue to every store; its version. The last of equal codes counts."""
    rows = {item.code: {name: getattr(item, name) for name in COLUMNS} for item in items}
    version = store.version(connection) + 1
    store.put_goods(connection, list(rows.values()), version)
    parts = messages(connection)
    for store_code in enrolled_stores(connection):
        post.send_many(connection, store_code, "goods", parts)
    return version


def read_csv(text: str) -> list[Item]:
    """Goods from CSV with a header line; unknown columns are ignored. Raises HqError('bad_csv') naming the line."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    items = []
    for number, row in enumerate(reader, 2):
        named = {name: row[name] for name in COLUMNS if row.get(name) not in (None, "")}
        try:
            items.append(msgspec.convert(named, Item, strict=False))
        except msgspec.ValidationError as wrong:
            raise HqError("bad_csv", f"line {number}: {wrong}") from None
    return items


def messages(connection: Connection) -> list[dict]:
    """The catalogue in parts."""
    rows, version = store.goods_page(connection), store.version(connection)
    names = [name for name in COLUMNS if name != "category"]
    items = [{name: getattr(row, name) for name in names} for row in rows if row.status == "active"]
    parts = [items[at : at + ITEMS_PER_PART] for at in range(0, len(items), ITEMS_PER_PART)]
    return [
        {"version": version, "items": part, "part": at, "parts": len(parts)} for at, part in enumerate(parts, 1)
    ]
