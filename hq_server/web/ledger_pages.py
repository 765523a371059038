"""An account's ledger, and the tap behind an entry."""

import json

from fastapi import APIRouter, Depends, Request, Response

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.errors import not_found
from hq_server.members.store import member_row
from hq_server.reports import books, entries, taps
from hq_server.reports.declarations import Question
from hq_server.web.render import show
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)
viewer = require("ledger.view")
PAGE = 100
ALL_TIME = ("0000-01-01", "9999-12-31")
TABS = {"stored": entries.STORED, "points": entries.POINTS, "punches": entries.PUNCHES}


@router.get("/ledger/{account}")
def account_ledger(
    request: Request, account: str, tab: str = "stored", lot: str = "", page: int = 1,
    visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq),
) -> Response:
    view, page = TABS.get(tab, entries.STORED), max(1, page)
    question = Question(*ALL_TIME, ("account",), {"account": (account,)})
    with hq.db.read() as connection:
        member = member_row(connection, account)
        places = {"lot": lot} if lot else {}
        found = entries.entries(connection, question, PAGE, PAGE * (page - 1), places=places, view=view)
        balances = books.balances_of(connection, account)
    if member is None and not found.rows:
        raise not_found("account " + account)
    return show(request, "ledger.html", account=account, member=member, tab=tab if tab in TABS else "stored", lot=lot,
                page=page, found=found, balances=balances, counted=view is not entries.STORED)


@router.get("/events/{event_id}")
def event_page(
    request: Request, event_id: int, visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)
) -> Response:
    with hq.db.read() as connection:
        found = taps.tap(connection, event_id)
        if found is None:
            raise not_found("event %d" % event_id)
        member = member_row(connection, found.event.account) if found.event.account else None
    return show(request, "event.html", tap=found, event=found.event, member=member, frame=_spread(found.frame),
                event_line=json.dumps(found.raw, ensure_ascii=False, indent=2))


def _spread(frame: str) -> str:
    """The frame's JSON one member per line; as it is where it cannot be read."""
    try:
        return json.dumps(json.loads(frame), ensure_ascii=False, indent=2) if frame else ""
    except ValueError:
        return frame
