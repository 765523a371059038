"""The price of safety: taps that twenty stores approve beside what an all-knowing ledger would, while lines are cut.

    python -m tools.bench coverage [--households 100] [--baskets 4 12] [--seed 1]

A year of real visits (tools/visits.py) through the production core of gateways and head office
(tools/coverage_chain.py), once for each length of the cuts and each size of a top-up. tools/coverage.py states the
rules. The aims are for all taps of a year in which every line is cut a tenth of the time.
"""

import argparse
import hashlib
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tools import visits
from tools.coverage import DAY_S, HOME, KINDS, KNOWN, NEW, Habits, Outages, Score
from tools.coverage_chain import Chain
from tools.visits import Visit

CUTS_S = {"an hour": 3600, "a day": DAY_S, "three days": 3 * DAY_S}
AIMS = {HOME: 99.0, KNOWN: 95.0}
WORDS = {HOME: "home store", KNOWN: "visited in 90 days", NEW: "first visit"}


@dataclass
class Run:
    """One year: its score and what it cost."""

    score: Score
    taps: int
    asked: int
    mean_left_cents: int


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tools.bench coverage", description="Taps approved while lines are cut.")
    parser.add_argument("--households", type=int, default=100, help="how many of the 2,469")
    parser.add_argument("--baskets", type=int, nargs="+", default=[4, 12], help="sizes of a top-up, in usual baskets")
    parser.add_argument("--seed", type=int, default=1, help="of the cuts")
    asked = parser.parse_args(arguments)
    console = Console(width=max(110, Console().width))
    year = visits.load(asked.households)
    began_s = time.monotonic()
    for baskets in asked.baskets:
        runs = {
            name: replay(year, cut_s, baskets, asked.seed, f"cuts of {name}, top-ups of {baskets} baskets")
            for name, cut_s in CUTS_S.items()
        }
        console.print(table(runs, baskets))
    told = asked.households, len(visits.STORES), len(year), time.monotonic() - began_s
    console.print("%d households, %d stores, %d visits a run, %.0f s in all." % told)
    return 0


def replay(year: list[Visit], cut_s: int, baskets: int, seed: int, what: str = "") -> Run:
    """One year with cuts of one length. Raises AssertionError if the chain ever has another sum than the households."""
    cuts = Outages(visits.STORES, year[0].at_s, year[-1].at_s, cut_s, seed)
    changes = iter(cuts.changes())
    change = next(changes)
    chain = Chain(visits.STORES, year[0].at_s, seed)
    habits: dict[int, Habits] = {}
    left: dict[int, int] = {}
    run = Run(Score(), 0, 0, 0)
    for visit in track(year, what) if what else year:
        while change[0] <= visit.at_s:
            chain.at(change[0])
            (chain.mend if change[2] else chain.cut)(change[1])
            change = next(changes)
        chain.at(visit.at_s)
        if visit.household not in habits:
            habits[visit.household], left[visit.household] = Habits(), 0
            chain.add_member(account_of(visit.household))
        _visit(chain, run, visit, habits[visit.household], left, baskets)
    for household, cents in left.items():
        assert chain.left_cents(account_of(household)) == cents, "a cent was lost or made"
    run.asked, run.mean_left_cents = chain.asked, run.mean_left_cents // max(1, run.taps)
    return run


def _visit(chain: Chain, run: Run, visit: Visit, habit: Habits, left: dict[int, int], baskets: int) -> None:
    account, up = account_of(visit.household), chain.shops[visit.store].up
    kind = habit.kind(visit.store, visit.at_s)
    run.taps += 1
    if left[visit.household] >= visit.cents > 0:  # what an all-knowing ledger approves
        told = chain.pay(visit.store, account, visit.cents)
        approved = told.message == "receipt"
        run.score.add(up, kind, approved, left[visit.household] - chain.left_cents(account, visit.store))
        left[visit.household] -= visit.cents if approved else 0
    habit.visit(visit.store, visit.at_s, visit.cents)
    paid_in = habit.tops_up_cents(left[visit.household], baskets)
    if paid_in:
        told = chain.top_up(visit.store, account, paid_in)
        assert told.message == "topped_up", told
        left[visit.household] += paid_in
    run.mean_left_cents += left[visit.household]
    chain.settle(visit.store)


def account_of(household: int) -> str:
    return hashlib.sha256(b"household %d" % household).hexdigest()[:32]


def table(runs: dict[str, Run], baskets: int) -> Table:
    left_cents = next(iter(runs.values())).mean_left_cents
    made = Table(
        title=f"Top-ups of {baskets} usual baskets, on average {left_cents / 100:.2f} on an account: "
        "share approved of what an all-knowing ledger approves"
    )
    made.add_column("lines cut a tenth of the time, each for")
    for name in runs:
        made.add_column(name + "\nall taps", justify="right")
        made.add_column("\nwhile cut", justify="right")
    for kind in KINDS:
        shares = [
            f"{run.score.share(kind, *lines):.1f} %" for run in runs.values() for lines in ((True, False), (False,))
        ]
        made.add_row(WORDS[kind] + (f" (aim {AIMS[kind]:.0f} %)" if kind in AIMS else ""), *shares)
    made.add_section()
    made.add_row("taps per refusal", *_pairs(f"{run.taps / max(1, run.score.refused):.0f}" for run in runs.values()))
    made.add_row("had elsewhere per refusal", *_pairs(f"{run.score.stranded_cents / 100:.2f}" for run in runs.values()))
    made.add_row(
        "requests to head office per tap", *_pairs(f"{run.asked / max(1, run.taps):.2f}" for run in runs.values())
    )
    return made


def _pairs(cells: Iterable[str]) -> list[str]:
    return [cell for one in cells for cell in (one, "")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
