"""Backups, and after a restore: which stores have yet to report, and what may be done without one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.chain.store import the_chain
from hq_server.decisions import changes
from hq_server.errors import HqError
from hq_server.recovery.telling import recovery_told
from hq_server.web.render import go, show
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)
viewer = require("ledger.view")
decider = require("value.correct")


@router.get("/recovery")
def recovery_page(request: Request, visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    return _page(request, hq)


def _page(request: Request, hq: Hq, status: int = 200, problem: str = "") -> Response:
    with hq.db.read() as connection:
        found = recovery_told(connection, hq.vault_on(connection))
    return show(request, "recovery.html", status, found=found, problem=problem)


@router.post("/recovery/{store}/set-aside")
def ask_to_set_aside(
    request: Request, store: str, cap: Annotated[str, Form()], visitor: Visitor = Depends(decider),
    hq: Hq = Depends(the_hq),
) -> Response:
    """One person does not want to wait for a store; somebody else has to agree."""
    with hq.db.read() as connection:
        exponent = the_chain(connection).exponent
    try:
        changes.ask(hq, visitor, "set_aside", {"store": store, "cap": _units(cap, exponent)})
    except HqError as wrong:
        return _page(request, hq, wrong.status, wrong.reason)
    return go(hq, "/cases", told="decision_asked")


def _units(text: str, exponent: int) -> int:
    """An amount as people write it, in minor units. Raises HqError('malformed')."""
    whole, _, part = text.strip().partition(".")
    if not (whole + part).isdecimal() or len(part) > exponent:
        raise HqError("malformed", text)
    return int(whole or "0") * 10**exponent + int((part + "0" * exponent)[:exponent] or "0")
