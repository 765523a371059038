"""A store is closed for good, step by step: what is there comes home, its terminals and certificates end, its keys go.

Each step may be done again: a command that was stopped goes on where it is. The money's part is vault/retiring.py.
"""

import time
from collections.abc import Callable

from sqlalchemy import Connection

from hq_server.bootstrap import Hq
from hq_server.errors import conflict
from hq_server.fleet import enrolment, rules, store
from hq_server.ingest.store import has_event
from hq_server.outbox import store as outboxes
from hq_server.vault import retiring
from hq_server.vault.retiring import Outstanding

GOODBYE = "retired"  # the message, and the event that answers it
ASK_AGAIN_S = 5.0
LOOK_EVERY_S = 0.25
WAITING, CLOSING = "waiting for what is there", "waiting for the gateway's last word"


def retire(
    hq: Hq, code: str, wait_s: float, to_case: bool, operator: str, second: str, tell: Callable[[str, str], None]
) -> dict:
    """Does all of it within a time, or says what is outstanding. Raises HqError: not_found, outstanding, recovery.

    tell: called with (step, what is outstanding) whenever that changes.
    """
    until_s = time.monotonic() + (0 if to_case else wait_s)
    left = _drain(hq, code, until_s, to_case, tell)
    if left.none:
        _say_goodbye(hq, code)
        left = _last_word(hq, code, until_s, to_case, tell)
    with hq.db.write() as connection:
        vault = hq.vault_on(connection)
        life = retiring.finish(vault, code, left, to_case, operator, second)
        ended = _end_keys(hq, connection, code)
    return {"store": code, "life": life, "certificates": ended, "case": "closed" if left.none else "open"}


def look(hq: Hq, code: str) -> Outstanding:
    """What is outstanding now."""
    with hq.db.read() as connection:
        row = store.gateway_row(connection, code)
        return retiring.outstanding(hq.vault_on(connection), code, row.head_seq if row else 0)


def _drain(hq: Hq, code: str, until_s: float, to_case: bool, tell: Callable[[str, str], None]) -> Outstanding:
    asked_s = 0.0
    while True:
        if time.monotonic() - asked_s >= ASK_AGAIN_S and not (to_case and not _heard(hq, code)):
            asked_s = time.monotonic()
            with hq.vault() as vault:
                retiring.begin(vault, code)
        left = look(hq, code)
        tell(WAITING, retiring.describe(left))
        if left.none or time.monotonic() >= until_s:
            return left
        time.sleep(LOOK_EVERY_S)


def _heard(hq: Hq, code: str) -> bool:
    with hq.db.read() as connection:
        row = store.gateway_row(connection, code)
        return row is not None and row.status in rules.HEARD


def _say_goodbye(hq: Hq, code: str) -> None:
    """Its terminals end, and it hears that it is closed: it sells no more, and forgets its keys."""
    with hq.db.write() as connection:
        row = store.gateway_row(connection, code)
        assert row is not None
        if row.status != rules.RETIRING or outboxes.has_said(connection, row.incarnation, GOODBYE):
            return
        for one in store.terminals(connection, code):
            told = enrolment.terminal_message(connection, hq.sealer, one, row.incarnation)
            hq.post.send(connection, code, "terminal", told | {"keys": [], "status": "revoked"}, one.terminal)
        hq.post.send(connection, code, GOODBYE, {})


def _last_word(hq: Hq, code: str, until_s: float, to_case: bool, tell: Callable[[str, str], None]) -> Outstanding:
    """Waits until the gateway's own event says that it has closed."""
    while True:
        left = look(hq, code)
        with hq.db.read() as connection:
            row = store.gateway_row(connection, code)
            assert row is not None
            said = row.status == rules.RETIRED or has_event(connection, row.incarnation, GOODBYE)
        tell(CLOSING, retiring.describe(left))
        if said or to_case:
            return left
        if time.monotonic() >= until_s:
            raise conflict("outstanding", "the gateway has not said yet that it has closed")
        time.sleep(LOOK_EVERY_S)


def _end_keys(hq: Hq, connection: Connection, code: str) -> int:
    """Certificates of the gateway and its terminals count no more; link keys and one-time codes are deleted.

    Witness keys stay: they prove what the events say.
    """
    terminals = [one.terminal for one in store.terminals(connection, code)]
    names = [*rules.gateway_names(code), *terminals]
    ended = store.revoke_certificates(connection, names, "retired", hq.now_s())
    for terminal in terminals:
        store.set_terminal(connection, terminal, status="revoked", online=False)
    store.forget_link_keys(connection, terminals)
    store.forget_codes(connection, [code, *terminals])
    hq.post.send_all(connection, "revocation", enrolment.revocation_message(connection, hq.keys))
    return len(ended)
