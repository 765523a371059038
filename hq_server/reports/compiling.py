"""From a question to expressions over facts, one per fact and level. What does not fit together is refused by name."""

import difflib
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Any, NamedTuple

import ibis
from ibis.backends.sql.compilers.clickhouse import ClickHouseCompiler
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from ibis.expr import operations

from hq_server.errors import HqError
from hq_server.facts.shapes import HEADER
from hq_server.reports.declarations import (
    BEFORE,
    COMBINED,
    DATE,
    DISTINCT,
    EXTREME,
    OF_ROWS,
    RATIO,
    UPTO,
    WITHIN,
    Dimension,
    Measure,
    Question,
)
from hq_server.reports.dimensions import DIMENSIONS
from hq_server.reports.figures import MEASURES
from hq_server.reports.sources import FACTS, Fact, has, table_of

ROWS_MAX = 20_000  # of a report in the order of its keys
RANKED_MAX = 200_000  # of a ranking, of which the first are shown
ENTRIES_MAX = 1_000_000  # of one event
# of a line, what the lines of one product in one sale share
SALE_WIDE = {name for name, _ in HEADER if name != "n"} | {"kind", "sale_event", "sale_date", "code", "fuel"}
ONE_PER_EVENT = ("sales", "taps")  # facts in which an event is one row: counting rows counts events
CHOSEN = "chosen"  # the accounts of a kept list
ANY_DATES = ("1901-02-03", "1904-05-06")  # long before any business date
# how engines write a date
DATE_FORMS: tuple[Callable[[str], str], ...] = (
    lambda day: "MAKE_DATE({}, {}, {})".format(*map(int, day.split("-"))),
    lambda day: f"toDate('{day}')",
)


class Ask(NamedTuple):
    """One query: these figures of one fact along `by`; rows have the keys first, then the figures."""

    fact: str
    by: tuple[str, ...]
    measures: tuple[str, ...]
    sql: str


def bad(detail: str) -> HqError:
    """A question that cannot be answered, and why."""
    return HqError("bad_question", detail)


def measure(name: str) -> Measure:
    """Raises HqError('bad_question') naming those that come near."""
    if name not in MEASURES:
        raise bad(f"unknown figure {name}; {_near(name, MEASURES)}")
    return MEASURES[name]


def dimension(name: str) -> Dimension:
    """Raises HqError('bad_question') naming those that come near."""
    if name not in DIMENSIONS:
        raise bad(f"unknown dimension {name}; {_near(name, DIMENSIONS)}")
    return DIMENSIONS[name]


