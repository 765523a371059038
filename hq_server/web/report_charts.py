"""The chart of a report: which rows and figures it shows, and how they are drawn."""

from functools import partial

from fastapi import Request

from hq_server.bootstrap import Hq
from hq_server.reports.declarations import Answer
from hq_server.web import charts
from hq_server.web.render import language_of, writing

PLACES_MAX = 62
RANKED_SHOWN = 20
SAYS_LITTLE = ("account", "lot")
LABEL_MAX = 10


def chart_of(request: Request, hq: Hq, answer: Answer):
    """For one dimension with not too many places, of a ranking the first; a matrix for two."""
    by, report = answer.question.by, answer.report
    code = language_of(request)
    write = writing(hq, code)
    charted = [name for name in report.charted if answer.total.values.get(name) is not None]
    if not charted or not answer.rows or set(by) & set(SAYS_LITTLE):
        return ""
    deepest = [row for row in answer.rows if len(row.key) == len(by)]
    one = report.column(charted[0])
    if len(by) == 2 and report.chart == "matrix":
        cells = {row.key: row.values[one.id] or 0 for row in deepest}
        return charts.matrix(cells, lambda at, key: answer.label(by[at], key, code), partial(_written, write, one.unit))
    if len(by) != 1:
        return ""
    rows = deepest[:RANKED_SHOWN] if report.order else deepest
    if len(rows) > PLACES_MAX:
        return ""
    same = [name for name in charted if report.column(name).unit == one.unit]
    names = [write["named"](report.column(name).name) for name in same]
    found = [charts.Column(_short(answer, by[0], row.key[0], code), [row.values[n] or 0 for n in same]) for row in rows]
    if report.chart == "bubble" and len(charted) == 3:
        return charts.bubbles(
            [(_short(answer, by[0], row.key[0], code), [row.values[n] or 0 for n in charted]) for row in rows],
            [write["named"](report.column(name).name) for name in charted],
            [partial(_written, write, report.column(name).unit) for name in charted],
        )
    draw = charts.lines if report.chart == "line" and len(found) > 1 else charts.columns
    return draw(found, partial(_written, write, one.unit), names[0], names)


def _written(write: dict, unit: str, value: int) -> str:
    return write["written"](value, unit)


def _short(answer: Answer, dimension: str, key: str, code: str) -> str:
    """Under a column there is room for no more."""
    if dimension == "day":
        return key[5:]
    label = answer.label(dimension, key, code)
    return label if len(label) <= LABEL_MAX else key if len(key) <= LABEL_MAX else label[: LABEL_MAX - 1] + "…"
