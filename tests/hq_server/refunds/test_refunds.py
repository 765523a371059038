"""A refund needs the sale's refund right, which has one holder: at the store of sale, at another, at both at once."""

import asyncio
import json
import secrets

import pytest

from hq_server.alarms.store import open_alarms
from hq_server.errors import HqError
from hq_server.fleet import store as fleet
from hq_server.floats.service import ask
from hq_server.ingest.endpoints import ingest
from hq_server.ledger import store as books
from hq_server.vault import refunds
from hq_server.vault.asking import Wanted
from hq_server.vault.refunds import Sought
from protocol.ledger.lots import Slice
from protocol.ledger.refund_rights import WHOLE, decode, encode, is_empty
from protocol.ledger.refund_rights import Wanted as Part
from tests.hq_server.small_chain import ACCOUNTS, open_shops

ADA = ACCOUNTS[0]
DAY = "2026-11-16"


class Chain:
    """Two shops and head office; messages are carried by hand."""

    def __init__(self, hq):
        self.hq = hq
        self.shops = {shop.store: shop for shop in open_shops(hq, 1)}
        for store in self.shops:
            self.deliver(store)

    def deliver(self, store: str):
        return ingest(self.hq, store, self.shops[store].batch())

    def sold(self, cents: int = 50_00) -> str:
        """A sale to Ada at 0001: 2.58 stored value, the bread in cash."""
        shop = self.shops["0001"]
        shop.top_up(DAY, 1, ADA, cents)
        sale = shop.sale(DAY, 2, {"4001": 2000, "4002": 1000}, ADA, stored_cents=2_58)
        self.deliver("0001")
        return sale

    def up(self, *stores: str) -> None:
        with self.hq.db.write() as connection:
            for store in stores:
                fleet.set_gateway(connection, store, heartbeat_at_s=self.hq.now_s())

    def ask(self, store: str, sought: Sought, request: str = "") -> dict:
        wanted = Wanted(request or secrets.token_hex(16), "", {}, sought)
        return asyncio.run(ask(self.hq, store, wanted))

    def heard(self, store: str, kind: str) -> list[dict]:
        life = self.shops[store].incarnation
        with self.hq.vault() as vault:
            bodies = [json.loads(one.body) for one in vault.messages_after(life, 0, 10_000)]
        return [body for body in bodies if body["kind"] == kind]

    def answer_recall(self, store: str, right=None) -> None:
        """The store sends the right home, or says that nothing is left."""
        told = self.heard(store, "recall_refund")[-1]
        values = {"recall": told["recall"], "sale": told["sale"], "account": told["account"] or None}
        values["right"] = encode(right) if right else None
        self.shops[store].write("refund_right_returned", DAY, 3, secrets.token_hex(16), **values)
        self.deliver(store)

    def take(self, store: str):
        """The store takes the right that it was granted last."""
        told = self.heard(store, "refund_right_grant")[-1]
        values = {"grant": told["grant"], "sale": told["sale"], "account": told["account"] or None}
        self.shops[store].write("refund_right_taken", DAY, 4, told["grant"], **values)
        return decode(told["right"])

    def parts(self, sale: str) -> dict[str, bool]:
        """holder -> whether anything is left there."""
        with self.hq.vault() as vault:
            return {part.holder: not is_empty(part.right) for part in refunds.parts_of(vault, sale)}

    def check(self) -> None:
        with self.hq.db.read() as connection:
            assert books.negative_lines(connection) == []
            assert not any(books.sums_by_unit(books.trial_balance(connection)).values())

    def held(self) -> dict:
        self.check()
        with self.hq.db.read() as connection:
            return books.held(connection, [ADA])[ADA]


@pytest.fixture()
def chain(hq):
    return Chain(hq)


