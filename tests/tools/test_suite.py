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


LATE = "FAILED tests/for_real/test_faults.py::test_a - AssertionError: was not so\n1 failed, 2 passed in 9 s"


def test_what_was_late_for_real_is_tried_once_more_alone_and_then_counts(monkeypatch):
    asked = []

    def passes(command, surrounding=None):
        asked.append(command[4:])
        return 0, "1 passed in 1 s", 1.0

    monkeypatch.setattr(suite, "_call", passes)
    assert suite.second_try(suite.Done("for_real", 2, 1, 9.0, LATE))[1:4] == (3, 0, 10.0)
    assert asked == [["tests/for_real/test_faults.py::test_a"]]


def test_a_second_failure_stays_one(monkeypatch):
    monkeypatch.setattr(suite, "_call", lambda command, _=None: (1, "1 failed in 1 s", 1.0))
    assert suite.second_try(suite.Done("for_real", 2, 1, 9.0, LATE))[1:3] == (2, 1)


def test_books_that_disagree_many_failures_and_quick_tests_get_no_second_try():
    wrong = ">       assert audit.wrong == [], text\n" + LATE
    crowd = "\n".join(LATE.splitlines()[:1] * 4 + ["4 failed in 9 s"])
    for part in (("for_real", 2, 1, 9.0, wrong), ("for_real", 0, 4, 9.0, crowd), ("protocol", 2, 1, 9.0, LATE)):
        assert suite.late_tests(suite.Done(*part)) == []
    assert suite.late_tests(suite.Done("for_real", 0, 1, 720.0, "stopped: over 720 s")) == []
