"""Fuel by grade of a few fills that can be added up by hand."""

import pytest

from hq_server.fleet.store import terminal
from hq_server.reports.run import sums_hold
from protocol.ledger import holds
from tests.hq_server import small_chain
from tests.hq_server.conftest import NOW_S
from tests.hq_server.reports.asking import ask

ADA = small_chain.ACCOUNTS[0]
MON, TUE = "2026-11-16", "2026-11-17"


def fill(shop, day: str, code: str, ml: int, price_milli: int, cents: int) -> None:
    """A delivery that Ada's value pays as far as it goes; what is beyond is owed."""
    request, transfer = shop._request("pump1")
    done = holds.overrun(shop.holding(ADA), transfer, cents, "principal_first")
    shop.holdings[ADA] = done.holding
    owed = holds.owed_cents(done.entries)
    shop.receipt += 1
    line = {"code": code, "qty_milli": ml, "price_milli": price_milli, "amount_cents": cents}
    tenders = {"principal": cents - owed} | ({"receivable": owed} if owed else {})
    told = {"request": request, "account": ADA, "receipt": shop.receipt, "lines": [line], "tenders": tenders}
    shop.write("sale", day, NOW_S, transfer, done.entries, hold=transfer, **told)


@pytest.fixture()
def filled(hq):
    """Three fills at 0001's pump, and milk at its till."""
    shop, _ = small_chain.open_shops(hq, NOW_S)
    with hq.db.write() as connection:
        connection.execute(terminal.insert(), [{"terminal": "0001-pump1", "store": "0001", "app": "pump"}])
    shop.top_up(MON, NOW_S, ADA, 50_00)
    fill(shop, MON, "305", 10_000, 76_000, 7_60)
    fill(shop, TUE, "305", 41_337, 76_000, 31_42)
    fill(shop, TUE, "306", 20_000, 68_000, 13_60)  # 10.98 are left
    shop.sale(TUE, NOW_S, {"4001": 3000})
    small_chain.deliver(hq, shop)
    return hq


def answer(hq, by: str, **only):
    return ask(hq, "fuel_sales_stats", by, (MON, TUE), **only)


# what is asked | place      fills litres amount owed  ml a fill
TABLE = """
    product  | 305             2  51337  3902    0  25669
    product  | 306             1  20000  1360  262  20000
    day      | 2026-11-16      1  10000   760    0  10000
    day      | 2026-11-17      2  61337  4502  262  30669
    store    | 0001            3  71337  5262  262  23779
    terminal | 0001-pump1      3  71337  5262  262  23779
    month    | total           3  71337  5262  262  23779
"""
COLUMNS = ("fills", "litres", "fuel_amount", "owed", "avg_litres")


@pytest.mark.parametrize("row", [line.strip() for line in TABLE.strip().splitlines()])
def test_figures(filled, row):
    by, figures = (part.strip() for part in row.split("|"))
    place, *expected = figures.split()
    found = answer(filled, by)
    lines = {line.key[0]: line.values for line in found.rows} | {"total": found.total.values}
    assert [str(lines[place][column]) for column in COLUMNS] == expected
    assert sums_hold(found)


def test_other_stores_have_none(filled):
    assert answer(filled, "product", store="0002").rows == ()
