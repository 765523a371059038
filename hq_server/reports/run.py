"""The engine: each level is asked anew but for what may be added, so that nothing is ever summed that may not be."""

import datetime as dt
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from hq_server.errors import HqError
from hq_server.facts.base import FactBase
from hq_server.reports.comparing import with_growth
from hq_server.reports.compiling import (
    RANKED_MAX,
    ROWS_MAX,
    along_of,
    asks,
    bad,
    dimension,
    fact_for,
    measure,
    missing,
    parts,
    reads,
)
from hq_server.reports.declarations import (
    ADDITIVE,
    CLASS,
    COMBINED,
    CUMULATED,
    DISTINCT,
    MOVING,
    OF_ROWS,
    RANK,
    RATIO,
    Answer,
    Line,
    Measure,
    Names,
    Question,
    Report,
)
from hq_server.reports.figures import MEASURES
from hq_server.reports.periods import Period, before, steps, year_ago
from hq_server.reports.profiles import add_profiles
from protocol.money import half_up

LEVELS_MAX = 3
MOVING_ROWS = 7
RANKED_SHOWN = 1000  # of a ranking where nobody says how many
Figures = dict[str, int | None]
Level = dict[tuple[str, ...], Figures]


def run(base: FactBase, report: Report, question: Question, exponent: int = 2) -> Answer:
    """Rows, subtotals and total. Raises HqError naming what it cannot answer."""
    question = asked_of(report, question)
    own = tuple(one for one in question.measures or report.measure_ids)
    wanted = _of_members(own, question)
    if wanted is not None:
        add_profiles(base, question, exponent, wanted)
    needed = tuple(dict.fromkeys((*own, *((report.order,) if report.order else ()))))
    levels = _levels(base, needed, question, RANKED_MAX if report.order else ROWS_MAX)
    _fill(report, levels, question)
    lines = [_lines(report, needed, found, question, question.by[:depth]) for depth, found in enumerate(levels)]
    if report.compares:
        lines = [_compared(base, report, one, question, question.by[:depth]) for depth, one in enumerate(lines)]
    if report.order and question.by:
        lines[-1] = _ranked(report, lines[-1])
    lines[-1] = _of_rows(report, own, lines[-1]) if question.by else lines[-1]
    shown = [*own, *(column.id for column in report.columns if column.id not in MEASURES)]
    lines = [[Line(line.key, {name: line.values.get(name) for name in shown}) for line in one] for one in lines]
    total = lines[0][0] if lines[0] else Line((), dict.fromkeys(shown))
    if question.by and (question.top or (report.order and len(lines[-1]) > RANKED_SHOWN)):
        question = question._replace(top=question.top or RANKED_SHOWN)  # shares and ranks are those among all
        lines[-1] = _top(lines[-1], question.top)
    rows = tuple(_interleaved(lines)) if question.by else ()
    return Answer(report, question, rows, total, labels_of(base, question.by))


def _of_members(names: tuple[str, ...], question: Question) -> set[str] | None:
    """The columns of members that have to be worked out first; None where nothing is asked of members."""
    counted = [one for name in names for part in parts(name) if "profiles" in (one := measure(part)).facts]
    along = [dimension(name) for name in (*question.by, *question.only)]
    if not counted and not any(one.register == "profiles" for one in along):
        return None
    return {column for one in counted for column in reads(one.id)} | {column for one in along for column in one.needs}


def asked_of(report: Report, question: Question) -> Question:
    """The question with what the report says itself. Raises HqError('bad_question') for what it cannot answer."""
    by = question.by
    if len(by) > LEVELS_MAX or len(set(by)) != len(by):
        raise bad(f"up to {LEVELS_MAX} different dimensions")
    unknown = [name for name in by if name not in report.dimension_ids]
    if unknown:
        raise bad(f"{report.id} is not told apart by {', '.join(unknown)}; by " + ", ".join(report.dimension_ids))
    several = [name for name in by if dimension(name).among]
    if several:
        raise bad(f"{several[0]} is a filter: a row that has several would be counted several times")
    if question.from_date > question.to_date:
        raise bad("the period ends before it begins")
    foreign = [name for name in question.measures if name not in report.measure_ids]
    if foreign:
        raise bad(f"{report.id} does not show {', '.join(foreign)}; it shows {', '.join(report.measure_ids)}")
    question = question._replace(only={**question.only, **report.only})
    for name in question.only:
        dimension(name)
    nothing = missing(question.measures or (), question)
    if nothing:
        raise bad("; ".join(nothing.values()))
    told = [name for name in report.measure_ids if MEASURES[name].kind not in OF_ROWS]
    if len(missing(told, question)) == len(told):
        raise bad("; ".join(dict.fromkeys(missing(told, question).values())))
    return question


