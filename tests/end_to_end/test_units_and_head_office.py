"""A punch card between a real desk and a real head office: earned, pending, asked for, redeemed, brought back."""

import asyncio
import secrets

import pytest

from hq_server.bootstrap import Hq
from hq_server.fleet import store as fleet
from hq_server.floats.service import ask
from hq_server.ledger import store as books
from hq_server.rules.changes import put_rules
from hq_server.vault.asking import Wanted
from tests.end_to_end.test_store_and_head_office import HqStage, head_office
from tests.gateway.stage import ALICE, JOURNAL, RULES, STORE

TEA = "punch:tea"
OFFERS = {TEA: {"off_cents": 1000, "punches": 3, "earned_by": ["100"], "days": 30}}


@pytest.fixture(params=[0, 100], ids=["no right", "a right"])
def shop(tmp_path, request):
    """A store that may give so many punches by itself, with an attendant signed on."""
    hq = head_office(tmp_path)
    with hq.db.write() as connection:
        fleet.set_store(connection, STORE, right_punches=request.param)
        put_rules(connection, hq.post, RULES | {"offers": OFFERS}, "test", 1)
    stage = HqStage(hq)
    stage.till.hello()
    stage.till.sign_on()
    carry(stage)
    yield stage
    hq.close()


def carry(stage: HqStage) -> None:
    """Everything there is to say is said, both ways."""
    for _ in range(3):
        stage.deliver()
        stage.fetch()
    stage.deliver()


def buy(stage: HqStage, n: int, **units) -> tuple[str, dict]:
    """One tea for 10.00, in cash or for a full card."""
    cents = 0 if units else 1000
    stage.till.scan(n, ["100"])
    paid = {"cash_cents": cents, "total_cents": cents, **units}
    return stage.till.request("pay", **stage.till.pay(n, n, account=ALICE, tap=stage.till.tap(), **paid))


def in_all(hq: Hq) -> dict[str, int]:
    """Holder -> Alice's punches there, by head office's books; what she owes of them as 'owed'."""
    with hq.db.read() as connection:
        rows = [row for row in books.trial_balance(connection) if row.asset == TEA and row.amount]
    return {row.holder or "owed": row.amount for row in rows if row.book in ("member", "receivable")}


def test_three_bought_and_the_fourth_is_free(shop):
    for n in (1, 2, 3):
        message, told = buy(shop, n)
        assert (message, [(one["earned"], one["of"]) for one in told["punches"]]) == ("receipt", [(1, 3)])
    carry(shop)
    assert sum(in_all(shop.real).values()) == 3
    if STORE not in in_all(shop.real):  # without a right they lie in the pool, and are asked for at the tap
        assert in_all(shop.real) == {"hq": 3}
        asyncio.run(ask(shop.real, STORE, Wanted(secrets.token_hex(16), ALICE, {TEA: 3})))
        carry(shop)
    assert in_all(shop.real) == {STORE: 3}

    message, told = buy(shop, 4, units=[{"asset": TEA}])
    assert (message, told["off_cents"], "punches" in told) == ("receipt", 1000, False)
    carry(shop)
    assert in_all(shop.real) == {}
    assert buy(shop, 5, units=[{"asset": TEA}])[1]["reason"] == "insufficient_punches"

    asked = {"j": JOURNAL, "l": 0, "n": 6, "operator": "7", "shift": 1, "at_s": 0, "why": "returned"}
    assert shop.till.request("refund", **asked, receipt=told["receipt"])[0] == "refunded"
    carry(shop)
    assert in_all(shop.real) == {STORE: 3}
    assert shop.till.request("refund", **asked | {"n": 7}, receipt=1)[0] == "refunded"
    carry(shop)
    assert sum(in_all(shop.real).values()) == 2, "what a refunded sale gave is taken back or owed"
    assert buy(shop, 8)[0] == "receipt"
    carry(shop)
    assert sum(in_all(shop.real).values()) == 3
    with shop.real.db.read() as connection:
        assert books.negative_lines(connection) == []
        assert not any(books.sums_by_unit(books.trial_balance(connection)).values())
        assert fleet.gateway_row(connection, STORE).status == "enrolled"
