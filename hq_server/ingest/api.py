"""The event log for programs: /api/v1/events."""

from fastapi import APIRouter, Depends, Query, Response

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.errors import not_found
from hq_server.ingest import store
from hq_server.ingest.telling import event_told
from hq_server.web_tools import answer, the_hq

router = APIRouter(prefix="/api/v1", tags=["events"])

viewer = require("ledger.view")
PAGE_MAX = 1000


@router.get("/events")
def get_events(
    store_code: str = Query("", alias="store"),
    kind: str = "",
    account: str = "",
    terminal: str = "",
    request: str = "",
    after: int = Query(0, ge=0),
    limit: int = Query(200, ge=1, le=PAGE_MAX),
    _: Visitor = Depends(viewer),
    hq: Hq = Depends(the_hq),
) -> Response:
    """Events in the order of booking, after an id, with entries, lines and tenders; `next` is the next `after`."""
    with hq.db.read() as connection:
        rows = store.events_page(
            connection, after, limit, store=store_code, kind=kind, account=account, terminal=terminal, request=request
        )
        told = event_told(connection, rows)
    return answer({"events": told, "next": rows[-1].id if len(rows) == limit else None})


@router.get("/events/{number}")
def get_event(number: int, _: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    """One event with the very line its gateway wrote."""
    with hq.db.read() as connection:
        row = store.event_row(connection, number)
        if row is None:
            raise not_found(f"event {number}")
        (told,) = event_told(connection, [row], raw=True)
    return answer(told)
