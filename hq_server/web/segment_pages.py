"""Kept lists of members: made from a report's members, asked of in any report, forgotten again."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from starlette.datastructures import QueryParams

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.chain.store import the_chain
from hq_server.errors import HqError, not_found
from hq_server.reports import behind, desk
from hq_server.reports.endpoints import allowed
from hq_server.reports.questions import question_of
from hq_server.segments import store
from hq_server.web.render import go, show
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)
viewer = require("members.view")
MEMBERS_MAX = 1_000_000
NAME_MAX = 64


@router.get("/segments")
def segment_page(request: Request, visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    with hq.db.read() as connection:
        kept = store.segments(connection)
    return show(request, "segments.html", kept=kept)


@router.post("/segments")
def keep_segment(
    name: Annotated[str, Form(max_length=NAME_MAX)], report: Annotated[str, Form()], question: Annotated[str, Form()],
    visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq),
) -> Response:
    """Keeps all members of a row of a report, as they are now."""
    if not name.strip():
        raise HqError("bad_question", "a list needs a name")
    declared = allowed(report, visitor)
    asked = question_of(declared, QueryParams(question.removeprefix("?")), dt.date.today(), visitor.stores)
    with hq.db.read() as connection:
        exponent = the_chain(connection).exponent
    with desk.open_facts(hq, asked.within) as base:
        found = behind.members_behind(base, declared, asked, exponent, MEMBERS_MAX)
    with hq.db.write() as connection:
        if store.segment_named(connection, name.strip()):
            raise HqError("name_in_use", name.strip(), 409)
        told = {"name": name.strip(), "report": report, "question": question, "made_by": visitor.name}
        number = store.add_segment(connection, (one["account"] for one in found), made_at_s=hq.now_s(), **told)
        visitor.note(connection, "segment_kept", f"segment:{number}", f"{name.strip()}: {len(found)}")
    return go(hq, "/segments", told="segment_kept")


@router.post("/segments/{number}/drop")
def drop_segment(number: int, visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    with hq.db.write() as connection:
        if not store.drop_segment(connection, number):
            raise not_found("segment %d" % number)
        visitor.note(connection, "segment_dropped", f"segment:{number}")
    return go(hq, "/segments", told="segment_dropped")
