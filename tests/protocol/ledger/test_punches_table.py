"""Punches in words: given and sold within a right, redeemed by item, expired by their holder."""

import pytest

from protocol.errors import Ours
from protocol.ledger import punches, reversals
from protocol.ledger.lots import Holding
from tests.protocol.ledger.books import ACCOUNT, play
from tests.protocol.ledger.tables import rows
from tests.protocol.ledger.unit_books import UnitChain

TEN_FOR_ONE = """
request         id  of    amount  expires     | result                | punch:wash  punch:tea  punch_used punch:wash
punch           P1  wash  6       2026-05-31  | ok                    | 6           0          0
punch           P2  wash  4       2026-06-30  | ok                    | 10          0          0
punch           P3  tea   2       -           | ok                    | 10          2          0
redeem punches  S1  tea   3       -           | insufficient_punches  | 10          2          0
redeem punches  S2  wash  7       -           | ok                    | 3           2          7
redeem punches  S2  wash  7       -           | ok (repeat)           | 3           2          7
redeem punches  S3  wash  4       -           | insufficient_punches  | 3           2          7
redeem punches  S4  wash  3       -           | ok                    | 0           2          10
"""

# one right for all items; earned beyond it is pending, sold beyond it is refused
RIGHT_USED_UP = """
request       store  id  of    amount  | result       | punch:wash  punch:tea  punch_issued punch:wash
punch         0001   P1  wash  11      | ok           | 11          0          -11
punch         0001   P2  tea   2       | pending 2    | 11          0          -11
sell punches  0001   P3  wash  2       | issue_limit  | 11          0          -11
sell punches  0001   P4  wash  1       | ok           | 12          0          -12
confirm       hq     c2  P2    -       | ok           | 0           2          -12
"""

EXPIRY = """
request         id  of          amount  expires     grace | result | punch:wash  breakage punch:wash
punch           P1  wash        6       2026-05-31  -     | ok     | 6           0
punch           P2  wash        4       -           -     | ok     | 10          0
redeem punches  S1  wash        1       -           -     | ok     | 9           0
expire          X1  2026-06-03  -       -           3     | ok     | 9           0
expire          X2  2026-06-04  -       -           3     | ok     | 4           5
"""

TAKEN_BACK = """
request         id  of    amount  | result | punch:wash  receivable punch:wash
punch           P1  wash  6       | ok     | 6           0
redeem punches  S1  wash  4       | ok     | 2           0
reverse         R1  P1    -       | ok     | 0           -4
reverse         R2  S1    -       | ok     | 4           -4
punch           P2  wash  8       | ok     | 12          -4
"""

TABLES = {
    "ten for one": TEN_FOR_ONE,
    "right used up": RIGHT_USED_UP,
    "expiry": EXPIRY,
    "taken back": TAKEN_BACK,
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_in_words(table):
    play(UnitChain(), rows(table))


def test_the_right_comes_back_with_the_punches():
    earned = punches.earn(Holding(ACCOUNT, "0001"), "P1", "wash", 6, {"issue:punch": 6}, 1)
    assert earned.rights_drawn == {"issue:punch": 6}
    assert reversals.reverse(earned.entries, "R1", earned.holding).rights_drawn == {"issue:punch": -6}


def test_none_is_no_number_of_punches():
    for call in (lambda: punches.redeem(Holding(ACCOUNT, "0001"), "S1", "wash", 0),):
        with pytest.raises(Ours):
            call()
