"""Decisions of two people: /api/v1/decisions. Who asks cannot agree; each step is in the audit record."""

import json

from fastapi import APIRouter, Depends, Query, Response
from msgspec import to_builtins

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.decisions import kinds, store
from hq_server.decisions.schemas import NewDecision
from hq_server.errors import HqError, conflict, not_found
from hq_server.web_tools import answer, decoded, the_body, the_hq

router = APIRouter(prefix="/api/v1", tags=["decisions"])

viewer = require("ledger.view")
decider = require("value.correct")
PAGE_MAX = 1000


@router.get("/decisions")
def get_decisions(
    status: str = "open",
    limit: int = Query(200, ge=1, le=PAGE_MAX),
    _: Visitor = Depends(viewer),
    hq: Hq = Depends(the_hq),
) -> Response:
    """Decisions with that status, open ones by default; status= for all."""
    with hq.db.read() as connection:
        return answer({"decisions": [_told(row) for row in store.rows(connection, status, limit)]})


@router.post("/decisions")
def post_decision(
    raw: bytes = Depends(the_body), who: Visitor = Depends(decider), hq: Hq = Depends(the_hq)
) -> Response:
    """Asks for a decision; somebody else has to agree."""
    new = decoded(raw, NewDecision)
    body = kinds.read(new.kind, new.body)
    kind, number = kinds.KINDS[new.kind], hq.random(16).hex()
    if not who.may(kind.permission):
        raise HqError("not_allowed", kind.permission, 403)
    with hq.db.write() as connection:
        store.add(
            connection, id=number, kind=new.kind, subject=kind.subject(body), body=json.dumps(to_builtins(body)),
            asked_by=who.name, asked_at_s=hq.now_s(),
        )
        who.note(connection, "decision_asked", kind.subject(body), new.kind)
    return answer({"id": number, "status": "open"}, 201)


@router.post("/decisions/{number}/agree")
def post_agree(number: str, who: Visitor = Depends(decider), hq: Hq = Depends(the_hq)) -> Response:
    """A second person agrees, and it is done. 409 second_person for who asked."""
    with hq.db.write() as connection:
        row = _open(connection, number)
        if row.asked_by == who.name:
            raise conflict("second_person", "somebody else has to agree")
        body = kinds.read(row.kind, json.loads(row.body))
        result = kinds.KINDS[row.kind].do(hq, connection, body, row.asked_by, who.name)
        store.end(connection, number, "done", who.name, hq.now_s(), json.dumps(result))
        who.note(connection, "decision_done", row.subject, f"{row.kind}, asked by {row.asked_by}")
    return answer({"id": number, "status": "done", "result": result})


@router.post("/decisions/{number}/withdraw")
def post_withdraw(number: str, who: Visitor = Depends(decider), hq: Hq = Depends(the_hq)) -> Response:
    """It will not be done."""
    with hq.db.write() as connection:
        row = _open(connection, number)
        store.end(connection, number, "withdrawn", who.name, hq.now_s())
        who.note(connection, "decision_withdrawn", row.subject, row.kind)
    return answer({"id": number, "status": "withdrawn"})


def _open(connection, number: str):
    row = store.row(connection, number)
    if row is None:
        raise not_found("decision " + number)
    if row.status != "open":
        raise conflict("decision_" + row.status, number)
    return row


def _told(row) -> dict:
    names = ("id", "kind", "subject", "status", "asked_by", "asked_at_s", "ended_by", "ended_at_s")
    told = {name: getattr(row, name) for name in names}
    return {**told, "body": json.loads(row.body), "result": json.loads(row.result) if row.result else None}
