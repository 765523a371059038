"""A decision of two people is asked for, agreed to by somebody else and done, or withdrawn; each step is audited."""

import json

from msgspec import to_builtins
from sqlalchemy import Connection, Row

from hq_server.access.guard import Visitor
from hq_server.bootstrap import Hq
from hq_server.decisions import kinds, store
from hq_server.errors import HqError, conflict, not_found


def ask(hq: Hq, who: Visitor, kind: str, told: dict) -> str:
    """The number of the decision. Raises HqError: bad_kind, malformed, not_allowed."""
    with hq.db.write() as connection:
        return ask_on(hq, connection, who, kind, told)


def ask_on(hq: Hq, connection: Connection, who: Visitor, kind: str, told: dict) -> str:
    """The same within a transaction that is open already."""
    body = kinds.read(kind, told)
    known, number = kinds.KINDS[kind], hq.random(16).hex()
    if not who.may(known.permission):
        raise HqError("not_allowed", known.permission, 403)
    store.add(
        connection, id=number, kind=kind, subject=known.subject(body), body=json.dumps(to_builtins(body)),
        asked_by=who.name, asked_at_s=hq.now_s(),
    )  # fmt: skip
    who.note(connection, "decision_asked", known.subject(body), kind)
    return number


def agree(hq: Hq, who: Visitor, number: str) -> dict:
    """What came of it. Raises HqError: not_found, second_person for who asked, or why it cannot be done."""
    with hq.db.write() as connection:
        row = _open(connection, number)
        if row.asked_by == who.name:
            raise conflict("second_person", "somebody else has to agree")
        body = kinds.read(row.kind, json.loads(row.body))
        result = kinds.KINDS[row.kind].do(hq, connection, body, row.asked_by, who.name)
        store.end(connection, number, "done", who.name, hq.now_s(), json.dumps(result))
        who.note(connection, "decision_done", row.subject, f"{row.kind}, asked by {row.asked_by}")
    return result


def withdraw(hq: Hq, who: Visitor, number: str) -> None:
    """It will not be done. Raises HqError."""
    with hq.db.write() as connection:
        row = _open(connection, number)
        store.end(connection, number, "withdrawn", who.name, hq.now_s())
        who.note(connection, "decision_withdrawn", row.subject, row.kind)


def _open(connection: Connection, number: str) -> Row:
    row = store.row(connection, number)
    if row is None:
        raise not_found("decision " + number)
    if row.status != "open":
        raise conflict("decision_" + row.status, number)
    return row
