"""`tapwell` answers at once and says what is missing."""

import pytest
from typer.testing import CliRunner

from tools import cli


def test_help_names_every_area_and_tool():
    shown = CliRunner().invoke(cli.app, ["--help"]).output
    assert [name for name in (*cli.AREAS, *cli.TOOLS) if name not in shown] == []


def test_version_names_the_interpreter():
    assert "MicroPython" in CliRunner().invoke(cli.app, ["version"]).output


def test_an_area_gets_its_own_help():
    assert "reader, pos or pump" in CliRunner().invoke(cli.app, ["terminal", "build", "--help"]).output


def test_a_missing_library_names_the_extra_that_brings_it(tmp_path, monkeypatch, capsys):
    (tmp_path / "wants_more.py").write_text("import no_such_library\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(cli.AREAS, "hq", ("wants_more", "hq", ""))
    with pytest.raises(SystemExit):
        cli.run_area("hq", [])
    assert "needs no_such_library: pip install 'tapwell[hq]'" in capsys.readouterr().err
