"""The chain's order of principal and bonus, case by case: what an amount takes of each, given what is free here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.ledger import holds, spending
from protocol.ledger.entries import Line
from protocol.ledger.lots import Holding, Slice
from protocol.money import ROUNDED_BY, parse_money
from tests.protocol.ledger.books import ACCOUNT
from tests.protocol.ledger.tables import rows

SPLITS = """
order            free principal  free bonus  amount | principal  bonus
principal_first  100.00          10.00       0.00   | 0.00       0.00
principal_first  100.00          10.00       100.00 | 100.00     0.00
principal_first  100.00          10.00       100.01 | 100.00     0.01
principal_first  100.00          10.00       110.00 | 100.00     10.00
principal_first  0.00            10.00       4.00   | 0.00       4.00
bonus_first      100.00          10.00       0.00   | 0.00       0.00
bonus_first      100.00          10.00       10.00  | 0.00       10.00
bonus_first      100.00          10.00       10.01  | 0.01       10.00
bonus_first      100.00          10.00       110.00 | 100.00     10.00
bonus_first      4.00            0.00        4.00   | 4.00       0.00
proportional     100.00          10.00       0.00   | 0.00       0.00
proportional     0.00            0.00        0.00   | 0.00       0.00
proportional     100.00          10.00       11.00  | 10.00      1.00
proportional     100.00          10.00       0.10   | 0.10       0.00
proportional     100.00          10.00       0.11   | 0.10       0.01
proportional     100.00          10.00       0.21   | 0.20       0.01
proportional     100.00          10.00       109.99 | 100.00     9.99
proportional     100.00          10.00       110.00 | 100.00     10.00
proportional     0.00            10.00       3.33   | 0.00       3.33
proportional     10.00           0.00        3.33   | 3.33       0.00
proportional     0.01            0.02        0.02   | 0.01       0.01
"""


@pytest.mark.parametrize("row", rows(SPLITS), ids=lambda row: f"{row['order']} {row['amount']}")
def test_splits(row):
    here = _holding(parse_money(row["free principal"]), parse_money(row["free bonus"]))
    split = spending.split_stored(here, parse_money(row["amount"]), row["order"])
    assert split == (parse_money(row["principal"]), parse_money(row["bonus"]))


def test_every_order_has_its_rows_and_its_rounding_has_a_name():
    assert {row["order"] for row in rows(SPLITS)} == set(spending.ORDERS)
    assert ROUNDED_BY["bonus share of a proportional split"] == "down"


AMOUNT = st.integers(0, 10**12)


@given(order=st.sampled_from(tuple(spending.ORDERS)), principal=AMOUNT, bonus=AMOUNT, share=st.integers(0, 1000))
def test_a_split_never_takes_more_than_is_there(order, principal, bonus, share):
    amount = (principal + bonus) * share // 1000
    split = spending.split_stored(_holding(principal, bonus), amount, order)
    assert sum(split) == amount and 0 <= split[0] <= principal and 0 <= split[1] <= bonus


@given(order=st.sampled_from(tuple(spending.ORDERS)), captures=st.lists(st.integers(0, 400), max_size=6))
def test_captures_of_a_hold_draw_each_cent_once_in_any_order(order, captures):
    here = holds.hold(_holding(600, 300), "H1", 700, order).holding
    spent = 0
    for at, cents in enumerate(captures):
        done = holds.capture(here, "H1", f"C{at}", cents, last=False)
        drawn = sum(one.amount for one in done.entries if one.debit.book == "member")
        owed = sum(one.amount for one in done.entries if one.debit == Line("receivable", ACCOUNT, "principal"))
        assert drawn + owed == cents and (owed == 0 or spent + drawn == 900)
        here, spent = done.holding, spent + drawn


def _holding(principal: int, bonus: int) -> Holding:
    lots = (("principal", "aa" * 8, principal), ("bonus", "bb" * 8, bonus))
    slices = tuple(Slice(asset, lot, n, "0001", "top_up", "", 1) for asset, lot, n in lots if n)
    return Holding(ACCOUNT, "0001", slices)
