"""Expiry in words: by the holder of the slice, on its own day, with a grace; a clock in doubt expires nothing."""

from protocol.ledger.expiry import expiry_id, good_until
from tests.protocol.ledger.books import ACCOUNT, Chain, play
from tests.protocol.ledger.tables import rows

# of: the store's business date, '-' while its clock is in doubt
EXPIRY = """
request  id  of          store  to  amount  gift  expires     grace | result      | bonus  held  breakage bonus
top up   T1  -           0001   -   10.00   6.00  2026-05-31  -     | ok          | 6.00   0.00  0.00
expire   X1  2026-05-31  0001   -   -       -     -           -     | ok          | 6.00   0.00  0.00
expire   X2  2026-06-03  0001   -   -       -     -           3     | ok          | 6.00   0.00  0.00
expire   X3  -           0001   -   -       -     -           3     | ok          | 6.00   0.00  0.00
expire   X4  2026-06-04  0001   -   -       -     -           3     | ok          | 0.00   0.00  6.00
expire   X4  2026-06-04  0001   -   -       -     -           3     | ok (repeat) | 0.00   0.00  6.00
expire   X5  2026-06-05  0001   -   -       -     -           3     | ok          | 0.00   0.00  6.00
"""

HELD_PARTS_STAY = """
request  id  of          store  amount  gift  expires    | result | bonus  held  breakage bonus  revenue bonus
top up   T1  -           0001   10.00   6.00  2026-05-31 | ok     | 6.00   0.00  0.00            0.00
hold     H1  -           0001   4.00    -     -          | ok     | 2.00   4.00  0.00            0.00
expire   X1  2026-06-01  0001   -       -     -          | ok     | 0.00   4.00  2.00            0.00
capture  C1  H1          0001   3.00    -     -          | ok     | 1.00   0.00  2.00            3.00
expire   X2  2026-06-02  0001   -       -     -          | ok     | 0.00   0.00  3.00            3.00
"""

EACH_HOLDER_EXPIRES_ITS_OWN = """
request    id  of          store  to    amount  gift  expires    | result | bonus  breakage bonus  transit
top up     T1  -           0001   -     10.00   6.00  2026-05-31 | ok     | 6.00   0.00            0.00
give back  R1  -           0001   -     -       -     -          | ok     | 0.00   0.00            10.00
expire     X1  2026-06-01  0001   -     -       -     -          | ok     | 0.00   0.00            10.00
receive    V1  R1          hq     0001  -       -     -          | ok     | 6.00   0.00            0.00
expire     X2  2026-05-31  hq     -     -       -     -          | ok     | 6.00   0.00            0.00
expire     X3  2026-06-01  hq     -     -       -     -          | ok     | 0.00   6.00            0.00
expire     X4  2026-06-01  hq     -     -       -     -          | ok     | 0.00   6.00            0.00
"""


# FloCafe#78: the balance collapsed when a credit expired before what had been spent of it
SPENT_BEFORE_IT_EXPIRED = """
request  id  of          amount  by points  expires    | result | points  breakage points
earn     E1  -           100     -          2026-01-31 | ok     | 100     0.00
spend    S1  -           -       60         -          | ok     | 40      0.00
expire   X1  2026-02-01  -       -          -          | ok     | 0       0.40
earn     E2  -           50      -          2026-12-31 | ok     | 50      0.40
expire   X2  2026-02-02  -       -          -          | ok     | 50      0.40
"""


def test_what_was_spent_of_a_lot_does_not_expire_again():
    play(Chain(), rows(SPENT_BEFORE_IT_EXPIRED))


def test_a_lot_is_good_on_its_last_day_and_for_the_grace():
    play(Chain(), rows(EXPIRY))


def test_what_a_hold_has_set_aside_stays_and_may_be_captured():
    play(Chain("bonus_first"), rows(HELD_PARTS_STAY))


def test_a_slice_that_comes_home_late_expires_there():
    play(Chain(), rows(EACH_HOLDER_EXPIRES_ITS_OWN))


def test_the_day_of_an_account_at_a_holder_has_one_id():
    assert expiry_id("0001", ACCOUNT, "2026-06-01") == f"expiry/0001/{ACCOUNT}/2026-06-01"


#   credited on   days  good until
GOOD_UNTIL = (
    ("2026-01-31", 1, "2026-02-28"),
    ("2026-01-01", 365, "2027-01-31"),
    ("2028-01-30", 1, "2028-01-31"),
    ("2028-01-31", 29, "2028-02-29"),
    ("2026-12-15", 30, "2027-01-31"),
    ("2026-12-15", 0, ""),
    ("", 30, ""),
)


def test_what_is_credited_for_some_days_is_good_until_the_end_of_a_month():
    for business_date, days, last in GOOD_UNTIL:
        assert good_until(business_date, days) == last, business_date
