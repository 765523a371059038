"""Facts of member growth: who joined and who left, by the local day of the store where they did."""

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, and_, case, func, literal, select

from hq_server.decisions.store import decision
from hq_server.fleet.store import stores
from hq_server.members.store import member
from hq_server.reports.declarations import Figures, Question

QUARTER_S = 900  # offsets of time zones are whole quarters of an hour
COUNTED = ("opening_members", "new_members", "left_members")
LEAVING = ("merge", "close_account")
_STORE = case((member.c.joined_at != "", member.c.joined_at), else_=member.c.home)
_CHANNEL = case((member.c.joined_at != "", literal("store")), else_=literal("office"))


class Change(NamedTuple):
    """`count` members of one kind within one quarter of an hour; `sign` is +1 where they joined."""

    day: str
    store: str
    channel: str
    level: str
    sign: int
    count: int


def facts(connection: Connection, question: Question, by: tuple[str, ...]) -> dict[tuple[str, ...], Figures]:
    """Place -> opening, new, left, net, closing."""
    found: dict[tuple[str, ...], Figures] = {}
    for change in changes(connection):
        if change.day > question.to_date or (question.stores and change.store not in question.stores):
            continue
        values = found.setdefault(_place(change, by), dict.fromkeys(COUNTED, 0))
        if change.day < question.from_date:
            values["opening_members"] += change.sign * change.count
        else:
            values["new_members" if change.sign > 0 else "left_members"] += change.count
    for values in found.values():
        values["net_growth"] = values["new_members"] - values["left_members"]
        values["closing_members"] = values["opening_members"] + values["net_growth"]
    return {place: values for place, values in found.items() if _says_something(values, by)}


def _says_something(values: Figures, by: tuple[str, ...]) -> bool:
    """A day before the period is no row of it; a store that nobody joined or left is."""
    return not {"day", "month"} & set(by) or bool(values["new_members"] or values["left_members"])


def _place(change: Change, by: tuple[str, ...]) -> tuple[str, ...]:
    own = change._asdict() | {"month": change.day[:7]}
    return tuple(own[dimension] for dimension in by)


def changes(connection: Connection) -> Iterator[Change]:
    """Every joining and leaving there has been, summed up per quarter of an hour by the database."""
    zones = {shop.code: zoneinfo.ZoneInfo(shop.timezone) for shop in stores(connection)}
    quarter = (member.c.joined_at_s // QUARTER_S).label("quarter")
    places = (_STORE.label("store"), _CHANNEL.label("channel"), member.c.level)
    joined = select(*places, quarter, func.count().label("count")).group_by(*places, quarter)
    yield from _dated(connection.execute(joined), zones, 1)
    ended = and_(decision.c.kind.in_(LEAVING), decision.c.status == "done", decision.c.subject == member.c.account)
    quarter = (decision.c.ended_at_s // QUARTER_S).label("quarter")
    left = select(*places, quarter, func.count(member.c.account.distinct()).label("count"))
    left = left.select_from(member.join(decision, ended)).group_by(*places, quarter)
    yield from _dated(connection.execute(left), zones, -1)


def _dated(rows, zones: dict[str, zoneinfo.ZoneInfo], sign: int) -> Iterator[Change]:
    for row in rows:
        at = dt.datetime.fromtimestamp(int(row.quarter) * QUARTER_S, zones.get(row.store, dt.UTC))
        yield Change(at.date().isoformat(), row.store, row.channel, row.level, sign, row.count)
