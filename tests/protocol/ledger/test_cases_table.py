"""Stores that are gone or cut off, in words: advances, evidence that comes later, cases closed by people, overrides."""

import pytest

from protocol.errors import Ours
from protocol.ledger import advances
from protocol.ledger.cases import Case, came_to_light, release
from protocol.ledger.entries import HQ, SUSPENSE, Entry, Line, to_rows
from protocol.ledger.lots import Holding, Refusal, Slice
from tests.protocol.ledger.books import ACCOUNT
from tests.protocol.ledger.case_books import Town, play
from tests.protocol.ledger.tables import rows

# a dead disk knew of one more sale than head office: the advance of its price is the chain's loss, and no more
ADVANCED_THEN_FOUND_SPENT = """
request         id  of  amount  cap     | result             | disk    waiting  advanced  pool   loss
top up          T1  -   100.00  -       | ok                 | 100.00  0.00     0.00      0.00   0.00
seen            -   T1  -       -       | ok                 | 100.00  100.00   0.00      0.00   0.00
spend           S1  -   30.00   -       | ok                 | 70.00   100.00   0.00      0.00   0.00
dies            D1  -   -       -       | ok                 | 70.00   100.00   0.00      0.00   0.00
advance         A1  -   80.00   79.99   | advance_cap 79.99  | 70.00   100.00   0.00      0.00   0.00
advance         A2  -   80.00   80.00   | ok                 | 70.00   20.00    80.00     80.00  0.00
comes to light  -   S1  -       -       | ok                 | 70.00   0.00     70.00     80.00  -10.00
advance         A3  -   -       80.00   | nothing_open       | 70.00   0.00     70.00     80.00  -10.00
"""

# only cut, not dead: what it gives back later is the claim made good, and nobody gets it twice
CUT_OFF_THEN_BACK = """
request         id  of  amount  cap     | result | disk   waiting  advanced  pool    loss    transit  revenue
top up          T1  -   100.00  -       | ok     | 100.00  0.00     0.00      0.00    0.00    0.00     0.00
seen            -   T1  -       -       | ok     | 100.00  100.00   0.00      0.00    0.00    0.00     0.00
advance         A1  -   60.00   100.00  | ok     | 100.00  40.00    60.00     60.00   0.00    0.00     0.00
spend           S1  -   30.00   -       | ok     | 70.00  40.00    60.00     60.00   0.00    0.00     0.00
give back       R1  -   50.00   -       | ok     | 20.00  40.00    60.00     60.00   0.00    0.00     0.00
comes to light  -   S1  -       -       | ok     | 20.00  10.00    60.00     60.00   0.00    0.00     30.00
comes to light  -   R1  -       -       | ok     | 20.00  0.00     20.00     70.00   0.00    0.00     30.00
spend           S2  -   15.00   -       | ok     | 5.00   0.00     20.00     70.00   0.00    0.00     30.00
comes to light  -   S2  -       -       | ok     | 5.00   0.00     5.00      70.00   -15.00  0.00     45.00
give back       R2  -   5.00    -       | ok     | 0.00   0.00     5.00      70.00   -15.00  0.00     45.00
comes to light  -   R2  -       -       | ok     | 0.00   0.00     0.00      70.00   -15.00  0.00     45.00
"""

# a sale that loss had paid is undone: loss gets its money back before the member does
VOIDED_THERE = """
request         id  of  amount  cap     | result | disk   waiting  advanced  pool    loss    revenue
top up          T1  -   100.00  -       | ok     | 100.00  0.00     0.00      0.00    0.00    0.00
seen            -   T1  -       -       | ok     | 100.00  100.00   0.00      0.00    0.00    0.00
spend           S1  -   30.00   -       | ok     | 70.00  100.00   0.00      0.00    0.00    0.00
spend           S2  -   20.00   -       | ok     | 50.00  100.00   0.00      0.00    0.00    0.00
void            V1  S1  -       -       | ok     | 80.00  100.00   0.00      0.00    0.00    0.00
void            V2  S2  -       -       | ok     | 100.00  100.00   0.00      0.00    0.00    0.00
advance         A1  -   60.00   100.00  | ok     | 100.00  40.00    60.00     60.00   0.00    0.00
comes to light  -   S1  -       -       | ok     | 100.00  10.00    60.00     60.00   0.00    30.00
comes to light  -   S2  -       -       | ok     | 100.00  0.00     50.00     60.00   -10.00  50.00
comes to light  -   V1  -       -       | ok     | 100.00  20.00    60.00     60.00   0.00    20.00
comes to light  -   V2  -       -       | ok     | 100.00  40.00    60.00     60.00   0.00    0.00
"""

