"""Merge, its undoing, and closing in words: what is home moves or is paid, what comes later follows."""

import pytest

from protocol.errors import REASONS, Ours
from protocol.ledger import accounts
from protocol.ledger.coupons import issue_once
from protocol.ledger.entries import HQ, SUSPENSE, TRANSIT, to_rows
from protocol.ledger.lots import Holding, Refusal, Slice
from tests.protocol.ledger.account_books import WHO, Accounts
from tests.protocol.ledger.books import play
from tests.protocol.ledger.tables import rows

# the store goes on spending under the old account until it has heard; what it has left follows
MERGE = """
request    id  who   store  of     amount  gift  | result    | old hq  old 0001  heir hq  heir 0002  old is
credit     T1  old   hq     -      100.00  10.00 | ok        | 100.00  0.00      0.00     0.00       active
credit     T2  heir  hq     -      5.00    -     | ok        | 100.00  0.00      5.00     0.00       active
grant      G1  old   0001   -      60.00   -     | ok        | 40.00   60.00     5.00     0.00       active
step       -   old   -      merge  -       -     | ok        | 40.00   60.00     5.00     0.00       merged
merge      M1  old   hq     -      -       -     | 2 entries | 0.00    60.00     45.00    0.00       merged
spend      S1  old   0001   -      25.00   -     | ok        | 0.00    35.00     45.00    0.00       merged
come home  R1  old   0001   -      -       -     | ok        | 35.00   0.00      45.00    0.00       merged
merge      M2  old   hq     -      -       -     | 1 entries | 0.00    0.00      80.00    0.00       merged
merge      M3  old   hq     -      -       -     | 0 entries | 0.00    0.00      80.00    0.00       merged
grant      G2  heir  0002   -      80.00   -     | ok        | 0.00    0.00      0.00     80.00      merged
spend      S2  heir  0002   -      30.00   -     | ok        | 0.00    0.00      0.00     50.00      merged
"""

# what the heir had spent of it meanwhile stays spent; what lies elsewhere comes back when it is home
UNDONE = """
request    id  who   store  of       amount | result    | old hq  old hq bonus  heir hq  heir 0002  old is
credit     T1  old   hq     -        100.00 | ok        | 100.00  0.00          0.00     0.00       active
credit     T2  heir  hq     -        5.00   | ok        | 100.00  0.00          5.00     0.00       active
step       -   old   -      merge    -      | ok        | 100.00  0.00          5.00     0.00       merged
merge      M1  old   hq     -        -      | 1 entries | 0.00    0.00          105.00   0.00       merged
grant      G1  heir  0002   -        60.00  | ok        | 0.00    0.00          45.00    60.00      merged
spend      S1  heir  0002   -        10.00  | ok        | 0.00    0.00          45.00    50.00      merged
step       -   old   -      unmerge  -      | ok        | 0.00    0.00          45.00    50.00      active
undo       U1  old   hq     -        -      | 1 entries | 45.00   0.00          0.00     50.00      active
come home  R1  heir  0002   -        -      | ok        | 45.00   0.00          50.00    0.00       active
undo       U2  old   hq     -        -      | 1 entries | 95.00   0.00          0.00     0.00       active
undo       U3  old   hq     -        -      | 0 entries | 95.00   0.00          0.00     0.00       active
"""

# the old account owed 5.00 more than it had
WHAT_WAS_OWED = """
request  id  who   store  asset   amount | result    | heir hq points  old hq  heir hq  receivable principal
credit   T1  old   hq     -       3.00   | ok        | 0               3.00    0.00     0.00
give     A1  old   hq     points  40     | ok        | 0               3.00    0.00     0.00
give     A2  heir  hq     points  2      | ok        | 2               3.00    0.00     0.00
merge    M1  old   hq     -       5.00   | 3 entries | 42              0.00    3.00     0.00
"""

