"""make sim-mutants: plants each fault into a copy of the tree and lets the unchanged simulator look for it."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tools.simulation.planted import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("protocol", "gateway", "hq_server", "firmware", "hardware/emulators", "tools/simulation")
FILES = ("tools/__init__.py", "hardware/__init__.py")
FIRSTS = (1, 100_001, 200_001)


class Hunt(NamedTuple):
    """How many seeds it took from one first seed (0: not found), and what was seen."""

    seeds: int
    seen: str


def main() -> int:
    """Prints a table: fault, seeds it may take, seeds it took from each first one, what was seen.

    0 when every fault was found within its number of seeds from every first seed.
    """
    wanted = [one for one in MUTANTS if not sys.argv[1:] or any(word in one.name for word in sys.argv[1:])]
    missed, started = 0, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        tree = copied(Path(folder))
        for mutant in wanted:
            hunts = [hunt(tree, mutant, first) for first in FIRSTS]
            missed += any(not one.seeds for one in hunts)
            print(_row(mutant, hunts), flush=True)
    took_s = time.monotonic() - started
    print(f"{len(wanted) - missed} of {len(wanted)} planted faults found, {took_s / 60:.0f} minutes")
    return 1 if missed else 0


def copied(folder: Path) -> Path:
    """What the simulator needs of the tree, in another folder."""
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, folder / name)
    return folder


def hunt(tree: Path, mutant: Mutant, first: int) -> Hunt:
    """Runs seeds on a copy with this fault in it; the copy is whole again afterwards."""
    before = planted(tree, mutant)
    try:
        command = [sys.executable, "-B", "-m", "tools.simulation", "--hunt"]
        command += ["--first", str(first), "--seeds", str(mutant.within)]
        done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    finally:
        for file, text in before.items():
            (tree / file).write_text(text)
    seeds, _, seen = (done.stdout.strip() or "0\t" + done.stderr[-300:]).partition("\t")
    return Hunt(int(seeds), seen)


def planted(tree: Path, mutant: Mutant) -> dict[str, str]:
    """Writes a fault into a tree; file -> its text before. Raises ValueError where the text is not there once."""
    before: dict[str, str] = {}
    for file, old, new in mutant.patches:
        text = (tree / file).read_text()
        if text.count(old) != 1:
            raise ValueError(f"{mutant.name}: {text.count(old)} times in {file}: {old!r}")
        before.setdefault(file, text)
        (tree / file).write_text(text.replace(old, new))
    return before


def problems(tree: Path, mutants: Iterable[Mutant] = MUTANTS) -> list[str]:
    """Patches that do not fit the tree any more."""
    found = []
    for mutant in mutants:
        for file, old, _ in mutant.patches:
            times = (tree / file).read_text().count(old)
            if times != 1:
                found.append(f"{mutant.name}: {times} times in {file}")
    return found


def _row(mutant: Mutant, hunts: list[Hunt]) -> str:
    took = "  ".join(f"{one.seeds or 'no':>4}" for one in hunts)
    return f"{mutant.name:48} {mutant.within:5}   {took}   {hunts[0].seen[:110]}"


if __name__ == "__main__":
    sys.exit(main())
