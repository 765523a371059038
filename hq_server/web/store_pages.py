"""Stores: each gateway's state, lag, terminals and alarms in plain words."""

from fastapi import APIRouter, Depends, Request, Response

from hq_server.access.guard import Visitor, require
from hq_server.alarms.kinds import worst_first
from hq_server.alarms.store import open_alarms
from hq_server.bootstrap import Hq
from hq_server.errors import not_found
from hq_server.fleet import store as fleet
from hq_server.fuel import open_holds
from hq_server.outbox.store import backlog, head_row
from hq_server.reports import taps
from hq_server.web.render import show
from hq_server.web.states import gateway_state, lag_events, terminal_state
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)
viewer = require("stores.view")
TAPS_SHOWN = 20


@router.get("/stores")
def stores_page(request: Request, visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    now_s = hq.now_s()
    with hq.db.read() as connection:
        rows, counts = fleet.stores(connection), fleet.terminal_counts(connection)
        alarms = worst_first(open_alarms(connection))
        undelivered = {row.code: backlog(connection, row.incarnation) for row in rows if row.incarnation}
    found = [
        {"row": row, "state": gateway_state(row, now_s), "lag": lag_events(row),
         "terminals": counts.get(row.code, (0, 0)), "undelivered": undelivered.get(row.code, 0),
         "alarms": [alarm for alarm in alarms if alarm.store == row.code]}
        for row in rows
    ]
    return show(request, "stores.html", stores=found, alarms=alarms)


@router.get("/stores/{code}")
def store_page(
    request: Request, code: str, visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)
) -> Response:
    now_s = hq.now_s()
    with hq.db.read() as connection:
        row = next((row for row in fleet.stores(connection) if row.code == code), None)
        if row is None:
            raise not_found("store " + code)
        state = gateway_state(row, now_s)
        values = {
            "terminals": [(each, terminal_state(each, state)) for each in fleet.terminals(connection, code)],
            "lives": fleet.incarnations_of(connection, code),
            "outbox": head_row(connection, row.incarnation) if row.incarnation else None,
            "alarms": worst_first(open_alarms(connection, code)),
            "latest": taps.latest(connection, TAPS_SHOWN, store=code),
            "holds": open_holds.told(connection, now_s, code),
        }
    return show(request, "store.html", row=row, state=state, lag=lag_events(row), **values)
