"""Runs the tests of protocol/ and firmware/, as they are, inside the real MicroPython, then in CPython.

    python -m tools.upy_test [protocol firmware]

They are the same plain functions that pytest runs; files named test_*_cpython.py need CPython and are left to pytest.
Two processes per folder, side by side; a folder's time is from their start to their end, beside what both took of a
core. MicroPython must be the one that heap gates and timings were measured on.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
MICROPYTHON = ROOT / ".venv" / "bin" / "micropython"
# sys.version and sys.implementation.version of the pinned wheel; its own version number says something else.
INTERPRETER = "3.4.0; MicroPython 9458e3a23f on 2026-07-05 (1, 29, 0, 'preview')"
SUITES = ("protocol", "firmware")
HEAP = "2m"  # room for all tests of one folder; the apps' own gates are far smaller and are tests of their own
COMMANDS = {"MicroPython": (MICROPYTHON, "-X", "heapsize=" + HEAP), "CPython": (sys.executable,)}
TIME_LIMIT_S = 120
LANES = 2  # as many as the smallest machine has cores
MEMORY = Path("/dev/shm")  # journals sync each record: on a disk in use that is most of the time


class Outcome(NamedTuple):
    passed: int
    failed: int


def main() -> int:
    outcome = run(sys.argv[1:] or SUITES)
    print("%d passed, %d failed" % outcome)
    return 0 if outcome.passed and not outcome.failed else 1


def run(suites) -> Outcome:
    """Prints a table by file. A folder without tests, or an interpreter that is not the pinned one, is a failure."""
    if (found := interpreter()) != INTERPRETER:
        print("not the pinned MicroPython:\n  wanted %s\n  found  %s" % (INTERPRETER, found))
        return Outcome(0, 1)
    with scratch():
        outcomes = [run_suite(ROOT / "tests" / suite, name) for name in COMMANDS for suite in suites]
    return Outcome(sum(o.passed for o in outcomes), sum(o.failed for o in outcomes))


@contextmanager
def scratch() -> Iterator[None]:
    """A place for files of tests/firmware/scratch.py, gone afterwards."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        os.environ["TAPWELL_SCRATCH"] = folder
        yield
        del os.environ["TAPWELL_SCRATCH"]


def interpreter() -> str:
    program = "import sys; print(sys.version, sys.implementation[1])"
    return subprocess.run([MICROPYTHON, "-c", program], capture_output=True, text=True, timeout=10).stdout.strip()


def run_suite(folder: Path, interpreter_name: str = "MicroPython") -> Outcome:
    files = sorted(path.name for path in folder.glob("test_*.py") if not path.name.endswith("_cpython.py"))
    if not files:
        print("no test for boards in %s" % folder)
        return Outcome(0, 1)
    started, worked = time.perf_counter(), _core_s()
    with ThreadPoolExecutor(LANES) as pool:
        ended = list(pool.map(lambda lane: _run_files(interpreter_name, folder, lane), dealt(folder, files)))
    outcome = read_report("".join(done.stdout for done in ended), files)
    title = "%s in %s" % (folder.name, interpreter_name)
    times = time.perf_counter() - started, _core_s() - worked
    print("%-44s %4d passed %3d failed %7.2f s, %.2f s of a core" % (title, *outcome, *times))
    for done in ended:
        if done.returncode != 0 and not outcome.failed:
            print(done.stdout[-2000:] + done.stderr[-2000:])
            return Outcome(outcome.passed, 1)
    return outcome


def _core_s() -> float:
    """What processes that have ended took of a core."""
    return os.times().children_user + os.times().children_system


def dealt(folder: Path, files: list[str]) -> list[list[str]]:
    """The files in lanes of about the same length, the largest first."""
    lanes: list[list[str]] = [[] for _ in range(LANES)]
    bytes_of = {file: (folder / file).stat().st_size for file in files}
    for file in sorted(files, key=lambda name: -bytes_of[name]):
        min(lanes, key=lambda lane: sum(bytes_of[name] for name in lane)).append(file)
    return [sorted(lane) for lane in lanes if lane]


def _run_files(interpreter_name: str, folder: Path, files: list[str]) -> subprocess.CompletedProcess:
    path = [str(ROOT), str(ROOT / "hardware" / "emulators" / "upy"), ".frozen"]
    command = [*COMMANDS[interpreter_name], ROOT / "tools" / "upy_suite.py", folder, *files]
    environment = dict(os.environ, MICROPYPATH=":".join(path), PYTHONPATH=str(ROOT))
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=TIME_LIMIT_S)


def read_report(output: str, files: list[str]) -> Outcome:
    """Adds up the lines by file and prints the rest. A file that never reported, or held no test, counts as failed."""
    passed = failed = 0
    reported = set()
    for line in output.splitlines():
        cells = line.split("\t")
        if len(cells) != 4 or cells[0] not in files:
            print("  " + line)
            continue
        reported.add(cells[0])
        passed += int(cells[1])
        failed += int(cells[2]) or (int(cells[1]) == 0)
        print("  %-42s %4s passed %3s failed %7.2f s" % (cells[0], cells[1], cells[2], int(cells[3]) / 1000))
    for file in set(files) - reported:
        print("  %s did not finish" % file)
        failed += 1
    return Outcome(passed, failed)


if __name__ == "__main__":
    sys.exit(main())