CLOSING = """
request    id  store  of        amount  gift  | result               | old hq  old 0001  cash principal  breakage bonus
credit     T1  hq     -         100.00  10.00 | ok                   | 100.00  0.00      -100.00         0.00
grant      G1  0001   -         30.00   -     | ok                   | 70.00   30.00     -100.00         0.00
step       -   -      freeze    -       -     | ok                   | 70.00   30.00     -100.00         0.00
step       -   -      close     -       -     | ok                   | 70.00   30.00     -100.00         0.00
close      C1  hq     -         -       -     | pays 70.00           | 0.00    30.00     -30.00          10.00
hold       H1  0001   -         20.00   -     | ok                   | 0.00    30.00     -30.00          10.00
close      C2  0001   -         -       -     | hold_open            | 0.00    30.00     -30.00          10.00
void       V1  0001   H1        -       -     | ok                   | 0.00    30.00     -30.00          10.00
come home  R1  0001   -         -       -     | ok                   | 30.00   0.00      -30.00          10.00
close      C3  hq     -         12.00   -     | pays 18.00           | 0.00    0.00      -12.00          10.00
close      C4  hq     -         1.00    -     | pays 0.00, owes 1.00 | 0.00    0.00      -12.00          10.00
step       -   -      all_home  -       -     | ok                   | 0.00    0.00      -12.00          10.00
step       -   -      reopen    -       -     | closed               | 0.00    0.00      -12.00          10.00
"""


@pytest.mark.parametrize("table", [MERGE, UNDONE, WHAT_WAS_OWED, CLOSING])
def test_accounts(table):
    play(Accounts(), rows(table))


def test_what_may_be_done_once_does_not_add_up_in_a_merge():
    old, heir = Holding(WHO["old"], HQ), Holding(WHO["heir"], HQ)
    moved = accounts.move(issue_once(old, "MAY", 1).holding, issue_once(heir, "MAY", 1).holding, "M1")
    assert [entry.credit.text for entry in moved.entries] == ["breakage/hq/once:MAY"]
    assert sum(one.amount for one in moved.heir.slices) == 1 and not any(one.amount for one in moved.old.slices)


def test_no_more_goes_back_than_went_over():
    lot = Slice("principal", "a" * 16, 10, "0001", "top_up")
    heir = Holding(WHO["heir"], HQ, (lot, lot._replace(lot="b" * 16, amount=0)))
    moved, left = accounts.move_back(Holding(WHO["old"], HQ), heir, "U1", [lot._replace(amount=6)])
    assert (moved.old.slices, left) == ((lot._replace(amount=6),), ())
    again = accounts.move(heir, Holding(WHO["old"], HQ), "M2")
    assert again.heir.slices == (lot,)


def test_a_debt_goes_to_the_heir():
    moved = accounts.move(Holding(WHO["old"], HQ), Holding(WHO["heir"], HQ), "M1", {"principal": 500})
    assert to_rows(moved.entries) == [
        [f"receivable/{WHO['heir']}/principal", f"receivable/{WHO['old']}/principal", 500]
    ]


def test_the_life_of_an_account_refuses_what_it_does_not_list():
    for status in (accounts.ACTIVE, accounts.FROZEN, accounts.MERGED, accounts.CLOSING, accounts.CLOSED):
        for event in ("freeze", "unfreeze", "merge", "unmerge", "close", "reopen", "all_home"):
            after = accounts.step(status, event)
            assert after == accounts.LIFE.get((status, event), after)
            assert not isinstance(after, Refusal) or after.reason in REASONS


#   status    pay       refund  capture  expire
MAY = (
    ("active", "", "", "", ""),
    ("frozen", "frozen", "", "", ""),
    ("merged", "merged", "", "", ""),
    ("closing", "closed", "", "", ""),
    ("closed", "closed", "", "", ""),
)


def test_what_an_account_that_is_not_active_may_still_do():
    for status, *wanted in MAY:
        assert [accounts.barred(status, act) for act in ("pay", "refund", "capture", "expire")] == wanted, status


def test_heirs_of_heirs():
    heirs = {"a": "b", "b": "c"}
    assert [accounts.heir_of(one, heirs) for one in "abcd"] == ["c", "c", "c", "d"]
    with pytest.raises(Ours):
        accounts.heir_of("a", heirs | {"c": "a"})


def test_a_merge_with_oneself_or_across_holders_is_a_bug_of_the_caller():
    old = Holding(WHO["old"], HQ)
    for heir in (old, Holding(WHO["heir"], "0001")):
        with pytest.raises(Ours):
            accounts.move(old, heir, "M1")


def test_what_has_to_be_asked_home():
    held = {(HQ, "points"): 5, ("0002", "points"): 3, ("0002", "bonus"): 0, ("0001", "principal"): 700}
    held |= {(TRANSIT, "points"): 1, (SUSPENSE, "principal"): 2}
    assert accounts.to_recall(held) == {"0001": {"principal": 700}, "0002": {"points": 3}}
    assert not accounts.all_home(held) and accounts.all_home({(HQ, "points"): 0})
