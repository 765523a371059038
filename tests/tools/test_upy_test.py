"""The runner of the device suites: it fails when it should."""

from tools import upy_test


def test_the_interpreter_is_the_pinned_one():
    assert upy_test.interpreter() == upy_test.INTERPRETER


def run_on(tmp_path, **files):
    for name, text in files.items():
        (tmp_path / (name + ".py")).write_text(text)
    return upy_test.run_suite(tmp_path)


def test_passes_and_failures_are_counted(tmp_path, capsys):
    good = "def test_a():\n    assert 1\n\ndef test_b():\n    pass\n"
    bad = "def test_c():\n    assert 1 == 2\n"
    assert run_on(tmp_path, test_good=good, test_bad=bad) == (2, 1)
    assert "FAILED test_bad.py test_c" in capsys.readouterr().out


def test_a_file_that_cannot_be_imported_fails(tmp_path):
    assert run_on(tmp_path, test_x="import dataclasses\n").failed == 1


def test_a_file_without_a_test_fails(tmp_path):
    assert run_on(tmp_path, test_x="X = 1\n").failed == 1


def test_an_interpreter_that_dies_fails(tmp_path):
    assert run_on(tmp_path, test_x="import sys\ndef test_a():\n    sys.exit(0)\n").failed == 1


def test_a_folder_without_a_test_for_boards_fails(tmp_path):
    assert run_on(tmp_path, test_only_here_cpython="def test_a():\n    pass\n").failed == 1
