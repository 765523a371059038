"""The engine: asks the database once per level, so that nothing is ever summed that may not be."""

from collections.abc import Callable, Mapping
from itertools import groupby

from sqlalchemy import Connection

from hq_server.errors import HqError
from hq_server.reports.declarations import (
    ADDITIVE,
    CUMULATED,
    PART,
    RANK,
    RATIO,
    SHARE,
    Answer,
    Column,
    Figures,
    Line,
    Question,
    Report,
    Values,
)
from protocol.money import half_up

LEVELS_MAX = 2

# a report's facts: (connection, question, dimensions) -> place -> every column that is not a ratio
Facts = Callable[[Connection, Question, tuple[str, ...]], Mapping[tuple[str, ...], Figures]]


def run(connection: Connection, report: Report, facts: Facts, question: Question) -> Answer:
    """Rows, subtotals and total. Raises HqError for dimensions or dates that the report cannot answer."""
    check(report, question)
    levels = [_level(connection, report, facts, question, depth) for depth in range(len(question.by) + 1)]
    return Answer(report, question, tuple(_interleaved(levels)), levels[0][0] if levels[0] else _nothing(report))


def check(report: Report, question: Question) -> None:
    """Raises HqError('bad_question') for what this report does not know."""
    known = {dimension.id for dimension in report.dimensions}
    if not question.by or len(question.by) > LEVELS_MAX or len(set(question.by)) != len(question.by):
        raise HqError("bad_question", "one or two different dimensions")
    if not set(question.by) <= known:
        raise HqError("bad_question", "dimensions of this report: " + ", ".join(sorted(known)))
    if question.from_date > question.to_date:
        raise HqError("bad_question", "the period ends before it begins")


def _level(connection: Connection, report: Report, facts: Facts, question: Question, depth: int) -> list[Line]:
    by = question.by[:depth]
    empty = {column for dimension in by for column in report.dimension(dimension).without}
    found = facts(connection, question, by)
    lines = [Line(key, _finished(report, values, empty)) for key, values in sorted(found.items())]
    return _ranked(report, lines) if report.order and by and depth == len(question.by) else lines


def _ranked(report: Report, lines: list[Line]) -> list[Line]:
    """Rows of the same outer place by the report's order, largest first, ties by name; with rank and shares."""
    ranked: list[Line] = []
    for _outer, beside in groupby(lines, key=lambda line: line.key[:-1]):
        rows = sorted(beside, key=lambda line: (-(line.values[report.order] or 0), line.key))
        whole, passed = sum(line.values[report.order] or 0 for line in rows), 0
        for rank, line in enumerate(rows, 1):
            own = line.values[report.order] or 0
            passed += own
            told = {RANK: rank, PART: _part(own, whole), CUMULATED: _part(passed, whole)}
            more = {column.id: told[column.measure] for column in report.columns if column.measure in told}
            ranked.append(Line(line.key, line.values | more))
    return ranked


def _part(own: int, whole: int) -> int | None:
    return ratio(own, whole, SHARE) if whole > 0 else None


def _finished(report: Report, values: Figures, empty: set[str]) -> Values:
    """All columns in their order: additive ones default to nothing happened, ratios are worked out here."""
    full: Values = {}
    for column in report.columns:
        full[column.id] = None if column.id in empty else _value(column, values, empty)
    return full


def _value(column: Column, values: Figures, empty: set[str]) -> int | None:
    if column.measure in (RANK, PART, CUMULATED):
        return None  # of rows only
    if column.measure != RATIO:
        return values.get(column.id, 0)
    over, under = (values.get(part, 0) for part in column.of)
    if not under or set(column.of) & empty:
        return None
    return ratio(over, under, column.unit)


def ratio(over: int, under: int, unit: str) -> int:
    """A quotient as an integer: shares and quantities in 1/1000 of a percent or piece, others in the unit of `over`."""
    return half_up(over * 100000, under) if unit == SHARE else half_up(over, under)


def _interleaved(levels: list[list[Line]]) -> list[Line]:
    """Deepest rows; with two dimensions the outer one's subtotal follows its rows."""
    if len(levels) < 3:
        return levels[-1]
    rows = []
    for subtotal in levels[1]:
        rows += [row for row in levels[2] if row.key[0] == subtotal.key[0]] + [subtotal]
    return rows


def _nothing(report: Report) -> Line:
    return Line((), _finished(report, {}, set()))


def sums_hold(answer: Answer) -> bool:
    """Whether additive columns of the deepest rows add up to the total: an invariant for tests and for the page."""
    deepest = [row for row in answer.rows if len(row.key) == len(answer.question.by)]
    additive = [column.id for column in answer.report.columns if column.measure == ADDITIVE]
    return all(_adds_up(deepest, answer.total, column) for column in additive)


def _adds_up(rows: list[Line], total: Line, column: str) -> bool:
    parts = [row.values[column] for row in rows]
    told = [part for part in parts if part is not None]
    return len(told) < len(parts) or sum(told) == total.values[column]
