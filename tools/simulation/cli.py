"""The command: many seeds with a summary, or one seed told step by step."""

import argparse
import time
from collections.abc import Iterable

from tools.simulation.run import Result, run
from tools.simulation.shrink import shrunk
from tools.simulation.summary import Summary

PROGRESS_S = 5.0
DEEP_EVERY = 10  # this many seeds apart, one is run at depth two as well, in a smaller world
ALL_SEEN_AFTER = 200  # seeds after which every fault and every row must have been seen


def main(told: list[str] | None = None) -> int:
    """0 when nothing was violated and every row that must be seen was seen."""
    asked = _asked(told)
    if asked.hunt:
        return hunt(asked.first, asked.seeds)
    if asked.seed is not None:
        return one_seed(asked.seed, asked.verbose)
    if asked.depth == 2:
        return deep(asked.first, asked.seeds, asked.stop_after)
    return many(asked.first, asked.seeds, asked.stop_after)


def _asked(told: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="this one seed alone")
    parser.add_argument("--verbose", action="store_true", help="with --seed: every step of it")
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--hunt", action="store_true", help="until the first failure: how many seeds it took")
    parser.add_argument("--stop-after", type=int, default=5, help="stop after so many seeds that failed")
    parser.add_argument(
        "--depth", type=int, choices=(1, 2), default=1,
        help="2: every seed at both depths in a smaller world, compared step by step (1: every tenth seed)",
    )  # fmt: skip
    return parser.parse_args(told)


class Tally:
    """Seeds of one depth: what happened, what it took."""

    def __init__(self, name: str):
        self.name, self.whole, self.seconds = name, Summary(), 0.0

    def add(self, result: Result) -> None:
        self.whole.add(result.summary)
        self.seconds += result.seconds

    @property
    def speed(self) -> str:
        """Store-days a minute of one core."""
        return f"{self.name} {self.whole.store_days / (self.seconds or 1) * 60:.0f} store-days a minute"


class Progress:
    """A line now and then."""

    def __init__(self, tallies: Iterable[Tally]):
        self._tallies, self._told_at = tuple(tallies), time.monotonic()

    def tell(self, seed: int) -> None:
        """At most every PROGRESS_S."""
        if time.monotonic() - self._told_at > PROGRESS_S:
            self._told_at = time.monotonic()
            print(f"  seed {seed}: " + ", ".join(one.speed for one in self._tallies if one.seconds), flush=True)


def many(first: int, seeds: int, stop_after: int = 5) -> int:
    """Runs seeds one after the other, every tenth at both depths, and tells what happened."""
    whole, small, two, failed = Tally("depth one"), Tally("depth one in a small world"), Tally("depth two"), 0
    progress = Progress((whole, two))
    for seed in range(first, first + seeds):
        result = run(seed)
        whole.add(result)
        wrong = _failure(result) if result.violated else ""
        if not wrong and seed % DEEP_EVERY == 0:
            wrong = _at_both(seed, small, two)
        if wrong:
            failed += 1
            print(wrong, flush=True)
            if failed >= stop_after:
                break
        progress.tell(seed)
    print(whole.whole.told(whole.seconds))
    if two.whole.seeds:
        print(f"{two.whole.seeds} of the seeds at both depths, the same steps: {two.speed}, {small.speed}")
    return _end(failed, whole.whole.never_seen() if seeds >= ALL_SEEN_AFTER else [])


def deep(first: int, seeds: int, stop_after: int = 5) -> int:
    """Runs each seed at both depths in a smaller world: the same steps, one by one."""
    one, two, failed = Tally("depth one"), Tally("depth two"), 0
    progress = Progress((one, two))
    for seed in range(first, first + seeds):
        wrong = _at_both(seed, one, two)
        if wrong:
            failed += 1
            print(wrong, flush=True)
            if failed >= stop_after:
                break
        progress.tell(seed)
    print(two.whole.told(two.seconds))
    print(f"at both depths the same steps: {two.speed}, {one.speed} (a day is one busy time of four)")
    return _end(failed, [])


def _at_both(seed: int, one: Tally, two: Tally) -> str:
    """'' or what was wrong with a seed at both depths, in words."""
    from tools.simulation.deep import both

    ran = both(seed)
    one.add(ran.one)
    two.add(ran.two)
    again = f"  replay: python -m tools.simulation --depth 2 --first {seed} --seeds 1"
    return f"seed {seed} at both depths: {ran.wrong}\n{again}" if ran.wrong else ""


def _end(failed: int, never: list[str]) -> int:
    print(f"violations {failed}")
    for row in never:
        print("never visited: " + row)
    return 1 if failed or never else 0


def hunt(first: int, seeds: int) -> int:
    """One line: after how many seeds something was found, and what."""
    for seed in range(first, first + seeds):
        found = run(seed).violated
        if found:
            print(f"{seed - first + 1}\t{found}")
            return 1
    print("0\tnothing")
    return 0


def _failure(result: Result) -> str:
    small = shrunk(result)
    needs = ", ".join((*small.faults, *small.work)) or "nothing"
    return (
        f"seed {result.seed} ({result.mix.name}): {result.violated}\n"
        f"  it takes no more than: {small.days} days, {small.stores} stores, {needs}\n"
        f"  replay: python -m tools.simulation --seed {result.seed} --verbose"
    )


def one_seed(seed: int, verbose: bool) -> int:
    """Replays a seed."""
    result = run(seed, story=verbose)
    for line in result.story:
        print(line)
    print(f"seed {seed}, mix {result.mix.name}: {result.mix}")
    print(result.summary.told(result.seconds))
    print(result.violated or "nothing was violated")
    return 1 if result.violated else 0
