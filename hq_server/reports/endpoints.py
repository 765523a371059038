"""Reports for programs; same questions as the pages."""

import datetime as dt

from fastapi import APIRouter, Depends, Request, Response

from hq_server.access.guard import Visitor, guarded
from hq_server.bootstrap import Hq
from hq_server.errors import HqError, not_found
from hq_server.reports.catalogue import REPORTS, Listed
from hq_server.reports.declarations import Answer
from hq_server.reports.questions import question_of
from hq_server.reports.run import run
from hq_server.web_tools import answer as json_answer
from hq_server.web_tools import the_hq

router = APIRouter()


@router.get("/api/v1/reports", tags=["reports"])
def list_reports(visitor: Visitor = Depends(guarded)) -> Response:
    """Every report this key may open: names, dimensions, columns with their type and definition."""
    listed = [each.report._asdict() for each in REPORTS.values() if visitor.may(each.permission)]
    for each in listed:
        each["dimensions"] = [dimension._asdict() for dimension in each["dimensions"]]
        each["columns"] = [column._asdict() for column in each["columns"]]
    return json_answer({"reports": listed})


@router.get("/api/v1/reports/{report_id}", tags=["reports"])
def report_json(
    report_id: str, request: Request, visitor: Visitor = Depends(guarded), hq: Hq = Depends(the_hq)
) -> Response:
    """Rows and total; ?from=YYYY-MM-DD&to=...&by=store&by=day&store=0001&account=... Amounts in minor units."""
    listed = allowed(report_id, visitor)
    found = asked(listed, request, hq)
    lines = [{"key": line.key, "values": line.values} for line in found.rows]
    return json_answer({"report": report_id, "question": found.question._asdict(), "rows": lines,
                        "total": found.total.values})


def allowed(report_id: str, visitor: Visitor, *permissions: str) -> Listed:
    """Raises HqError('not_found') or HqError('not_allowed'), also for want of one of the further permissions."""
    listed = REPORTS.get(report_id)
    if listed is None:
        raise not_found("report " + report_id)
    for permission in (listed.permission, *permissions):
        if not visitor.may(permission):
            raise HqError("not_allowed", permission, 403)
    return listed


def asked(listed: Listed, request: Request, hq: Hq) -> Answer:
    """The answer to the question in the address."""
    question = question_of(listed.report, request.query_params, ("store",), dt.date.today())
    with hq.db.read() as connection:
        return run(connection, listed.report, listed.facts, question)
