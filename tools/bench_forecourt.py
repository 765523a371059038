"""A forecourt at work: 32 nozzles on 8 terminals and one gateway, over lines as slow as real ones.

    python -m tools.bench forecourt [--terminals 8] [--rounds 2] [--seconds 8] [--folder build/bench]

Each terminal is the whole pump image in the real MicroPython within its heap gate, with two dispensers of two nozzles
on a DART line of 9600 baud, 8O1: 11 bits a byte, and 10 ms until a dispenser answers. The store is a real Mosquitto
with mutual TLS and the real sale process on SQLite with synchronous=FULL. Measured are the poll cycle, idle and while
all dispensers fill; the reaction from a lifted nozzle to its authorisation by an attendant's page; processor and
memory. Beside each stands what the same frames cost on the line alone.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from rich.console import Console
from rich.table import Table

from tools import build_firmware
from tools.bench_crowd import cpu_s
from tools.bench_pumps import (
    ANSWER_S,
    BAUD,
    DISPENSERS,
    NOZZLES,
    STORE,
    Island,
    Page,
    PumpStore,
    Reaction,
    line_ms,
    look,
    react,
)
from tools.processes import ROOT

START_S, WAIT_S = 40, 20
REST_S = 1.2  # between two customers: a terminal reports at most once a second
FILL_ML = 60_000
POLL_BYTES = 6  # a poll that brings nothing: POLL and EOT


@dataclass
class Found:
    """What was measured; processor shares in percent of one core."""

    idle_ms: list[float] = field(default_factory=list)
    busy_ms: list[float] = field(default_factory=list)
    busy_bytes: list[float] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    cpu: dict[str, tuple[float, float]] = field(default_factory=dict)
    heap_free: int = 0
    rss_mb: dict[str, float] = field(default_factory=dict)
    litres: float = 0.0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tools.bench forecourt", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--terminals", type=int, default=8, help="each with two dispensers of two nozzles")
    parser.add_argument("--rounds", type=int, default=2, help="how often each nozzle is lifted")
    parser.add_argument("--seconds", type=float, default=8, help="of idle polling, and of filling, that are measured")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench", help="where to work")
    asked = parser.parse_args(arguments)
    asked.folder.mkdir(parents=True, exist_ok=True)
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        found = asyncio.run(measure(Path(folder), asked.terminals, asked.rounds, asked.seconds))
    console = Console(width=max(120, Console().width))
    report(console, found, asked.terminals)
    console.print("Load of this machine before the first measurement: %.2f; what else runs on it is in all." % busy)
    return 0


# ---- measuring


async def measure(folder: Path, terminals: int, rounds: int, seconds: float) -> Found:
    image = build_firmware.build("pump", folder / "image")
    names = ["%s-pump%d" % (STORE, number + 1) for number in range(terminals)]
    store, islands, found = PumpStore(folder / "store", names, 0), [], Found()
    page = None
    try:
        await asyncio.to_thread(store.start)
        islands = [await Island.open(store, folder, image, name) for name in names]
        page = Page(store, islands)
        await asyncio.gather(*(ready(one) for one in islands))
        await idle(store, islands, seconds, found)
        told = await asyncio.gather(*(visits(page, one, rounds) for one in islands))
        found.reactions = [reaction for several in told for reaction in several]
        await filling(store, islands, page, seconds, found)
        found.heap_free = min(one.process.heap_free_min for one in islands)
        found.rss_mb = {"sale process": resident_mb(store.processes[0].pid), "broker": resident_mb(store.broker_pid)}
    finally:
        if page is not None:
            page.close()
        for one in islands:
            await one.close()
        await asyncio.to_thread(store.stop)
    return found


async def ready(island: Island) -> None:
    """It has said that all its nozzles are free."""
    numbers = [number + 1 for number in range(NOZZLES)]
    await look(
        lambda: all(island.states.get(number) == "free" for number in numbers), START_S, f"{island.name}: free", island
    )


async def idle(store: PumpStore, islands: list[Island], seconds: float, found: Found) -> None:
    """Nobody at any pump."""
    before, since_s = spent(store, islands), time.monotonic()
    await asyncio.sleep(seconds)
    note_cpu(found, "idle", before, spent(store, islands), time.monotonic() - since_s)
    found.idle_ms = [ms for one in islands for ms in one.court.polls_ms(since_s, time.monotonic())]


async def visits(page: Page, island: Island, rounds: int) -> list[Reaction]:
    """Each nozzle in turn: lifted, let go, a few litres, hung up; the next when the terminal is done with it."""
    told = []
    for number in [number + 1 for number in range(NOZZLES)] * rounds:
        await asyncio.sleep(REST_S)
        told.append(await react(page, island, number, WAIT_S))
        nozzle = island.court.nozzles[number - 1]
        nozzle.dispenser.speed = 20
        nozzle.squeeze(2000)
        await look(lambda nozzle=nozzle: not nozzle.squeezed, WAIT_S, "two litres")
        nozzle.hang_up()
        await look(lambda number=number: island.states.get(number) == "free", WAIT_S, f"{number} is free", island)
    return told


async def filling(store: PumpStore, islands: list[Island], page: Page, seconds: float, found: Found) -> None:
    """One nozzle of every dispenser gives, all at once."""
    mine = [(one, 1 + at * (NOZZLES // DISPENSERS)) for one in islands for at in range(DISPENSERS)]
    await asyncio.gather(*(react(page, one, number, WAIT_S) for one, number in mine))
    for one, number in mine:
        one.court.nozzles[number - 1].dispenser.speed = 1
        one.court.nozzles[number - 1].squeeze(FILL_ML)
    await asyncio.sleep(1)
    before, since_s = spent(store, islands), time.monotonic()
    await asyncio.sleep(seconds)
    until_s = time.monotonic()
    note_cpu(found, "filling", before, spent(store, islands), until_s - since_s)
    for one in islands:
        polls = one.court.polls_ms(since_s, until_s)
        found.busy_ms += polls
        used = sum(frame[4] for frame in one.court.frames if since_s <= frame[0] <= until_s)
        found.busy_bytes.append(used / max(1, len(polls)))
    found.litres = sum(one.court.nozzles[number - 1].ml for one, number in mine) / 1000
    for one, number in mine:
        one.court.nozzles[number - 1].hang_up()
    await asyncio.gather(*(ready(one) for one in islands))


def spent(store: PumpStore, islands: list[Island]) -> dict[str, float]:
    """Processor seconds so far."""
    terminals = sum(cpu_s(one.process.pid) for one in islands) / len(islands)
    return {"sale process": cpu_s(store.processes[0].pid), "broker": cpu_s(store.broker_pid),
            "a terminal": terminals, "(lines and dispensers, emulated)": time.process_time()}  # fmt: skip


def note_cpu(found: Found, what: str, before: dict, after: dict, seconds: float) -> None:
    for name in before:
        share = 100 * (after[name] - before[name]) / seconds
        idle_share, _ = found.cpu.get(name, (0.0, 0.0))
        found.cpu[name] = (share, 0.0) if what == "idle" else (idle_share, share)


def resident_mb(pid: int) -> float:
    pages = int(Path("/proc", str(pid), "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


# ---- telling


def report(console: Console, found: Found, terminals: int) -> None:
    console.print(cycles(found, terminals))
    console.print(reactions(found))
    console.print(shares(found))
    memory = ", ".join("%s %.0f MB" % pair for pair in found.rss_mb.items())
    console.print(
        "memory: %s; at least %d bytes of each terminal's %s heap stayed free"
        % (memory, found.heap_free, "128 KB")
    )  # fmt: skip
    console.print("pumped while all filled: %.1f litres" % found.litres)


def cycles(found: Found, terminals: int) -> Table:
    title = "poll cycle of a dispenser, %d lines of %d dispensers, ms (%d baud, 8O1, an answer after %.0f ms)"
    table = _table(title % (terminals, DISPENSERS, BAUD, 1000 * ANSWER_S), "", "polls", "median", "p99",
                   "the line alone", "ratio")  # fmt: skip
    bare = DISPENSERS * line_ms(POLL_BYTES)
    told = DISPENSERS * line_ms(round(median(found.busy_bytes))) if found.busy_bytes else bare
    for name, times, least in (("idle", found.idle_ms, bare), ("all fill", found.busy_ms, told)):
        middle = median(times)
        figures = ("%.1f" % middle, "%.1f" % at(times, 99), "%.1f" % least, "%.1f" % (middle / least))
        table.add_row(name, str(len(times)), *figures)
    return table


def reactions(found: Found) -> Table:
    table = _table("from a lifted nozzle to its authorisation, ms", "", "n", "median", "p90", "p99")
    told = [one.told_ms for one in found.reactions]
    ours = [one.authorised_ms - one.told_ms for one in found.reactions]
    whole = [one.authorised_ms for one in found.reactions]
    least = [line_ms(one.bytes) for one in found.reactions]
    for name, times in (("lifted -> the page knows", told), ("the page's word -> authorised at the pump", ours),
                        ("lifted -> authorised", whole), ("the line alone, same frames", least)):  # fmt: skip
        table.add_row(name, str(len(times)), "%.0f" % median(times), "%.0f" % at(times, 90), "%.0f" % at(times, 99))
    table.caption = "ratio of the medians: %.1f; the line alone: bytes, without the answers' 10 ms" % (
        median(whole) / median(least)
    )
    return table


def shares(found: Found) -> Table:
    table = _table("processor, percent of one core of this machine", "", "idle", "all fill")
    for name, both in found.cpu.items():
        table.add_row(name, *["%.1f" % share for share in both])
    return table


def at(times: list[float], percent: int) -> float:
    """A percentile."""
    return quantiles(times, n=100, method="inclusive")[percent - 1] if len(times) > 1 else times[0]


def _table(title: str, *columns: str) -> Table:
    table = Table(*columns, title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
