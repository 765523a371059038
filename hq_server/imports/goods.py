"""Goods from a file: what is named is written, what is not stays; the catalogue goes out once."""

from sqlalchemy import Connection

from hq_server.bootstrap import Hq
from hq_server.goods import changes, store
from hq_server.imports.plan import Plan
from hq_server.imports.rows import Read


def plan(connection: Connection, read: Read, hq: Hq) -> Plan:
    """What the file would do to the catalogue."""
    known = {row.code: row for row in store.goods_page(connection)}
    seen: set[str] = set()
    found = Plan()
    items = []
    for row, values in read.records:
        code = values["code"]
        if code in seen:
            read.wrong.add(row, read.headers["code"], code, "doubled")
        seen.add(code)
        item = changes.Item(**{**_as_it_is(known.get(code)), **values})
        is_same = code in known and all(getattr(known[code], name) == getattr(item, name) for name in changes.COLUMNS)
        found.count("same" if is_same else "changed" if code in known else "added")
        if not is_same:
            items.append(item)
    found.apply = lambda: changes.put_goods(connection, hq.post, items) if items else None
    return found


def _as_it_is(row) -> dict:
    return {name: getattr(row, name) for name in changes.COLUMNS} if row else {}
