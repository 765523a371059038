"""Reports over a made-up chain, first and second time, beside plain SQL on the same files for some of them.

    python -m tools.bench reports [--lines 3000000] [--dir DIR]

Facts come from tools/generated (kept in DIR for another run). The plain statement answers the finest level alone; the
report also asks each level above it, compares the sums, and puts the names beside. Both open the files anew.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from hq_server.facts import projecting
from hq_server.facts.base import FactBase
from hq_server.facts.files import Folder
from hq_server.facts.shapes import SCHEMAS
from hq_server.reports.catalogue import REPORTS
from hq_server.reports.declarations import Question
from hq_server.reports.run import run
from tests.hq_server import small_chain
from tools.generated import facts, registers
from tools.generated.plan import Plan, Size

LINES = 3_000_000
DAYS_OF_TRADE, ROUNDS = 150, 3
BETWEEN = "business_date BETWEEN DATE '{first}' AND DATE '{last}'"
# report -> a statement for what it shows by its usual dimensions; the figure compared, in the statement's last column
PLAIN = {
    "sales_summary": (
        "SELECT store, count(*) FILTER (kind = 'sale'), sum(qty_milli), sum(gross_cents), sum(returned_cents),"
        " sum(net_cents) FILTER (account <> ''), sum(net_cents) FROM sales WHERE " + BETWEEN + " GROUP BY store",
        "net_sales",
    ),
    "sales_trend": (
        "SELECT business_date, count(*) FILTER (kind = 'sale'), sum(qty_milli), sum(net_cents) FROM sales WHERE "
        + BETWEEN + " GROUP BY business_date",
        "net_sales",
    ),
    "product_sales_ranking": (
        "SELECT code, count(DISTINCT event) FILTER (kind = 'sale'), count(DISTINCT account) FILTER (kind = 'sale' AND"
        " account <> ''), sum(qty_milli - returned_milli), sum(net_cents) FROM sale_lines WHERE " + BETWEEN
        + " GROUP BY code ORDER BY 5 DESC",
        "net_sales",
    ),
    "checkout_receipts_summary": (
        "SELECT business, tender, count(DISTINCT event), sum(amount_cents) FILTER (new_money), sum(amount_cents)"
        " FROM receipts WHERE " + BETWEEN + " GROUP BY business, tender",
        "net_receipts",
    ),
    "points_ledger": (
        "SELECT origin, sum(amount) FILTER (business_date < DATE '{first}'), sum(amount) FILTER (kind = 'earned'),"
        " sum(amount) FROM value_moves WHERE asset_class = 'points' AND business_date <= DATE '{last}' GROUP BY origin",
        "points_closing",
    ),
}  # fmt: skip
OTHERS = (
    "sales_period_comparison", "activity_by_item", "member_growth_stats", "monthly_member_indicators",
    "activity_by_frequency", "rfm_eight_segments", "member_lifecycle", "consumption_behaviour_analysis",
)  # fmt: skip


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tools.bench reports", description="Reports beside plain SQL.")
    parser.add_argument("--lines", type=int, default=LINES, help="sale lines, about")
    parser.add_argument("--dir", type=Path, help="where the facts lie, or are made and kept")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as aside:
        _measure(Folder(asked.dir or Path(aside)), Plan(Size(asked.lines)))
        _project(Path(aside))
    return 0


def _project(folder: Path) -> None:
    """From the event log to facts, beside a bare append of the same rows to a DuckDB file; medians of ROUNDS."""
    hq = small_chain.traded(folder / "hq", DAYS_OF_TRADE)
    projected, appended, events = [], [], 0
    for number in range(ROUNDS):
        made = Folder(folder / f"facts{number}")
        began_s = time.perf_counter()
        events = projecting.rebuild(hq.db, made, hq.now_s())
        projected.append(time.perf_counter() - began_s)
        base = FactBase(made, {})
        rows = {table: base.read(table) for table in SCHEMAS}
        base.close()
        appended.append(_appended_s(folder / f"bare{number}.duckdb", rows))
    hq.close()
    ours, bare = (events / statistics.median(told) for told in (projected, appended))
    count = sum(table.num_rows for table in rows.values())
    print(f"projection: {events:,} events, {count:,} rows of facts: {ours:,.0f} events/s; the same rows appended bare: "
          f"{bare:,.0f}; {ours / bare:.2f}")  # fmt: skip


def _appended_s(file: Path, rows: dict[str, Any]) -> float:
    began_s = time.perf_counter()
    with duckdb.connect(str(file)) as bare:
        for table, told in rows.items():
            bare.register("told", told)
            bare.execute(f"CREATE TABLE {table} AS SELECT * FROM told")
    return time.perf_counter() - began_s


def _measure(folder: Folder, plan: Plan) -> None:
    if not folder.manifest().tables:
        began_s = time.monotonic()
        lines = facts.write(plan, folder)
        print(f"{lines:,} sale lines made in {time.monotonic() - began_s:.0f} s")
    manifest, tables = folder.manifest(), registers.of(plan)
    rows = {name: manifest.rows(name) for name in manifest.tables}
    print(f"{rows}, {tables['members'].num_rows:,} members, {tables['stores'].num_rows} stores")
    months = sorted(manifest.tables["sales"])
    spans = {"a month": (months[-2] + "-01", months[-2] + "-28"), "all": (months[0] + "-01", months[-1] + "-28")}
    table = Table("report", "period", "rows", "first s", "second s", "plain SQL s", "times")
    for name in (*PLAIN, *OTHERS):
        for words, (first, last) in spans.items():
            table.add_row(name, words, *_one(folder, tables, name, first, last))
    Console(width=max(100, Console().width)).print(table)


def _one(folder: Folder, tables: dict, name: str, first: str, last: str) -> list[str]:
    report = REPORTS[name]
    question = Question(first, last, report.by)
    told_s, answer = [], None
    for _ in range(2):
        began_s = time.perf_counter()
        base = FactBase(folder, tables)
        answer = run(base, report, question)
        told_s.append(time.perf_counter() - began_s)
        base.close()
    shown = [str(len(answer.rows)) if answer else "", f"{told_s[0]:.2f}", f"{told_s[1]:.2f}"]
    if name not in PLAIN or answer is None:
        return [*shown, "", ""]
    statement, figure = PLAIN[name]
    began_s = time.perf_counter()
    base = FactBase(folder, tables)
    rows = base.ask(statement.format(first=first, last=last))
    plain_s = time.perf_counter() - began_s
    base.close()
    if _sum(rows) != answer.total.values[figure]:
        raise SystemExit(f"{name} says {answer.total.values[figure]}, the plain statement {_sum(rows)}")
    return [*shown, f"{plain_s:.2f}", f"{told_s[1] / plain_s:.1f}"]


def _sum(rows: Any) -> int:
    return sum(int(value or 0) for value in rows.column(rows.num_columns - 1).to_pylist())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
