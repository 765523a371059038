"""Rollouts go on by themselves: new terminals get their place, a well ring is followed by the next, trouble halts."""

from sqlalchemy import Connection

from hq_server.alarms.store import JUDGE, raise_alarm
from hq_server.bootstrap import Hq
from hq_server.releases import changes, rules, store
from hq_server.releases.telling import rollout_of, seats_of


def roll_on(hq: Hq) -> None:
    """One look at each rollout; writes only where there is something to write."""
    with hq.db.read() as connection:
        rows = [row for row in store.rollouts(connection) if row.status in (rules.RUNNING, rules.DONE)]
        due = [row.id for row in rows if _is_due(connection, row, hq.now_s())]
    for number in due:
        with hq.db.write() as connection:
            _one(hq, connection, number)


def _is_due(connection: Connection, row, now_s: int) -> bool:
    if changes.newcomers(connection, row, now_s):
        return True
    return _step(connection, row, now_s) != rules.Step(row.status, row.ring, row.well_at_s)


def _step(connection: Connection, row, now_s: int) -> rules.Step:
    return rules.step(rollout_of(row), seats_of(connection, row.id), now_s)


def _one(hq: Hq, connection: Connection, number: int) -> None:
    now_s = hq.now_s()
    changes.seat_all(connection, hq.post, number, now_s)
    row = store.rollout_row(connection, number)
    if row is None or row.status != rules.RUNNING:
        return
    step = _step(connection, row, now_s)
    values = {"status": step.status, "ring": step.ring, "well_at_s": step.well_at_s, "reason": step.reason}
    if step.ring != row.ring:
        values["ring_at_s"] = now_s
    store.set_rollout(connection, number, **values)
    if step.ring != row.ring:
        changes.seat_all(connection, hq.post, number, now_s)
    if step.status == rules.HALTED:
        detail = f"rollout {number}, {row.release}: {step.reason}"
        raise_alarm(connection, "rollout_halted", "", detail, now_s, teller=JUDGE)
        changes.tell(connection, hq.post, {seat.store for seat in store.seats(connection, number)})
