"""The chart of a report: which rows and figures it shows, drawn here and told for the browser's library.

A browser with scripts puts an interactive chart (static/report_chart.js, Apache ECharts) in the place of the drawn one.
Figures are written here, so that chart, table and file say the same.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from fastapi import Request
from markupsafe import Markup

from hq_server.bootstrap import Hq
from hq_server.chain.store import the_chain
from hq_server.reports.declarations import MONEY, QUANTITY, SHARE, Answer, Line, Measure
from hq_server.web import charts
from hq_server.web.render import language_of, writing

PLACES_MAX = 400  # the browser zooms; drawn here are at most DRAWN_MAX
DRAWN_MAX = 62
RANKED_SHOWN = 20
PIE_MAX = 12  # slices; of more places columns say more
SAYS_LITTLE = ("account", "lot")
LABEL_MAX = 10

Href = Callable[[dict[str, str]], str]


class Chart(NamedTuple):
    """svg: drawn here, '' where there is too much of it; told: the same as JSON for the browser's library."""

    svg: Markup | str
    told: str


def chart_of(request: Request, hq: Hq, answer: Answer, deeper: Href | None = None) -> Chart | None:
    """For one dimension with not too many places, of a ranking the first; a matrix for two. deeper: a row's page."""
    by, report = answer.question.by, answer.report
    charted = [report.column(name) for name in report.charted if answer.total.values.get(name) is not None]
    if not charted or not answer.rows or set(by) & set(SAYS_LITTLE):
        return None
    with hq.db.read() as connection:
        exponent = the_chain(connection).exponent
    code = language_of(request)
    pen = _Pen(answer, code, writing(hq, code), exponent, deeper)
    rows = [row for row in answer.rows if len(row.key) == len(by)]
    if len(by) == 2 and report.chart == "matrix":
        return pen.matrix(rows, charted[0])
    rows = rows[:RANKED_SHOWN] if report.order else rows
    if len(by) != 1 or len(rows) > PLACES_MAX:
        return None
    if report.chart == "bubble" and len(charted) == 3:
        return pen.bubbles(rows, charted)
    return pen.rows(rows, [one for one in charted if one.unit == charted[0].unit])


class _Pen(NamedTuple):
    """What all charts of one answer share."""

    answer: Answer
    code: str
    write: dict[str, Any]
    exponent: int
    deeper: Href | None

    def rows(self, rows: list[Line], columns: list[Measure]) -> Chart | None:
        """Columns, a line, or the parts of a whole."""
        found = [charts.Column(self.short(row), [row.values[one.id] or 0 for one in columns]) for row in rows]
        if not any(any(column.values) for column in found):
            return None
        kind = self.kind(found)
        names = [self.write["named"](one.name) for one in columns]
        draw = charts.lines if kind == "line" else charts.columns
        svg = draw(found, partial(self.written, columns[0]), names[0], names) if len(found) <= DRAWN_MAX else ""
        return self.told(svg, kind, rows, columns)

    def kind(self, found: list[charts.Column]) -> str:
        """A line needs two places; a pie few, and none below zero."""
        asked = self.answer.report.chart
        if asked == "line" and len(found) > 1:
            return "line"
        parts = [column.values[0] for column in found]
        return "pie" if asked == "pie" and len(found) <= PIE_MAX and min(parts) >= 0 and sum(parts) else "columns"

    def bubbles(self, rows: list[Line], columns: list[Measure]) -> Chart | None:
        """Two figures say where, the third how large."""
        found = [(self.short(row), [row.values[one.id] or 0 for one in columns]) for row in rows]
        svg = charts.bubbles(
            found, [self.write["named"](one.name) for one in columns], [partial(self.written, one) for one in columns]
        )
        return self.told(svg, "bubble", rows, columns) if svg else None

    def matrix(self, rows: list[Line], column: Measure) -> Chart | None:
        """Rows by columns, the more the darker."""
        by = self.answer.question.by
        cells = {row.key: row.values[column.id] or 0 for row in rows}
        name = lambda at, key: self.answer.label(by[at], key, self.code)  # noqa: E731
        svg = charts.matrix(cells, name, partial(self.written, column))
        if not any(cells.values()) or len(cells) > PLACES_MAX:
            return None
        across, down = (list(dict.fromkeys(key[at] for key in cells)) for at in (1, 0))
        more: dict[str, Any] = {"across": [name(1, key) for key in across], "down": [name(0, key) for key in down]}
        more["at"] = [[across.index(key[1]), down.index(key[0])] for key in cells]
        return self.told(svg, "matrix", rows, [column], **more)

    def told(self, svg: Markup | str, kind: str, rows: list[Line], columns: list[Measure], **more: Any) -> Chart:
        """places and series in the order of the rows; written: the figures as the table has them."""
        by = self.answer.question.by
        told = more | {
            "kind": kind,
            "language": self.code,
            "places": [" · ".join(self.answer.label(*at, self.code) for at in zip(by, row.key, strict=True))
                       for row in rows],
            "hrefs": [self.deeper(dict(zip(by, row.key, strict=True))) for row in rows] if self.deeper else [],
            "series": [self.series(rows, one) for one in columns],
        }  # fmt: skip
        return Chart(svg, json.dumps(told, ensure_ascii=False))

    def series(self, rows: list[Line], column: Measure) -> dict[str, Any]:
        scale = {MONEY: 10**self.exponent, QUANTITY: 1000, SHARE: 1000}.get(column.unit, 1)
        values = [row.values[column.id] for row in rows]
        return {
            "name": self.write["named"](column.name),
            "unit": column.unit,
            "values": [None if value is None else value / scale for value in values],
            "written": [self.written(column, value) for value in values],
        }

    def written(self, column: Measure, value: int | None) -> str:
        return self.write["written"](value, column.unit)

    def short(self, row: Line) -> str:
        """Under a column there is room for no more."""
        dimension, key = self.answer.question.by[0], row.key[0]
        if dimension == "day":
            return key[5:]
        label = self.answer.label(dimension, key, self.code)
        return label if len(label) <= LABEL_MAX else key if len(key) <= LABEL_MAX else label[: LABEL_MAX - 1] + "…"
