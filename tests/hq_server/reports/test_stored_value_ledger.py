"""Opening plus entries is closing: per account, lot, store and holder, and each entry has the balance after it."""

import pytest

from hq_server.reports import books, entries
from hq_server.reports.catalogue import REPORTS
from hq_server.reports.declarations import Question
from hq_server.reports.run import sums_hold
from tests.hq_server import small_chain
from tests.hq_server.conftest import NOW_S
from tests.hq_server.reports.asking import ask

ADA, BEN = small_chain.ACCOUNTS[:2]
MON, TUE = "2026-11-16", "2026-11-17"
EVER = ("2026-01-01", "2026-12-31")
COLUMNS = ("opening", "top_up", "bonus", "spent", "reversed", "moved", "closing", "entries")

# period, by        place       opening  top-up  bonus   spent  back  moved  closing  entries
TABLE = """
    mon  issuer   | 0001              0   15000   1000    -245   0     0      15755        4
    mon  account  | ada               0   10000   1000    -245   0     0      10755        3
    mon  account  | ben               0    5000      0       0   0     0       5000        1
    tue  account  | ada           10755       0      0    -516   258   0      10497        3
    tue  account  | ben            5000       0      0    -890   0     0       4110        1
    tue  asset    | bonus          1000       0      0       0   0     0       1000        0
    tue  asset    | principal     14755       0      0   -1406   258   0      13607        4
    tue  holder   | 0001          15755       0      0   -1406   258   0      14607        4
    tue  total    | total         15755       0      0   -1406   258   0      14607        4
"""
PERIODS = {"mon": (MON, MON), "tue": (TUE, TUE)}
NAMES = {ADA: "ada", BEN: "ben"}


@pytest.fixture()
def booked(hq):
    shop, _ = small_chain.open_shops(hq, NOW_S)
    shop.top_up(MON, NOW_S, ADA, 100_00, 10_00)
    shop.top_up(MON, NOW_S, BEN, 50_00)
    shop.sale(MON, NOW_S, {"4002": 1000}, ADA)  # 2.45
    shop.sale(TUE, NOW_S, {"4001": 2000}, ADA)  # 2.58
    back = shop.sale(TUE, NOW_S, {"4001": 2000}, ADA)
    shop.void(TUE, NOW_S, ADA, back)
    shop.sale(TUE, NOW_S, {"4004": 1000}, BEN)  # 8.90
    small_chain.deliver(hq, shop)
    return hq


def answer(hq, by: str, period: tuple[str, str] = EVER, **only):
    return ask(hq, "stored_value_ledger", by, period, **only)


@pytest.mark.parametrize("row", [line.strip() for line in TABLE.strip().splitlines()])
def test_roll_forward(booked, row):
    asked, figures = (part.split() for part in row.split("|"))
    found = answer(booked, "issuer" if asked[1] == "total" else asked[1], PERIODS[asked[0]])
    lines = {NAMES.get(line.key[0], line.key[0]): line.values for line in found.rows} | {"total": found.total.values}
    assert [lines[figures[0]][column] for column in COLUMNS] == [int(figure) for figure in figures[1:]]


def test_closing_is_what_the_books_say_the_chain_owes(traded_hq):
    with traded_hq.db.read() as connection:
        owed = books.owed_by_asset(connection)
    closing = answer(traded_hq, "asset").rows
    assert {line.key[0]: line.values["closing"] for line in closing} == {k: owed[k] for k in ("principal", "bonus")}


def test_rows_add_up_over_every_dimension(traded_hq):
    for dimension in REPORTS["stored_value_ledger"].dimensions:
        assert sums_hold(answer(traded_hq, dimension.id, ("2026-11-18", "2026-11-20"))), dimension.id


def test_each_entry_has_the_balance_after_it(booked):
    with booked.db.read() as connection:
        page = entries.entries(connection, Question(*EVER, ("account",), {"account": (ADA,)}), 100)
    oldest_first = page.rows[::-1]
    assert [row.amount for row in oldest_first] == [10000, 1000, -245, -258, -258, 258]
    assert [row.balance_after for row in oldest_first] == [10000, 11000, 10755, 10497, 10239, 10497]
    assert [row.kind for row in oldest_first] == ["top_up", "bonus", "spent", "spent", "spent", "reversed"]
    assert all(row.request.startswith("0001-pos1/5f3a09c1/0/") for row in oldest_first)


def test_filters_leave_the_running_balance_as_it_is(booked):
    with booked.db.read() as connection:
        asked = Question(TUE, TUE, ("account",), {"account": (ADA,)})
        page = entries.entries(connection, asked, 100, kinds=("reversed",))
    assert [(row.amount, row.balance_after) for row in page.rows] == [(258, 10497)]


def test_entries_come_in_pages(booked):
    with booked.db.read() as connection:
        asked = Question(*EVER, ("account",))
        first, rest = entries.entries(connection, asked, 5), entries.entries(connection, asked, 5, skip=5)
    assert (len(first.rows), first.more, len(rest.rows), rest.more) == (5, True, 3, False)


def test_moving_value_between_holders_changes_no_account(hq):
    """A return lowers the store's float and raises head office's pool: seen along the holder, zero for the account."""
    shop, _ = small_chain.open_shops(hq, NOW_S)
    shop.top_up(MON, NOW_S, ADA, 100_00)
    shop.give_back(MON, NOW_S, ADA, {"principal": 30_00})
    small_chain.deliver(hq, shop)
    found = answer(hq, "holder", (MON, MON))
    held = {line.key[0]: (line.values["moved"], line.values["closing"]) for line in found.rows}
    assert held == {"0001": (-3000, 7000), "hq": (3000, 3000), "transit": (0, 0)}
    account = answer(hq, "account").total.values
    assert (account["moved"], account["closing"], account["entries"]) == (0, 10000, 3)


def test_trial_balance_is_zero_and_agrees_with_the_running_balances(traded_hq):
    with traded_hq.db.read() as connection:
        lines = books.trial_balance(connection)
    assert lines and all(line.agrees for line in lines)
    assert sum(line.balance for line in lines if line.asset != "points" and "right" not in line.book) == 0
    assert sum(line.balance for line in lines if line.asset == "points") == 0
