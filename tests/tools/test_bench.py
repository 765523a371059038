"""The benches run by themselves, print every row and leave no process behind; what they measure is never asserted."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import bench_tap

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "tools.bench", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def tap(folder) -> subprocess.CompletedProcess:
    return run("tap", "--rounds", "3", "--runs", "2", "--folder", str(folder))


def test_a_tap_is_measured_beside_its_echo(tap):
    assert tap.returncode == 0, tap.stderr
    for row in (*bench_tap.MEASURED.values(), *bench_tap.TERMINAL_PARTS.values(), *bench_tap.GATEWAY_PARTS):
        assert row in tap.stdout
    assert "pay / echo" in tap.stdout and "fdatasync" in tap.stdout and bench_tap.REST in tap.stdout
    assert "6 rounds in 2 runs" in tap.stdout


def test_nothing_is_left_behind(tap, folder):
    assert list(folder.iterdir()) == []
    running = [command_line(pid) for pid in os.listdir("/proc") if pid.isdigit()]
    assert [line for line in running if str(folder) in line] == []


def command_line(pid: str) -> str:
    try:
        return Path("/proc", pid, "cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def test_an_unknown_bench_names_the_known_ones():
    done = run("nothing")
    assert done.returncode == 2 and "tap" in done.stdout
