"""Offline credit in words: lent up to a limit, promised to a pump, settled by head office or collected here."""

import pytest

from protocol.ledger import offline, reversals
from protocol.ledger.entries import to_rows
from protocol.ledger.lots import Booking, Holding
from protocol.ledger.offline import Exposure, Limits
from tests.protocol.ledger.books import ACCOUNT, play
from tests.protocol.ledger.risk_books import RiskChain
from tests.protocol.ledger.tables import rows

# off unless somebody chose it; the float first, then up to what is left of the limit
LIMIT = """
request  id  amount  limit        | result                    | principal  lent   revenue principal
top up   T1  30.00   -            | ok                        | 30.00      0.00   0.00
lend     S1  30.01   0.00         | insufficient_float 30.00  | 30.00      0.00   0.00
lend     S2  20.00   50.00        | ok                        | 10.00      0.00   20.00
lend     S3  60.01   50.00        | offline_limit 60.00       | 10.00      0.00   20.00
lend     S4  40.00   50.00        | ok                        | 0.00       30.00  60.00
lend     S5  20.01   50.00        | offline_limit 20.00       | 0.00       30.00  60.00
lend     S6  20.00   50.00        | ok                        | 0.00       50.00  80.00
lend     S7  0.01    50.00        | offline_limit 0.00        | 0.00       50.00  80.00
lend     S8  0.01    60.00/50.00  | offline_limit 0.00        | 0.00       50.00  80.00
lend     S9  0.01    60.00/50.01  | ok                        | 0.00       50.01  80.01
"""

# what head office books it settles from its pool, never from bonus
SETTLED = """
request      store  id  of  to    amount  gift   limit  | result | principal  bonus  pool   lent
top up       0002   T1  -   -     20.00   10.00  -      | ok     | 20.00      10.00  0.00   0.00
give back    0002   R1  -   -     -       -      -      | ok     | 0.00       0.00   0.00   0.00
receive      hq     r1  R1  0002  -       -      -      | ok     | 20.00      10.00  20.00  0.00
lend         0001   S1  -   -     35.00   -      50.00  | ok     | 0.00       0.00   20.00  35.00
settle lent  hq     L1  -   0001  -       -      -      | ok     | 0.00       10.00  0.00   0.00
lend         0001   S2  -   -     35.01   -      50.00  | offline_limit 35.00  | 0.00  0.00  0.00  15.00
top up       0002   T2  -   -     40.00   -      -      | ok     | 40.00      0.00   0.00   0.00
give back    0002   R2  -   -     -       -      -      | ok     | 0.00       0.00   0.00   0.00
receive      hq     r2  R2  0002  -       -      -      | ok     | 40.00      10.00  40.00  0.00
settle lent  hq     L2  -   0001  -       -      -      | ok     | 25.00      10.00  25.00  0.00
settle lent  hq     L3  -   0001  -       -      -      | ok     | 25.00      10.00  25.00  0.00
"""

# the store collects from the next credit; head office had settled already: the surplus goes back to the member
COLLECTED_AND_SETTLED = """
request       store  id  of  to    amount  limit  known used | result | principal  pool   lent
top up        0002   T1  -   -     50.00   -      -          | ok     | 50.00      0.00   0.00
give back     0002   R1  -   -     -       -      -          | ok     | 0.00       0.00   0.00
receive       hq     r1  R1  0002  -       -      -          | ok     | 50.00      50.00  0.00
lend          0001   S1  -   -     30.00   30.00  -          | ok     | 0.00       50.00  30.00
settle lent   hq     L1  -   0001  -       -      -          | ok     | 20.00      20.00  0.00
pay in        0001   T2  -   -     100.00  -      /30.00     | ok     | 70.00      20.00  -30.00
surplus back  hq     B1  -   0001  -       -      -          | ok     | 50.00      50.00  0.00
"""

# a receivable that two stores collect without hearing of each other
OWED_COLLECTED_TWICE = """
request       store  id  of  to  amount  known used | result | principal  pool   owed
overrun       0001   O1  -   -   20.00   -          | ok     | 0.00       0.00   -20.00
pay in        0001   T1  -   -   15.00   20.00      | ok     | 0.00       0.00   -5.00
pay in        0002   T2  -   -   50.00   20.00      | ok     | 30.00      0.00   15.00
surplus back  hq     B1  -   -   -       -          | ok     | 15.00      15.00  0.00
"""

# at the pump: the promise counts while the nozzle is out, and only what was pumped is lent
AT_THE_PUMP = """
request       id  of  amount  limit  | result               | principal  held   promised  lent   owed
top up        T1  -   30.00   -      | ok                   | 30.00      0.00   0.00      0.00   0.00
hold          H0  -   80.01   50.00  | offline_limit 80.00  | 30.00      0.00   0.00      0.00   0.00
hold          H1  -   70.00   50.00  | ok                   | 0.00       30.00  40.00     0.00   0.00
hold          H2  -   10.01   50.00  | offline_limit 10.00  | 0.00       30.00  40.00     0.00   0.00
lend          S1  -   10.00   50.00  | ok                   | 0.00       30.00  40.00     10.00  0.00
capture part  C1  H1  25.00   -      | ok                   | 0.00       5.00   40.00     10.00  0.00
capture part  C2  H1  15.00   -      | ok                   | 0.00       0.00   30.00     20.00  0.00
capture       C3  H1  32.00   -      | ok                   | 0.00       0.00   0.00      50.00  -2.00
hold          H3  -   5.00    60.00  | ok                   | 0.00       0.00   5.00      50.00  -2.00
void          V3  H3  -       -      | ok                   | 0.00       0.00   0.00      50.00  -2.00
hold          H4  -   5.00    60.00  | ok                   | 0.00       0.00   5.00      50.00  -2.00
pump starts   P4  H4  -       -      | ok                   | 0.00       0.00   5.00      50.00  -2.00
suspend       U4  H4  -       -      | ok                   | 0.00       0.00   5.00      50.00  -2.00
settle hold   E4  H4  3.00    -      | ok                   | 0.00       0.00   0.00      53.00  -2.00
"""

TABLES = {
    "limit": LIMIT,
    "settled": SETTLED,
    "collected and settled": COLLECTED_AND_SETTLED,
    "owed and collected twice": OWED_COLLECTED_TWICE,
    "at the pump": AT_THE_PUMP,
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_in_words(table):
    play(RiskChain(), rows(table))


def test_what_is_lent_has_a_line_of_its_own_and_a_void_takes_it_back():
    lent = offline.debit(Holding(ACCOUNT, "0001"), "S1", 500, Limits(500), Exposure())
    assert isinstance(lent, Booking)
    assert to_rows(lent.entries) == [[f"offline_credit/{ACCOUNT}/principal/0001", "revenue/0001/principal", 500]]
    taken_back = reversals.reverse(lent.entries, "S1/void", lent.holding)
    assert (offline.lent_in(lent.entries), offline.lent_in(taken_back.entries)) == (500, -500)
