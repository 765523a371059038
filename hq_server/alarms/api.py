"""Alarms for programs: /api/v1."""

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import Row

from hq_server.access.guard import Visitor, require
from hq_server.alarms import changes, store
from hq_server.alarms.kinds import kind_of
from hq_server.bootstrap import Hq
from hq_server.errors import not_found
from hq_server.web.language import catalogues
from hq_server.web_tools import answer, the_hq

router = APIRouter(prefix="/api/v1", tags=["alarms"])

viewer = require("stores.view")
manager = require("fleet.manage")
OVER_MAX = 500


def alarm_told(row: Row) -> dict:
    """One alarm with its words in every language."""
    kind = kind_of(row.kind)
    words = {language: kind.words(language) for language in catalogues()}
    told = {"severity": kind.severity, "title": {language: both[0] for language, both in words.items()}}
    return {**row._mapping, **told, "do": {language: both[1] for language, both in words.items()}}


@router.get("/alarms")
def get_alarms(
    over: bool = Query(False, description="Those that are over, the last one first."),
    _: Visitor = Depends(viewer),
    hq: Hq = Depends(the_hq),
) -> Response:
    """All open alarms."""
    with hq.db.read() as connection:
        rows = store.ended_alarms(connection, OVER_MAX) if over else store.open_alarms(connection)
    return answer({"alarms": [alarm_told(row) for row in rows]})


@router.post("/alarms/{number}/close")
def post_close(number: int, who: Visitor = Depends(manager), hq: Hq = Depends(the_hq)) -> Response:
    """Somebody has looked at it; one that lasts ends when its trouble does."""
    with hq.db.write() as connection:
        if not changes.look_at(connection, number, who.name, hq.now_s()):
            raise not_found(f"open alarm {number}")
        who.note(connection, "alarm_closed", str(number))
        row = store.alarm_row(connection, number)
    assert row is not None
    still_open = not row.closed_at_s
    return answer({"id": number, "seen_by" if still_open else "closed_by": who.name, "open": still_open})
