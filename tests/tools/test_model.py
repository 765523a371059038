"""Every order of everything, in the small: the float protocol holds, and each planted fault is found."""

import pytest

from tools import model


def test_no_order_of_events_breaks_the_equation():
    verdict = model.check()
    assert verdict.complete and not verdict.problem, verdict
    assert verdict.states > 1_000_000, "the model has become too small to mean anything"


@pytest.mark.parametrize("fault", model.FAULTS)
def test_a_planted_fault_is_found(fault):
    assert "assertion violated" in model.check(fault).problem


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="no fault RUST; there are NO_TOMBSTONE"):
        model.check("RUST")
    with pytest.raises(ValueError, match="no verdict"):
        model.read("pan: out of memory")
    assert model.read("pan:1: assertion violated (x) (at depth 7)\nerrors: 1\n 12 states, stored").problem
    assert not model.read("error: max search depth too small\nerrors: 0\n 1.5e+06 states, stored").complete
