"""Alarms: what is open, what is over, by which ways they go out, and every kind that there is."""

from fastapi import APIRouter, Depends, Request, Response

from hq_server.access.guard import Visitor, require
from hq_server.alarms import changes, store
from hq_server.alarms.kinds import EVENTS, JUDGED, TOLD, worst_first
from hq_server.bootstrap import Hq
from hq_server.errors import not_found
from hq_server.web.render import go, show
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)
fleet_manager = require("fleet.manage")
viewer = require("stores.view")
OVER_SHOWN = 50


@router.get("/alarms")
def alarms_page(request: Request, visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    with hq.db.read() as connection:
        alarms, over = worst_first(store.open_alarms(connection)), store.ended_alarms(connection, OVER_SHOWN)
        ways = [(row, store.steps_waiting(connection, row.sent_step)) for row in store.channels(connection)]
    return show(request, "alarms.html", alarms=alarms, over=over, ways=ways, kinds=(*JUDGED, *TOLD, *EVENTS))


@router.post("/alarms/{number}/close")
def close(number: int, visitor: Visitor = Depends(fleet_manager), hq: Hq = Depends(the_hq)) -> Response:
    with hq.db.write() as connection:
        if not changes.look_at(connection, number, visitor.name, hq.now_s()):
            raise not_found("alarm %d" % number)
        visitor.note(connection, "alarm_closed", "alarm:%d" % number)
    return go(hq, "/alarms", told="alarm_closed")
