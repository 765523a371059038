"""One line per report of the catalogue: state, golden figures, tie to the ledger, rows and time on the golden data."""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from hq_server.bootstrap import Hq
from hq_server.facts import projecting
from hq_server.facts.base import FactBase
from hq_server.facts.files import Folder
from hq_server.ledger import store as books
from hq_server.reports.catalogue import REPORTS
from hq_server.reports.catalogue.without import WITHOUT
from hq_server.reports.declarations import Answer, Question, Report
from hq_server.reports.register import registers
from hq_server.reports.run import run, sums_hold
from tests.hq_server.reports.golden import story
from tests.hq_server.reports.golden import test_golden as golden

# figure of a total -> book, assets (begin with), sign: what the ledger says it must be
TIES = {
    "net_sales": ("revenue", (), 1),
    "cash_in": ("cash", (), -1),
    "closing": ("member", ("principal", "bonus"), 1),
    "points_closing": ("member", ("points",), 1),
    "punch_closing": ("member", ("punch",), 1),
    "stored_balance": ("member", ("principal", "bonus"), 1),
    "points_balance": ("member", ("points",), 1),
    "units_remaining": ("member", ("punch",), 1),
    "coupons": ("member", ("coupon", "once"), 1),
}


class Found(NamedTuple):
    """What one report came to."""

    equal: int
    cases: int
    ties: list[bool]
    rows: int
    ms: float


def main() -> int:
    """0 where every report agrees with its readings and with the ledger."""
    with tempfile.TemporaryDirectory() as folder:
        told = story.told(Path(folder))
        found = _all(told, Path(folder))
        told.hq.close()
    _show(found)
    return 0 if all(one.equal == one.cases and all(one.ties) for one in found.values()) else 1


def _all(told: Any, folder: Path) -> dict[str, Found]:
    facts = Folder(folder / "facts")
    while projecting.catch_up(told.hq.db, facts, told.hq.now_s()).more:
        pass
    with told.hq.db.read() as connection:
        base = FactBase(facts, registers(connection))
    scene = golden.scene_of(told)
    found = {name: _one(base, scene, told.hq, report) for name, report in REPORTS.items()}
    base.close()
    return found


def _one(base: FactBase, scene: Any, hq: Hq, report: Report) -> Found:
    began = time.perf_counter()
    answer = run(base, report, Question(*golden.ALL, report.by))
    ms = 1000 * (time.perf_counter() - began)
    mine = [case for case in golden.cases() if case[0] == report.id]
    equal = sum(said == wanted for said, wanted, _ in (golden.both(base, scene, *case) for case in mine))
    return Found(equal, len(mine), [*_ties(hq, answer), sums_hold(answer)], len(answer.rows), ms)


def _ties(hq: Hq, answer: Answer) -> list[bool]:
    if any(name not in ("asset_class",) for name in answer.question.only):
        return []
    with hq.db.read() as connection:
        rows = books.trial_balance(connection)
    found = []
    for name, (book, assets, sign) in TIES.items():
        if answer.total.values.get(name) is not None:
            kept = [row for row in rows if row.book == book and row.asset != "points_value"]
            kept = [row for row in kept if not assets or row.asset.startswith(assets)]
            found.append(answer.total.values[name] == sign * sum(row.amount for row in kept))
    return found


def _show(found: dict[str, Found]) -> None:
    table = Table(box=None)
    for name in ("report", "state", "golden", "ties to ledger", "rows", "ms"):
        table.add_column(name, no_wrap=True)
    for name, one in found.items():
        golden_told = f"{one.equal} of {one.cases}" if one.cases else "-"
        ties = ("yes" if all(one.ties) else "NO") if len(one.ties) > 1 else "sums hold" if one.ties[-1] else "NO"
        table.add_row(name, "ok", golden_told, ties, str(one.rows), f"{one.ms:.0f}")
    for name, waiting in WITHOUT.items():
        table.add_row(name, "no source yet", waiting.needs, "", "", "")
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table)
    console.print(f"{len(found)} ok, {sum(bool(one.cases) for one in found.values())} of them with golden figures; "
                  f"{len(WITHOUT)} without a source yet")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
