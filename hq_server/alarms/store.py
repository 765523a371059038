"""Alarms: the same trouble again raises the count, not the number of rows. Steps are history, and what is sent."""

from sqlalchemy import BigInteger, Column, Connection, Index, Row, String, Table, Text, func, select

from hq_server.columns import CLIENT, ROW_ID, STORE, amount, at_s, words
from hq_server.db import metadata, tell
from hq_server.ingest.store import event, tender
from hq_server.outbox.store import outbox_head

DETAIL_MAX = 400
NUMBER_MAX = 1 << 63  # what a database can look for
EVENT, GATEWAY, JUDGE = "event", "gateway", "judge"  # who raised it: once; while it says so; while it is so
ITSELF = "itself"  # closed_by, when the trouble has ended
COVERAGE_EVENTS = 20_000  # the newest events of the chain: a look stays cheap however long the books are
COVERAGE_S = 86400
STORED = ("principal", "bonus")
LACKS_FLOAT = "insufficient_float"
RAISED, SEEN, ENDED = "raised", "seen", "ended"

alarm = Table(
    "alarm",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("store", STORE, nullable=False, default="", index=True),
    Column("terminal", CLIENT, nullable=False, default=""),
    words("kind", 32),
    Column("detail", Text, nullable=False, default=""),
    words("teller", 8, EVENT),
    at_s("first_at_s"),
    at_s("last_at_s"),
    amount("count", 1),
    at_s("seen_at_s"),  # 0: nobody has looked at it
    words("seen_by", 64),
    at_s("closed_at_s"),  # 0: still open
    words("closed_by", 64),
    Index("ix_alarm_open", "closed_at_s", "kind"),
)

step = Table(
    "alarm_step",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("alarm", BigInteger, nullable=False, index=True),
    words("what", 8),
    words("who", 64),
    at_s("at_s"),
)

channel = Table(
    "alarm_channel",
    metadata,
    Column("channel", String(16), primary_key=True),  # webhook, mail
    amount("sent_step"),  # all steps up to this one are told or left out
    amount("tries"),
    at_s("due_at_s"),
    at_s("busy_until_s"),  # a process is sending
    at_s("sent_at_s"),
    words("error", 200),
)


def raise_alarm(
    connection: Connection, kind: str, store: str, detail: str, now_s: int, terminal: str = "", times: int = 1,
    teller: str = EVENT,
) -> bool:
    """Notes the trouble; True if it is new, so that it is logged once. The detail is that of the last time.

    times: how often it happened since it was noted last; 0 for a state that is only told again.
    """
    same = (alarm.c.store == store, alarm.c.terminal == terminal, alarm.c.kind == kind, alarm.c.closed_at_s == 0)
    again = alarm.update().where(*same).values(
        count=alarm.c.count + times, last_at_s=now_s, detail=detail[:DETAIL_MAX]
    )
    if connection.execute(again).rowcount:
        return False
    fresh = alarm.insert().values(
        store=store, terminal=terminal, kind=kind, detail=detail[:DETAIL_MAX], teller=teller, first_at_s=now_s,
        last_at_s=now_s, count=1, seen_at_s=0, seen_by="", closed_at_s=0, closed_by="",
    )
    number = connection.execute(fresh).inserted_primary_key
    assert number is not None
    _note(connection, number[0], RAISED, "", now_s)
    return True


def _note(connection: Connection, number: int, what: str, who: str, now_s: int) -> None:
    connection.execute(step.insert().values(alarm=number, what=what, who=who, at_s=now_s))
    tell(connection, "alarms")


def open_alarms(connection: Connection, store: str | None = None) -> list[Row]:
    """Alarms not yet closed, newest trouble first."""
    statement = select(alarm).where(alarm.c.closed_at_s == 0).order_by(alarm.c.last_at_s.desc(), alarm.c.id.desc())
    if store is not None:
        statement = statement.where(alarm.c.store == store)
    return list(connection.execute(statement))


def open_of(connection: Connection, teller: str, store: str | None = None) -> list[Row]:
    """Those that this teller has raised and that are still open."""
    chosen = select(alarm).where(alarm.c.closed_at_s == 0, alarm.c.teller == teller)
    if store is not None:
        chosen = chosen.where(alarm.c.store == store)
    return list(connection.execute(chosen.order_by(alarm.c.id)))


def ended_alarms(connection: Connection, limit: int) -> list[Row]:
    """Those that are over, the last one first."""
    ended = select(alarm).where(alarm.c.closed_at_s > 0).order_by(alarm.c.closed_at_s.desc(), alarm.c.id.desc())
    return list(connection.execute(ended.limit(limit)))


