"""The trial balance and the record of who did what."""

from fastapi import APIRouter, Depends, Request, Response

from hq_server.access import store
from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.reports.books import trial_balance
from hq_server.web.render import show
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)
accountant = require("trial_balance.view")
auditor = require("audit.view")
PAGE = 100
POINT_ASSETS = ("points", "issue:points")


@router.get("/trial-balance")
def trial_balance_page(
    request: Request, visitor: Visitor = Depends(accountant), hq: Hq = Depends(the_hq)
) -> Response:
    with hq.db.read() as connection:
        lines = trial_balance(connection)
    groups = {
        unit: [line for line in lines if (line.asset in POINT_ASSETS or line.asset.startswith("punch:")) == is_points]
        for unit, is_points in (("money", False), ("points", True))
    }
    return show(request, "trial_balance.html", groups=groups, agrees=all(line.agrees for line in lines))


@router.get("/audit")
def audit_page(
    request: Request, actor: str = "", action: str = "", of: str = "", before: int = 0,
    visitor: Visitor = Depends(auditor), hq: Hq = Depends(the_hq),
) -> Response:
    with hq.db.read() as connection:
        lines = store.audit_lines(connection, PAGE + 1, before, actor.strip(), action, of.strip())
        actions = store.audit_actions(connection)
    more = lines[PAGE - 1].id if len(lines) > PAGE else 0
    return show(request, "audit.html", lines=lines[:PAGE], actions=actions, actor=actor, action=action, of=of,
                before=before, more=more)
