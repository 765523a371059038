"""Attendants for programs: /api/v1/staff. A PIN goes in and never comes out."""

import json

from fastapi import APIRouter, Depends, Response

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.staff import store
from hq_server.staff.changes import StaffMember, put_staff
from hq_server.web_tools import answer, decoded, the_body, the_hq

router = APIRouter(prefix="/api/v1", tags=["staff"])

editor = require("staff.edit")


@router.get("/staff")
def get_staff(_: Visitor = Depends(editor), hq: Hq = Depends(the_hq)) -> Response:
    """All attendants."""
    names = ("operator", "name", "role", "store", "status")
    with hq.db.read() as connection:
        rows = store.operators(connection)
    told = [{**{name: getattr(row, name) for name in names}, "cards": json.loads(row.cards)} for row in rows]
    return answer({"staff": told})


@router.put("/staff/{operator}")
def put_operator(
    operator: str, raw: bytes = Depends(the_body), who: Visitor = Depends(editor), hq: Hq = Depends(the_hq)
) -> Response:
    """Writes an attendant, new or known."""
    one = decoded(raw, StaffMember)
    one.operator = operator
    with hq.db.write() as connection:
        put_staff(connection, hq.post, one, hq.now_s())
        who.note(connection, "staff_changed", operator, "PIN" if one.pin is not None else "")
    return answer({"operator": operator})