def alarm_row(connection: Connection, number: int) -> Row | None:
    """One alarm, or None."""
    if not 0 < number < NUMBER_MAX:
        return None
    return connection.execute(select(alarm).where(alarm.c.id == number)).first()


def close_alarm(connection: Connection, number: int, who: str, now_s: int) -> bool:
    """It is over; whether it was open."""
    still_open = alarm.update().where(alarm.c.id == number, alarm.c.closed_at_s == 0)
    if not connection.execute(still_open.values(closed_at_s=max(now_s, 1), closed_by=who)).rowcount:
        return False
    _note(connection, number, ENDED, who, now_s)
    return True


def see_alarm(connection: Connection, number: int, who: str, now_s: int) -> bool:
    """Somebody has looked at it, and it goes on; whether it was open."""
    still_open = alarm.update().where(alarm.c.id == number, alarm.c.closed_at_s == 0)
    if not connection.execute(still_open.values(seen_at_s=max(now_s, 1), seen_by=who)).rowcount:
        return False
    _note(connection, number, SEEN, who, now_s)
    return True


def last_detail(connection: Connection, kind: str, store: str, terminal: str) -> str:
    """What the newest alarm of that kind and place said, open or over; '' for none."""
    same = (alarm.c.kind == kind, alarm.c.store == store, alarm.c.terminal == terminal)
    return connection.execute(select(alarm.c.detail).where(*same).order_by(alarm.c.id.desc()).limit(1)).scalar() or ""


def messages_waiting(connection: Connection) -> dict[str, int]:
    """Incarnation -> messages that its gateway has not fetched."""
    waiting = select(outbox_head.c.incarnation, outbox_head.c.last_n - outbox_head.c.acked_n)
    return {row[0]: row[1] for row in connection.execute(waiting)}


def coverage(connection: Connection, now_s: int) -> dict[str, tuple[int, int]]:
    """Store -> (sales paid with stored value, payments refused for lack of float), of late."""
    newest = connection.execute(select(func.max(event.c.id))).scalar() or 0
    late = (event.c.id > newest - COVERAGE_EVENTS, event.c.received_at_s > now_s - COVERAGE_S)
    stored = select(tender.c.event).where(
        tender.c.event == event.c.id, tender.c.tender.in_(STORED), tender.c.amount > 0
    )
    paid = select(event.c.store, func.count()).where(*late, event.c.kind == "sale", stored.exists())
    refused = select(event.c.store, func.count()).where(*late, event.c.kind == "refusal", event.c.reason == LACKS_FLOAT)
    done, lacked = (
        {row[0]: row[1] for row in connection.execute(asked.group_by(event.c.store))} for asked in (paid, refused)
    )
    return {code: (done.get(code, 0), lacked.get(code, 0)) for code in {*done, *lacked}}


def steps_of(connection: Connection, number: int) -> list[Row]:
    """What happened to one alarm, in order."""
    return list(connection.execute(select(step).where(step.c.alarm == number).order_by(step.c.id)))


def steps_after(connection: Connection, after: int, limit: int) -> list[Row]:
    """Beginnings and ends after that step with what their alarms say, in order."""
    names = ("store", "terminal", "kind", "detail", "first_at_s", "count")
    columns = [step.c.id, step.c.alarm, step.c.what, step.c.at_s, *(getattr(alarm.c, name) for name in names)]
    chosen = select(*columns).join_from(step, alarm, alarm.c.id == step.c.alarm)
    chosen = chosen.where(step.c.id > after, step.c.what != SEEN).order_by(step.c.id)
    return list(connection.execute(chosen.limit(limit)))


def open_channel(connection: Connection, name: str) -> Row:
    """A way out; a new one begins with what happens from now on."""
    row = connection.execute(select(channel).where(channel.c.channel == name)).first()
    if row is None:
        last = connection.execute(select(func.max(step.c.id))).scalar() or 0
        connection.execute(channel.insert().values(channel=name, sent_step=last))
        row = connection.execute(select(channel).where(channel.c.channel == name)).one()
    return row


def channels(connection: Connection) -> list[Row]:
    """All that were ever used."""
    return list(connection.execute(select(channel).order_by(channel.c.channel)))


def set_channel(connection: Connection, name: str, **values) -> None:
    """Changes what is noted of a way out."""
    connection.execute(channel.update().where(channel.c.channel == name).values(**values))


def steps_waiting(connection: Connection, after: int) -> int:
    """Beginnings and ends that are not told yet."""
    return connection.execute(select(func.count()).where(step.c.id > after, step.c.what != SEEN)).scalar_one()