def at_other_store(chain: Chain, sale: str):
    """The right goes from 0001 over head office to 0002, which takes it."""
    right = chain.shops["0001"].right_of(sale, ADA)
    chain.up("0001", "0002")
    request = secrets.token_hex(16)

    async def both():
        wanted = Wanted(request, "", {}, Sought(sale))
        asking = asyncio.create_task(ask(chain.hq, "0002", wanted))
        while not await asyncio.to_thread(chain.heard, "0001", "recall_refund"):
            await asyncio.sleep(0.01)
        await asyncio.to_thread(chain.answer_recall, "0001", right)
        return await asking

    told = asyncio.run(both())
    assert told["reason"] is None
    assert [json.loads(one.body)["kind"] for one in told["messages"]] == ["refund_right_grant"]
    return chain.take("0002")


def test_the_store_of_sale_refunds_in_parts_without_asking(chain):
    sale = chain.sold()
    shop = chain.shops["0001"]
    shop.refund(DAY, 3, shop.right_of(sale, ADA), Part(lines=((1, 1000),)))
    shop.refund(DAY, 4, shop.refund_rights[sale])
    chain.deliver("0001")
    assert chain.parts(sale) == {"0001": False}
    assert chain.held()["0001", "principal"] == 50_00
    chain.up("0001")
    assert chain.ask("0002", Sought(sale))["reason"] == "nothing_left_to_refund"


def test_another_store_refunds_with_the_right_that_it_was_granted(chain):
    sale = chain.sold()
    right = at_other_store(chain, sale)
    chain.shops["0002"].refund(DAY, 5, right)
    chain.deliver("0002")
    assert chain.parts(sale) == {"0001": False, "hq": False, "0002": False}
    assert chain.held()["0002", "principal"] == 2_58
    assert chain.heard("0002", "refund_right_grant")[0]["receipt"] == 2


def test_by_the_number_on_the_receipt(chain):
    sale = chain.sold()
    chain.shops["0001"].write("refund_right_returned", DAY, 3, "x", sale=sale, account=ADA,
                              right=encode(chain.shops["0001"].right_of(sale, ADA)))
    chain.deliver("0001")
    assert chain.parts(sale) == {"0001": False, "hq": True}
    told = chain.ask("0002", Sought("", "0001", 2))
    assert told["reason"] is None and len(told["messages"]) == 1
    assert chain.ask("0002", Sought("", "0001", 3))["reason"] == "unknown_sale"


def test_two_stores_race_for_one_right(chain):
    sale = chain.sold()
    right = chain.shops["0001"].right_of(sale, ADA)
    chain.up("0001", "0002")
    assert chain.ask("0002", Sought(sale))["reason"] == "refund_right_away"  # no answer in time
    chain.shops["0001"].refund(DAY, 3, right)  # meanwhile the store of sale was faster
    chain.answer_recall("0001")
    assert chain.ask("0002", Sought(sale))["reason"] == "nothing_left_to_refund"
    assert chain.held()["0001", "principal"] == 50_00


def test_a_store_that_cannot_be_reached(chain):
    sale = chain.sold()
    chain.up("0002")
    told = chain.ask("0002", Sought(sale))
    assert (told["messages"], told["reason"]) == ([], "refund_right_away")
    assert chain.heard("0001", "recall_refund") == []


# what the second store writes -> part of why it is fenced
FORGED = (
    ("a right it was never granted", "does not hold"),
    ("the same right twice", "no part of the right"),
    ("more than its share", "refunds more than its share"),
    ("a share of another sale", "without its share"),
)


@pytest.mark.parametrize(("what", "why"), FORGED)
def test_a_refund_without_its_right_fences(chain, what, why):
    sale = chain.sold()
    shop = chain.shops["0002"]
    if what == "a right it was never granted":
        shop.refund(DAY, 5, chain.shops["0001"].right_of(sale, ADA)._replace())
    else:
        right = at_other_store(chain, sale)
        small = encode(right._replace(cash_cents=0, goods=()))
        forged = {"more than its share": {"share": small}, "a share of another sale": {"sale": "0001-pos1/x/0/9"}}
        shop.refund(DAY, 5, right, WHOLE, **forged.get(what, {}))
        if what == "the same right twice":
            shop.refund(DAY, 6, right)
    with pytest.raises(HqError) as wrong:
        chain.deliver("0002")
    assert wrong.value.reason == "fenced" and why in wrong.value.detail
    chain.check()