def _levels(base: FactBase, names: tuple[str, ...], question: Question, most: int) -> list[Level]:
    """From the total to the deepest. What may be added is added up from the deepest; all else is asked anew."""
    by, told = question.by, tuple(dict.fromkeys(part for name in names for part in parts(name)))
    deepest = _level(base, told, question, by, most)
    along = along_of(by, question)
    added = [one for one in told if measure(one).kind == ADDITIVE and fact_for(one, along) is not None]
    rest = tuple(one for one in told if one not in added)
    levels = []
    for depth in range(len(by)):
        found = _level(base, rest, question, by[:depth], most)
        for key, values in _added(deepest, added, depth).items():
            found.setdefault(key, {}).update(values)
        levels.append(found)
    return [*levels, deepest]


def _added(deepest: Level, names: list[str], depth: int) -> Level:
    """Sums of these figures over all rows below each place of a level; the total is there also where no row is."""
    found: Level = {} if depth else {(): dict.fromkeys(names, 0)}
    for key, values in deepest.items():
        above = found.setdefault(key[:depth], dict.fromkeys(names, 0))
        for name in names:
            above[name] = (above[name] or 0) + (values.get(name) or 0)
    return found


def _level(
    base: FactBase, names: tuple[str, ...], question: Question, by: tuple[str, ...], most: int = ROWS_MAX
) -> Level:
    """Key -> figures of facts, each fact asked by itself: rows of two facts are never joined."""
    found: Level = {}
    told = [name for name in names if MEASURES[name].kind != RANK]
    for ask in asks(told, question, by, base.engine, base.merged) if told else ():
        rows = base.ask(ask.sql)
        if rows.num_rows > most:
            detail = f"more than {most} rows by {', '.join(by)}; choose a shorter period or a filter"
            raise HqError("too_many_rows", detail)
        columns = rows.to_pydict()
        keys = zip(*(columns[f"by_{at}"] for at in range(len(by))), strict=True) if by else [()] * rows.num_rows
        for at, key in enumerate(keys):
            values = found.setdefault(tuple(map(str, key)), {})
            values.update({name: _whole(columns[name][at]) for name in ask.measures})
    return found


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _fill(report: Report, levels: list[Level], question: Question) -> None:
    """Empty days (weeks, months) of the period are rows too."""
    grain = dimension(question.by[-1]).grain if question.by else ""
    if not (report.fills and grain):
        return
    period = Period(dt.date.fromisoformat(question.from_date), dt.date.fromisoformat(question.to_date))
    outer = list(levels[-2]) if len(levels) > 1 else []
    for key in outer:
        for step in steps(period, grain):
            levels[-1].setdefault((*key, step), {})


def _lines(
    report: Report, names: tuple[str, ...], found: Level, question: Question, by: tuple[str, ...]
) -> list[Line]:
    """Figures worked out; a row in which nothing happened is none, but for those that were filled in."""
    along = along_of(by, question)
    lines = [
        Line(key, {name: value_of(name, found[key], along) for name in names}) for key in sorted(found, key=_order(by))
    ]
    if not by or report.fills:
        return lines
    return [line for line in lines if any(line.values.values())]


def _order(by: tuple[str, ...]):
    """Keys in the order of their words where a dimension has them, else by themselves."""
    places = [{key: at for at, key in enumerate(dimension(name).words)} for name in by]
    return lambda key: [(place.get(one, len(place)), one) for place, one in zip(places, key, strict=True)]


def value_of(name: str, figures: Mapping[str, int | None], along: tuple[str, ...]) -> int | None:
    """One figure from those of facts; None where it says nothing along these dimensions, filters among them."""
    one = MEASURES[name]
    if one.kind in OF_ROWS:
        return None
    if one.kind == RATIO:
        over, under = (value_of(of, figures, along) for of in one.of)
        return None if over is None or not under else ratio(over, under, one.times)
    if one.kind == COMBINED:
        told = [(value_of(of, figures, along), sign) for of, sign in one.of]
        return None if any(value is None for value, _ in told) else sum((value or 0) * sign for value, sign in told)
    if name in figures:
        return figures[name]
    return 0 if fact_for(name, along) and one.kind in (ADDITIVE, DISTINCT) else None


def ratio(over: int, under: int, times: int = 1) -> int:
    """A quotient as an integer, ties away from zero."""
    return half_up(over * times, under) if under > 0 else half_up(-over * times, -under)


def _compared(base: FactBase, report: Report, lines: list[Line], question: Question, by: tuple[str, ...]) -> list[Line]:
    """The first figure beside what it was before and a year ago; places that had something only then are rows too."""
    first = report.measure_ids[0]
    today = dt.date.fromisoformat(question.today or question.to_date)
    period = Period(dt.date.fromisoformat(question.from_date), dt.date.fromisoformat(question.to_date))
    named = period._replace(unit=question.settings.get("unit", ""))
    then = [before(named, today), year_ago(named, today)]
    spans = [{"from_date": one.first.isoformat(), "to_date": one.last.isoformat()} for one in then]
    was = [_level(base, (first,), question._replace(**span), by) for span in spans]
    here = {line.key: line.values for line in lines}
    found, along = [], along_of(by, question)
    for key in sorted(here.keys() | was[0].keys() | was[1].keys(), key=_order(by)):
        values = here.get(key) or {name: value_of(name, {}, along) for name in report.measure_ids}
        told = [value_of(first, one.get(key, {}), along) for one in was]
        found.append(Line(key, with_growth(first, values, *told)))
    return found


