"""Beginnings and ends of alarms go out, in order, each way by itself; what fails is tried again, ever more slowly.

A way out remembers the last step that it has told. Whoever sends takes it for a while, so that of several processes
only one does; one that dies meanwhile leaves it to the next after BUSY_S, and what it had just sent may come twice.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from sqlalchemy import Row

from hq_server.alarms import mail, store, webhook
from hq_server.alarms.kinds import serious
from hq_server.alarms.webhook import NotSent
from hq_server.bootstrap import Hq
from hq_server.chain.store import the_chain
from hq_server.config import Mail, Webhook

log = logging.getLogger(__name__)

BUSY_S = 300  # longer than one round lasts
BACKOFF_S = (10, 30, 120, 600, 3600)  # the last one for ever
MESSAGES_AT_ONCE = 20  # of one round: they time out within BUSY_S together
DIGEST_S = 20  # a letter waits that long for what else happens
LETTER_MAX = 1000



class Way(NamedTuple):
    """One way out: what is too harmless for it, how many steps a message tells, how long it waits for more."""

    name: str
    least: str
    at_once: int
    patience_s: int
    send: Callable[[list[Row]], None]


def deliver(hq: Hq) -> None:
    """One round of every way out that hq.toml names."""
    for way in ways(hq):
        _round(hq, way)


def ways(hq: Hq) -> list[Way]:
    """What hq.toml names."""
    found = []
    if hook := hq.config.webhook:
        found.append(Way("webhook", hook.least, 1, 0, partial(_post, hq, hook)))
    if server := hq.config.mail:
        letter = partial(_letter, hq, server)
        found.append(Way("mail", server.least, LETTER_MAX, DIGEST_S, letter))
    return found


def _post(hq: Hq, hook: Webhook, steps: list[Row]) -> None:
    for step in steps:
        webhook.post(hook, step, hq.now_s())


def _letter(hq: Hq, server: Mail, steps: list[Row]) -> None:
    with hq.db.read() as connection:
        chain = the_chain(connection).name
    mail.send(server, steps, chain)


def _round(hq: Hq, way: Way) -> None:
    taken = _take(hq, way.name)
    if taken is None:
        return
    with hq.db.read() as connection:
        steps = store.steps_after(connection, taken.sent_step, LETTER_MAX)
    mine = [step for step in steps if serious(step.kind, way.least)]
    values: dict = {"busy_until_s": 0}
    if not mine or hq.now_s() - mine[0].at_s >= way.patience_s:
        values |= _sent(hq, way, taken, mine, steps[-1].id if steps else taken.sent_step)
    _note(hq, way.name, **values)


def _sent(hq: Hq, way: Way, taken: Row, mine: list[Row], last: int) -> dict:
    """Sends and tells what is to be noted of the way out."""
    noted: dict = {}
    try:
        for at in range(0, len(mine), way.at_once)[:MESSAGES_AT_ONCE]:
            part = mine[at : at + way.at_once]
            way.send(part)
            noted |= {"sent_step": part[-1].id, "sent_at_s": hq.now_s()}
    except NotSent as trouble:
        wait_s = BACKOFF_S[min(taken.tries, len(BACKOFF_S) - 1)]
        log.warning("alarms by %s: %s; again in %d s", way.name, trouble, wait_s)
        return noted | {"tries": taken.tries + 1, "due_at_s": hq.now_s() + wait_s, "error": str(trouble)[:200]}
    told_all = len(mine) <= way.at_once * MESSAGES_AT_ONCE
    return noted | {"tries": 0, "due_at_s": 0, "error": ""} | ({"sent_step": last} if told_all else {})


def _take(hq: Hq, name: str) -> Row | None:
    """The way out if it is free, due and has something to tell."""
    now_s = hq.now_s()
    with hq.db.read() as connection:
        row = next((each for each in store.channels(connection) if each.channel == name), None)
        if row is not None and not store.steps_waiting(connection, row.sent_step):
            return None
    with hq.db.write() as connection:
        row = store.open_channel(connection, name)
        if row.busy_until_s > now_s or row.due_at_s > now_s:
            return None
        store.set_channel(connection, name, busy_until_s=now_s + BUSY_S)
    return row


def _note(hq: Hq, name: str, **values) -> None:
    with hq.db.write() as connection:
        store.set_channel(connection, name, **values)
