"""A tap beside a bare MQTT echo, between the same two ends, in the same run, round by round.

    python -m tools.bench tap [--rounds 250] [--runs 4] [--folder build/bench]

The terminal is the whole pos image in the real MicroPython within its heap gate; the store is a real Mosquitto with
mutual TLS and the real sale process on SQLite with synchronous=FULL. A round is a basket of three lines (set_line), its
payment from stored value (pay: journalled before it is sent, answer checked and journalled) and one echo: same TLS,
same client, QoS 1 both ways, as many bytes each way as pay and receipt, answered by a bare loop that stands where the
sale process stands. Each run starts the terminal anew.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from rich.console import Console
from rich.table import Table

from tools import build_firmware
from tools.bench_ends import TIMES
from tools.bench_store import START_S, Store
from tools.virtual_terminal import HEAP, VirtualTerminal

FOLDER = build_firmware.ROOT / "build" / "bench"
SCRIPT = Path(__file__).parent / "upy_bench_tap.py"
WARM_UP, LINES = 20, 3
AIM = 2.0
LIMIT_S = 40  # of one run
SYNCS, SYNC_BYTES = 300, 4096
MEASURED = {"pay": "pay from stored value", "set_line": "set_line, priced", "echo": "bare MQTT echo"}
# parts that the terminal times, in the order they happen, and what a reader calls them
TERMINAL_PARTS = {
    "seal": "terminal: encode, two HMACs",
    "journal_request": "terminal: request into the journal",
    "send": "terminal: MQTT and TLS write",
    "open": "terminal: check HMAC, parse answer",
    "journal_answer": "terminal: answer into the journal",
    "witness": "terminal: witness record",
}
GATEWAY_PARTS = ("gateway: TLS and MQTT read", "gateway: open, decide, write rows, seal", "gateway: commit (FULL)",
                 "gateway: TLS write")  # fmt: skip
REST = "broker, sockets, waits of 1 ms"

Answers = list[dict]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tools.bench tap", description="A tap beside a bare MQTT echo.")
    parser.add_argument("--rounds", type=int, default=250, help="rounds of one run")
    parser.add_argument("--runs", type=int, default=4, help="starts of the terminal")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to work: its disk is the one that counts")
    asked = parser.parse_args(arguments)
    asked.folder.mkdir(parents=True, exist_ok=True)
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        runs, sizes, gateway = measure(Path(folder), asked.rounds, asked.runs)
        sync_ms = fdatasync_ms(Path(folder))
    console = Console(width=max(110, Console().width))
    report(console, runs, sizes, gateway, sync_ms)
    console.print("Load of this machine before the first run: %.2f; what else runs on it is in the figures." % busy)
    return 0


# ---- measuring


def measure(folder: Path, rounds: int, runs: int) -> tuple[list[Answers], tuple[int, int], dict]:
    """Answers of each run, sizes of request and receipt in bytes, the gateway's times by message."""
    image = bench_image(folder / "image")
    store = Store(folder / "store")
    told: list[tuple[Answers, tuple[int, int]]] = []
    try:
        store.start()
        for number in range(runs):
            terminal = folder / ("terminal%d" % number)
            store.flash(terminal)
            store.plan(terminal, rounds=rounds, warm_up=WARM_UP, lines=LINES, limit_s=LIMIT_S)
            told.append(one_run(terminal, image))
    finally:
        store.stop()
    return [answers for answers, _ in told], told[-1][1], gateway_times(store.folder / TIMES)


def bench_image(target: Path) -> Path:
    """The image of a pos as it is flashed, with the bench's program in place of main.py."""
    build_firmware.build("pos", target, also=(SCRIPT,))
    (target / "main.py").write_text("import tools.%s\n" % SCRIPT.stem)
    return target


def one_run(folder: Path, image: Path) -> tuple[Answers, tuple[int, int]]:
    """One start of the terminal, to its end. Raises RuntimeError with what it said."""
    terminal = VirtualTerminal(folder, image, {}, HEAP["pos"])
    terminal.start()
    deadline = time.monotonic() + LIMIT_S + START_S
    try:
        while terminal.running() and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        terminal.stop()
    if "bench=done" not in terminal.lines:
        raise RuntimeError("\n".join(terminal.lines))
    return read_answers(folder / "bench.tsv")


def read_answers(path: Path) -> tuple[Answers, tuple[int, int]]:
    """Answers in ms: {"what", "ms", part: ms...}; sizes of request and receipt."""
    answers, sizes = [], (0, 0)
    for line in path.read_text().splitlines():
        what, took, *more = line.split("\t")
        if what == "sizes":
            sizes = (int(took), int(more[0]))
        elif what in MEASURED:
            parts = {name: int(us) / 1000 for name, us in (pair.split("=") for pair in more)}
            answers.append({"what": what, "ms": int(took) / 1000} | parts)
    return answers, sizes


