"""Reports for programs; same questions as the pages."""

import datetime as dt
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from hq_server.access.guard import Visitor, guarded
from hq_server.bootstrap import Hq
from hq_server.errors import HqError, not_found
from hq_server.reports import desk
from hq_server.reports.catalogue import REPORTS
from hq_server.reports.declarations import Answer, Report
from hq_server.reports.questions import question_of
from hq_server.web_tools import answer as json_answer
from hq_server.web_tools import the_hq

router = APIRouter()


@router.get("/api/v1/reports", tags=["reports"])
def list_reports(visitor: Visitor = Depends(guarded)) -> Response:
    """Every report this key may open: names, dimensions, figures with their unit, kind and definition."""
    return json_answer({"reports": [_told(one) for one in REPORTS.values() if visitor.may(one.permission)]})


def _told(report: Report) -> dict[str, Any]:
    return {
        "id": report.id, "category": report.category, "name": report.name, "definition": report.definition,
        "dimensions": [{"id": one.id, "name": one.name} for one in report.dimensions],
        "columns": [
            {"id": one.id, "unit": one.unit, "measure": one.kind, "name": one.name, "meaning": one.meaning,
             "of": one.of if one.kind == "ratio" else ()}
            for one in report.columns
        ],
        "by": report.by,
    }  # fmt: skip


@router.get("/api/v1/reports/{report_id}", tags=["reports"])
def report_json(
    report_id: str, request: Request, visitor: Visitor = Depends(guarded), hq: Hq = Depends(the_hq)
) -> Response:
    """Rows and total; ?period=2026-11 (or from=, to=) &by=store&by=day&store=0001&top=10. Amounts in minor units."""
    found = asked(allowed(report_id, visitor), request, hq, visitor)
    lines = [{"key": line.key, "values": line.values} for line in found.rows]
    question = found.question._asdict()
    question = {name: question[name] for name in ("from_date", "to_date", "by", "only", "top")}
    return json_answer({"report": report_id, "question": question, "rows": lines, "total": found.total.values,
                        "facts_to_s": found.facts_to_s, "behind_events": found.behind_events})  # fmt: skip


def allowed(report_id: str, visitor: Visitor, *permissions: str) -> Report:
    """Raises HqError('not_found') or HqError('not_allowed'), also for want of one of the further permissions."""
    report = REPORTS.get(report_id)
    if report is None:
        raise not_found("report " + report_id)
    for permission in (report.permission, *permissions):
        if not visitor.may(permission):
            raise HqError("not_allowed", permission, 403)
    return report


def asked(report: Report, request: Request, hq: Hq, visitor: Visitor) -> Answer:
    """The answer to the question in the address."""
    return desk.answer(hq, report, question_of(report, request.query_params, dt.date.today(), visitor.stores))
