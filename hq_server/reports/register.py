"""The registers that facts are seen by, read when asked: members, who joined and left, stores, goods, attendants.

What could be erased stays in the database: only what follows from a birthday goes into an answer, for its time (of a
chain with very many members, for some minutes).
"""

import datetime as dt
import json
import time
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import pyarrow as pa
from sqlalchemy import Connection, Select, and_, func, select

from hq_server.db import Database
from hq_server.decisions.store import decision
from hq_server.facts.shapes import compute
from hq_server.fleet.store import shop
from hq_server.goods.store import goods
from hq_server.members.store import heirs, member
from hq_server.members.store import person as person_table
from hq_server.staff.store import operator
from protocol.ledger.accounts import heir_of

AT_ONCE = 100_000  # rows that are read in one go
UTC = "UTC"
LARGE_ROWS, KEPT_TIMES = 50_000, 10
# of each database: name -> (until when, table)
_KEPT: "WeakKeyDictionary[Database, dict[str, tuple[float, pa.Table]]]" = WeakKeyDictionary()
LEAVING = ("merge", "close_account")
TEXT, WHOLE, DAY = pa.string(), pa.int64(), pa.date32()
MEMBERS = pa.schema([
    ("account", TEXT), ("level", TEXT), ("status", TEXT), ("home", TEXT), ("joined_date", DAY), ("joined_at", TEXT),
    ("channel", TEXT), ("tags", pa.list_(TEXT)), ("birthday", DAY), ("left_date", DAY),
    ("gender", TEXT),
])  # fmt: skip
STORES = pa.schema([("code", TEXT), ("name", TEXT), ("region", TEXT), ("timezone", TEXT)])
GOODS = pa.schema([("code", TEXT), ("name_zh", TEXT), ("name_en", TEXT), ("category", TEXT), ("unit", TEXT)])
OPERATORS = pa.schema([("operator", TEXT), ("name", TEXT), ("role", TEXT)])
HEIRS = pa.schema([("account", TEXT), ("person", TEXT)])  # of merged accounts alone
CHANGES = pa.schema([
    ("account", TEXT), ("business_date", DAY), ("store", TEXT), ("channel", TEXT), ("level", TEXT),
    ("change", pa.int8()),
])  # fmt: skip


class Registers(Mapping[str, pa.Table]):
    """Name -> table, each read when it is first asked for and kept for the time of one answer.

    Large ones are kept for longer: ten times as long as reading them took, so that reading takes a tenth of the time.
    """

    def __init__(self, db: Database, now_s: Callable[[], float] = time.monotonic):
        self._db, self._now_s = db, now_s
        self._read: dict[str, pa.Table] = {}

    def __getitem__(self, name: str) -> pa.Table:
        if name not in self._read:
            self._read[name] = self._kept(name)
        return self._read[name]

    def _kept(self, name: str) -> pa.Table:
        kept, began_s = _KEPT.setdefault(self._db, {}), self._now_s()
        if name not in kept or kept[name][0] <= began_s:
            table = self._anew(name)
            if table.num_rows < LARGE_ROWS:
                return table
            now_s = self._now_s()
            kept[name] = (now_s + KEPT_TIMES * (now_s - began_s), table)
        return kept[name][1]

    def _anew(self, name: str) -> pa.Table:
        if name == "member_changes":
            return _changes(self["members"])
        with self._db.read() as connection:
            return _READERS[name](connection)

    def __iter__(self) -> Iterator[str]:
        return iter(_READERS)

    def __len__(self) -> int:
        return len(_READERS)


def registers(connection: Connection) -> dict[str, pa.Table]:
    """All of them at once."""
    return {name: read(connection) for name, read in _READERS.items()}


def _stores(connection: Connection) -> pa.Table:
    return _table(STORES, list(connection.execute(select(shop.c.code, shop.c.name, shop.c.region, shop.c.timezone))))


def _member_table(connection: Connection) -> pa.Table:
    return _members(connection)


def _change_table(connection: Connection) -> pa.Table:
    return _changes(_members(connection))


def _heirs(connection: Connection) -> pa.Table:
    merged = heirs(connection)
    return _table(HEIRS, [(account, heir_of(account, merged)) for account in merged])


def _goods(connection: Connection) -> pa.Table:
    return _table(GOODS, _all(connection, goods, GOODS))


def _operators(connection: Connection) -> pa.Table:
    return _table(OPERATORS, _all(connection, operator, OPERATORS))


_READERS: dict[str, Callable[[Connection], pa.Table]] = {
    "members": _member_table, "member_changes": _change_table, "stores": _stores, "goods": _goods,
    "operators": _operators, "heirs": _heirs,
}  # fmt: skip


def _zones(connection: Connection) -> dict[str, str]:
    return {row.code: _zone(row.timezone) for row in connection.execute(select(shop.c.code, shop.c.timezone))}


