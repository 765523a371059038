"""Seeds of the simulator: a fixed set, and fresh ones whose numbers are printed when they fail."""

import os
import time

import pytest

from tools.simulation.mix import FIXED, draw
from tools.simulation.run import run
from tools.simulation.summary import Summary

FRESH_S = 5  # of processor time for fresh seeds; `make sim` runs as many as one likes
FIXED_SEEDS = range(1, 17)
FRESH_FROM = 1_000_000  # seeds below have been run before


@pytest.mark.parametrize("number", range(len(FIXED)), ids=[mix.name for mix in FIXED])
def test_each_fixed_mix(number):
    found = run(8 * number)
    assert found.violated == "" and found.mix.name == FIXED[number].name


def test_a_fixed_set_of_seeds():
    whole = Summary()
    for seed in FIXED_SEEDS:
        found = run(seed)
        assert found.violated == "", again(seed)
        whole.add(found.summary)
    assert whole.taps["receipt"] > 1000 and whole.taps["reversed"] and whole.taps["refunded"]
    assert whole.happened["enrolled_again"] and whole.faults["kill_at_write"] and whole.faults["crowd"]
    assert {row for row in whole.rows if row.startswith("lane: ")} >= {"lane: higher -> new", "lane: equal -> repeat"}


def test_fresh_seeds():
    seed = FRESH_FROM + int.from_bytes(os.urandom(4), "big")
    until_s = time.process_time() + FRESH_S
    while time.process_time() < until_s:
        print("seed", seed)
        mix = draw(seed).without("fuel").without("fuel_staff")  # pumps: the fixed seeds, and `make sim`
        assert run(seed, mix if mix.work else None).violated == "", again(seed)
        seed += 1


def again(seed: int) -> str:
    return f"replay: python -m tools.simulation --seed {seed} --verbose"
