"""Reports as pages: the list of them, and each with its filters, figures, chart, table, definitions and files."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from hq_server.access.guard import Visitor, guarded, require
from hq_server.bootstrap import Hq
from hq_server.chain.store import the_chain
from hq_server.fleet.store import stores
from hq_server.reports import behind, desk, entries, taps
from hq_server.reports.catalogue import REPORTS
from hq_server.reports.catalogue.making import CATEGORIES
from hq_server.reports.compiling import filters_of
from hq_server.reports.declarations import Answer, Names, Question, Report
from hq_server.reports.dimensions import DIMENSIONS
from hq_server.reports.endpoints import allowed, asked
from hq_server.reports.files import XLSX, comma_separated, workbook
from hq_server.reports.questions import SETTINGS, place_of, question_of, quick_periods, with_filter
from hq_server.reports.run import sums_hold
from hq_server.segments.store import segments
from hq_server.web import language
from hq_server.web.render import language_of, show
from hq_server.web.report_charts import chart_of
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)
reader = require("reports.view")
ENTRIES = 100
LEDGERS = {
    "stored_value_ledger": entries.STORED,
    "points_ledger": entries.POINTS,
    "punch_ledger": entries.PUNCHES,
}
CSV = "text/csv; charset=utf-8"
_RFM = {"segment", "segment_before", "movement", "buyer_segment", "mean_score"}
# setting -> dimensions and figures that it decides
SETTLED = {"m_basis": _RFM, "method": _RFM, "boundary": {"animal"}}


@router.get("/reports")
def report_list(request: Request, q: str = "", visitor: Visitor = Depends(reader)) -> Response:
    """All reports by category; q: part of a name or of what it says."""
    found = [one for one in REPORTS.values() if visitor.may(one.permission) and _fits(one, q.strip().lower())]
    groups = [(names, [one for one in found if one.category == names]) for names in CATEGORIES.values()]
    return show(request, "reports.html", groups=[group for group in groups if group[1]], q=q, found=len(found))


def _fits(report: Report, sought: str) -> bool:
    words = [report.id, *report.name.values(), *report.definition.values()]
    return all(any(part in word.lower() for word in words) for part in sought.split())


@router.get("/reports/{report_id}.xlsx")
def report_file(
    report_id: str, request: Request, visitor: Visitor = Depends(guarded), hq: Hq = Depends(the_hq)
) -> Response:
    """The file of what the page shows; each download is in the audit record."""
    return _file(report_id, request, visitor, hq, "xlsx", workbook, XLSX)


@router.get("/reports/{report_id}.csv")
def report_rows(
    report_id: str, request: Request, visitor: Visitor = Depends(guarded), hq: Hq = Depends(the_hq)
) -> Response:
    return _file(report_id, request, visitor, hq, "csv", comma_separated, CSV)


def _file(report_id: str, request: Request, visitor: Visitor, hq: Hq, ending: str, made: Any, kind: str) -> Response:
    found = asked(allowed(report_id, visitor, "reports.export"), request, hq, visitor)
    code = language_of(request)
    t = language.translator(code)
    words = {word: t("report." + word) for word in ("total", "subtotal", "period", "definition")}
    with hq.db.write() as connection:
        exponent = the_chain(connection).exponent
        visitor.note(connection, "report_exported", "report:" + report_id, request.url.query)
    content = made(found, lambda texts: texts.get(code, texts["en"]), exponent, words, code)
    name = f"{report_id}-{found.question.from_date}-{found.question.to_date}.{ending}"
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/reports/{report_id}")
def report_page(
    report_id: str, request: Request, view: str = "", page: int = 1, visitor: Visitor = Depends(guarded),
    hq: Hq = Depends(the_hq),
) -> Response:
    """Rows, or (view=entries, taps, members) what is behind them."""
    report = allowed(report_id, visitor)
    fuller = with_filter(request.query_params)
    if fuller is not None:
        return RedirectResponse(f"{request.url.path}?{urlencode(fuller)}", 303)
    question = question_of(report, request.query_params, dt.date.today(), visitor.stores)
    if view == "entries" and report_id in LEDGERS and visitor.stores is None:
        return _ledger(request, hq, report, question, max(1, page))
    if view in ("taps", "members") and report.behind:
        return _behind(request, hq, report, question, view, max(1, page), visitor)
    found = desk.answer(hq, report, question)
    template = "ledger_report.html" if report_id in LEDGERS and visitor.stores is None else "report.html"
    return _page(request, hq, template, found, view="balances", kinds=(), all_kinds=(), found=None, page=1)


def _ledger(request: Request, hq: Hq, report: Report, question: Question, page: int) -> Response:
    """The entries behind balances, with a running balance."""
    view = LEDGERS[report.id]
    kinds = tuple(kind for kind in request.query_params.getlist("kind") if kind in view.kinds)
    answer = desk.answer(hq, report, question)
    places = {name: keys[0] for name, keys in question.only.items() if name in entries.PLACES}
    with hq.db.read() as connection:
        found = entries.entries(connection, question, ENTRIES, ENTRIES * (page - 1), kinds, places, view)
    return _page(request, hq, "ledger_report.html", answer, found=found, view="entries", kinds=kinds,
                 all_kinds=view.kinds, page=page)  # fmt: skip


def _behind(
    request: Request, hq: Hq, report: Report, question: Question, view: str, page: int, visitor: Visitor
) -> Response:
    """The taps that a figure counts, or the members of a row."""
    people, rows = [], []
    with hq.db.read() as connection:
        exponent = the_chain(connection).exponent
    with desk.open_facts(hq, question.within) as base:
        if view == "members":
            people = behind.members_behind(base, report, question, exponent)
        else:
            numbers = behind.events_behind(base, report, question, page)
            with hq.db.read() as connection:
                rows = taps.these(connection, numbers)
    return show(
        request, "report_behind.html", report=report, question=question, people=people, rows=rows[: behind.PAGE],
        more=len(rows) > behind.PAGE, page=page, view=view, asked=request.url.query,
        **_links(request, question, report),
    )  # fmt: skip


def _page(request: Request, hq: Hq, template: str, answer: Answer, **values: Any) -> Response:
    question, report = answer.question, answer.report
    links = _links(request, question, report)
    with hq.db.read() as connection:
        shops, lists = stores(connection), segments(connection)
    shown = set(question.measures or [column.id for column in report.columns])
    columns = [column for column in report.columns if column.id in shown]
    figures = [name for name in report.figures or [column.id for column in columns] if answer.total.values.get(name)
               is not None or name in report.figures]  # fmt: skip
    return show(
        request, template, report=report, answer=answer, question=question, shops=shops,
        figures=[name for name in figures if name in shown][:10], columns=columns,
        lists=lists,
        shop_names={shop.code: shop.name for shop in shops}, periods=quick_periods(dt.date.today()),
        chart=chart_of(request, hq, answer, links["deeper"] if report.behind else None), sums_hold=sums_hold(answer),
        label=lambda dimension, key: answer.label(dimension, key, language_of(request)),
        chosen_stores=question.only.get(place_of(report), ()), counted=report.id != "stored_value_ledger",
        filters=_filters(report, question, language_of(request)),
        filterable=[DIMENSIONS[name] for name in filters_of(report.id)],
        settings=_settings(report, question), file_href=f"/reports/{report.id}.xlsx?{request.url.query}",
        csv_href=f"/reports/{report.id}.csv?{request.url.query}", **links, **values,
    )


def _settings(report: Report, question: Question) -> list[tuple[str, tuple[str, ...], str]]:
    """(setting, choices, the one chosen) of the classes that this report's members are put into."""
    reads = {*report.dimension_ids, *report.measure_ids, *question.by, *question.only}
    return [(name, SETTINGS[name], question.settings.get(name, SETTINGS[name][0]))
            for name, places in SETTLED.items() if reads & places]  # fmt: skip