def _ranked(report: Report, lines: list[Line]) -> list[Line]:
    """Rows of the same outer place by the report's order, largest first, ties by key."""
    found: list[Line] = []
    for _outer, beside in groupby(lines, key=lambda line: line.key[:-1]):
        found += sorted(beside, key=lambda line: (-(line.values[report.order] or 0), line.key))
    return found


def _of_rows(report: Report, names: tuple[str, ...], lines: list[Line]) -> list[Line]:
    """Rank, shares, moving means and classes of rows among those beside them."""
    wanted = [MEASURES[name] for name in names if MEASURES[name].kind in OF_ROWS]
    if not wanted:
        return lines
    found: list[Line] = []
    for _outer, group in groupby(lines, key=lambda line: line.key[:-1]):
        beside = list(group)
        columns = {one.id: _column(one, [line.values.get(_of(one, report)) for line in beside]) for one in wanted}
        found += [
            Line(line.key, line.values | {name: column[at] for name, column in columns.items()})
            for at, line in enumerate(beside)
        ]
    return found


def _of(one: Measure, report: Report) -> str:
    return one.of[0] if one.of else report.order or report.measure_ids[0]


def _column(one: Measure, values: list[int | None]) -> list[int | None]:
    own = [value or 0 for value in values]
    if one.kind == RANK:
        return list(range(1, len(own) + 1))
    if one.kind == MOVING:
        times = 1000 if one.unit == "quantity" else 1
        return [
            ratio(sum(own[at - MOVING_ROWS + 1 : at + 1]), MOVING_ROWS, times) if at >= MOVING_ROWS - 1 else None
            for at in range(len(own))
        ]
    whole = sum(own)
    if one.kind == CLASS:
        above = _running([max(0, value) for value in own])
        return [_grade(value, above[at], above[-1], at) for at, value in enumerate(own)]
    part = _running(own) if one.kind == CUMULATED else own
    return [ratio(value, whole, 100_000) if whole > 0 else None for value in part]


def _running(values: list[int]) -> list[int]:
    found, upto = [], 0
    for value in values:
        upto += value
        found.append(upto)
    return found


def _grade(value: int, upto: int, whole: int, at: int) -> int:
    """1, 2, 3 for A, B, C; the first is A though it alone is more."""
    if value <= 0:
        return 3
    return 1 if at == 0 or upto * 100 <= 80 * whole else 2 if upto * 100 <= 95 * whole else 3


def _top(lines: list[Line], count: int) -> list[Line]:
    found: list[Line] = []
    for _outer, beside in groupby(lines, key=lambda line: line.key[:-1]):
        found += list(beside)[:count]
    return found


def _interleaved(levels: list[list[Line]]) -> list[Line]:
    """Deepest rows; each outer place's subtotal follows its rows."""
    rows = levels[-1]
    for subtotals in reversed(levels[1:-1]):
        size = len(subtotals[0].key) if subtotals else 0
        after = {line.key: line for line in subtotals}
        merged: list[Line] = []
        for key, group in groupby(rows, key=lambda line: line.key[:size]):
            beside = list(group)
            merged += [*beside, after[key]] if key in after else beside
        rows = merged
    return rows


def labels_of(base: FactBase, by: tuple[str, ...]) -> dict[str, dict[str, Names]]:
    """Dimension -> key -> what it is called."""
    found: dict[str, dict[str, Names]] = {}
    for name in by:
        one = dimension(name)
        found[name] = dict(one.words) | _named(base, one.named_by)
    return found


def _named(base: FactBase, register: str) -> dict[str, Names]:
    if not register or register not in base.registers:
        return {}
    rows = base.registers[register].to_pylist()
    if register == "goods":
        named = {"zh": "name_zh", "en": "name_en"}
        return {row["code"]: {one: f"{row['code']} {row[of]}".strip() for one, of in named.items()} for row in rows}
    key = "operator" if register == "operators" else "code"
    return {row[key]: {"en": f"{row[key]} {row['name']}".strip()} for row in rows}


def sums_hold(answer: Answer) -> bool:
    """Whether additive figures of the deepest rows add up to the total: an invariant for tests and for the page."""
    deepest = [row for row in answer.rows if len(row.key) == len(answer.question.by)]
    if answer.question.top or not answer.question.by:
        return True
    additive = [column.id for column in answer.report.columns if column.kind in (ADDITIVE, COMBINED)]
    return all(_adds_up(deepest, answer.total, column) for column in additive if column in answer.total.values)


def _adds_up(rows: list[Line], total: Line, column: str) -> bool:
    told = [row.values[column] for row in rows]
    return None in told or total.values[column] is None or sum(v or 0 for v in told) == total.values[column]


