"""Prices and rules at the console of a head office of its own."""

import pytest
from typer.testing import CliRunner

from hq_server.bootstrap import open_hq, set_up
from hq_server.commands import app
from hq_server.config import write_config
from hq_server.goods.changes import Item, put_goods
from tests.hq_server import engines


@pytest.fixture()
def run(tmp_path):
    """Says a command of `tapwell hq fuel` and what it answers; grade 95 is 7.90 in the catalogue."""
    hq = open_hq(write_config(tmp_path / "hq", database_url=engines.new_url()))
    set_up(hq, "Harbour Stores", "CNY", 2)
    with hq.db.write() as connection:
        put_goods(connection, hq.post, [Item("95", price_milli=790_000)])
    hq.close()
    yield lambda *words: CliRunner().invoke(app, ["fuel", *words, "--dir", str(tmp_path / "hq")])
    engines.drop(tmp_path / "hq")


def test_prices_and_rules(run, tmp_path):
    assert run("price", "95", "7.899").output == "Version 1.\n"
    refused = run("price", "95", "78.99")
    assert refused.exit_code == 1 and "price_jump" in refused.output
    assert run("price", "95", "8.99", "--sure", "--json").output == '{"version": 2}\n'
    assert "Version 3" in run("undo", "2").output
    lines = [line.split() for line in run("prices").output.splitlines()]
    assert [(line[0], line[3]) for line in lines] == [("3", "7.899"), ("2", "8.99"), ("1", "7.899")]
    file = tmp_path / "rules.json"
    file.write_text('{"rules": {"member_prices": [{"name": "all", "off_milli": 1000}]}}')
    assert run("rules", str(file)).output == "Version 1.\n"
    file.write_text('{"rules": {"step_milli": 0}}')
    assert run("rules", str(file)).exit_code == 1
