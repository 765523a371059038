"""Durable approvals a second, and how long each takes, beside what the same broker allows and what others do with it.

    python -m tools.bench gateway [--rounds 3] [--tills 1 16 64] [--folder build/bench]

One request is a debit of stored value from one lot: double entry, event in the hash chain, sealed answer, committed
with synchronous=FULL before it leaves. Baskets were filled before the clock starts. All ends stand behind the same
Mosquitto, measured in turn, round by round; `tools/native/echo.c` is the limit. The store knows 100,000 members.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from tools.bench_crowd import Crowd, End
from tools.bench_peers import FRAMES
from tools.bench_tills import Till, Times, play
from tools.processes import ROOT

NATIVE = ROOT / "tools" / "native"
LIMIT_S, START_S = 2.5, 20
REQUESTS = {1: 1500, 16: 4800, 64: 9600}  # at most, of all tills together
RECEIPT_BYTES = 700
SLOW_MS = 10
C_ECHO, OWN_ECHO, TAPWELL, PAHO, NAIVE = "echo in C", "echo, our adapter", "tapwell", "tapwell over paho", "naive paho"
SLOW_TAPWELL, SLOW_NAIVE = "tapwell, slow disk", "naive, slow disk"
ENDS = (C_ECHO, OWN_ECHO, TAPWELL, PAHO, NAIVE, SLOW_TAPWELL, SLOW_NAIVE)
AIMS = (
    ("64 tills: share of the C echo", TAPWELL, C_ECHO, 0.7),
    ("64 tills: times the naive peer", TAPWELL, NAIVE, 8.0),
    ("64 tills, 10 ms more a sync: times the naive peer", SLOW_TAPWELL, SLOW_NAIVE, 20.0),
)


@dataclass(frozen=True)
class Case:
    """One thing to measure."""

    end: str
    tills: int
    over_tls: bool


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tools.bench gateway", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured, in turn")
    parser.add_argument("--tills", type=int, nargs="+", default=[1, 16, 64], help="terminals at once")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench", help="its disk is the one that counts")
    asked = parser.parse_args(arguments)
    asked.folder.mkdir(parents=True, exist_ok=True)
    busy = os.getloadavg()[0]
    console = Console(width=max(110, Console().width))
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        bench = Bench(Path(folder), max(asked.tills))
        try:
            found = bench.measure(console, asked.tills, asked.rounds)
        finally:
            bench.crowd.stop()
        for over_tls in (False, True):
            for tills in asked.tills:
                console.print(table(found, tills, over_tls))
        console.print(aims(found, max(asked.tills)))
        console.print(alone_table(bench.alone()))
        console.print(
            "Resident memory of the sale process with 100,000 members: %.0f MB (aim under 120)." % bench.rss_mb
        )
    console.print("Load of this machine before the first run: %.2f; what else runs on it is in the figures." % busy)
    return 0


class Bench:
    """A store that is laid out once; every measurement begins from a copy of its database."""

    def __init__(self, folder: Path, tills: int) -> None:
        self.folder, self.rss_mb = folder, 0.0
        for name, more in (("echo", []), ("slow_sync", ["-shared", "-fPIC", "-ldl"])):
            subprocess.run(["gcc", "-O2", "-o", folder / name, NATIVE / (name + ".c"), *more], check=True)
        self.crowd = Crowd(folder / "store", tills, max(REQUESTS.values()))
        self.crowd.start_broker()

    def measure(self, console: Console, tills: list[int], rounds: int) -> dict[Case, list[Times]]:
        cases = [Case(end, count, tls) for tls in (False, True) for count in tills for end in ENDS
                 if not end.endswith("slow disk") or (tls and count == max(tills))]  # fmt: skip
        found: dict[Case, list[Times]] = {case: [] for case in cases}
        for number in range(rounds):
            for case in cases:
                with console.status(f"round {number + 1} of {rounds}: {case.end}, {case.tills} tills"):
                    found[case].append(self.one(case))
        return found

    def one(self, case: Case) -> Times:
        """One end, one crowd, from a fresh database to the last answer."""
        folder = self.crowd.fresh(self.folder / "run")
        end = self._start(case, folder)
        try:
            count = min(REQUESTS.get(case.tills, 5000), self.crowd.requests) // case.tills
            port, context = self._door(case.over_tls)
            tills = [
                Till(name, [frame for _, frame in self.crowd.frames(name, count)], port, context(name))
                for name in self.crowd.names[: case.tills]
            ]
            times = play(tills, LIMIT_S)
            for till in tills:
                till.wire.close()
            if case.end == TAPWELL:
                self.rss_mb = max(self.rss_mb, end.resident_mb())
        finally:
            end.stop()
        return times

    def alone(self) -> dict[int, float]:
        """Batch size -> approvals a second of the desk and its database, without broker or socket."""
        found = {}
        for size in (1, 16, 64):
            folder = self.crowd.fresh(self.folder / "run")
            per_till = [self.crowd.frames(name, 30) for name in self.crowd.names]
            frames = [frame for row in zip(*per_till, strict=True) for frame in row]
            (folder / FRAMES).write_text(json.dumps([(topic, frame.decode()) for topic, frame in frames]))
            words = [sys.executable, "-m", "tools.bench_peers", "alone", str(folder), str(size)]
            end = End(folder / "end.log", words, {})
            approved, seconds = end.wait_text("alone ", 60).split()[1:]
            end.stop()
            assert int(approved) == len(frames), "some were refused"
            found[size] = int(approved) / float(seconds)
        return found

    def _start(self, case: Case, folder: Path) -> End:
        python, more = [sys.executable, "-m"], {}
        if case.end == C_ECHO:
            settings = self.crowd.config
            words = [str(self.folder / "echo"), str(self.crowd.plain_port), settings.gateway_id, str(RECEIPT_BYTES)]
        elif case.end == OWN_ECHO:
            words = [*python, "tools.bench_peers", "echo", str(folder), str(RECEIPT_BYTES)]
        elif case.end in (NAIVE, SLOW_NAIVE):
            words = [*python, "tools.bench_peers", "naive", str(folder)]
        else:
            self.crowd.settle(folder, "paho" if case.end == PAHO else "batched")
            words = [*python, "gateway", "run", "--dir", str(folder)]
        if case.end in (SLOW_TAPWELL, SLOW_NAIVE):
            more = {"LD_PRELOAD": str(self.folder / "slow_sync"), "SLOW_SYNC_MS": str(SLOW_MS)}
        end = End(folder / "end.log", words, more)
        end.wait_text("at the broker" if words[-2] == "--dir" else "ready", START_S)
        return end

    def _door(self, over_tls: bool) -> tuple[int, Callable]:
        if over_tls:
            return self.crowd.config.broker_port, self.crowd.context
        return self.crowd.plain_port, lambda name: None


# ---- telling


def table(found: dict[Case, list[Times]], tills: int, over_tls: bool) -> Table:
    here = {case.end: runs for case, runs in found.items() if (case.tills, case.over_tls) == (tills, over_tls)}
    limit = middle(here[C_ECHO])
    made = Table(title=f"{tills} terminal{'s' * (tills > 1)} over {'mutual TLS' if over_tls else 'TCP'}")
    made.add_column("behind the broker")
    for name in ("a second", "of the C echo", "p50 ms", "p99 ms", "p99 / echo's", "all rounds, a second"):
        made.add_column(name, justify="right")
    for end, runs in here.items():
        rounds = "  ".join("%.0f" % one.per_s for one in runs)
        p99 = median(one.at(99) for one in runs)
        made.add_row(
            end, "%.0f" % middle(runs), "%.2f" % (middle(runs) / limit), "%.2f" % median(one.at(50) for one in runs),
            "%.2f" % p99, "%.2f" % (p99 / median(one.at(99) for one in here[C_ECHO])), rounds,
        )  # fmt: skip
    return made


def aims(found: dict[Case, list[Times]], tills: int) -> Table:
    here = {case.end: middle(runs) for case, runs in found.items() if case.tills == tills and case.over_tls}
    made = Table("aim", "wanted", "reached", title="aims, over mutual TLS")
    for what, end, peer, wanted in AIMS:
        reached = here[end] / here[peer]
        made.add_row(what, "%.1f" % wanted, "%.2f %s" % (reached, "met" if reached >= wanted else "[red]missed[/]"))
    return made


def alone_table(alone: dict[int, float]) -> Table:
    made = Table("requests in a batch", "a second", title="the desk and SQLite alone, no broker")
    for size, per_s in alone.items():
        made.add_row(str(size), "%.0f" % per_s)
    return made


def middle(runs: list[Times]) -> float:
    return median(one.per_s for one in runs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
