"""Decisions of two people: /api/v1/decisions. Who asks cannot agree; each step is in the audit record."""

import json

from fastapi import APIRouter, Depends, Query, Response

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.decisions import changes, store
from hq_server.decisions.schemas import NewDecision
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
    return answer({"id": changes.ask(hq, who, new.kind, new.body), "status": "open"}, 201)


@router.post("/decisions/{number}/agree")
def post_agree(number: str, who: Visitor = Depends(decider), hq: Hq = Depends(the_hq)) -> Response:
    """A second person agrees, and it is done. 409 second_person for who asked."""
    return answer({"id": number, "status": "done", "result": changes.agree(hq, who, number)})


@router.post("/decisions/{number}/withdraw")
def post_withdraw(number: str, who: Visitor = Depends(decider), hq: Hq = Depends(the_hq)) -> Response:
    """It will not be done."""
    changes.withdraw(hq, who, number)
    return answer({"id": number, "status": "withdrawn"})


def _told(row) -> dict:
    names = ("id", "kind", "subject", "status", "asked_by", "asked_at_s", "ended_by", "ended_at_s")
    told = {name: getattr(row, name) for name in names}
    return {**told, "body": json.loads(row.body), "result": json.loads(row.result) if row.result else None}
