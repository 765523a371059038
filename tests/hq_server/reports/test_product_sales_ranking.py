"""The ranking of a few sales that can be added up by hand."""

import pytest
from sqlalchemy import func, select

from hq_server.ingest.store import event, sale_line
from hq_server.reports.run import sums_hold
from tests.hq_server import small_chain
from tests.hq_server.conftest import NOW_S
from tests.hq_server.reports.asking import ask

ADA, BEN = small_chain.ACCOUNTS[:2]
MON, TUE = "2026-11-16", "2026-11-17"
COLUMNS = ("rank", "net_sales", "share", "cum_share", "net_units", "txn_count", "buyers")

# place            rank amount  share    sum   units sales buyers
TABLE = """
    4004             1    1780  50183  50183   2000     2      1
    4001             2    1032  29095  79278   8000     3      2
    4002             3     735  20722 100000   3000     2      1
"""
TOTAL = (None, 3547, None, None, 13000, 5, 2)


@pytest.fixture()
def sold(hq):
    shop, _ = small_chain.open_shops(hq, NOW_S)
    shop.top_up(MON, NOW_S, ADA, 100_00)
    shop.top_up(MON, NOW_S, BEN, 100_00)
    shop.sale(MON, NOW_S, {"4001": 2000, "4002": 2000}, ADA)
    shop.sale(MON, NOW_S, {"4001": 5000}, BEN)
    shop.sale(TUE, NOW_S, {"4004": 1000})
    shop.sale(TUE, NOW_S, {"4004": 1000, "4002": 1000}, ADA)
    shop.sale(TUE, NOW_S, {"4001": 1000})
    small_chain.deliver(hq, shop)
    return hq


def answer(hq, by: tuple[str, ...], period: tuple[str, str] = (MON, TUE), **only):
    return ask(hq, "product_sales_ranking", by, period, **only)


def test_by_product(sold):
    found = answer(sold, ("product",))
    rows = [[line.key[0][:4], *(line.values[column] for column in COLUMNS)] for line in found.rows]
    assert rows == [[code, *map(int, figures)] for code, *figures in map(str.split, TABLE.strip().splitlines())]
    assert tuple(found.total.values[column] for column in COLUMNS) == TOTAL and sums_hold(found)


def test_each_store_has_a_ranking_of_its_own(sold):
    found = answer(sold, ("store", "product"), (TUE, TUE))
    told = [(*line.key, line.values["rank"], line.values["net_sales"]) for line in found.rows]
    assert [(each[0], each[1][:4], *each[2:]) for each in told[:-1]] == [
        ("0001", "4004", 1, 1780), ("0001", "4002", 2, 245), ("0001", "4001", 3, 129),
    ]  # fmt: skip
    assert told[-1] == ("0001", None, 2154)


def test_nothing_sold_is_no_row(sold):
    assert answer(sold, ("product",), store="0002").rows == ()


def test_a_sale_told_twice_counts_once_and_a_coupon_is_no_product(sold):
    with sold.db.write() as connection:
        last = connection.execute(select(func.max(event.c.id)).where(event.c.kind == "sale")).scalar_one()
        connection.execute(event.update().where(event.c.id == last).values(duplicate_of="0001/%s/9" % ("a" * 32)))
        off = {"event": last - 1, "line": 9, "code": "coupon:tea", "qty_milli": -1000, "amount_cents": -100}
        connection.execute(sale_line.insert().values(**off))
    found = answer(sold, ("product",))
    assert [(line.key[0][:4], line.values["net_sales"]) for line in found.rows] == [
        ("4004", 1780), ("4001", 1032 - 129), ("4002", 735),
    ]  # fmt: skip
