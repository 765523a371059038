"""What gateways tell and people do with alarms."""

from typing import Any

from sqlalchemy import Connection

from hq_server.alarms import store
from hq_server.alarms.kinds import JUDGED, kind_of

TOLD_MAX = 50
JUDGED_KEYS = {kind.key for kind in JUDGED}


def gateway_tells(connection: Connection, code: str, told: list[Any], now_s: int) -> None:
    """Raises what a heartbeat tells, and ends what it tells no more.

    A count that only grows is raised when it has grown, and a person closes it.
    """
    there = set()
    for alarm in told[:TOLD_MAX]:
        kind, detail, terminal = _read(alarm)
        if kind_of(kind).counted:
            if store.last_detail(connection, kind, code, terminal) != detail:
                store.raise_alarm(connection, kind, code, detail, now_s, terminal)
        elif kind not in JUDGED_KEYS:
            there.add((kind, terminal))
            store.raise_alarm(connection, kind, code, detail, now_s, terminal, times=0, teller=store.GATEWAY)
    for row in store.open_of(connection, store.GATEWAY, code):
        if (row.kind, row.terminal) not in there:
            store.close_alarm(connection, row.id, store.ITSELF, now_s)


def _read(told: Any) -> tuple[str, str, str]:
    """(kind, detail, terminal) of what a gateway calls an alarm: a text, or an object."""
    if not isinstance(told, dict):
        return str(told)[:32], "", ""
    terminal, detail = str(told.get("terminal") or "")[:20], str(told.get("detail") or "")[: store.DETAIL_MAX]
    return str(told.get("kind") or "alarm")[:32], detail, terminal


def look_at(connection: Connection, number: int, who: str, now_s: int) -> bool:
    """A person has looked at it: an event's alarm is over, any other goes on as seen. Whether it was open."""
    row = store.alarm_row(connection, number)
    if row is None:
        return False
    by_itself = row.kind in JUDGED_KEYS or row.teller != store.EVENT
    return (store.see_alarm if by_itself else store.close_alarm)(connection, number, who, now_s)
