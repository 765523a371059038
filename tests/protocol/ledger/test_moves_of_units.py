"""Recalls by kind, returns above a target, grants of named lots."""

import pytest

from protocol.errors import Ours
from protocol.ledger import coupons, floats
from protocol.ledger.entries import HQ
from protocol.ledger.lots import Holding, Slice
from tests.protocol.ledger.books import ACCOUNT
from tests.protocol.ledger.tables import rows


def _slice(asset: str, lot: str, amount: int) -> Slice:
    return Slice(asset, lot * 8, amount, "0001", "top_up", "", 1)


SLICES = (
    _slice("coupon:tea", "c1", 1),
    _slice("coupon:tea", "c2", 1),
    _slice("coupon:bun", "c3", 1),
    _slice("punch:wash", "d1", 7),
    _slice("once:MAY", "e1", 1),
    _slice("points", "f1", 50),
    _slice("bonus", "b1", 100),
    _slice("principal", "a1", 300),
)
HERE = coupons.lock(Holding(ACCOUNT, "0001", SLICES), "b1", ["c2" * 8]).holding

RECALLS = """
asset       up to | want
principal   -     | principal 300
principal   50    | principal 50
principal   900   | principal 300
punch:tea   5     | punch:tea 0
stored      -     | principal 300, bonus 100
stored      40    | principal 30, bonus 10
stored      41    | principal 31, bonus 10
coupon:*    -     | coupon:bun 1, coupon:tea 1
coupon:*    1     | coupon:bun 1, coupon:tea 0
coupon:tea  5     | coupon:tea 1
punch:*     -     | punch:wash 7
once:*      -     | once:MAY 1
*           -     | principal 300, bonus 100, points 50, coupon:bun 1, coupon:tea 1, once:MAY 1, punch:wash 7
*           320   | principal 300, bonus 20, points 0, coupon:bun 0, coupon:tea 0, once:MAY 0, punch:wash 0
"""

# what is locked stays, and so does what no target names
TARGETS = """
targets                      | want
stored 400                   | -
stored 300                   | principal 75, bonus 25
stored 0, points 0           | principal 300, bonus 100, points 50
principal 100                | principal 200
coupon:* 0                   | coupon:bun 1, coupon:tea 1
coupon:tea 1                 | -
punch:* 5, once:* 0          | punch:wash 2, once:MAY 1
"""


@pytest.mark.parametrize("row", rows(RECALLS), ids=lambda row: f"{row['asset']} {row['up to']}")
def test_recalls(row):
    want = floats.want_of(HERE, row["asset"], int(row["up to"]) if row["up to"] else None)
    assert _words(want) == row["want"]


@pytest.mark.parametrize("row", rows(TARGETS), ids=lambda row: row["targets"])
def test_returns_above_the_target(row):
    targets = {name: int(keep) for name, keep in (one.split() for one in row["targets"].split(", "))}
    assert _words(floats.above_target(HERE, targets)) == row["want"]


def test_all_that_is_free_goes_home_and_what_is_locked_stays():
    booking, slices = floats.give_back(HERE, "R1")
    assert [one for one in booking.holding.slices if one.amount] == [SLICES[1]]
    assert sum(one.amount for one in slices) == 460
    assert [one.n for one in booking.entries] == list(range(1, 8))
    home = floats.receive(Holding(ACCOUNT, HQ), "R1", slices, "0001")
    assert {one.n for one in home.entries} == set(range(8, 15))


def test_a_grant_takes_the_lots_it_names_or_nothing():
    pool = Holding(ACCOUNT, HQ, SLICES)
    _, slices = floats.grant(pool, "0002", {"coupon:tea": 1}, "G1", ["c2" * 8])
    assert slices == (SLICES[1],)
    assert floats.grant(pool, "0002", {"coupon:tea": 1}, "G2", ["ff" * 8])[1] == ()


def test_a_bound_below_zero_is_a_bug_of_the_caller():
    for call in (lambda: floats.want_of(HERE, "*", -1), lambda: floats.above_target(HERE, {"stored": -1})):
        with pytest.raises(Ours):
            call()


def _words(want: dict[str, int]) -> str:
    return ", ".join(f"{asset} {amount}" for asset, amount in want.items())
