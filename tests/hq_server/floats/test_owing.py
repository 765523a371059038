"""Offline credit and what members owe: settled from the pool, given back where it was paid twice, shown as exposure."""

import json

import pytest

from hq_server.floats.service import place_due
from hq_server.ingest.endpoints import ingest
from hq_server.ledger import store as books
from hq_server.vault import lives
from protocol.ledger.entries import Entry, Line
from tests.hq_server.conftest import program
from tests.hq_server.floats.test_moves import ADA, DAY, beat, in_pool
from tests.hq_server.small_chain import open_shops
from tests.hq_server.small_shop import SmallShop

LENT = Line("offline_credit", ADA, "principal", "0002")
OWED = Line("receivable", ADA, "principal")
TILL, SOLD = Line("cash", "0002", "principal"), Line("revenue", "0002", "principal")

#   in the pool | what store 0002 writes       | pool then | lent | owed
TABLE = """
           1000 | lends 500                    |       500 |    0 |    0
            300 | lends 500                    |         0 | -200 |    0
              0 | lends 500                    |         0 | -500 |    0
           1000 | lends 500, lends 400         |       100 |    0 |    0
           1000 | lends 500, is paid 500       |      1000 |    0 |    0
           1000 | is owed 250                  |       750 |    0 |    0
            100 | is owed 250                  |         0 |    0 | -150
           1000 | is owed 250, gets 300        |      1050 |    0 |    0
"""


WAYS = {"lends": (LENT, SOLD), "is paid": (TILL, LENT), "is owed": (OWED, SOLD), "gets": (TILL, OWED)}


def written(shop, what: str) -> None:
    """An event of the sale or top-up that lends, is paid back, or leaves something owed."""
    kind, _, cents = what.rpartition(" ")
    transfer, (debit, credit) = f"x/{shop.seq}", WAYS[kind]
    entry = Entry(transfer, 1, debit, credit, int(cents))
    shop.write("sale" if credit == SOLD else "top_up", DAY, 1, transfer, (entry,), account=ADA)


def settle(hq) -> None:
    while place_due(hq):
        pass


@pytest.mark.parametrize("row", TABLE.strip().splitlines())
def test_debts(hq, row):
    pool, what, *figures = [part.strip() for part in row.split("|")]
    if int(pool):
        in_pool(hq, int(pool))
    shop = open_shops(hq, 1)[1]
    for one in what.split(", "):
        written(shop, one)
        ingest(hq, "0002", shop.batch())
        settle(hq)
    with hq.db.read() as connection:
        rows = books.trial_balance(connection)
        assert not any(books.sums_by_unit(rows).values()) and books.negative_lines(connection) == []
        there = books.held(connection, [ADA])[ADA].get(("hq", "principal"), 0)
        debts = dict(books.debts_of(connection, [ADA])[ADA])
    assert [there, debts.get(LENT, 0), debts.get(OWED, 0)] == [int(one) for one in figures]


#   in the pool | what the old life wrote     | and what the new one salvages of it | the new life is told
BEFORE = """
              0 | lends 500                   |                                     | 500
            300 | lends 500                   |                                     | 200
              0 | lends 500, is paid 500      |                                     |
              0 |                             | lends 500                           | 500
              0 | lends 500                   | lends 300                           | 500 300
              0 | lends 500                   | is paid 200                         | 500 -200
"""


@pytest.mark.parametrize("row", BEFORE.strip().splitlines())
def test_a_new_life_is_told_what_the_one_before_has_lent(hq, row):
    pool, booked, salvaged, told = [part.strip() for part in row.split("|")]
    if int(pool):
        in_pool(hq, int(pool))
    shop, fresh = open_shops(hq, 1)[1], SmallShop("0002", "7" * 32, journal="6b3a09c1")
    for one in filter(None, booked.split(", ")):
        written(shop, one)
    ingest(hq, "0002", shop.batch())
    settle(hq)
    with hq.vault() as vault:
        lives.begin(vault, "0002", fresh.incarnation)
    written(shop, salvaged) if salvaged else None
    for _ in range(2):  # evidence is told again after a crash
        for line in shop.written[-1:] if salvaged else ():
            fresh.write("salvaged", DAY, 5, "", life=shop.incarnation, line=line)
            ingest(hq, "0002", fresh.batch())
    with hq.vault() as vault:
        bodies = [json.loads(one.body) for one in vault.messages_after(fresh.incarnation, 0, 1000)]
    heard = [body for body in bodies if body["kind"] == "lent_before"]
    assert [body["cents"] for body in heard] == [int(one) for one in told.split()]
    assert {body["account"] for body in heard} <= {ADA} and len({body["lent"] for body in heard}) == len(heard)


def test_the_lending_store_and_all_others_hear_of_it(hq):
    in_pool(hq, 300)
    shop = open_shops(hq, 1)[1]
    written(shop, "lends 500")
    written(shop, "is owed 50")
    ingest(hq, "0002", shop.batch())
    settle(hq)
    with hq.vault() as vault:
        bodies = [json.loads(one.body) for one in vault.messages_after("2" * 32, 0, 1000)]
    assert [body["cents"] for body in bodies if body["kind"] == "lent_settled"] == [300]
    assert [body["owed"] for body in bodies if body["kind"] == "member" and body["account"] == ADA][-1] == {
        "principal": 50
    }
    told = program(hq, "finance").get("/api/v1/exposure").json()
    assert told == {
        "offline_credit": [{"store": "0002", "lent_cents": 200, "members": 1}], "owed": {"principal": 50}, "lost": []
    }


def test_what_lies_at_a_store_is_asked_home_for_a_debt(hq):
    shops = open_shops(hq, 1)
    shops[0].top_up(DAY, 1, ADA, 1000)
    ingest(hq, "0001", shops[0].batch())
    settle(hq)
    beat(hq, "0001")
    written(shops[1], "lends 500")
    ingest(hq, "0002", shops[1].batch())
    settle(hq)
    with hq.vault() as vault:
        (asked,) = vault.open_recalls(ADA)
    assert (asked.store, asked.asset, asked.up_to) == ("0001", "principal", 500)