def _filters(report: Report, question: Question, code: str) -> list[tuple[str, Names, dict[str, str]]]:
    """(id, names, key -> what it is called) of what is filtered by beyond the report itself and the form's fields."""
    own = {place_of(report), *report.only}
    found = []
    for name in (one for one in question.only if one not in own):
        one = DIMENSIONS[name]
        words = {key: one.words[key].get(code, one.words[key]["en"]) for key in one.words}
        found.append((name, one.name, {key: words.get(key, key) for key in question.only[name]}))
    return found


def _links(request: Request, question: Question, report: Report) -> dict[str, Any]:
    """Addresses that differ from this page's in one respect."""
    told = [(name, value) for name, value in request.query_params.multi_items() if value]

    def href(drop: tuple[str, ...], **add: str) -> str:
        return "?" + urlencode([(name, value) for name, value in told if name not in (*drop, *add)] + [*add.items()])

    def deeper(place: dict[str, str]) -> str:
        """From a row to what is behind it: an issuing store's accounts, entries, taps or members."""
        if report.id in LEDGERS and set(place) == {"issuer"}:
            return href(("by",), by="account", **place)
        days = {"from": place["day"], "to": place["day"]} if place.get("day") else {}
        rest = {name: value for name, value in place.items() if name != "day"}
        view = "entries" if report.id in LEDGERS else "members" if report.behind == "members" else "taps"
        return href(("by", "period") if days else ("by",), view=view, **days, **rest)

    return {
        "rest": "&" + href(("from", "to", "period", "page"))[1:],
        "view_href": lambda view: href(("page", "kind"), view=view),
        "page_href": lambda page: href((), page=str(page)),
        "without": lambda name: href((name,)),
        "back_href": href(("view", "page")),
        "line_places": lambda line: zip(question.by, line.key, strict=False),
        "deeper": deeper,
    }
