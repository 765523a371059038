"""Fuel and timed service in words: hold, capture, void, expire, overrun, suspense."""

from tests.protocol.ledger.books import Chain, play
from tests.protocol.ledger.tables import rows

FUEL = """
request  id  of  amount  | result                    | held   principal
top up   T1  -   80.00   | ok                        | 0.00   80.00
hold     H1  -   50.00   | ok                        | 50.00  30.00
hold     H1  -   50.00   | ok (repeat)               | 50.00  30.00
hold     H2  -   30.01   | insufficient_float 30.00  | 50.00  30.00
spend    S1  -   30.00   | ok                        | 50.00  0.00
capture  C1  H1  41.30   | ok                        | 0.00   8.70
capture  C1  H1  41.30   | ok (repeat)               | 0.00   8.70
capture  C2  H1  1.00    | hold_closed               | 0.00   8.70
void     V1  H1  -       | hold_closed               | 0.00   8.70
"""

SEVERAL_CAPTURES = """
request       id  of  amount  | result | held   principal  revenue principal
top up        T1  -   80.00   | ok     | 0.00   80.00      0.00
hold          H1  -   50.00   | ok     | 50.00  30.00      0.00
capture part  C1  H1  20.00   | ok     | 30.00  30.00      20.00
capture part  C2  H1  30.00   | ok     | 0.00   30.00      50.00
capture       C3  H1  0.00    | ok     | 0.00   30.00      50.00
"""

LET_GO = """
request       id  of  amount  | result       | held   principal
top up        T1  -   80.00   | ok           | 0.00   80.00
hold          H1  -   50.00   | ok           | 50.00  30.00
void          V1  H1  -       | ok           | 0.00   80.00
hold          H2  -   50.00   | ok           | 50.00  30.00
hold expires  X2  H2  -       | ok           | 0.00   80.00
hold          H3  -   50.00   | ok           | 50.00  30.00
pump starts   P3  H3  -       | ok           | 50.00  30.00
hold expires  X3  H3  -       | hold_closed  | 50.00  30.00
void          V3  H3  -       | hold_closed  | 50.00  30.00
pump stops    Q3  H3  -       | ok           | 50.00  30.00
void          W3  H3  -       | ok           | 0.00   80.00
"""

# the preset failed: what went beyond the hold is paid from free float, the rest is owed
OVERRUN = """
request  id  of  amount  | result | held   principal  revenue principal  revenue receivable  receivable principal
top up   T1  -   80.00   | ok     | 0.00   80.00      0.00               0.00                0.00
hold     H1  -   50.00   | ok     | 50.00  30.00      0.00               0.00                0.00
capture  C1  H1  55.00   | ok     | 0.00   25.00      55.00              0.00                0.00
hold     H2  -   20.00   | ok     | 20.00  5.00       55.00              0.00                0.00
capture  C2  H2  27.00   | ok     | 0.00   0.00       80.00              2.00                -2.00
overrun  O1  -   7.00    | ok     | 0.00   0.00       80.00              9.00                -9.00
"""

SUSPENSE = """
request      id  of  amount  | result       | held   principal  suspense  revenue principal
top up       T1  -   80.00   | ok           | 0.00   80.00      0.00      0.00
hold         H1  -   50.00   | ok           | 50.00  30.00      0.00      0.00
suspend      U0  H1  -       | hold_closed  | 50.00  30.00      0.00      0.00
pump starts  P1  H1  -       | ok           | 50.00  30.00      0.00      0.00
suspend      U1  H1  -       | ok           | 50.00  30.00      50.00     0.00
capture      C1  H1  10.00   | hold_closed  | 50.00  30.00      50.00     0.00
settle hold  E1  H1  41.30   | ok           | 0.00   38.70      0.00      41.30
settle hold  E2  H1  41.30   | hold_closed  | 0.00   38.70      0.00      41.30
"""

EXPIRY = """
request  id  of          amount  gift   expires     grace | result | held   bonus  breakage bonus
top up   T1  -           80.00   10.00  2026-03-31  -     | ok     | 0.00   10.00  0.00
expire   X1  2026-03-31  -       -      -           0     | ok     | 0.00   10.00  0.00
expire   X2  2026-04-03  -       -      -           3     | ok     | 0.00   10.00  0.00
hold     H1  -           84.00   -      -           -     | ok     | 84.00  6.00   0.00
expire   X3  2026-04-04  -       -      -           3     | ok     | 84.00  0.00   6.00
expire   X4  2026-04-05  -       -      -           3     | ok     | 84.00  0.00   6.00
capture  C1  H1          83.00   -      -           -     | ok     | 0.00   1.00   6.00
expire   X5  2026-04-05  -       -      -           3     | ok     | 0.00   0.00   7.00
"""


def test_hold_is_captured_with_what_was_pumped():
    play(Chain(), rows(FUEL))


def test_several_captures():
    play(Chain(), rows(SEVERAL_CAPTURES))


def test_holds_are_let_go_but_never_while_the_pump_runs():
    play(Chain(), rows(LET_GO))


def test_overrun_is_paid_from_free_float_then_owed():
    play(Chain(), rows(OVERRUN))


def test_suspense_is_settled_by_evidence():
    play(Chain(), rows(SUSPENSE))


def test_expiry_leaves_what_is_on_hold():
    play(Chain(), rows(EXPIRY))
