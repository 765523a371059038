"""Points and punches from opening to closing; a refund gives back and takes away, it is no new earning."""

import datetime as dt

import pytest

from hq_server.reports.run import sums_hold
from hq_server.vault.book import Book
from protocol.ledger.entries import Entry, Line
from tests.hq_server import small_chain
from tests.hq_server.conftest import NOW_S
from tests.hq_server.reports.asking import ask

ADA, BEN = small_chain.ACCOUNTS[:2]
MON, TUE = "2026-11-16", "2026-11-17"
COLUMNS = tuple("points_" + one for one in "opening earned redeemed reversed closing entries".split())
PUNCHES = ("punch_added", "punch_used", "punch_closing")

# day, by       place  opening earned redeemed back closing entries
TABLE = """
    mon issuer  | 0001       0     89        0    0      89       2
    mon account | ada        0     44        0    0      44       1
    tue account | ada       44     26      -20    0      50       2
    tue account | ben       45      0        0  -45       0       1
    tue total   | total     89     26      -20  -45      50       3
"""


@pytest.fixture()
def earned(hq):
    """Ada earns, earns and redeems; Ben gives his basket back."""
    shop, _ = small_chain.open_shops(hq, NOW_S)
    for account in (ADA, BEN):
        shop.top_up(MON, NOW_S, account, 100_00)
    shop.sale(MON, NOW_S, {"4004": 5000}, ADA)  # 44.50
    basket = shop.sale(MON, NOW_S, {"4004": 5000, "4001": 1000}, BEN)  # 45.79
    shop.sale(TUE, NOW_S, {"4004": 3000}, ADA, points=20, points_cents=20)
    shop.refund(TUE, NOW_S, shop.right_of(basket, BEN))
    small_chain.deliver(hq, shop)
    return hq


def answer(hq, report: str, by: str, day: str):
    return ask(hq, report, by, (day, day))


@pytest.mark.parametrize("row", [line.strip() for line in TABLE.strip().splitlines()])
def test_points(earned, row):
    (day, by), (place, *figures) = (part.split() for part in row.split("|"))
    asked = "issuer" if by == "total" else by
    found = answer(earned, "points_ledger", asked, {"mon": MON, "tue": TUE}[day])
    names = {ADA: "ada", BEN: "ben"}
    lines = {names.get(line.key[0], line.key[0]): line.values for line in found.rows} | {"total": found.total.values}
    assert [lines[place][column] for column in COLUMNS] == [int(figure) for figure in figures]
    assert sums_hold(found)


def test_a_refund_is_a_return_of_the_day_it_was_given(earned):
    found = answer(earned, "sales_summary", "store", TUE).total.values
    told = [found[name] for name in ("gross_amount", "discount_amount", "returns_amount", "net_sales")]
    assert told == [26_70, 20, 45_79, -19_29]


def test_punches_are_counted_by_what_they_are_good_for(earned):
    lines = [Line("member", ADA, "punch:" + item, "hq", "a" * 16) for item in ("coffee", "wash")]
    given = [Entry("t1", n, Line("punch_issued", "hq", line.asset), line, 10) for n, line in enumerate(lines, 1)]
    used = [Entry("t2", 1, lines[0], Line("punch_used", "0001", "punch:coffee"), 3)]
    with earned.db.write() as connection:
        book = Book(earned.vault_on(connection))
        for transfer, entries in (("t1", given), ("t2", used)):
            book.note("corrected", transfer, ADA, entries)
        book.save()
    today = dt.datetime.fromtimestamp(earned.now_s(), dt.UTC).date().isoformat()
    found = answer(earned, "punch_ledger", "asset", today)
    told = {line.key[0]: [line.values[c] for c in PUNCHES] for line in found.rows}
    assert told == {"punch:coffee": [10, -3, 7], "punch:wash": [10, 0, 10]} and sums_hold(found)


def test_no_punches_are_no_rows(earned):
    assert answer(earned, "punch_ledger", "asset", TUE).rows == ()
