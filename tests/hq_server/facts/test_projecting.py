"""Facts are made of the event log alone, say what the ledger says, and are the same however they were made."""

import hashlib

import pyarrow.compute as pc
import pytest

from hq_server.facts import commands, projecting
from hq_server.facts.base import FactBase
from hq_server.facts.files import KEEP_S, MERGE_AT, Folder
from hq_server.facts.rows import goods_of
from hq_server.facts.shapes import SCHEMAS
from hq_server.reports.books import trial_balance
from hq_server.reports.register import registers


def caught_up(hq, path, limit: int = 20_000) -> Folder:
    folder = Folder(path)
    while projecting.catch_up(hq.db, folder, hq.now_s(), limit).more:
        pass
    return folder


@pytest.fixture(scope="module")
def folder(traded_hq, tmp_path_factory):
    return caught_up(traded_hq, tmp_path_factory.mktemp("facts"))


@pytest.fixture(scope="module")
def base(traded_hq, folder):
    with traded_hq.db.read() as connection:
        opened = FactBase(folder, registers(connection))
    yield opened
    opened.close()


def sums(folder: Folder) -> list:
    opened = FactBase(folder, {})
    try:
        return projecting.checksums(opened.read, list(SCHEMAS))
    finally:
        opened.close()


def test_net_sales_are_the_revenue_of_the_ledger(traded_hq, base):
    with traded_hq.db.read() as connection:
        books = [line for line in trial_balance(connection) if line.book == "revenue"]
    booked = {asset: sum(b.balance for b in books if b.asset == asset) for asset in {b.asset for b in books}}
    points = booked.pop("points_value", 0)
    sales, lines, receipts = base.read("sales"), base.read("sale_lines"), base.read("receipts")
    assert pc.sum(sales["net_cents"]).as_py() == sum(booked.values()) == pc.sum(lines["net_cents"]).as_py()
    assert points == 0  # nobody has paid by points in this week
    of_sales = receipts.filter(pc.equal(receipts["business"], "sale"))
    assert pc.sum(of_sales["amount_cents"]).as_py() == sum(booked.values())


def test_what_members_have_is_the_sum_of_the_moves(traded_hq, base):
    with traded_hq.db.read() as connection:
        books = [line for line in trial_balance(connection) if line.book == "member"]
    moves = base.read("value_moves")
    for asset in {line.asset for line in books}:
        moved = moves.filter(pc.equal(moves["asset"], asset))
        assert pc.sum(moved["amount"]).as_py() == sum(line.balance for line in books if line.asset == asset)


def test_each_sale_adds_up_and_its_lines_to_it(base):
    sales = base.read("sales")
    explained = pc.subtract(pc.subtract(sales["gross_cents"], sales["off_cents"]),
                            pc.add(sales["points_cents"], sales["returned_cents"]))  # fmt: skip
    assert explained.to_pylist() == sales["net_cents"].to_pylist()
    per_event = base.read("sale_lines").group_by("event").aggregate([("net_cents", "sum"), ("off_cents", "sum")])
    of_lines = dict(zip(per_event["event"].to_pylist(), per_event["net_cents_sum"].to_pylist(), strict=True))
    told = {row["event"]: row["net_cents"] for row in sales.to_pylist() if row["lines"]}
    assert of_lines == told


def test_a_sale_and_a_tap_are_one_row_each(base):
    for table in ("sales", "taps"):
        rows = base.read(table)
        assert len(set(rows["event"].to_pylist())) == rows.num_rows, table


def test_in_small_steps_and_all_at_once_are_the_same_rows(traded_hq, folder, tmp_path):
    stepwise = caught_up(traded_hq, tmp_path / "steps", limit=7)
    assert sums(stepwise) == sums(folder)
    assert projecting.rebuild(traded_hq.db, stepwise, traded_hq.now_s()) > 150
    assert sums(stepwise) == sums(folder)
    files = [file for table in SCHEMAS for file in stepwise.manifest().files(table)]
    assert len(files) < 3 * len(SCHEMAS)


def test_many_small_files_become_one_and_old_ones_go_later(traded_hq, tmp_path):
    folder = Folder(tmp_path)
    seen = set()
    while projecting.catch_up(traded_hq.db, folder, 1000, limit=12).more:
        manifest = folder.manifest()
        seen |= {file.path for file in manifest.files("taps")}
        assert len([file for file in manifest.files("taps") if file.level == 0]) <= MERGE_AT
        assert all((tmp_path / path).exists() for path in seen)  # whoever began to read them reads on
    assert folder.manifest().dropped
    with folder.writing() as writer:
        writer.commit(1000 + KEEP_S)
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.parquet")} == {
        file.path for table in SCHEMAS for file in folder.manifest().files(table)
    }


# of the week of trade, whatever database it was booked in; times are this machine's, numbers the order of booking
WEEK = {
    "sales": "7e9be6e74cf3234e",
    "sale_lines": "d1cc7a9d81ad93ab",
    "receipts": "f13c4ac6083254e7",
    "value_moves": "65a94464b1c5d239",
    "taps": "fc9bb86bce4d5d4e",
}


@pytest.mark.parametrize("table", WEEK)
def test_every_database_gives_the_same_rows(base, table):
    rows = base.read(table)
    left_out = {"at_s", "received_at_s", "hour", "event", "sale_event"} & set(rows.column_names)
    told = sorted(map(repr, rows.drop_columns(sorted(left_out)).to_pylist()))
    assert hashlib.sha256("".join(told).encode()).hexdigest()[:16] == WEEK[table]


def test_one_writes_and_the_others_are_told(traded_hq, tmp_path):
    folder = Folder(tmp_path)
    with folder.writing() as first:
        assert first is not None
        assert projecting.catch_up(traded_hq.db, folder, 1).busy
        with pytest.raises(BlockingIOError):
            projecting.rebuild(traded_hq.db, folder, 1)


def test_what_is_not_as_the_log_says_is_found(traded_copy, tmp_path):
    assert commands.compared(traded_copy, Folder(tmp_path / "first"))[1] == []
    folder = commands.folder_of(traded_copy)
    with folder.writing() as writer:
        months = writer.manifest.tables["taps"]
        months["2026-11"] = []
        writer.commit(1)
    assert {table for table, _day in commands.compared(traded_copy, Folder(tmp_path / "second"))[1]} == {"taps"}


class Line:
    def __init__(self, code: str, amount_cents: int):
        self.code, self.amount_cents = code, amount_cents
        self.price_milli = self.tax_bp = 0
        self.tax_code, self.qty_milli = "", 1000


@pytest.mark.parametrize(
    ("lines", "net", "points", "dealt"),
    [
        ([("a", 100), ("b", 200)], 300, 0, [100, 200]),
        ([("a", 100), ("b", 200), ("coupon:x", -10)], 290, 0, [96, 194]),
        ([("a", 100), ("b", 0)], 40, 60, [40, 0]),
        ([("a", 0)], 0, 0, [0]),
        ([("a", 300), ("b", -100)], 150, 50, [250, -100]),
        ([], 70, 5, [70]),
    ],
)
def test_what_was_taken_off_a_whole_sale_is_dealt_out_to_the_cent(lines, net, points, dealt):
    found = goods_of([Line(*one) for one in lines], net, points)
    assert [one.net_cents for one in found] == dealt
    assert sum(one.net_cents for one in found) == net
