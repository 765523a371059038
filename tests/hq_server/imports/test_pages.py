"""Imports by people: pages in both languages, commands at the console."""

import json

import pytest
from typer.testing import CliRunner

from hq_server.bootstrap import set_up
from hq_server.commands import app
from hq_server.config import read_config, write_config
from hq_server.imports import store
from tests.hq_server import engines
from tests.hq_server.conftest import guard_of, visit

GOODS = "编码,名称,售价\n9001,茶,12.50\n9002,水,2.50\n"


def upload(browser, kind: str, text: str):
    guard = guard_of(browser.get("/imports").text)
    files = {"file": ("goods.csv", text.encode("gb18030"))}
    return browser.post("/imports", data={"guard": guard, "kind": kind}, files=files)


def token_of(page: str) -> str:
    return page.split('action="/imports/')[1][:64]


def test_first_a_dry_run_then_the_import(hq):
    browser = visit(hq, "administrator")
    tried = upload(browser, "goods", GOODS)
    assert "2 rows: 2 new, 0 changed, 0 as before" in tried.text and "nothing is changed yet" in tried.text
    token = token_of(tried.text)
    assert (hq.config.dir / "imports" / token).exists()
    said = {"guard": guard_of(tried.text), "kind": "goods", "file": "goods.csv"}
    done = browser.post(f"/imports/{token}", data=said)
    assert "Imported. 2 rows: 2 new" in done.text
    assert not (hq.config.dir / "imports" / token).exists(), "people's data is not kept longer than needed"
    assert browser.post(f"/imports/{token}", data=said).status_code == 404
    assert "Imported from a file" in browser.get("/audit").text
    browser.cookies.set("tapwell_language", "zh")
    assert "最近的导入" in browser.get("/imports").text and "goods.csv" in browser.get("/imports").text


def test_what_is_wrong_stands_by_row_and_column(hq):
    browser = visit(hq, "administrator")
    page = upload(browser, "goods", GOODS.replace(",2.50", ",two")).text
    assert "Nothing was imported" in page and "it is no number" in page and ">售价<" in page
    assert "/imports/" + "0" not in page and "Import now" not in page
    assert "cannot be read" in upload(browser, "goods", "").text
    assert "A column that is needed is missing" in upload(browser, "goods", "a,b\n1,2\n").text
    assert upload(browser, "songs", GOODS).status_code == 400


def test_whoever_may_not_write_may_not_import(hq):
    browser = visit(hq, "viewer")
    assert 'type="file"' not in browser.get("/imports").text
    guard = guard_of(browser.get("/imports").text)
    for kind in ("members", "goods", "sales"):
        files = {"file": ("goods.csv", b"code,price\n1,1\n")}
        assert browser.post("/imports", data={"guard": guard, "kind": kind}, files=files).status_code == 403


@pytest.mark.parametrize("path", ["zh/members.csv", "en/goods.xlsx", "en/sales.csv"])
def test_templates(hq, path):
    answer = visit(hq, "viewer").get("/imports/template/" + path)
    assert answer.status_code == 200 and len(answer.content) > 100
    assert "attachment" in answer.headers["content-disposition"]


def test_a_template_of_nothing(hq):
    assert visit(hq, "viewer").get("/imports/template/en/songs.csv").status_code == 404


@pytest.fixture()
def office(tmp_path):
    """A head office of its own for commands, which open it by themselves."""
    from hq_server.bootstrap import open_hq

    hq = open_hq(write_config(tmp_path / "hq", database_url=engines.new_url()))
    set_up(hq, "Harbour Stores", "CNY", 2)
    hq.close()
    yield tmp_path / "hq"
    engines.drop(tmp_path / "hq")


def run(*arguments: str):
    return CliRunner().invoke(app, ["import", *map(str, arguments)])


def test_commands(office, tmp_path):
    file = tmp_path / "goods.csv"
    file.write_bytes(GOODS.encode("gb18030"))
    where = ("--dir", office)
    tried = run("goods", file, *where, "--dry-run", "--language", "zh")
    assert "试运行，尚未改动。共 2 行：新增 2" in tried.output
    told = json.loads(run("goods", file, *where, "--json").output)
    assert (told["added"], told["done"], told["wrong"]) == (2, True, [])
    file.write_text("code,price\n9001,cheap\n")
    failed = run("goods", file, *where)
    assert failed.exit_code == 1 and "row 2, price: 'cheap': it is no number" in failed.output
    assert run("goods", tmp_path / "nothing.csv", *where).exit_code == 1
    config = read_config(office)
    from hq_server.db import Database

    db = Database(config.database_url)
    with db.read() as connection:
        assert [row.file for row in store.runs(connection)] == ["goods.csv"]
    db.close()


def test_the_command_writes_templates(tmp_path):
    assert run("template", "members", "--to", tmp_path / "m.xlsx", "--language", "zh").exit_code == 0
    assert (tmp_path / "m.xlsx").read_bytes().startswith(b"PK")
    assert run("template", "songs", "--to", tmp_path / "m.csv").exit_code == 2
