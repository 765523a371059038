"""The command: many seeds with a summary, or one seed told step by step."""

import argparse
import time

from tools.simulation.run import Result, run
from tools.simulation.shrink import shrunk
from tools.simulation.summary import Summary

PROGRESS_S = 5.0
ALL_SEEN_AFTER = 200  # seeds after which every fault and every row must have been seen


def main(told: list[str] | None = None) -> int:
    """0 when nothing was violated and every row that must be seen was seen."""
    asked = _asked(told)
    if asked.hunt:
        return hunt(asked.first, asked.seeds)
    if asked.seed is not None:
        return one_seed(asked.seed, asked.verbose)
    return many(asked.first, asked.seeds, asked.stop_after)


def _asked(told: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="this one seed alone")
    parser.add_argument("--verbose", action="store_true", help="with --seed: every step of it")
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--hunt", action="store_true", help="until the first failure: how many seeds it took")
    parser.add_argument("--stop-after", type=int, default=5, help="stop after so many seeds that failed")
    return parser.parse_args(told)


def many(first: int, seeds: int, stop_after: int = 5) -> int:
    """Runs seeds one after the other and tells what happened."""
    whole, failed, seconds, told_at = Summary(), [], 0.0, time.monotonic()
    for seed in range(first, first + seeds):
        result = run(seed)
        whole.add(result.summary)
        seconds += result.seconds
        if result.violated:
            failed.append(result)
            print(_failure(result), flush=True)
            if len(failed) >= stop_after:
                break
        if time.monotonic() - told_at > PROGRESS_S:
            told_at = time.monotonic()
            print(f"  seed {seed}: {whole.store_days / seconds * 60:.0f} store-days a minute", flush=True)
    print(whole.told(seconds))
    print(f"violations {len(failed)}")
    never = whole.never_seen() if seeds >= ALL_SEEN_AFTER else []
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