# the disk took a top-up to its grave and a sale of it is testified: booked all the same, and named
NOBODY_KNEW = """
request         id  of  amount  cap  | result            | disk   waiting  advanced  pool   loss    revenue
top up          T1  -   20.00   -    | ok                | 20.00  0.00     0.00      0.00   0.00    0.00
seen            -   T1  -       -    | ok                | 20.00  20.00    0.00      0.00   0.00    0.00
top up          T2  -   50.00   -    | ok                | 70.00  20.00    0.00      0.00   0.00    0.00
spend           S1  -   60.00   -    | ok                | 10.00  20.00    0.00      0.00   0.00    0.00
dies            D1  -   -       -    | ok                | 10.00  20.00    0.00      0.00   0.00    0.00
comes to light  -   S1  -       -    | ok beyond 40.00   | 10.00  0.00     0.00      0.00   -40.00  60.00
comes to light  -   T2  -       -    | ok                | 10.00  10.00    0.00      0.00   0.00    60.00
testified       J1  -   15.00   -    | ok beyond 5.00    | 10.00  0.00     0.00      0.00   -5.00   75.00
"""

# what a member pays in after an advance is his, though loss still waits for its claim
PAID_IN_AFTERWARDS = """
request         id  of  amount  cap     | result | disk    waiting  advanced  pool   loss    revenue
top up          T1  -   60.00   -       | ok     | 60.00   0.00     0.00      0.00   0.00    0.00
seen            -   T1  -       -       | ok     | 60.00   60.00    0.00      0.00   0.00    0.00
advance         A1  -   60.00   100.00  | ok     | 60.00   0.00     60.00     60.00  0.00    0.00
spend           S1  -   60.00   -       | ok     | 0.00    0.00     60.00     60.00  0.00    0.00
top up          T2  -   50.00   -       | ok     | 50.00   0.00     60.00     60.00  0.00    0.00
comes to light  -   S1  -       -       | ok     | 50.00   0.00     0.00      60.00  -60.00  60.00
comes to light  -   T2  -       -       | ok     | 50.00   50.00    0.00      60.00  -60.00  60.00
"""

# evidence in its own order: nothing is lost
TOLD_IN_ORDER = """
request         id  of    amount  cap  | result         | disk   waiting  advanced  pool   loss  revenue
top up          T1  -     20.00   -    | ok             | 20.00  0.00     0.00      0.00   0.00  0.00
seen            -   T1    -       -    | ok             | 20.00  20.00    0.00      0.00   0.00  0.00
top up          T2  -     50.00   -    | ok             | 70.00  20.00    0.00      0.00   0.00  0.00
spend           S1  -     60.00   -    | ok             | 10.00  20.00    0.00      0.00   0.00  0.00
dies            D1  -     -       -    | ok             | 10.00  20.00    0.00      0.00   0.00  0.00
comes to light  -   T2    -       -    | ok             | 10.00  70.00    0.00      0.00   0.00  0.00
comes to light  -   S1    -       -    | ok             | 10.00  10.00    0.00      0.00   0.00  60.00
release         X1  -     -       -    | second_person  | 10.00  10.00    0.00      0.00   0.00  60.00
release         X2  7 7   -       -    | second_person  | 10.00  10.00    0.00      0.00   0.00  60.00
release         X3  7 8   -       -    | ok             | 10.00  0.00     0.00      10.00  0.00  60.00
release         X4  7 8   -       -    | nothing_open   | 10.00  0.00     0.00      10.00  0.00  60.00
testified       J1  -     3.00    -    | ok beyond 3.00 | 10.00  0.00     0.00      10.00  -3.00  63.00
"""

