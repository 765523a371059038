"""The published database says what the facts say, through views that a reader can read, and nothing else."""

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from hq_server.errors import HqError
from hq_server.facts import projecting
from hq_server.facts.base import FactBase
from hq_server.facts.files import Folder
from hq_server.facts.shapes import SCHEMAS
from hq_server.published.commands import once
from hq_server.published.shapes import VIEWS, shown
from hq_server.published.store import READER
from tests.hq_server import engines


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    return engines.new_url() or f"sqlite:///{tmp_path_factory.mktemp('published')}/facts.db"


@pytest.fixture(scope="module")
def folder(traded_hq, url, tmp_path_factory):
    """Published page by page, so that files are merged on the way."""
    folder = Folder(tmp_path_factory.mktemp("facts"))
    rounds = 0
    while projecting.catch_up(traded_hq.db, folder, traded_hq.now_s(), limit=40).more:
        rounds += 1
        if rounds % 3 == 0:
            publish_only(traded_hq, folder, url)
    once(traded_hq, folder, url)
    return folder


def publish_only(hq, folder, url):
    from hq_server.db import Database
    from hq_server.published.store import prepare, publish
    from hq_server.reports.register import Registers

    target = Database(url)
    prepare(target)
    publish(target, folder, Registers(hq.db))
    target.close()


def asked(url: str, words: str, role: str = "") -> list[tuple]:
    engine = create_engine(url)
    with engine.connect() as connection:
        if role:
            connection.execute(text(f"set role {role}"))
        rows = [tuple(row) for row in connection.execute(text(words))]
    engine.dispose()
    return rows


def test_every_view_has_the_rows_of_its_facts(folder, url):
    base = FactBase(folder, {})
    for table in SCHEMAS:
        columns = ", ".join(shown(table))
        mine = sorted(_said(row.values()) for row in base.read(table).select(shown(table)).to_pylist())
        assert sorted(_said(row) for row in asked(url, f"select {columns} from {table}")) == mine, table
    base.close()


def _said(row) -> tuple[str, ...]:
    return tuple({"False": "0", "True": "1"}.get(str(value), str(value)) for value in row)  # SQLite: no truth values


def test_sums_by_region_are_the_reports(folder, url):
    words = "select s.region, sum(net_cents) from sales join stores s on s.code = store group by 1 order by 1"
    base = FactBase(folder, {})
    total = sum(base.read("sales")["net_cents"].to_pylist())
    base.close()
    rows = asked(url, words)
    assert {region for region, _ in rows} == {"North", "South"} and sum(int(cents) for _, cents in rows) == total


def test_nothing_new_writes_nothing(traded_hq, folder, url):
    assert once(traded_hq, folder, url)[0] == 0


def test_no_personal_data(folder, url):
    assert "birthday" not in shown("members") and "name" not in shown("attendants")
    assert len(asked(url, "select account, level, home, tags from members")) > 2


def test_a_reader_reads_the_views_and_nothing_else(folder, url):
    if make_url(url).get_backend_name() != "postgresql":
        return
    for view in VIEWS:
        asked(url, f"select count(*) from {view}", READER)
    for table in (*VIEWS.values(), "taken"):
        with pytest.raises(DBAPIError, match="permission denied"):
            asked(url, f"select count(*) from {table}", READER)


@pytest.mark.parametrize(("address", "why"), [
    ("", "say --to URL"), ("mysql://x/y", "there are sqlite, postgresql"), ("nonsense", "no database address"),
    ("sqlite:////nowhere/at/all.db", "unable to open"),
])  # fmt: skip
def test_an_address_that_is_none_is_said_so(traded_hq, folder, address, why):
    with pytest.raises(HqError, match=why):
        once(traded_hq, folder, address)


def test_head_offices_own_database_is_refused(traded_hq, folder):
    with pytest.raises(HqError, match="of its own"):
        once(traded_hq, folder, traded_hq.config.database_url)
