"""The float protocol as a small model, every order of everything tried by Spin. `make model`.

    python -m tools.model [FAULT]        FAULT: one of FAULTS, planted into the model; it must be found

protocol/ledger/floats.pml is the model and says what it leaves out. Spin and a C compiler are Debian's.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

MODEL = Path(__file__).resolve().parent.parent / "protocol" / "ledger" / "floats.pml"
FAULTS = ("NO_TOMBSTONE", "CREDIT_TWICE", "SAYS_BEFORE_COMMIT", "TIMED_RECLAIM", "NO_ID_CHECK")
DEPTH = 100_000


class Verdict(NamedTuple):
    """states: how many different ones there are (until the first error); problem: '' or what was violated."""

    states: int
    problem: str
    complete: bool


def check(fault: str = "") -> Verdict:
    """Tries everything. Raises ValueError for an unknown fault, subprocess.CalledProcessError if a tool fails."""
    if fault and fault not in FAULTS:
        raise ValueError("no fault %s; there are %s" % (fault, ", ".join(FAULTS)))
    with tempfile.TemporaryDirectory() as folder:
        _run(["spin", *(["-D" + fault] if fault else []), "-a", str(MODEL)], folder)
        _run(["gcc", "-O2", "-w", "-DSAFETY", "-DCOLLAPSE", "-o", "pan", "pan.c"], folder)
        return read(_run(["./pan", "-m%d" % DEPTH], folder))


def read(said: str) -> Verdict:
    """What the verifier says. Raises ValueError if it does not say whether there were errors."""
    errors, states = re.search(r"errors: (\d+)", said), re.search(r"([\d.e+]+) states, stored", said)
    if errors is None or states is None:
        raise ValueError("the verifier gave no verdict:\n" + said)
    violated = re.search(r"pan:\d+: (.*)", said)
    problem = violated.group(1) if violated else ("" if errors.group(1) == "0" else "errors: " + errors.group(1))
    return Verdict(int(float(states.group(1))), problem, "max search depth too small" not in said)


def _run(command: list[str], folder: str) -> str:
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def main() -> int:
    fault = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        verdict = check(fault)
    except ValueError as wrong:
        print(wrong)
        return 2
    print("%d states%s: %s" % (verdict.states, "" if verdict.complete else " (not all)", verdict.problem or "no error"))
    return 0 if verdict.complete and bool(verdict.problem) == bool(fault) else 1


if __name__ == "__main__":
    sys.exit(main())
