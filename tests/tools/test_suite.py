"""The suite counts what ran, and takes silence for failure."""

import pytest

from tools import suite


@pytest.mark.parametrize(
    "closing_line, passed, failed",
    [
        ("5 passed in 0.10s", 5, 0),
        ("2 failed, 3 passed in 0.10s", 3, 2),
        ("1 error in 0.10s", 0, 1),
        ("2 passed, 1 skipped in 0.10s", 2, 1),
        ("4 passed, 1 xfailed, 2 warnings in 1.00s", 4, 1),
        ("72 passed, 0 failed", 72, 0),
        ("no tests ran in 0.01s", 0, 0),
    ],
)
def test_closing_lines(closing_line, passed, failed):
    assert suite.counts(".....\n" + closing_line) == (passed, failed)


def test_a_folder_in_which_nothing_ran_has_failed(tmp_path, monkeypatch):
    monkeypatch.setattr(suite, "_call", lambda command, surrounding=None: (5, "no tests ran in 0.01s", 0.1))
    assert suite.pytest("gateway")[1:3] == (0, 1)


def test_a_part_that_never_ends_is_stopped_and_has_failed(monkeypatch):
    monkeypatch.setattr(suite, "PART_LIMIT_S", 0.2)
    code, output, _ = suite._call(["sleep", "5"])
    assert code == 1 and "stopped" in output


def test_every_folder_of_tests_is_a_part():
    folders = {path.name for path in (suite.ROOT / "tests").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders <= set(suite.parts())