def gateway_times(path: Path) -> dict[str, list[tuple]]:
    """pay and set_line -> times of each batch in ms, as GATEWAY_PARTS has them."""
    rows = [line.split("\t") for line in path.read_text().splitlines()]
    return {
        what: [tuple(float(cell) * 1000 for cell in row[1:]) for row in rows if row[0] == what]
        for what in ("pay", "set_line")
    }


def fdatasync_ms(folder: Path) -> float:
    """Median of writing 4 KB over themselves and fdatasync, on the disk that held the store."""
    times = []
    file = os.open(folder / "sync", os.O_RDWR | os.O_CREAT)
    os.write(file, bytes(SYNC_BYTES))
    os.fsync(file)
    for _ in range(SYNCS):
        os.pwrite(file, os.urandom(SYNC_BYTES), 0)
        began = time.perf_counter()
        os.fdatasync(file)
        times.append((time.perf_counter() - began) * 1000)
    os.close(file)
    return median(times)


# ---- telling


def report(console: Console, runs: list[Answers], sizes: tuple[int, int], gateway: dict, sync_ms: float) -> None:
    times = {what: [a["ms"] for run in runs for a in run if a["what"] == what] for what in MEASURED}
    ratio = median(times["pay"]) / median(times["echo"])
    console.print(answers_table(times, runs))
    console.print(
        "pay / echo: [bold]%.2f[/] (aim: median under %.1f, %s); by run %s; p99 %.2f"
        % (ratio, AIM, "met" if ratio < AIM else "[red]missed[/]", ", ".join("%.2f" % one for one in ratios(runs)),
           at(times["pay"], 99) / at(times["echo"], 99))
    )  # fmt: skip
    console.print("fdatasync of 4 KB on the same disk: median %.2f ms" % sync_ms)
    console.print("request %d bytes, receipt %d bytes; echo the same" % sizes)
    console.print(parts_table(runs, gateway))
    console.print("Journal records are flushed: here MicroPython does an fsync, a board's flash has times of its own.")


def answers_table(times: dict[str, list[float]], runs: list[Answers]) -> Table:
    rounds = len(times["echo"])
    title = "a tap, %d rounds in %d runs, ms from the call to the checked answer" % (rounds, len(runs))
    table = Table("", "n", "median", "p90", "p99", "medians of runs", title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    for what, name in MEASURED.items():
        medians = "  ".join("%.2f" % one for one in run_medians(runs, what))
        figures = ["%.2f" % one for one in (median(times[what]), at(times[what], 90), at(times[what], 99))]
        table.add_row(name, str(len(times[what])), *figures, medians)
    return table


def parts_table(runs: list[Answers], gateway: dict[str, list[tuple]]) -> Table:
    """Where the median goes. What no stopwatch stood in front of is the rest."""
    table = Table("", "pay", "set_line", "echo", title="where the time goes, median ms of each part")
    for column in table.columns[1:]:
        column.justify = "right"
    columns = {what: terminal_parts(runs, what) for what in MEASURED}
    for what, times in gateway.items():
        columns[what] |= dict(zip(GATEWAY_PARTS, map(median, zip(*times, strict=True)), strict=True))
    for name in (*TERMINAL_PARTS.values(), *GATEWAY_PARTS):
        table.add_row(name, *["%.2f" % parts[name] if name in parts else "" for parts in columns.values()])
    rest = [median(run_medians(runs, what)) - sum(parts.values()) for what, parts in columns.items()]
    table.add_row(REST, *["%.2f" % one for one in rest])
    return table


def terminal_parts(runs: list[Answers], what: str) -> dict[str, float]:
    answers = [a for run in runs for a in run if a["what"] == what]
    there = {part: [a[part] for a in answers if part in a] for part in TERMINAL_PARTS}
    return {TERMINAL_PARTS[part]: median(ms) for part, ms in there.items() if ms}


def run_medians(runs: list[Answers], what: str) -> list[float]:
    return [median(a["ms"] for a in run if a["what"] == what) for run in runs]


def ratios(runs: list[Answers]) -> list[float]:
    pairs = zip(run_medians(runs, "pay"), run_medians(runs, "echo"), strict=True)
    return [pay / echo for pay, echo in pairs]


def at(times: list[float], percent: int) -> float:
    """Percentile, 1..99."""
    return quantiles(times, n=100, method="inclusive")[percent - 1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
