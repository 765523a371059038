"""Reports as pages: period and filters, figures in all, a chart, the table with subtotals, definitions."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response

from hq_server.access.guard import Visitor, guarded, require
from hq_server.bootstrap import Hq
from hq_server.chain.store import the_chain
from hq_server.fleet.store import stores
from hq_server.reports import sales, stored_value
from hq_server.reports.catalogue import REPORTS
from hq_server.reports.declarations import Answer, Question, Report
from hq_server.reports.endpoints import allowed, asked
from hq_server.reports.files import XLSX, workbook
from hq_server.reports.questions import question_of, quick_periods
from hq_server.reports.run import check, run, sums_hold
from hq_server.web import charts, language
from hq_server.web.render import language_of, show, writing
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)
reader = require("reports.view")
ledger_reader = require("ledger.view")
ENTRIES = 100
CHART_PLACES_MAX = 40
# report -> the columns that its chart shows
CHARTED = {
    "sales_summary": ("net_sales", "member_net_sales"),
    "stored_value_ledger": ("closing",),
    "fuel_by_grade": ("amount",),
}
# report -> what stands large above it, where that is not every column
FIGURES = {
    "sales_summary": (
        "net_sales", "txn_count", "avg_txn_value", "discount_amount", "returns_amount", "member_sales_share",
    ),
}


@router.get("/reports/sales_summary")
def sales_summary(
    request: Request, visitor: Visitor = Depends(reader), hq: Hq = Depends(the_hq)
) -> Response:
    report = REPORTS["sales_summary"].report
    question = question_of(report, request.query_params, ("store",), dt.date.today())
    with hq.db.read() as connection:
        answer = run(connection, report, sales.facts, question)
        paid = sales.paid_with(connection, question)
        shops = stores(connection)
    return _page(request, hq, "sales_summary.html", answer, shops, paid=paid)


@router.get("/reports/fuel_by_grade")
def fuel_by_grade(request: Request, visitor: Visitor = Depends(reader), hq: Hq = Depends(the_hq)) -> Response:
    listed = REPORTS["fuel_by_grade"]
    question = question_of(listed.report, request.query_params, ("grade",), dt.date.today())
    with hq.db.read() as connection:
        answer = run(connection, listed.report, listed.facts, question)
        shops = stores(connection)
    return _page(request, hq, "report.html", answer, shops)


@router.get("/reports/stored_value_ledger")
def stored_value_ledger(
    request: Request, page: int = 1, visitor: Visitor = Depends(ledger_reader), hq: Hq = Depends(the_hq)
) -> Response:
    report = REPORTS["stored_value_ledger"].report
    view = "entries" if request.query_params.get("view") == "entries" else "balances"
    question = question_of(report, request.query_params, ("store",), dt.date.today())
    check(report, question)
    kinds = tuple(kind for kind in request.query_params.getlist("kind") if kind in stored_value.KINDS)
    with hq.db.read() as connection:
        answer = run(connection, report, stored_value.facts, question)
        skip, places = ENTRIES * (max(1, page) - 1), _places(request, report)
        found = stored_value.entries(connection, question, ENTRIES, skip, kinds, places) if view == "entries" else None
        shops = stores(connection)
    return _page(request, hq, "stored_value_ledger.html", answer, shops, found=found, view=view, kinds=kinds,
                 all_kinds=stored_value.KINDS, page=max(1, page))


def _page(request: Request, hq: Hq, template: str, answer: Answer, shops: list, **values: Any) -> Response:
    question, report = answer.question, answer.report
    figures = FIGURES.get(report.id) or [column.id for column in report.columns]
    return show(
        request, template, report=report, answer=answer, question=question, shops=shops, figures=figures,
        charted=CHARTED[report.id],
        shop_names={shop.code: shop.name for shop in shops}, periods=quick_periods(dt.date.today()),
        chart=_chart(request, hq, answer), file_href=_file_href(request, answer), sums_hold=sums_hold(answer),
        **_links(request, question), **values,
    )


def _places(request: Request, report: Report) -> dict[str, str]:
    """Dimensions named in the address, other than those that the question has fields for."""
    names = (dimension.id for dimension in report.dimensions if dimension.id not in ("store", "account"))
    return {name: request.query_params[name] for name in names if name in request.query_params}


def _links(request: Request, question: Question) -> dict[str, Any]:
    """Addresses that differ from this page's in one respect."""
    told = request.query_params.multi_items()

    def href(drop: tuple[str, ...], **add: str) -> str:
        return "?" + urlencode([(name, value) for name, value in told if name not in (*drop, *add)] + [*add.items()])

    def deeper(place: dict[str, str]) -> str:
        """From a row to what is behind it: a store's accounts, or the entries of any other place."""
        if set(place) == {"store"}:
            return href(("by",), by="account", **place)
        day = place.get("day")
        within = {"from": day, "to": day} if day else {}
        rest = {name: value for name, value in place.items() if name != "day"}
        return href(("by",), view="entries", **within, **rest)

    return {
        "rest": "&" + href(("from", "to", "page"))[1:],
        "view_href": lambda view: href(("page", "kind"), view=view),
        "page_href": lambda page: href((), page=str(page)),
        "line_places": lambda line: zip(question.by, line.key, strict=False),
        "deeper": deeper,
    }


def _file_href(request: Request, answer: Answer) -> str:
    return f"/reports/{answer.report.id}.xlsx?{request.url.query}"


def _chart(request: Request, hq: Hq, answer: Answer):
    """Only for one dimension with not too many places; along goods or accounts a chart says little."""
    shown = answer.question.by[-1] if len(answer.question.by) == 1 else ""
    if shown in ("", "goods", "account", "lot") or not 0 < len(answer.rows) <= CHART_PLACES_MAX:
        return ""
    write = writing(hq, language_of(request))
    picked = [column for column in CHARTED[answer.report.id] if answer.rows[0].values[column] is not None]
    names = [write["named"](answer.report.column(column).name) for column in picked]
    found = [charts.Column(row.key[0], [row.values[column] or 0 for column in picked]) for row in answer.rows]
    return charts.columns(found, write["money"], names[0], names) if picked else ""


@router.get("/reports/{report_id}.xlsx")
def report_file(
    report_id: str, request: Request, visitor: Visitor = Depends(guarded), hq: Hq = Depends(the_hq)
) -> Response:
    """The file of what the page shows; each download is in the audit record."""
    found = asked(allowed(report_id, visitor, "reports.export"), request, hq)
    code = language_of(request)
    t = language.translator(code)
    words = {word: t("report." + word) for word in ("total", "subtotal", "period", "definition")}
    with hq.db.write() as connection:
        exponent = the_chain(connection).exponent
        names = {row.code: row.name for row in stores(connection)}
        visitor.note(connection, "report_exported", "report:" + report_id, request.url.query)
    content = workbook(found, lambda texts: texts.get(code, texts["en"]), exponent, words, names)
    name = f"{report_id}-{found.question.from_date}-{found.question.to_date}.xlsx"
    return Response(content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})