def _near(name: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(name, [one for one in known if not one.startswith("_")], 5, 0.5)
    return "did you mean " + ", ".join(found) + "?" if found else "see the list of the API"


@cache
def parts(name: str) -> tuple[str, ...]:
    """The figures of facts that a figure is made of."""
    one = measure(name)
    if one.kind == RATIO:
        return tuple(dict.fromkeys(part for of in one.of for part in parts(of)))
    if one.kind == COMBINED:
        return tuple(dict.fromkeys(part for of, _sign in one.of for part in parts(of)))
    if one.kind in OF_ROWS:
        return tuple(part for of in one.of for part in parts(of))
    return (name,)


@cache
def reads(name: str) -> frozenset[str]:
    """The columns of its fact that a figure looks at."""
    one = measure(name)
    table = table_of(FACTS[one.facts[0]], set())
    looked_at = one.where(table).op().find(operations.Field) if one.where else ()
    return frozenset({one.column} | {field.name for field in looked_at})


def fact_for(name: str, along: Iterable[str]) -> Fact | None:
    """The smallest fact that has a figure and can tell it apart along all of these, or None."""
    one = measure(name)
    along = tuple(along)
    if set(one.never_by) & set(along):
        return None
    for fact in (FACTS[each] for each in one.facts):
        if all(_leads(fact.id, each) for each in along):
            return fact
    return None


@cache
def _leads(fact: str, along: str) -> bool:
    """Whether a fact's rows can be told apart along a dimension."""
    one = dimension(along)
    return has(FACTS[fact], one.needs, one.register)


@cache
def filters_of(report_id: str) -> tuple[str, ...]:
    """What a report can be filtered by: whatever one of its figures can be told apart by."""
    from hq_server.reports.catalogue import REPORTS

    told = {part for name in REPORTS[report_id].measure_ids for part in parts(name)}
    return tuple(name for name in DIMENSIONS if any(fact_for(part, (name,)) for part in told))


def missing(names: Iterable[str], question: Question) -> dict[str, str]:
    """Figure -> why it says nothing along what is asked. A filter that a fact does not know is no answer either."""
    found, along = {}, along_of(question.by, question)
    for name in names:
        for part in parts(name):
            if fact_for(part, along) is None:
                found[name] = _why(part, along)
    return found


def _why(name: str, along: tuple[str, ...]) -> str:
    one = measure(name)
    never = [each for each in along if each in one.never_by]
    unknown = [each for each in along if not any(_leads(fact, each) for fact in one.facts)]
    if never:
        return f"{name} is a balance and cannot be told apart by {', '.join(never)}"
    if unknown:
        return f"{name} is counted in {', '.join(one.facts)} and cannot be told apart by {', '.join(unknown)}"
    return f"{name}: no fact has all of {', '.join(along)}"


def along_of(by: tuple[str, ...], question: Question) -> tuple[str, ...]:
    """What a fact has to be told apart by: dimensions, filters, and members where a list of them is asked of."""
    return (*by, *question.only, *(("account",) if question.within else ()))


def asks(
    names: Iterable[str], question: Question, by: tuple[str, ...], engine: str = "duckdb", merged: bool = True
) -> list[Ask]:
    """The queries for these figures at one level. merged: whether any two accounts are one person."""
    along = along_of(by, question)
    grouped: dict[str, list[str]] = {}
    for name in dict.fromkeys(part for each in names for part in parts(each)):
        fact = fact_for(name, along)
        if fact is not None:
            grouped.setdefault(fact.id, []).append(name)
    only = tuple(sorted((name, tuple(keys)) for name, keys in question.only.items()))
    rest = (by, only, question.rights, bool(question.within), engine, merged)
    return [
        Ask(fact, by, tuple(own), dated(_worded(fact, tuple(own), *rest), question)) for fact, own in grouped.items()
    ]


@lru_cache(maxsize=2048)
def _worded(
    fact_id: str, names: tuple[str, ...], by: tuple[str, ...], only: tuple, rights: tuple[str, ...] | None,
    within: bool, engine: str, merged: bool,
) -> str:
    """The query in words, for the dates that stand for any: making it takes longer than most answers do."""
    fact, question = FACTS[fact_id], Question(*ANY_DATES, by, dict(only), rights=rights, within=int(within))
    dims = [dimension(name) for name in (*by, *question.only)]
    people = merged and any(MEASURES[name].column == "person" for name in names)
    leads = {one.register for one in dims if one.register} | ({"heirs"} if people else set())
    all_before = fact.dated and any(MEASURES[name].span != WITHIN for name in names)
    table = filtered(fact, table_of(fact, leads), question, all_before)
    alone = fact.id == "sale_lines" and _one_code(by, [one.id for one in dims])
    figures = {name: figure(MEASURES[name], fact, table, question, all_before, alone) for name in names}
    if not by:
        return sql_of(table.aggregate(**figures), engine)
    keys = {f"by_{at}": dimension(name).of(table) for at, name in enumerate(by)}
    return sql_of(table.group_by(**keys).aggregate(**figures).limit(RANKED_MAX + 1), engine)


def _of_sales(one: Measure) -> bool:
    """Whether it counts events of one kind by what all lines of a product in one share."""
    return one.kind == DISTINCT and one.column == "event" and {"kind"} <= reads(one.id) - {"event"} <= SALE_WIDE


def _one_code(by: tuple[str, ...], along: list[str]) -> bool:
    """Whether each place holds lines of one product alone, of whole events: then its first lines are its sales."""
    needs = {need for name in along if not (one := dimension(name)).register for need in one.needs}
    return "product" in by and needs <= SALE_WIDE


def dated(sql: str, question: Question) -> str:
    """A query for ANY_DATES as one for the question's."""
    for stands, day in zip(ANY_DATES, (question.from_date, question.to_date), strict=True):
        for form in DATE_FORMS:
            sql = sql.replace(form(stands), form(day))
    return sql


def filtered(fact: Fact, table: Any, question: Question, all_before: bool = False) -> Any:
    """The rows of a fact that a question is about: its period, its filters, what the asker may see."""
    if fact.dated:
        table = table.filter(table.business_date <= ibis.date(question.to_date))
        if not all_before:
            table = table.filter(table.business_date >= ibis.date(question.from_date))
    for name, keys in question.only.items():
        one = dimension(name)
        table = table.filter(one.among(table, keys) if one.among else one.of(table).isin(keys))
    if question.within:
        kept = ibis.table({"account": "string"}, name=CHOSEN)
        table = table.semi_join(kept, table.account == kept.account)
    if question.rights is not None:
        table = table.filter(table[fact.store].isin(question.rights or ("-",)))
    return table


def figure(
    one: Measure, fact: Fact, table: Any, question: Question, all_before: bool, one_code: bool = False
) -> Any:
    """The expression of a figure of a fact; beside a balance the rows of the period are told from those before."""
    where = one.where(table) if one.where else None
    if all_before and one.span != UPTO:
        starts = ibis.date(question.from_date)
        within = table.business_date < starts if one.span == BEFORE else table.business_date >= starts
        where = within if where is None else where & within
    if one.kind == DISTINCT and one.column == "event" and fact.id in ONE_PER_EVENT:
        return table.count(where=where)
    if one_code and where is not None and _of_sales(one):
        return table.count(where=where & table.first_of_code)
    if one.kind == DISTINCT:
        return _counted(one, table).nunique(where=where)
    if one.kind == EXTREME:
        return _extreme(one, table, where)
    if not one.column:
        return table.count(where=where)
    sign, column = (-1, one.column[1:]) if one.column.startswith("-") else (1, one.column)
    return (table[column].sum(where=where).fill_null(0) * sign).cast("int64")


def _counted(one: Measure, table: Any) -> Any:
    if one.column == "person":  # of merged accounts the heir
        return table["heirs.person"].fill_null(table.account) if "heirs.person" in table.columns else table.account
    if one.column == "entry":
        return table.event * ENTRIES_MAX + table.entry
    return table[one.column]


def _extreme(one: Measure, table: Any, where: Any) -> Any:
    column = table[one.column].epoch_days() if one.unit == DATE else table[one.column]
    found = getattr(column, one.how)(where=where)
    # a half goes up: engines round it differently
    return (found + 0.5).floor().cast("int64") if one.how == "median" else found


class _Exact(ClickHouseCompiler):
    """ClickHouse counts different things roughly unless it is told not to."""

    SIMPLE_OPS = {operations.CountDistinct: "uniqExact"}


DUCKDB, CLICKHOUSE = "duckdb", "clickhouse"
_COMPILERS: dict[str, Any] = {DUCKDB: DuckDBCompiler(), CLICKHOUSE: _Exact()}


def sql_of(expression: Any, engine: str = DUCKDB) -> str:
    """The words of an analytic engine (ClickHouse's left joins want join_use_nulls = 1)."""
    return _COMPILERS[engine].to_sqlglot(expression.unbind()).sql(engine)
