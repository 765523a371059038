"""What is behind a figure: the events of a row of a report, or the members of it."""

from typing import Any

import ibis

from hq_server.facts.base import FactBase
from hq_server.reports.compiling import along_of, fact_for, filtered, parts, sql_of, table_of
from hq_server.reports.declarations import Question, Report
from hq_server.reports.dimensions import DIMENSIONS
from hq_server.reports.profiles import add_profiles, listed
from hq_server.reports.run import asked_of

PAGE = 100


def events_behind(base: FactBase, report: Report, question: Question, page: int = 1) -> list[int]:
    """Events (at most PAGE + 1, newest first) that the report's first figure counts; question.only names the row."""
    question = asked_of(report, question._replace(by=(), measures=()))
    fact = next(
        found for name in report.measure_ids for part in parts(name)
        if (found := fact_for(part, along_of((), question))) and "event" in found.schema.names
    )  # fmt: skip
    leads = {DIMENSIONS[name].register for name in question.only} - {""}
    if "profiles" in leads:
        add_profiles(base, question, 2)
    table = filtered(fact, table_of(fact, leads), question)
    asked = table.select("event").distinct().order_by(ibis.desc("event")).limit(PAGE + 1, offset=PAGE * (page - 1))
    return base.ask(sql_of(asked, base.engine))["event"].to_pylist()


def members_behind(
    base: FactBase, report: Report, question: Question, exponent: int, limit: int = PAGE
) -> list[dict[str, Any]]:
    """Members of a row of a report that counts members, those who spent most first."""
    question = asked_of(report, question._replace(by=(), measures=()))
    add_profiles(base, question, exponent)
    return listed(base, question, limit)
