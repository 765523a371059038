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
RANKED_SHOWN = 20
# report -> the columns that its chart shows
CHARTED = {
    "sales_summary": ("net_sales", "member_net_sales"),
    "product_sales_ranking": ("amount",),
    "fuel_by_grade": ("amount",),
    "member_growth_stats": ("new_members", "left_members"),
    "stored_value_ledger": ("closing",),
    "points_ledger": ("earned", "closing"),
    "punch_ledger": ("added", "closing"),
}
# report -> what stands large above it, where that is not every column
FIGURES = {
    "sales_summary": (
        "net_sales", "txn_count", "avg_txn_value", "discount_amount", "returns_amount", "member_sales_share",
    ),
    "product_sales_ranking": ("amount", "units", "txn_count", "buyers"),
    "stored_value_ledger": ("opening", "top_up", "bonus", "spent", "reversed", "closing"),
    "points_ledger": ("opening", "earned", "redeemed", "reversed", "expired", "closing"),
    "punch_ledger": ("opening", "added", "used", "reversed", "expired", "closing"),
}
# reports of one table -> what it is by at first
PLAIN = {"fuel_by_grade": "grade", "product_sales_ranking": "product", "member_growth_stats": "store"}
LEDGERS = {
    "stored_value_ledger": stored_value.STORED,
    "points_ledger": stored_value.POINTS,
    "punch_ledger": stored_value.PUNCHES,
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


def _plain(request: Request, hq: Hq, report_id: str) -> Response:
    listed = REPORTS[report_id]
    question = question_of(listed.report, request.query_params, (PLAIN[report_id],), dt.date.today())
    with hq.db.read() as connection:
        answer = run(connection, listed.report, listed.facts, question)
        shops = stores(connection)
    return _page(request, hq, "report.html", answer, shops)


@router.get("/reports/fuel_by_grade")
def fuel_by_grade(request: Request, visitor: Visitor = Depends(reader), hq: Hq = Depends(the_hq)) -> Response:
    return _plain(request, hq, "fuel_by_grade")


@router.get("/reports/product_sales_ranking")
def product_sales_ranking(request: Request, visitor: Visitor = Depends(reader), hq: Hq = Depends(the_hq)) -> Response:
    return _plain(request, hq, "product_sales_ranking")


@router.get("/reports/member_growth_stats")
def member_growth_stats(request: Request, visitor: Visitor = Depends(reader), hq: Hq = Depends(the_hq)) -> Response:
    return _plain(request, hq, "member_growth_stats")


@router.get("/reports/stored_value_ledger")
def stored_value_ledger(
    request: Request, page: int = 1, visitor: Visitor = Depends(ledger_reader), hq: Hq = Depends(the_hq)
) -> Response:
    return _ledger(request, hq, "stored_value_ledger", max(1, page))


@router.get("/reports/points_ledger")
def points_ledger(
    request: Request, page: int = 1, visitor: Visitor = Depends(ledger_reader), hq: Hq = Depends(the_hq)
) -> Response:
    return _ledger(request, hq, "points_ledger", max(1, page))


@router.get("/reports/punch_ledger")
def punch_ledger(
    request: Request, page: int = 1, visitor: Visitor = Depends(ledger_reader), hq: Hq = Depends(the_hq)
) -> Response:
    return _ledger(request, hq, "punch_ledger", max(1, page))


def _ledger(request: Request, hq: Hq, report_id: str, page: int) -> Response:
    """Balances, or (view=entries) the entries behind them with a running balance."""
    listed, view = REPORTS[report_id], LEDGERS[report_id]
    shown = "entries" if request.query_params.get("view") == "entries" else "balances"
    question = question_of(listed.report, request.query_params, ("store",), dt.date.today())
    check(listed.report, question)
    kinds = tuple(kind for kind in request.query_params.getlist("kind") if kind in view.kinds)
    with hq.db.read() as connection:
        answer = run(connection, listed.report, listed.facts, question)
        skip, places = ENTRIES * (page - 1), _places(request, listed.report)
        wanted = shown == "entries"
        found = stored_value.entries(connection, question, ENTRIES, skip, kinds, places, view) if wanted else None
        shops = stores(connection)
    return _page(request, hq, "ledger_report.html", answer, shops, found=found, view=shown, kinds=kinds,
                 all_kinds=view.kinds, page=page, counted=view is not stored_value.STORED)


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
    """Only for one dimension with not too many places, of a ranking the first; along accounts a chart says little."""
    shown = answer.question.by[-1] if len(answer.question.by) == 1 else ""
    rows = answer.rows[:RANKED_SHOWN] if answer.report.order else answer.rows
    if shown in ("", "goods", "account", "lot") or not 0 < len(rows) <= CHART_PLACES_MAX:
        return ""
    write = writing(hq, language_of(request))
    picked = [column for column in CHARTED[answer.report.id] if rows[0].values[column] is not None]
    if not picked:
        return ""
    names = [write["named"](answer.report.column(column).name) for column in picked]
    unit = answer.report.column(picked[0]).unit
    found = [charts.Column(_short(row.key[0]), [row.values[column] or 0 for column in picked]) for row in rows]
    return charts.columns(found, lambda value: write["written"](value, unit), names[0], names)


def _short(place: str) -> str:
    """A product's code without its name; under a column there is room for no more."""
    return place.partition(" ")[0]


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
