"""Sales statistics of a few sales that can be added up by hand."""

import pytest

from hq_server.errors import HqError
from hq_server.reports.catalogue import REPORTS
from hq_server.reports.run import sums_hold
from tests.hq_server import small_chain
from tests.hq_server.conftest import NOW_S
from tests.hq_server.reports.asking import ask

ADA = small_chain.ACCOUNTS[0]
MON, TUE = "2026-11-16", "2026-11-17"
PERIOD = (MON, TUE)


@pytest.fixture()
def sold(hq):
    """At 0001 milk in cash, Ada's bread and apples from stored value, milk; at 0002 two loaves that are taken back."""
    first, second = small_chain.open_shops(hq, NOW_S)
    first.top_up(MON, NOW_S, ADA, 100_00, 10_00)
    first.sale(MON, NOW_S, {"4001": 3000})  # 3.87
    first.sale(MON, NOW_S, {"4002": 1000, "4003": 1000}, ADA, stored_cents=643)  # 6.43, earns 6 points
    first.sale(TUE, NOW_S, {"4001": 1000}, ADA, stored_cents=0)  # 1.29 in cash, with card
    bread = second.sale(TUE, NOW_S, {"4002": 2000})  # 4.90
    second.void(TUE, NOW_S, "", bread)
    for shop in (first, second):
        small_chain.deliver(hq, shop)
    return hq


def answer(hq, by: tuple[str, ...], period: tuple[str, str] = PERIOD, **only):
    return ask(hq, "sales_summary", by, period, **only)


# what is asked | place          sales gross discount returns net  members  share in 1/1000 %
TABLE = """
    store          | 0001             3  1159        0       0  1159     772    66609
    store          | 0002             1   490        0     490     0       0        -
    store          | total            4  1649        0     490  1159     772    66609
    day            | 2026-11-16       2  1030        0       0  1030     643    62427
    day            | 2026-11-17       2   619        0     490   129     129   100000
    month          | 2026-11          4  1649        0     490  1159     772    66609
    terminal       | 0002-pos1        1   490        0     490     0       0        -
    operator       | 11               4  1649        0       0  1649     772    46816
    membership     | member           2   772        0       0   772     772   100000
    membership     | none             2   877        0     490   387       0        0
    product        | 4001             2   516        0       0   516     129    25000
    product        | 4002             2   735        0     490   245     245   100000
    product        | total            4  1649        0     490  1159     772    66609
"""
COLUMNS = ("txn_count", "gross_amount", "discount_amount", "returns_amount", "net_sales", "member_net_sales",
           "member_sales_share")


@pytest.mark.parametrize("row", [line.strip() for line in TABLE.strip().splitlines()])
def test_figures(sold, row):
    by, figures = (part.strip() for part in row.split("|"))
    place, *expected = figures.split()
    found = answer(sold, (by,))
    lines = {line.key[0]: line.values for line in found.rows} | {"total": found.total.values}
    assert [str(lines[place][column]) for column in COLUMNS] == [each.replace("-", "None") for each in expected]


def test_top_ups_are_not_sales(hq):
    shop, _ = small_chain.open_shops(hq, NOW_S)
    shop.top_up(MON, NOW_S, ADA, 500_00)
    small_chain.deliver(hq, shop)
    found = answer(hq, ("store",))
    assert not found.rows and found.total.values["gross_amount"] == 0


def test_points_are_a_discount_and_a_reversal_returns_only_what_was_net(hq):
    shop, _ = small_chain.open_shops(hq, NOW_S)
    shop.top_up(MON, NOW_S, ADA, 100_00)
    shop.sale(MON, NOW_S, {"4004": 1000}, ADA)  # 8.90 from stored value; earns 8 points
    paid = shop.sale(TUE, NOW_S, {"4001": 1000}, ADA, stored_cents=49, points=8, points_cents=80)  # 1.29
    small_chain.deliver(hq, shop)
    tuesday = answer(hq, ("day",), (TUE, TUE)).total.values
    assert (tuesday["gross_amount"], tuesday["discount_amount"], tuesday["net_sales"]) == (129, 80, 49)
    shop.void(TUE, NOW_S, ADA, paid)
    small_chain.deliver(hq, shop)
    tuesday = answer(hq, ("day",), (TUE, TUE)).total.values
    assert (tuesday["returns_amount"], tuesday["net_sales"], tuesday["member_net_sales"]) == (49, 0, 0)


def test_ratios_are_worked_out_anew_at_each_level(sold):
    found = answer(sold, ("store", "day"))
    subtotal = next(line for line in found.rows if line.key == ("0001",))
    parts = [line.values["avg_txn_value"] for line in found.rows if line.key[0] == "0001" and len(line.key) == 2]
    assert subtotal.values["avg_txn_value"] == 386 and sum(parts) != 386
    assert found.total.values["units_per_txn"] == 2000


def test_a_sale_counts_once_however_many_goods_it_has(sold):
    found = answer(sold, ("product",))
    assert sum(line.values["txn_count"] for line in found.rows) == 5
    assert found.total.values["txn_count"] == 4


def test_stores_and_periods_are_filters(sold):
    assert answer(sold, ("store",), (TUE, TUE), store="0001").total.values["gross_amount"] == 129
    assert not answer(sold, ("store",), ("2026-01-01", "2026-01-31")).rows


def test_repeated_events_are_not_sold_twice(hq):
    """A salvaged event with a request that was booked before is kept, and counts for nothing."""
    shop, other = small_chain.open_shops(hq, NOW_S)
    shop.sale(MON, NOW_S, {"4001": 1000})
    again = shop.lines[-1].replace('"seq":%d' % shop.seq, '"seq":%d' % (shop.seq + 1))
    small_chain.deliver(hq, shop)
    shop.append(again)
    small_chain.deliver(hq, shop)
    assert answer(hq, ("store",)).total.values["txn_count"] == 1


def test_additive_columns_add_up_over_every_dimension(traded_hq):
    for dimension in REPORTS["sales_summary"].dimensions:
        assert sums_hold(answer(traded_hq, (dimension.id,), ("2026-11-01", "2026-11-30"))), dimension.id


@pytest.mark.parametrize("by", [("store", "store"), ("store", "day", "product", "month"), ("moon",), ("tender",)])
def test_questions_it_cannot_answer(sold, by):
    with pytest.raises(HqError):
        answer(sold, by)
