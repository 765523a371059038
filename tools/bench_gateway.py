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
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from tools.bench_crowd import Crowd, End
from tools.bench_parts import FRAMES
from tools.bench_tap import fdatasync_ms
from tools.bench_tills import Till, Times, play
from tools.processes import ROOT

NATIVE = ROOT / "tools" / "native"
LIMIT_S, START_S = 2.5, 20
REQUESTS = {1: 1500, 16: 4800, 64: 9600}
RECEIPT_BYTES = 700
SLOW_MS = 10
C_ECHO, OWN_ECHO, TAPWELL, PAHO, NAIVE = "echo in C", "echo, our adapter", "tapwell", "tapwell over paho", "naive paho"
FULL, SLOW_TAPWELL, SLOW_NAIVE = "tapwell, full basket", "tapwell, slow disk", "naive, slow disk"
ENDS = (C_ECHO, OWN_ECHO, TAPWELL, PAHO, NAIVE, FULL, SLOW_TAPWELL, SLOW_NAIVE)
LARGEST_ONLY = (FULL, SLOW_TAPWELL, SLOW_NAIVE)
CPU = {"its CPU µs": "end", "broker's": "broker", "tills'": "tills"}  # an answer
# share of what, of whom, beside whom, at least
AIMS = (
    ("approvals a second, of the C echo's", TAPWELL, C_ECHO, 0.7),
    ("times the naive peer", TAPWELL, NAIVE, 8.0),
    ("times the naive peer, 10 ms more a sync", SLOW_TAPWELL, SLOW_NAIVE, 20.0),
)
P99_MOST, ALONE_MOST, RSS_MOST_MB = 1.5, 2.0, 120


def requests(tills: int) -> int:
    """At most so many are made by all terminals together."""
    return REQUESTS.get(tills, 75 * tills)


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
    console = Console(width=max(140, Console().width))
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        bench = Bench(Path(folder), asked.tills)
        try:
            found = bench.measure(console, asked.tills, asked.rounds)
        finally:
            bench.crowd.stop()
        for over_tls in (False, True):
            for tills in asked.tills:
                console.print(table(found, tills, over_tls))
        console.print(aims(found, asked.tills, bench))
        console.print(ceilings(found, max(asked.tills)))
        for kind in ("plain", "full"):
            console.print(alone_table(kind, bench.alone(kind)))
    console.print("Load of this machine before the first run: %.2f; what else runs on it is in the figures." % busy)
    return 0


