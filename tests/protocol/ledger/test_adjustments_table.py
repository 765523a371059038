"""Adjustments in words: a reason, a second person, a right of their own, never below zero."""

import pytest

from protocol.errors import Ours
from protocol.ledger.adjustments import REASONS, adjust
from protocol.ledger.entries import to_rows
from protocol.ledger.lots import Holding, opened
from tests.protocol.ledger.account_books import Accounts
from tests.protocol.ledger.books import ACCOUNT, play
from tests.protocol.ledger.tables import rows

HERE = Holding(ACCOUNT, "0001")
RIGHT = {"issue:adjust:punch": 3}

# the store may adjust 50.00 and ten points, up and down together
ADJUSTED = """
request  id  store  asset      change  reason        by  with | result             | old 0001  correction points
adjust   A1  0001   principal  30.00   goodwill      17  17   | second_person      | 0.00      0
adjust   A1  0001   principal  30.00   goodwill      17  -    | second_person      | 0.00      0
adjust   A1  0001   principal  30.00   goodwill      17  4    | ok                 | 30.00     0
adjust   A2  0001   principal  20.01   goodwill      17  4    | issue_limit        | 30.00     0
adjust   A3  0001   principal  -12.00  wrong_entry   17  4    | ok                 | 18.00     0
adjust   A4  0001   principal  -8.01   misuse        17  4    | issue_limit        | 18.00     0
adjust   A5  0001   points     9       missed        17  4    | ok                 | 18.00     -9
adjust   A6  0001   points     -2      fault         17  4    | issue_limit        | 18.00     -9
adjust   A7  hq     points     1000    carried_over  17  4    | ok                 | 18.00     -1009
adjust   A8  hq     principal  -0.01   misuse        17  4    | insufficient_float | 18.00     -1009
"""


def test_adjusted():
    play(Accounts(), rows(ADJUSTED))


def test_punches_of_all_items_share_a_right_and_the_lot_says_what_it_is():
    done = adjust(HERE, "A1", "punch:tea", 3, "missed", "17", "4", RIGHT, 1, "2026-12-31")
    assert to_rows(done.entries)[1] == ["right/0001/issue:adjust:punch/0001", "right_used/0001/issue:adjust:punch", 3]
    (lot,) = opened(HERE, done.holding)
    assert (lot.kind, lot.expires, done.rights_drawn) == ("adjusted", "2026-12-31", RIGHT)


@pytest.mark.parametrize(
    "asset, change, reason",
    [("points", 0, "missed"), ("points", 5, "because"), ("coupon:tea", 1, "missed"), ("once:tea", 1, "missed")],
)
def test_what_is_no_adjustment(asset, change, reason):
    with pytest.raises(Ours):
        adjust(HERE, "A1", asset, change, reason, "17", "4", None, 1)


def test_every_reason_says_when_it_is_used():
    assert all(text and reason == reason.lower() for reason, text in REASONS.items())
