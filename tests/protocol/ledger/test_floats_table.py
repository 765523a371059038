"""Value moving between pool and stores in words."""

from tests.protocol.ledger.books import Chain, play
from tests.protocol.ledger.tables import rows

HOME_AND_AWAY = """
request    store  id  of  to    amount  | result                    | principal  pool   transit
top up     0001   T1  -   -     80.00   | ok                        | 80.00      0.00   0.00
give back  0001   R1  -   -     30.00   | ok                        | 50.00      0.00   30.00
spend      0001   S1  -   -     60.00   | insufficient_float 50.00  | 50.00      0.00   30.00
receive    hq     r1  R1  0001  -       | ok                        | 30.00      30.00  0.00
grant      hq     G1  -   0002  50.00   | ok                        | 0.00       0.00   30.00
take       0002   g1  G1  -     -       | ok                        | 30.00      0.00   0.00
spend      0002   S2  -   -     30.00   | ok                        | 0.00       0.00   0.00
spend      0001   S3  -   -     50.00   | ok                        | 0.00       0.00   0.00
"""

NOTHING_TO_GIVE = """
request    store  id  of  to    amount  | result | principal  pool  transit
give back  0001   R1  -   -     30.00   | ok     | 0.00       0.00  0.00
receive    hq     r1  R1  0001  -       | ok     | 0.00       0.00  0.00
"""

CANCELLED_GRANT = """
request    store  id  of  to    amount  | result | principal  pool   transit
top up     0001   T1  -   -     80.00   | ok     | 80.00      0.00   0.00
give back  0001   R1  -   -     -       | ok     | 0.00       0.00   80.00
receive    hq     r1  R1  0001  -       | ok     | 80.00      80.00  0.00
grant      hq     G1  -   0002  50.00   | ok     | 30.00      30.00  50.00
take back  hq     g1  G1  -     -       | ok     | 80.00      80.00  0.00
"""

# a recall takes only what is not on hold
RECALL_LEAVES_HOLDS = """
request    store  id  of  to    amount  | result | principal  pool   transit  held
top up     0001   T1  -   -     80.00   | ok     | 80.00      0.00   0.00     0.00
hold       0001   H1  -   -     50.00   | ok     | 30.00      0.00   0.00     50.00
give back  0001   R1  -   -     80.00   | ok     | 0.00       0.00   30.00    50.00
receive    hq     r1  R1  0001  -       | ok     | 30.00      30.00  0.00     0.00
capture    0001   C1  H1  -     41.30   | ok     | 8.70       30.00  0.00     0.00
"""

# ... and not the lot that is on hold either, even where it would be first to be drawn
RECALL_LEAVES_THE_HELD_LOT = """
request    store  id  of  to    amount  | result | principal  pool   transit  held
top up     0001   T1  -   -     50.00   | ok     | 50.00      0.00   0.00     0.00
top up     0001   T2  -   -     50.00   | ok     | 100.00     0.00   0.00     0.00
hold       0001   H1  -   -     50.00   | ok     | 50.00      0.00   0.00     50.00
give back  0001   R1  -   -     50.00   | ok     | 0.00       0.00   50.00    50.00
capture    0001   C1  H1  -     50.00   | ok     | 0.00       0.00   50.00    0.00
"""


def test_home_and_away():
    play(Chain(), rows(HOME_AND_AWAY))


def test_nothing_is_an_answer_too():
    play(Chain(), rows(NOTHING_TO_GIVE))


def test_cancelled_grant_returns_in_full():
    play(Chain(), rows(CANCELLED_GRANT))


def test_recall_leaves_what_is_on_hold():
    play(Chain(), rows(RECALL_LEAVES_HOLDS))


def test_recall_leaves_the_lot_that_is_on_hold():
    play(Chain(), rows(RECALL_LEAVES_THE_HELD_LOT))
