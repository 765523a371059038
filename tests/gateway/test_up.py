"""One command runs a store, and no part of it outlives the command."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gateway.shopfloor import Shopfloor, until


@pytest.fixture
def store(tmp_path):
    floor = Shopfloor(tmp_path)
    command = [sys.executable, "-m", "gateway", "up", "--dir", str(tmp_path)]
    floor.up = subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL)
    until(lambda: "at the broker" in floor.log(), "the store did not start")
    yield floor
    floor.up.terminate()
    floor.up.wait(15)
    floor.stop()


def processes_in(directory) -> list[int]:
    """Ids of processes that were started with this directory in their command line, but for `up` itself."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if any(word.startswith(str(directory).encode()) for word in words) and b"up" not in words:
            found.append(int(entry.name))
    return found


def test_a_killed_sale_process_comes_back(store):
    till = store.terminal().connect()
    till.hello()
    (sale,) = [number for number in processes_in(store.directory) if b"run" in _words(number)]
    os.kill(sale, signal.SIGKILL)
    until(lambda: store.log().count("at the broker") == 2, "the sale process did not come back")
    assert till.hello()["selling"] is True


def test_nothing_outlives_the_command(store):
    assert len(processes_in(store.directory)) == 3
    store.up.kill()
    until(lambda: not processes_in(store.directory), "something stayed behind")


def test_a_second_sale_process_refuses_to_start(store):
    command = [sys.executable, "-m", "gateway", "run", "--dir", str(store.directory)]
    second = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=20)
    assert second.returncode == 1 and "already" in second.stdout


def _words(number: int) -> list[bytes]:
    return Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