def test_a_voided_refund_gives_the_right_back(chain):
    sale = chain.sold()
    shop = chain.shops["0001"]
    refund = shop.refund(DAY, 3, shop.right_of(sale, ADA), Part(lines=((1, 1000),)))
    shop.void(DAY, 4, ADA, refund)
    chain.deliver("0001")
    assert chain.parts(sale) == {"0001": True}
    shop.refund(DAY, 5, shop.right_of(sale, ADA))
    chain.deliver("0001")
    assert chain.parts(sale) == {"0001": False} and chain.held()["0001", "principal"] == 50_00


def test_a_sale_whose_right_has_left_is_not_voided_for_value(chain):
    sale = chain.sold()
    at_other_store(chain, sale)
    chain.shops["0001"].void(DAY, 6, ADA, sale)
    with pytest.raises(HqError, match="what has been refunded"):
        chain.deliver("0001")


def test_a_grant_that_was_never_seen(chain):
    sale = chain.sold()
    shop = chain.shops["0001"]
    shop.write("refund_right_returned", DAY, 3, "x", sale=sale, account=ADA, right=encode(shop.right_of(sale, ADA)))
    chain.deliver("0001")
    chain.ask("0002", Sought(sale))
    (told,) = chain.heard("0002", "refund_right_grant")
    with chain.hq.vault() as vault:
        assert refunds.cancel(vault, told["grant"])
    assert chain.parts(sale) == {"0001": False, "hq": False}
    values = {"grant": told["grant"], "sale": sale, "account": ADA}
    chain.shops["0002"].write("refund_right_tombstone", DAY, 4, told["grant"], **values)
    chain.deliver("0002")
    assert chain.parts(sale) == {"0001": False, "hq": True}


def test_paid_from_loss_comes_off_the_right_when_it_is_home(chain):
    sale = chain.sold()
    shop = chain.shops["0002"]
    request, transfer = shop._request("pos1")
    entry = [["loss/0002/cash", "cash/0002/cash", 2_58]]
    told = {"seq": shop.seq + 1, "kind": "refund_from_loss", "at_s": 5, "business_date": DAY, "transfer": transfer,
            "request": request, "sale": sale, "cents": 2_58, "entries": entry}
    shop.append(json.dumps(told))
    chain.deliver("0002")
    chain.answer_recall("0001", chain.shops["0001"].right_of(sale, ADA))
    with chain.hq.db.read() as connection:
        sums = {(row.book, row.asset): int(row.amount) for row in books.trial_balance(connection)}
        assert "refund_from_loss" in {row.kind for row in open_alarms(connection, "0002")}
    assert sums["loss", "cash"] == 0
    with chain.hq.vault() as vault:
        (home,) = [part for part in refunds.parts_of(vault, sale) if part.holder == "hq"]
    assert sum(one.amount for one in home.right.drawn if one.asset == "principal") + home.right.cash_cents == 2_45
    chain.check()


def test_terms_come_from_head_offices_own_lots(chain):
    sale = chain.sold()
    with chain.hq.vault() as vault:
        (part,) = refunds.parts_of(vault, sale)
    assert part.right == chain.shops["0001"].right_of(sale, ADA)
    assert all(isinstance(one, Slice) and one.origin == "0001" for one in part.right.drawn)


#   what happens after the sale        | points in the pool
PENDING = """
nothing                                | 5
the sale is voided                     | 0
all of it is refunded                  | 0
a refund is voided                     | 5
"""


@pytest.mark.parametrize("row", PENDING.strip().splitlines())
def test_points_that_were_pending_go_with_their_sale(chain, row):
    what, points = [part.strip() for part in row.split("|")]
    shop = chain.shops["0001"]
    shop.rights["issue:points"] = 0
    sale = chain.sold()
    if what == "the sale is voided":
        shop.void(DAY, 3, ADA, sale)
    elif what != "nothing":
        refund = shop.refund(DAY, 3, shop.right_of(sale, ADA))
        if what == "a refund is voided":
            shop.void(DAY, 4, ADA, refund)
    chain.deliver("0001") if shop.lines else None
    assert chain.held().get(("hq", "points"), 0) == int(points)
