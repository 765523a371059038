"""Coupons, public codes and once-per-member offers in words."""

import pytest

from protocol.errors import Ours
from protocol.ledger import coupons, reversals
from protocol.ledger.entries import HQ, to_rows
from protocol.ledger.lots import Holding, Part, Slice
from tests.protocol.ledger.books import ACCOUNT, play
from tests.protocol.ledger.tables import rows
from tests.protocol.ledger.unit_books import UnitChain

FROM_BASKET_TO_SALE = """
request  id  of     basket  on          expires     | result          | coupon:tea  locked  coupon_used coupon:tea
issue    I1  tea    -       -           2026-05-31  | ok              | 1           0       0
issue    I2  tea    -       -           2026-06-30  | ok              | 2           0       0
lock     L1  I1     b1      2026-05-30  -           | ok              | 1           1       0
lock     L2  I1     b1      2026-05-30  -           | ok              | 1           1       0
lock     L3  I1     b2      2026-05-30  -           | coupon_locked   | 1           1       0
redeem   S1  I1     b2      2026-05-30  -           | coupon_locked   | 1           1       0
lock     L4  I1 I2  b2      2026-05-30  -           | coupon_locked   | 1           1       0
lock     L5  I2     b1      2026-05-30  -           | ok              | 0           2       0
unlock   U1  I2     b1      -           -           | ok              | 1           1       0
redeem   S2  I1     b1      2026-05-31  -           | ok              | 1           0       1
redeem   S2  I1     b1      2026-05-31  -           | ok (repeat)     | 1           0       1
redeem   S3  I1     b1      2026-05-31  -           | coupon_unknown  | 1           0       1
redeem   S4  I2     -       2026-05-31  -           | ok              | 0           0       2
unlock   U2  -      b1      -           -           | ok              | 0           0       2
"""

# the last day is good; a grace is stated; a clock in doubt makes nothing too old
AGE = """
request  id  of   basket  on          expires     grace  known used | result          | coupon:tea
issue    I1  tea  -       -           2026-05-31  -      -          | ok              | 1
redeem   S1  I1   -       2026-06-01  -           -      -          | coupon_expired  | 1
lock     L1  I1   b1      2026-06-01  -           -      -          | coupon_expired  | 1
redeem   S2  I1   -       2026-06-04  -           3      -          | coupon_expired  | 1
redeem   S3  I1   -       2026-06-03  -           3      I1         | coupon_used     | 1
redeem   S4  I1   -       2026-06-03  -           3      -          | ok              | 0
issue    I2  tea  -       -           2026-05-31  -      -          | ok              | 1
redeem   S5  I2   -       -           -           -      -          | ok              | 0
"""

# one holder at a time: what is locked here is not recalled, what went home is used where it went
ONE_HOLDER = """
request  store  id  of  to    asset       amount  basket  expires     on          | result          | coupon:tea
issue    0001   I1  tea  -    -           -       -       2026-05-31  -           | ok              | 1
lock     0001   L1  I1  -     -           -       b1      -           2026-05-01  | ok              | 0
send     0001   R1  -   -     coupon:tea  1       -       -           -           | ok              | 0
receive  hq     r1  R1  0001  -           -       -       -           -           | ok              | 0
unlock   0001   U1  -   -     -           -       b1      -           -           | ok              | 1
send     0001   R2  -   -     coupon:tea  1       -       -           -           | ok              | 0
redeem   0001   S1  I1  -     -           -       -       -           2026-05-01  | coupon_unknown  | 0
receive  hq     r2  R2  0001  -           -       -       -           -           | ok              | 1
send     hq     G1  -   0002  coupon:tea  1       -       -           -           | ok              | 0
take     0002   g1  G1  -     -           -       -       -           -           | ok              | 1
redeem   0002   S2  I1  -     -           -       -       -           2026-05-01  | ok              | 0
redeem   0001   S3  I1  -     -           -       -       -           2026-05-01  | coupon_unknown  | 0
"""

# the coupon that is shown is the one that is granted, though another expires first
THE_ONE_SHOWN = """
request  store  id  of  to    asset       amount  basket  expires     on          | result          | coupon:tea
issue    hq     I1  tea  -    -           -       -       2026-05-31  -           | ok              | 1
issue    hq     I2  tea  -    -           -       -       2026-06-30  -           | ok              | 2
send     hq     G1  I2  0002  coupon:tea  1       -       -           -           | ok              | 1
take     0002   g1  G1  -     -           -       -       -           -           | ok              | 1
redeem   0002   S1  I1  -     -           -       -       -           2026-05-01  | coupon_unknown  | 1
redeem   0002   S2  I2  -     -           -       -       -           2026-05-01  | ok              | 0
"""

