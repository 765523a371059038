"""Fuel and timed service in words: hold, capture, void, expire, overrun, suspense."""

import pytest

from protocol.ledger import coupons, holds
from protocol.ledger.lots import Hold, Holding
from tests.protocol.ledger.books import ACCOUNT, Chain, play
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

# what was delivered is booked, whatever has become of the hold: nothing is refused, nothing taken twice
DELIVERED = """
request         id  of  amount  | result      | held   principal  suspense  revenue principal  owed
top up          T1  -   80.00   | ok          | 0.00   80.00      0.00      0.00               0.00
hold            H1  -   50.00   | ok          | 50.00  30.00      0.00      0.00               0.00
delivered part  C1  H1  20.00   | ok          | 30.00  30.00      0.00      20.00              0.00
delivered       C2  H1  10.00   | ok          | 0.00   50.00      0.00      30.00              0.00
delivered       C2  H1  10.00   | ok (repeat) | 0.00   50.00      0.00      30.00              0.00
hold            H2  -   20.00   | ok          | 20.00  30.00      0.00      30.00              0.00
hold expires    X2  H2  -       | ok          | 0.00   50.00      0.00      30.00              0.00
delivered       C3  H2  15.00   | ok          | 0.00   35.00      0.00      45.00              0.00
hold            H3  -   20.00   | ok          | 20.00  15.00      0.00      45.00              0.00
void            V3  H3  -       | ok          | 0.00   35.00      0.00      45.00              0.00
delivered       C4  H3  18.00   | ok          | 0.00   17.00      0.00      63.00              0.00
delivered       C5  H3  0.00    | ok          | 0.00   17.00      0.00      63.00              0.00
delivered       C6  H9  20.00   | ok          | 0.00   0.00       0.00      80.00              -3.00
delivered       C7  H9  9.00    | ok          | 0.00   0.00       0.00      80.00              -12.00
"""

# the late capture of a hold in suspense is its evidence, not an overrun beside it
EVIDENCE_COMES_LATE = """
request         id  of  amount  | result       | held   principal  suspense  revenue principal  owed
top up          T1  -   50.00   | ok           | 0.00   50.00      0.00      0.00               0.00
hold            H1  -   50.00   | ok           | 50.00  0.00       0.00      0.00               0.00
pump starts     P1  H1  -       | ok           | 50.00  0.00       0.00      0.00               0.00
suspend         U1  H1  -       | ok           | 50.00  0.00       50.00     0.00               0.00
delivered part  C1  H1  20.00   | ok           | 30.00  0.00       30.00     20.00              0.00
settle part     C2  H1  5.00    | ok           | 25.00  0.00       25.00     25.00              0.00
delivered       C3  H1  22.00   | ok           | 0.00   3.00       0.00      47.00              0.00
settle part     C4  H1  5.00    | hold_closed  | 0.00   3.00       0.00      47.00              0.00
delivered       C5  H1  5.00    | ok           | 0.00   0.00       0.00      50.00              -2.00
"""

# more than the hold had in suspense: free float, then owed
EVIDENCE_ABOVE_THE_HOLD = """
request      id  of  amount  | result | held   principal  suspense  revenue principal  owed
top up       T1  -   50.00   | ok     | 0.00   50.00      0.00      0.00               0.00
hold         H1  -   40.00   | ok     | 40.00  10.00      0.00      0.00               0.00
pump starts  P1  H1  -       | ok     | 40.00  10.00      0.00      0.00               0.00
suspend      U1  H1  -       | ok     | 40.00  10.00      40.00     0.00               0.00
settle hold  E1  H1  55.00   | ok     | 0.00   0.00       0.00      50.00              -5.00
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


def test_what_was_delivered_is_booked_whatever_became_of_the_hold():
    play(Chain(), rows(DELIVERED))


def test_late_evidence_settles_a_hold_in_suspense():
    play(Chain(), rows(EVIDENCE_COMES_LATE))
    play(Chain(), rows(EVIDENCE_ABOVE_THE_HOLD))


def test_what_is_owed_is_told():
    over = holds.overrun(Holding(ACCOUNT, "0001"), "O1", 700, "principal_first")
    assert holds.owed_cents(over.entries) == 700


STATES = (holds.OPEN, holds.RUNNING, holds.IN_SUSPENSE, coupons.LOCKED)
CALLS = {
    "start": lambda here: holds.start(here, "H1"),
    "stop": lambda here: holds.stop(here, "H1"),
    "void": lambda here: holds.void(here, "H1"),
    "expire": lambda here: holds.expire(here, "H1"),
    "suspend": lambda here: holds.suspend(here, "H1", "U1"),
    "settle": lambda here: holds.settle(here, "H1", "E1", 0),
    "settle_part": lambda here: holds.settle(here, "H1", "E1", 0, last=False),
    "capture_last": lambda here: holds.capture(here, "H1", "C1", 0),
    "capture_part": lambda here: holds.capture(here, "H1", "C1", 0, last=False),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("event", CALLS)
def test_what_the_table_of_states_does_not_list_is_refused(state, event):
    here = Holding(ACCOUNT, "0001", (), (Hold("H1", (), state),))
    result = CALLS[event](here)
    if (state, event) in holds.LIFE:
        after = [one.state for one in result.holding.holds] or [holds.CLOSED]
        assert after == [holds.LIFE[state, event]]
    else:
        assert result.reason == "hold_closed"


def test_every_row_of_the_table_of_states_is_called():
    assert {event for _, event in holds.LIFE} == set(CALLS)


def test_expiry_leaves_what_is_on_hold():
    play(Chain(), rows(EXPIRY))