TABLES = {
    "advanced, then found spent": ADVANCED_THEN_FOUND_SPENT,
    "cut off, then back": CUT_OFF_THEN_BACK,
    "voided there": VOIDED_THERE,
    "nobody knew": NOBODY_KNEW,
    "paid in afterwards": PAID_IN_AFTERWARDS,
    "told in order": TOLD_IN_ORDER,
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_in_words(table):
    play(Town(), rows(table))


LOT = Slice("principal", "ab" * 8, 500, "0001", "top_up", "", 1)
COUPON = Slice("coupon:tea", "cd" * 8, 1, "hq", "coupon", "2026-05-31", 5)
WAITING = Case(ACCOUNT, "0001", SUSPENSE, (LOT, COUPON))
POOL = Holding(ACCOUNT, HQ)


def test_an_advance_takes_the_claim_over_in_the_same_transfer():
    done = advances.advance(WAITING, POOL, "A1", {"stored": 200}, {"principal": 200})
    assert to_rows(done.booking.entries) == [
        [f"member/{ACCOUNT}/principal/suspense/{LOT.lot}", "loss/0001/principal", 200],
        ["loss/0001/principal", f"member/{ACCOUNT}/principal/hq/{LOT.lot}", 200],
    ]
    assert done.booking.holding.slices == (LOT._replace(amount=200),)


def test_each_asset_has_a_cap_of_its_own():
    assert advances.advance(WAITING, POOL, "A1", {"stored": 500}).reason == "advance_cap"
    done = advances.advance(WAITING, POOL, "A1", {"stored": 500, "coupon:tea": 1})
    assert done.booking.holding.slices == (COUPON, LOT)
    assert done.case.waiting == ()


def test_grants_and_rights_of_a_gone_life_lie_in_suspense_already():
    grant = Entry("G1", 2, Line("member", ACCOUNT, "principal", "transit", LOT.lot), _at("0001"), 100)
    right = Entry("G2", 2, Line("right", "0001", "issue:points", "transit"), _right("0001"), 100)
    used = Entry("T1", 1, _right("0001"), Line("right_used", "0001", "issue:points"), 30)
    gone = came_to_light(WAITING, [grant, right, used], False)
    assert to_rows(gone.entries) == [["right/0001/issue:points/hq", "right_used/0001/issue:points", 30]]
    alive = came_to_light(WAITING._replace(holder="0001"), [grant, right, used], False)
    assert to_rows(alive.entries) == to_rows([grant, right, used])
    assert [one.amount for one in alive.case.waiting] == [1, 600]


def test_what_a_gone_life_held_at_a_nozzle_waits_in_the_case():
    """A hold that went to suspense moves nothing more; the fill that settled it is spent from what waits."""
    here = Line("member", ACCOUNT, "principal", "0001", LOT.lot)
    suspense, revenue = here._replace(holder=SUSPENSE), Line("revenue", "0001", LOT.asset)
    moved = came_to_light(WAITING, [Entry("hold/suspense", 1, here, suspense, 10)], False)
    assert (moved.entries, moved.case) == ((), WAITING)
    fill = [Entry("fill", 1, suspense, revenue, 7), Entry("fill", 2, suspense, here, 3)]
    spent = came_to_light(WAITING, fill, False)
    assert spent.entries == (Entry("fill", 1, suspense, revenue, 7),) and not spent.beyond
    assert sum(one.amount for one in spent.case.waiting) == sum(one.amount for one in WAITING.waiting) - 7


def test_what_has_nothing_to_do_with_the_case_is_booked_as_told():
    cash = Entry("S1", 1, Line("cash", "0001", "cash"), Line("revenue", "0001", "cash"), 100)
    assert came_to_light(WAITING, [cash], False).entries == (cash,)


OVERRIDES = (
    # free here, asked, cap left -> entries or refusal
    (500, 500, 0, ["member 500"]),
    (500, 700, 200, ["member 500", "loss 200"]),
    (500, 701, 200, "override_cap 700"),
    (0, 200, 200, ["loss 200"]),
    (0, 1, 0, "override_cap 0"),
)


@pytest.mark.parametrize(("here", "cents", "cap", "expected"), OVERRIDES)
def test_a_supervisor_lets_a_sale_through_under_a_cap(here, cents, cap, expected):
    holding = Holding(ACCOUNT, "0001", (LOT._replace(amount=here),) if here else ())
    result = advances.override(holding, "S1", cents, cap)
    if isinstance(result, Refusal):
        assert f"{result.reason} {result.approve_cents}" == expected
    else:
        assert [f"{one.debit.book} {one.amount}" for one in result.entries] == expected
        assert advances.lost_in(result.entries) == cents - here


def test_an_override_is_repaid_from_the_pool_as_far_as_it_goes():
    pool = Holding(ACCOUNT, HQ, (LOT,))
    repaid = advances.repay(pool, "P1", "0001", 700)
    assert to_rows(repaid.entries) == [[f"member/{ACCOUNT}/principal/hq/{LOT.lot}", "loss/0001/principal", 500]]
    assert advances.lost_in(repaid.entries) == -500


PAID_IN = Line("cash", "0001", "principal")
ILLEGAL = (
    lambda: advances.advance(WAITING, POOL._replace(holder="0002"), "A1", {"stored": 500}),
    lambda: advances.advance(WAITING, POOL._replace(account="0b" * 16), "A1", {"stored": 500}),
    lambda: release(WAITING._replace(holder="0001"), POOL, "X1", "7", "8"),
    lambda: came_to_light(WAITING, [Entry("T1", 1, PAID_IN, _at("0001", "ef" * 8), 5)], False),
)


@pytest.mark.parametrize("call", ILLEGAL)
def test_illegal_inputs_are_bugs_of_the_caller(call):
    with pytest.raises(Ours):
        call()


def _at(holder: str, lot: str = LOT.lot) -> Line:
    return Line("member", ACCOUNT, "principal", holder, lot)


def _right(holder: str) -> Line:
    return Line("right", "0001", "issue:points", holder)