class Bench:
    """A store that is laid out once; every measurement begins from a copy of its database."""

    def __init__(self, folder: Path, tills: list[int]) -> None:
        self.folder, self.rss_mb = folder, 0.0
        self.sync_ms: list[float] = []
        for name, more in (("echo", []), ("slow_sync", ["-shared", "-fPIC", "-ldl"])):
            subprocess.run(["gcc", "-O2", "-o", folder / name, NATIVE / (name + ".c"), *more], check=True)
        self.crowd = Crowd(folder / "store", [max(requests(n) // n for n in tills if n > i) for i in range(max(tills))])
        self.crowd.start_broker()

    def measure(self, console: Console, tills: list[int], rounds: int) -> dict[Case, list[Times]]:
        cases = [Case(end, count, tls) for tls in (False, True) for count in tills for end in ENDS
                 if end not in LARGEST_ONLY or (tls and count == max(tills))]  # fmt: skip
        found: dict[Case, list[Times]] = {case: [] for case in cases}
        for number in range(rounds):
            self.sync_ms.append(fdatasync_ms(self.folder))
            for case in cases:
                with console.status(f"round {number + 1} of {rounds}: {case.end}, {case.tills} tills"):
                    found[case].append(self.one(case))
        return found

    def one(self, case: Case) -> Times:
        """One end, one crowd, from a fresh database to the last answer."""
        folder = self.crowd.fresh(self.folder / "run")
        end = self._start(case, folder)
        try:
            count, kind = requests(case.tills) // case.tills, "full" if case.end == FULL else "plain"
            port, context = self._door(case.over_tls)
            tills = [
                Till(name, [frame for _, frame in self.crowd.frames(name, count, kind)], port, context(name))
                for name in self.crowd.names[: case.tills]
            ]
            times = self._costed(end, lambda: play(tills, LIMIT_S))
            for till in tills:
                till.wire.close()
            if case.end == TAPWELL:
                self.rss_mb = max(self.rss_mb, end.resident_mb())
        finally:
            end.stop()
        return times

    def _costed(self, end: End, work: Callable[[], Times]) -> Times:
        """What the work brought, with what each side used of a processor meanwhile."""
        clocks = {"end": end.cpu_s, "broker": self.crowd.broker_cpu_s, "tills": time.process_time}
        before = {name: clock() for name, clock in clocks.items()}
        times = work()
        spent = {name: clock() - before[name] for name, clock in clocks.items()}
        times.cpu_us = {name: 1e6 * seconds / times.answered for name, seconds in spent.items()}
        return times

    def alone(self, kind: str = "plain") -> dict[int, tuple[float, dict[str, float]]]:
        """Batch size -> approvals a second of the desk and its database, and µs of each by part. No broker."""
        found = {}
        for size in (1, 16, 64):
            folder = self.crowd.fresh(self.folder / "run")
            per_till = [self.crowd.frames(name, 60, kind) for name in self.crowd.names]
            frames = [frame for row in zip(*per_till, strict=True) for frame in row]
            (folder / FRAMES).write_text(json.dumps([(topic, frame.decode()) for topic, frame in frames]))
            end = End(folder / "end.log", [sys.executable, "-m", "tools.bench_parts", str(folder), str(size)], {})
            parts = json.loads(end.wait_text("parts ", 60).partition(" ")[2])
            approved, seconds = end.wait_text("alone ", 1).split()[1:]
            end.stop()
            assert int(approved) == len(frames) // 2, "some were refused"
            found[size] = int(approved) / float(seconds), parts
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
    for name in ("a second", "of the C echo", "p50 ms", "p99 ms", "p99 / echo's", *CPU, "all rounds, a second"):
        made.add_column(name, justify="right")
    for end, runs in here.items():
        rounds = "  ".join("%.0f" % one.per_s for one in runs)
        p99 = median(one.at(99) for one in runs)
        made.add_row(
            end, "%.0f" % middle(runs), "%.2f" % (middle(runs) / limit), "%.2f" % median(one.at(50) for one in runs),
            "%.2f" % p99, "%.2f" % (p99 / median(one.at(99) for one in here[C_ECHO])),
            *["%.0f" % median(one.cpu_us[who] for one in runs) for who in CPU.values()], rounds,
        )  # fmt: skip
    return made


def aims(found: dict[Case, list[Times]], tills: list[int], bench: Bench) -> Table:
    most, one = max(tills), min(tills)
    here = {case.end: runs for case, runs in found.items() if case.tills == most and case.over_tls}
    made = Table("aim, over mutual TLS", "wanted", "reached", title="aims")
    for what, end, peer, wanted in AIMS:
        reached = middle(here[end]) / middle(here[peer])
        made.add_row(f"{most} terminals: {what}", "at least %.1f" % wanted, told(reached, reached >= wanted))
    p99 = percentile(here[TAPWELL], 99) / percentile(here[C_ECHO], 99)
    made.add_row(f"{most} terminals: p99, of the C echo's", "at most %.1f" % P99_MOST, told(p99, p99 <= P99_MOST))
    single, echo = (percentile(found[Case(end, one, True)], 50) for end in (TAPWELL, C_ECHO))
    times, sync_ms = single / (echo + median(bench.sync_ms)), median(bench.sync_ms)
    what = "%d terminal: median, of echo and sync (%.2f + %.2f ms)" % (one, echo, sync_ms)
    made.add_row(what, "at most %.1f" % ALONE_MOST, told(times, times <= ALONE_MOST))
    what = "sale process with 100,000 members, resident MB"
    made.add_row(what, "under %d" % RSS_MOST_MB, told(bench.rss_mb, bench.rss_mb < RSS_MOST_MB))
    return made


def told(reached: float, met: bool) -> str:
    return "%.2f %s" % (reached, "met" if met else "[red]missed[/]")


def ceilings(found: dict[Case, list[Times]], tills: int) -> str:
    """What would stop anybody here: each of these is one thread."""
    runs = found[Case(C_ECHO, tills, True)]
    broker, crowd = (median(one.cpu_us[who] for one in runs) for who in ("broker", "tills"))
    return "Ceilings, were a processor all theirs: the terminals of this bench %.0f a second, the broker %.0f." % (
        1e6 / crowd, 1e6 / broker,
    )  # fmt: skip


def percentile(runs: list[Times], percent: int) -> float:
    return median(one.at(percent) for one in runs)


def alone_table(kind: str, alone: dict[int, tuple[float, dict[str, float]]]) -> Table:
    title = f"the desk and SQLite alone, {kind} baskets, no broker: where a processor's time goes"
    made = Table("part, µs an approval", title=title)
    for size in alone:
        made.add_column("%d in a batch" % size, justify="right")
    for name in next(iter(alone.values()))[1]:
        made.add_row(name, *["%.0f" % parts[name] for _, parts in alone.values()])
    made.add_row("approvals a second", *["%.0f" % per_s for per_s, _ in alone.values()])
    return made


def middle(runs: list[Times]) -> float:
    return median(one.per_s for one in runs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
