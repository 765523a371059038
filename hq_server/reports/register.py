"""The registers that facts are seen by, read when asked: members, who joined and left, stores, goods, attendants.

What could be erased stays in the database: only what follows from a birthday goes into an answer, for its time.
"""

import datetime as dt
import json
import zoneinfo
from collections.abc import Callable, Iterable, Iterator, Mapping

import pyarrow as pa
from sqlalchemy import Connection, and_, func, select

from hq_server.db import Database
from hq_server.decisions.store import decision
from hq_server.fleet.store import shop
from hq_server.goods.store import goods
from hq_server.members.store import heirs, member
from hq_server.members.store import person as person_table
from hq_server.staff.store import operator
from protocol.ledger.accounts import heir_of

QUARTER_S = 900  # offsets of time zones are whole quarters of an hour
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
    """Name -> table, each read when it is first asked for and kept for the time of one answer."""

    def __init__(self, db: Database):
        self._db = db
        self._read: dict[str, pa.Table] = {}

    def __getitem__(self, name: str) -> pa.Table:
        if name not in self._read:
            with self._db.read() as connection:
                self._read[name] = _READERS[name](connection)
        return self._read[name]

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
    return _table(MEMBERS, _members(connection, _zones(connection)))


def _change_table(connection: Connection) -> pa.Table:
    return _table(CHANGES, list(_changes(_members(connection, _zones(connection)))))


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


def _zones(connection: Connection) -> dict[str, dt.tzinfo]:
    return {row.code: _zone(row.timezone) for row in connection.execute(select(shop.c.code, shop.c.timezone))}


def _all(connection: Connection, table, schema: pa.Schema) -> list:
    return list(connection.execute(select(*(table.c[name] for name in schema.names))))


def _table(schema: pa.Schema, rows: list) -> pa.Table:
    if not rows:
        return schema.empty_table()
    columns = [pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), schema, strict=True)]
    return pa.Table.from_arrays(columns, schema=schema)


def _members(connection: Connection, zones: dict[str, dt.tzinfo]) -> list[tuple]:
    left = and_(decision.c.kind.in_(LEAVING), decision.c.status == "done", decision.c.subject == member.c.account)
    ended = select(member.c.account, func.min(decision.c.ended_at_s)).select_from(member.join(decision, left))
    ended_at_s: dict[str, int] = {row[0]: row[1] for row in connection.execute(ended.group_by(member.c.account))}
    asked = select(
        member.c.account, member.c.level, member.c.status, member.c.home, member.c.joined_at_s, member.c.joined_at,
        member.c.tags, person_table.c.birthday, person_table.c.gender,
    ).select_from(member.outerjoin(person_table, person_table.c.account == member.c.account))  # fmt: skip
    return [_member(row, zones, ended_at_s.get(row.account, 0)) for row in connection.execute(asked)]


def _member(row, zones: dict[str, dt.tzinfo], ended_at_s: int) -> tuple:
    zone = zones.get(row.joined_at or row.home, dt.UTC)
    return (
        row.account, row.level, row.status, row.home or row.joined_at, _local_date(row.joined_at_s, zone),
        row.joined_at or row.home, "store" if row.joined_at else "office", json.loads(row.tags or "[]"),
        _birthday(row.birthday), _local_date(ended_at_s, zone) if ended_at_s else None, row.gender or "",
    )  # fmt: skip


def _changes(members: Iterable[tuple]) -> Iterable[tuple]:
    for account, level, _status, _home, joined, joined_at, channel, _tags, _birthday, left, _gender in members:
        yield account, joined, joined_at, channel, level, 1
        if left:
            yield account, left, joined_at, channel, level, -1


def _local_date(at_s: int, zone: dt.tzinfo) -> dt.date:
    return dt.datetime.fromtimestamp(at_s, zone).date()


def _birthday(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return None


def _zone(name: str) -> dt.tzinfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return dt.UTC