def _all(connection: Connection, table, schema: pa.Schema) -> list:
    return list(connection.execute(select(*(table.c[name] for name in schema.names))))


def _table(schema: pa.Schema, rows: list) -> pa.Table:
    if not rows:
        return schema.empty_table()
    columns = [pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), schema, strict=True)]
    return pa.Table.from_arrays(columns, schema=schema)


def _members(connection: Connection) -> pa.Table:
    """Column by column, persons by themselves: a million members take seconds, row by row half a minute."""
    zones, left_at_s = _zones(connection), _left_at_s(connection)
    people = _columns(connection, select(person_table.c.account, person_table.c.birthday, person_table.c.gender))
    asked = (member.c.account, member.c.level, member.c.status, member.c.home, member.c.joined_at_s, member.c.joined_at)
    rows = _columns(connection, select(*asked, member.c.tags))
    if rows is None:
        return MEMBERS.empty_table()
    nobody = [pa.nulls(len(rows[0]), TEXT)] * 2
    if people:
        at = compute.index_in(rows[0], people[0])
        nobody = [column.take(at) for column in people[1:]]
    return _part([*rows, *nobody], zones, left_at_s)


def _columns(connection: Connection, asked: Select) -> list[pa.Array] | None:
    """The rows of a statement, column by column; None where there is none."""
    cursor, read = connection.execute(asked).cursor, []
    while cursor and (rows := cursor.fetchmany(AT_ONCE)):  # plain rows: to make each an object takes as long again
        read.append([pa.array(column) for column in zip(*rows, strict=True)])
    return [pa.concat_arrays(list(column)) for column in zip(*read, strict=True)] or None


def _left_at_s(connection: Connection) -> dict[str, int]:
    """Account -> when it was merged or closed."""
    left = and_(decision.c.kind.in_(LEAVING), decision.c.status == "done", decision.c.subject == member.c.account)
    ended = select(member.c.account, func.min(decision.c.ended_at_s)).select_from(member.join(decision, left))
    return {row[0]: row[1] for row in connection.execute(ended.group_by(member.c.account))}


def _part(columns: list[pa.Array], zones: dict[str, str], left_at_s: dict[str, int]) -> pa.Table:
    account, level, status, home, joined_at_s, joined_at, tags, birthday, gender = columns
    at_store = compute.not_equal(joined_at, "")
    joined_where = compute.if_else(at_store, joined_at, home)
    gone = pa.array([left_at_s.get(one) for one in account.to_pylist()] if left_at_s else [None] * len(account), WHOLE)
    told = (
        account, level, status, compute.if_else(compute.not_equal(home, ""), home, joined_at),
        _local_dates(joined_at_s, joined_where, zones), joined_where,
        compute.if_else(at_store, "store", "office"), _each(tags, _words, pa.list_(TEXT)),
        _each(birthday, _birthday, DAY), _local_dates(gone, joined_where, zones),
        compute.fill_null(gender.cast(TEXT), ""),
    )  # fmt: skip
    return pa.Table.from_arrays(list(told), schema=MEMBERS)


def _each(column: pa.Array, read: Callable[[str], Any], kind: pa.DataType) -> pa.Array:
    """What each different text means, worked out once."""
    encoded = column.cast(TEXT).dictionary_encode()
    return pa.array([read(one) for one in encoded.dictionary.to_pylist()], kind).take(encoded.indices)


def _local_dates(at_s: pa.Array, places: pa.Array, zones: dict[str, str]) -> pa.Array:
    """The date that it was there."""
    zone_of = _each(places, lambda place: zones.get(place, UTC), TEXT)
    moments, found = at_s.cast(pa.timestamp("s", UTC)), pa.nulls(len(at_s), DAY)
    for zone in compute.unique(zone_of).to_pylist():
        local = compute.local_timestamp(moments.cast(pa.timestamp("s", zone))).cast(DAY)
        found = compute.if_else(compute.equal(zone_of, zone), local, found)
    return found


def _changes(members: pa.Table) -> pa.Table:
    """One row where somebody joined, one where somebody left."""
    left = members.filter(compute.is_valid(members["left_date"]))
    return pa.concat_tables([_change(members, "joined_date", 1), _change(left, "left_date", -1)])


def _change(members: pa.Table, day: str, change: int) -> pa.Table:
    columns = [members[name] for name in ("account", day, "joined_at", "channel", "level")]
    counted = pa.array([change] * members.num_rows, pa.int8())
    return pa.Table.from_arrays([*columns, pa.chunked_array([counted])], schema=CHANGES)


def _words(text: str | None) -> list[str]:
    return json.loads(text or "[]")


def _birthday(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return None


def _zone(name: str) -> str:
    try:
        return zoneinfo.ZoneInfo(name).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return UTC
