"""Cases of gateways that are gone, and decisions of two people: what waits, what came to light, what to do."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.cases.telling import all_cases, one_case
from hq_server.decisions import changes, store
from hq_server.errors import HqError, not_found
from hq_server.vault import advancing
from hq_server.web.render import go, show
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)
viewer = require("ledger.view")
decider = require("value.correct")
Text = Annotated[str, Form()]
ENDED_SHOWN = 50


@router.get("/cases")
def cases_page(request: Request, visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    return _page(request, hq)


def _page(request: Request, hq: Hq, status: int = 200, problem: str = "") -> Response:
    with hq.db.read() as connection:
        cases = all_cases(connection, hq.vault_on(connection))
        waiting = store.rows(connection, "open", ENDED_SHOWN)
        ended = [row for row in store.rows(connection, "", ENDED_SHOWN) if row.status != "open"]
    shown = {"cases": cases, "waiting": waiting, "ended": ended, "problem": problem}
    bodies = {row.id: json.loads(row.body) for row in (*waiting, *ended)}
    return show(request, "cases.html", status, bodies=bodies, **shown)


@router.get("/cases/{life}")
def case_page(request: Request, life: str, visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    return _case_page(request, hq, life)


def _case_page(request: Request, hq: Hq, life: str, status: int = 200, problem: str = "") -> Response:
    with hq.db.read() as connection:
        told = one_case(connection, hq.vault_on(connection), life)
        if told is None:
            raise not_found("incarnation " + life)
        asked = [row for row in store.rows(connection, "open", ENDED_SHOWN) if row.subject == life]
    return show(request, "case.html", status, case=told, asked=asked, problem=problem)


@router.post("/cases/{life}/advance")
def advance(
    request: Request, life: str, account: Text, visitor: Visitor = Depends(decider), hq: Hq = Depends(the_hq)
) -> Response:
    """All that waits of one member, from the loss book, within the store's cap."""
    try:
        with hq.vault() as vault:
            advanced = advancing.advance(vault, life, account, None)
            detail = ", ".join(f"{amount} {asset}" for asset, amount in sorted(advanced.items()))
            visitor.note(vault.connection, "advanced", account, f"{detail} of {life}")
    except HqError as wrong:
        return _case_page(request, hq, life, wrong.status, wrong.reason)
    return go(hq, "/cases/" + life, told="advanced")


@router.post("/cases/{life}/close")
def ask_to_close(life: str, visitor: Visitor = Depends(decider), hq: Hq = Depends(the_hq)) -> Response:
    """One person says that no more evidence will come; somebody else has to agree."""
    changes.ask(hq, visitor, "close_case", {"life": life})
    return go(hq, "/cases", told="decision_asked")


@router.post("/decisions/{number}/agree")
def agree(request: Request, number: str, visitor: Visitor = Depends(decider), hq: Hq = Depends(the_hq)) -> Response:
    try:
        changes.agree(hq, visitor, number)
    except HqError as wrong:
        return _page(request, hq, wrong.status, wrong.reason)
    return go(hq, "/cases", told="decision_done")


@router.post("/decisions/{number}/withdraw")
def withdraw(request: Request, number: str, visitor: Visitor = Depends(decider), hq: Hq = Depends(the_hq)) -> Response:
    try:
        changes.withdraw(hq, visitor, number)
    except HqError as wrong:
        return _page(request, hq, wrong.status, wrong.reason)
    return go(hq, "/cases", told="decision_withdrawn")
