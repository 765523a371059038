"""The core over dicts and the core over the true store code: the same seeds, the same steps, one by one."""

import pytest

from gateway.core.books import Books
from hq_server.vault.books import Vault
from tools.simulation.cli import main
from tools.simulation.deep import compared
from tools.simulation.memory_books import MemoryBooks
from tools.simulation.memory_vault import MemoryVault

SEEDS = (8, 16)


@pytest.mark.parametrize("seed", SEEDS)
def test_both_depths_take_the_same_steps(seed):
    assert compared(seed) == ""


def test_the_command_runs_seeds_at_both_depths(capsys):
    assert main(["--depth", "2", "--first", "1", "--seeds", "1"]) == 0
    told = capsys.readouterr().out
    assert "at both depths the same steps: depth two" in told and "violations 0" in told


@pytest.mark.parametrize("memory, interface", [(MemoryBooks, Books), (MemoryVault, Vault)])
def test_memory_has_every_method_of_its_interface(memory, interface):
    wanted = {name for name in dir(interface) if not name.startswith("_")}
    assert [name for name in sorted(wanted) if not hasattr(memory, name) and name not in ("now_s", "random")] == []
