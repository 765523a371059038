"""The simulator is itself tested: faults are planted into a copy of the production code. All: make sim-mutants."""

import pytest

from tools.simulation.mutants import ROOT, copied, hunt, problems
from tools.simulation.planted import MUTANTS

QUICK = ("a repeat is decided anew", "cached balance instead of float", "a returned slice stays in the float")


def test_every_planted_fault_still_fits_the_code():
    assert problems(ROOT) == []


def test_there_are_enough_of_them_and_each_has_its_own_name():
    assert len({one.name for one in MUTANTS}) == len(MUTANTS) >= 18


@pytest.mark.parametrize("name", QUICK)
def test_a_planted_fault_is_found(tmp_path, name):
    (mutant,) = [one for one in MUTANTS if one.name == name]
    found = hunt(copied(tmp_path), mutant, 1)
    assert 0 < found.seeds <= mutant.within, found.seen
