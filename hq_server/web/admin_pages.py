"""The trial balance and the record of who did what."""

from fastapi import APIRouter, Depends, Request, Response

from hq_server.access import store
from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.reports.books import BookLine, trial_balance
from hq_server.web.render import show
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)
accountant = require("trial_balance.view")
auditor = require("audit.view")
PAGE = 100


@router.get("/trial-balance")
def trial_balance_page(
    request: Request, visitor: Visitor = Depends(accountant), hq: Hq = Depends(the_hq)
) -> Response:
    with hq.db.read() as connection:
        lines = trial_balance(connection)
    groups = {group: [line for line in lines if _group(line) == group] for group in ("money", "points", "rights")}
    return show(request, "trial_balance.html", groups=groups, is_counted=is_counted,
                agrees=all(line.agrees for line in lines))


def _group(line: BookLine) -> str:
    """Rights are no value: they stand apart from what they allow."""
    if line.book in ("right", "right_used"):
        return "rights"
    return "points" if is_counted(line.asset) else "money"


def is_counted(asset: str) -> bool:
    """Points and punches are counted; everything else is money."""
    return asset.removeprefix("issue:").startswith(("points", "punch")) and asset != "points_value"


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
