"""Credits, spending and reversals in words."""

from tests.protocol.ledger.books import Chain, play
from tests.protocol.ledger.tables import rows

PRINCIPAL_FIRST = """
request  id  of  amount  gift   by points  worth | result                    | principal  bonus  points  revenue bonus
top up   T1  -   100.00  10.00  -          -     | ok                        | 100.00     10.00  0       0.00
earn     E1  -   50      -      -          -     | ok                        | 100.00     10.00  50      0.00
spend    S1  -   60.00   -      -          -     | ok                        | 40.00      10.00  50      0.00
spend    S1  -   60.00   -      -          -     | ok (repeat)               | 40.00      10.00  50      0.00
spend    S2  -   50.01   -      -          -     | insufficient_float 50.00  | 40.00      10.00  50      0.00
spend    S3  -   45.00   -      -          -     | ok                        | 0.00       5.00   50      5.00
spend    S4  -   0.00    -      30         3.00  | ok                        | 0.00       5.00   20      5.00
spend    S5  -   1.00    -      21         2.10  | insufficient_float 5.00   | 0.00       5.00   20      5.00
spend    S6  -   5.00    -      20         2.00  | ok                        | 0.00       0.00   0       10.00
spend    S7  -   0.01    -      -          -     | insufficient_float 0.00   | 0.00       0.00   0       10.00
reverse  R6  S6  -       -      -          -     | ok                        | 0.00       5.00   20      5.00
reverse  R3  S3  -       -      -          -     | ok                        | 40.00      10.00  20      0.00
"""

# 10.00 bonus of 110.00: a bonus share of 1/11, rounded down, so the member keeps the odd cent of bonus
ORDERS = """
request  id  amount  order            | result | principal  bonus
top up   T1  100.00  -                | ok     | 100.00     0.00
spend    S1  10.00   proportional     | ok     | 90.00      0.00
"""

PROPORTIONAL = """
request  id  amount  gift   order         | result                     | principal  bonus
top up   T1  100.00  10.00  -             | ok                         | 100.00     10.00
spend    S1  11.00   -      proportional  | ok                         | 90.00      9.00
spend    S2  0.10    -      proportional  | ok                         | 89.90      9.00
spend    S3  0.11    -      proportional  | ok                         | 89.80      8.99
spend    S4  98.79   -      proportional  | ok                         | 0.00       0.00
spend    S5  0.01    -      proportional  | insufficient_float 0.00    | 0.00       0.00
"""

BONUS_FIRST = """
request  id  of  amount  gift   order        | result | principal  bonus
top up   T1  -   100.00  10.00  -            | ok     | 100.00     10.00
spend    S1  -   4.00    -      bonus_first  | ok     | 100.00     6.00
spend    S2  -   20.00   -      bonus_first  | ok     | 86.00      0.00
reverse  R2  S2  -       -      -            | ok     | 100.00     6.00
reverse  R1  S1  -       -      -            | ok     | 100.00     10.00
"""

TOP_UP_REVERSED = """
request  id  of  amount  gift   | result | principal  bonus  cash principal  gift_cost bonus  owed    right
top up   T1  -   100.00  10.00  | ok     | 100.00     10.00  -100.00         -10.00           0.00    900.00
spend    S1  -   4.00    -      | ok     | 100.00     6.00   -100.00         -10.00           0.00    900.00
reverse  R1  T1  -       -      | ok     | 0.00       0.00   -4.00           0.00             0.00    1000.00
top up   T2  -   50.00   -      | ok     | 50.00      0.00   -54.00          0.00             0.00    950.00
spend    S2  -   20.00   -      | ok     | 30.00      0.00   -54.00          0.00             0.00    950.00
reverse  R2  T2  -       -      | ok     | 0.00       0.00   -4.00           0.00             -20.00  980.00
top up   T3  -   30.00   -      | ok     | 30.00      0.00   -34.00          0.00             -20.00  950.00
collect  C3  -   20.00   -      | ok     | 10.00      0.00   -34.00          0.00             0.00    950.00
"""

# points earned and spent before their sale is taken back: other points first, then the member owes them
POINTS_TAKEN_BACK = """
request  id  of  amount  by points  worth | result | points  receivable points
earn     E1  -   50      -          -     | ok     | 50      0.00
earn     E2  -   30      -          -     | ok     | 80      0.00
spend    S1  -   -       60         6.00  | ok     | 20      0.00
reverse  R1  E1  -       -          -     | ok     | 0       -0.30
reverse  R2  S1  -       -          -     | ok     | 60      -0.30
"""

ISSUE_LIMIT = """
request  id  of  amount   gift    | result        | principal  bonus  points
top up   T1  -   900.00   -       | ok            | 900.00     0.00   0
top up   T2  -   100.01   -       | issue_limit   | 900.00     0.00   0
top up   T3  -   100.00   100.01  | issue_limit   | 900.00     0.00   0
earn     E1  -   1001     -       | pending 1001  | 900.00     0.00   0
reverse  R1  T1  -        -       | ok            | 0.00       0.00   0
top up   T4  -   1000.00  -       | ok            | 1000.00    0.00   0
"""


def test_principal_first():
    play(Chain(), rows(PRINCIPAL_FIRST))


def test_proportional_without_bonus_is_principal():
    play(Chain(), rows(ORDERS))


def test_proportional_rounds_the_bonus_share_down():
    play(Chain(), rows(PROPORTIONAL))


def test_bonus_first():
    play(Chain(), rows(BONUS_FIRST))


def test_reversed_top_up_lowers_the_principal_paid_out_by_bonus_spent_and_leaves_the_rest_owed():
    play(Chain("bonus_first"), rows(TOP_UP_REVERSED))


def test_points_taken_back_after_they_were_spent():
    play(Chain(), rows(POINTS_TAKEN_BACK))


def test_issuing_right_is_a_float():
    play(Chain(), rows(ISSUE_LIMIT))
