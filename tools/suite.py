"""Every check and every test, part by part in three lanes, with the time that each took. `make test` runs it.

    python -m tools.suite [PART...]        all parts, or those named

Tests of the two lanes that wait for real processes get one second try when all else is done, alone, and are named:
a busy machine may keep a process from answering in time. Books that do not agree are never tried again.
Closes with one line for machines, `N passed, N failed`: tests counted singly, each other check as one.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
PART_LIMIT_S = 720

CHECKS = {
    "ruff": ["ruff", "check", "--quiet"],
    "imports": ["lint-imports", "--no-cache", "--no-logo"],
    "types": ["pyright", "--pythonpath", str(BIN / "python")],
    # No CPython library may be found: whatever a board lacks is an error.
    "types-esp32": ["pyright", "-p", "firmware/pyrightconfig.esp32.json", "--pythonpath", "/nonexistent"],
    "types-rp2": ["pyright", "-p", "firmware/pyrightconfig.rp2.json", "--pythonpath", "/nonexistent"],
}
# Three at a time on two cores: the first two lanes run real machines and mostly wait, the third only computes
# and gives way to them. Each folder of tests/ is a part.
WAITING = (("end_to_end", "boards"), ("for_real", "tools", "gateway"))
COMPUTING = (
    *CHECKS, "micropython", "protocol", "firmware", "hardware", "house", "hq_server", "simulation", "postgresql",
)  # fmt: skip
GIVES_WAY = ["nice", "-n", "5"]
SECOND_TRIES = 3  # more tests than that in one part were not late by chance
BOOKS_DISAGREE = re.compile(r"^>.*\.wrong == \[\]", re.MULTILINE)
AT_THE_END = (("simulation",), ("protocol", "hardware", "types"))  # of lanes that wait: the third would be the longest
LANES = (
    *(waiting + more for waiting, more in zip(WAITING, AT_THE_END, strict=True)),
    tuple(name for name in COMPUTING if name not in sum(AT_THE_END, ())),
)
# The same tests once more in another surrounding: part -> (folder, environment).
AGAIN = {"postgresql": ("hq_server", {"TAPWELL_ENGINE": "postgresql"})}
# What never meets the database, or meets it only by what others test there too, need not be tested on two.
ONCE = {"postgresql": ("segments", "reports/golden", "web", "test_api_description.py")}
# Parts of a folder that are a part of their own.
APART = {"boards": ("end_to_end", "test_boards.py")}


class Done(NamedTuple):
    part: str
    passed: int
    failed: int
    seconds: float
    output: str


def main() -> int:
    wanted = sys.argv[1:] or parts()
    unknown = set(wanted) - set(parts())
    if unknown:
        print("no such part: %s; there are %s" % (" ".join(sorted(unknown)), " ".join(parts())))
        return 2
    started = time.perf_counter()
    done = [second_try(part) if part.failed else part for part in run(wanted)]
    print_table(done, time.perf_counter() - started)
    failed = sum(part.failed for part in done)
    print("%d passed, %d failed" % (sum(part.passed for part in done), failed))
    return 1 if failed else 0


def parts() -> list[str]:
    """All parts in the order of the table."""
    return [*COMPUTING, *(name for lane in reversed(WAITING) for name in lane)]


def run(wanted: list[str]) -> list[Done]:
    """Each lane in its own order, the lanes side by side; told in the order of the table."""
    os.chdir(ROOT)
    lanes = [[name for name in lane if name in wanted] for lane in LANES]
    with ThreadPoolExecutor(len(lanes)) as pool:
        told = [pool.submit(lambda lane=lane: [show(part) for part in _ran(lane)]) for lane in lanes]
        done = {part.part: part for lane in as_completed(told) for part in lane.result()}
    return [done[name] for name in parts() if name in done]


def _ran(lane: list[str]) -> Iterator[Done]:
    for name in lane:
        yield check(name) if name in CHECKS else micropython() if name == "micropython" else pytest(name)


def check(name: str) -> Done:
    code, output, seconds = _call([str(BIN / CHECKS[name][0]), *CHECKS[name][1:]])
    return Done(name, int(code == 0), int(code != 0), seconds, output)


def micropython() -> Done:
    code, output, seconds = _call([str(BIN / "python"), "-m", "tools.upy_test"])
    passed, failed = counts(output)
    return Done("micropython", passed, failed or int(code != 0), seconds, output)


def pytest(name: str) -> Done:
    """One folder of tests, or ("house") the files that lie in tests/ itself."""
    command = [str(BIN / "python"), "-m", "pytest", "-q", "--durations=3", *_paths(name)]
    if name in COMPUTING:
        command = [*GIVES_WAY, *command]
    code, output, seconds = _call(command, AGAIN.get(name, ("", {}))[1])
    passed, failed = counts(output)
    return Done(name, passed, failed or int(code != 0), seconds, output)


def second_try(part: Done) -> Done:
    """The part with its late tests tried once more, alone; as it was where that is no question of time."""
    late = late_tests(part)
    if not late:
        return part
    print("%s: once more, alone: %s" % (part.part, " ".join(late)), flush=True)
    code, output, seconds = _call([str(BIN / "python"), "-m", "pytest", "-q", *late])
    passed, failed = counts(output)
    again = Done(part.part, part.passed + passed, failed or int(code != 0), part.seconds + seconds, output)
    return show(again)


def late_tests(part: Done) -> list[str]:
    """The tests that failed, if they wait for real processes, are few, and no books disagreed."""
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+::\S+)", part.output, re.MULTILINE)
    waits = any(part.part in lane for lane in WAITING)
    all_named = len(failed) == part.failed <= SECOND_TRIES
    return failed if waits and all_named and not BOOKS_DISAGREE.search(part.output) else []


def _paths(name: str) -> list[str]:
    if name == "house":
        return [str(path) for path in sorted((ROOT / "tests").glob("test_*.py"))]
    if name in APART:
        return ["tests/%s/%s" % APART[name]]
    folder = AGAIN.get(name, (name, {}))[0]
    left_out = [place for place in APART.values() if place[0] == folder]
    left_out += [(folder, one) for one in ONCE.get(name, ())]
    return ["tests/" + folder, *("--ignore=tests/%s/%s" % place for place in left_out)]


def counts(output: str) -> tuple[int, int]:
    """(passed, failed) of the last line that says so. A test that errs or is left out is one that failed."""
    lines = [line for line in output.splitlines() if re.search(r"\d+ (passed|failed|error|skipped|xfailed)", line)]
    found = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", lines[-1])} if lines else {}
    bad = ("failed", "error", "errors", "skipped", "xfailed", "xpassed")
    return found.get("passed", 0), sum(found.get(word, 0) for word in bad)


def _call(command: list[str], surrounding: dict[str, str] | None = None) -> tuple[int, str, float]:
    started = time.perf_counter()
    environment = {**os.environ, **(surrounding or {})}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes start; each would compile everything anew
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PART_LIMIT_S,
            env=environment,
        )  # fmt: skip
        code, output = done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        code, output = 1, (late.stdout or b"") + b"\nstopped: over %g s" % PART_LIMIT_S
    return code, output.decode(errors="replace"), time.perf_counter() - started


def show(part: Done) -> Done:
    print("%-12s %5.1f s  %s" % (part.part, part.seconds, "FAILED" if part.failed else "ok"), flush=True)
    if part.failed:
        print(part.output.rstrip()[-20_000:], flush=True)
    return part


def print_table(done: list[Done], wall_s: float) -> None:
    print("\n%-14s %8s %8s %9s" % ("part", "passed", "failed", "seconds"))
    for part in done:
        print("%-14s %8d %8d %9.1f" % (part.part, part.passed, part.failed, part.seconds))
    print("%-14s %8s %8s %9.1f\n" % ("wall clock", "", "", wall_s))


if __name__ == "__main__":
    sys.exit(main())