# a store gives within its right; what it promised beyond is made by head office
RIGHT_USED_UP = """
request  store  id  of   | result       | coupon:tea  coupon_issued coupon:tea
issue    0001   I1  tea  | ok           | 1           -1
issue    0001   I2  tea  | ok           | 2           -2
issue    0001   I3  tea  | pending 1    | 2           -2
issue    hq     I4  tea  | ok           | 1           -3
"""

CODES = """
request     store  id  of   to    asset     amount  known used | result        | once:MAY  coupon_used once:MAY
use code    0001   S1  MAY  -     -         -       -          | ok            | 0         0
use code    0001   S2  MAY  -     -         -       -          | ok            | 0         0
use code    0001   S3  MAY  -     -         -       -          | code_used_up  | 0         0
use code    0002   S4  MAY  -     -         -       -          | ok            | 0         0
use both    0002   S5  MAY  -     -         -       -          | once_away     | 0         0
make once   hq     O1  MAY  -     -         -       -          | ok            | 1         0
send        hq     G1  -    0002  once:MAY  1       -          | ok            | 0         0
take        0002   g1  G1   -     -         -       -          | ok            | 1         0
use both    0002   S6  MAY  -     -         -       -          | ok            | 0         1
use once    0002   S7  MAY  -     -         -       MAY        | once_used     | 0         1
use once    0001   S8  MAY  -     -         -       -          | once_away     | 0         1
"""

# both or nothing: the member keeps the unit where the code has run out
BOTH_OR_NOTHING = """
request     store  id  of   to    asset     amount | result        | once:MAY
make once   hq     O1  MAY  -     -         -      | ok            | 1
send        hq     G1  -    0002  once:MAY  1      | ok            | 0
take        0002   g1  G1   -     -         -      | ok            | 1
use code    0002   S1  MAY  -     -         -      | ok            | 1
use code    0002   S2  MAY  -     -         -      | ok            | 1
use both    0002   S3  MAY  -     -         -      | code_used_up  | 1
use once    0002   S4  MAY  -     -         -      | ok            | 0
"""

TABLES = {
    "from the basket to the sale": FROM_BASKET_TO_SALE,
    "age": AGE,
    "one holder at a time": ONE_HOLDER,
    "the coupon that is shown": THE_ONE_SHOWN,
    "right used up": RIGHT_USED_UP,
    "codes": CODES,
    "both or nothing": BOTH_OR_NOTHING,
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_in_words(table):
    play(UnitChain(), rows(table))


COUPON = Slice("coupon:tea", "ab" * 8, 1, "hq", "coupon", "2026-05-31", 5)
HERE = Holding(ACCOUNT, "0001", (COUPON,))


def test_a_void_brings_the_coupon_and_the_lock_is_gone():
    locked = coupons.lock(HERE, "b1", [COUPON.lot])
    used = coupons.redeem(locked.holding, "S1", [COUPON.lot], "b1")
    assert to_rows(used.entries) == [
        [f"member/{ACCOUNT}/coupon:tea/0001/{COUPON.lot}", "coupon_used/0001/coupon:tea", 1]
    ]
    assert reversals.reverse(used.entries, "S1/void", used.holding).holding == HERE


def test_what_else_is_locked_stays_locked():
    other = COUPON._replace(lot="cd" * 8)
    both = coupons.lock(HERE._replace(slices=(COUPON, other)), "b1", [COUPON.lot, other.lot])
    used = coupons.redeem(both.holding, "S1", [COUPON.lot], "b1")
    assert used.holding.holds[0].parts == (Part("coupon:tea", other.lot, 1),)


def test_a_member_has_his_units_of_an_offer_once():
    pool = Holding(ACCOUNT, HQ)
    first, again = coupons.issue_once(pool, "MAY", 1), coupons.issue_once(pool, "MAY", 99)
    assert (first.entries[0].transfer, first.entries[0].n) == (again.entries[0].transfer, again.entries[0].n)


ILLEGAL = (
    lambda: coupons.issue_once(HERE, "MAY", 1),
    lambda: coupons.issue_once(Holding(ACCOUNT, HQ), "MAY", 1, units=0),
)


@pytest.mark.parametrize("call", ILLEGAL)
def test_illegal_inputs_are_bugs_of_the_caller(call):
    with pytest.raises(Ours):
        call()
