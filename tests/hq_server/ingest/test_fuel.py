"""Deliveries of fuel at head office: booked as sales; what a hold has put into suspense comes back out of it once."""

import pytest

from hq_server.errors import HqError
from hq_server.fleet import store as fleet
from hq_server.ingest.endpoints import ingest
from hq_server.ledger import store as books
from protocol.ledger import holds
from protocol.ledger.lots import Booking, Refusal
from tests.hq_server.small_chain import ACCOUNTS, open_shops

ADA = ACCOUNTS[0]
DAY = "2026-11-16"
HOLD = "0001-pump1/5f3a09c1/0/1"


@pytest.fixture()
def shop(hq):
    """Store 0001 where Ada has paid 50.00 in; all of it is booked."""
    opened = open_shops(hq, 1)[0]
    opened.top_up(DAY, 1, ADA, 50_00)
    ingest(hq, "0001", opened.batch())
    return opened


def booked(done: Booking | Refusal) -> Booking:
    assert isinstance(done, Booking), done
    return done


def suspend(shop, cents: int, hold: str = HOLD) -> None:
    held = booked(holds.start(booked(holds.hold(shop.holding(ADA), hold, cents)).holding, hold))
    done = booked(holds.suspend(held.holding, hold, hold + "/suspense"))
    shop.holdings[ADA] = done.holding
    shop.write("hold_suspended", DAY, 2, hold + "/suspense", done.entries, hold=hold, account=ADA)


def settle(shop, hold: str, cents: int, told_hold: str = "") -> None:
    """A sale of what was delivered, or with 0 the end of the hold."""
    transfer = hold + "/people"
    done = booked(holds.settle(shop.holding(ADA), hold, transfer, cents))
    shop.holdings[ADA] = done.holding
    line = {"code": "305", "qty_milli": 10_000, "price_milli": 76_000, "amount_cents": cents}
    lines = {"lines": [line], "tenders": {"principal": cents}} if cents else {}
    kind = "sale" if cents else "hold_settled"
    shop.write(kind, DAY, 3, transfer, done.entries, hold=told_hold or hold, account=ADA, **lines)


def places(hq) -> dict[str, int]:
    with hq.db.read() as connection:
        held = books.held(connection, [ADA])[ADA]
    return {holder: cents for (holder, asset), cents in held.items() if asset == "principal" and cents}


def status(hq) -> str:
    with hq.db.read() as connection:
        return fleet.gateway_row(connection, "0001").status


def test_what_a_hold_put_into_suspense_is_spent_or_comes_back(hq, shop):
    suspend(shop, 20_00)
    ingest(hq, "0001", shop.batch())
    assert places(hq) == {"0001": 30_00, "suspense": 20_00}
    settle(shop, HOLD, 7_60)
    ingest(hq, "0001", shop.batch())
    assert places(hq) == {"0001": 42_40}


def test_a_hold_that_gave_nothing_comes_back_whole_in_the_same_batch(hq, shop):
    suspend(shop, 20_00)
    settle(shop, HOLD, 0)
    ingest(hq, "0001", shop.batch())
    assert places(hq) == {"0001": 50_00}


def test_only_the_hold_that_put_it_there_takes_it_out(hq, shop):
    suspend(shop, 20_00)
    settle(shop, HOLD, 0, told_hold="0001-pump1/5f3a09c1/0/2")
    with pytest.raises(HqError, match="out of suspense"):
        ingest(hq, "0001", shop.batch())
    assert status(hq) == "fenced"


def test_nothing_leaves_suspense_towards_somebody_else(hq, shop):
    suspend(shop, 20_00)
    done = booked(holds.settle(shop.holding(ADA), HOLD, "x/people", 0))
    stolen = [one._replace(credit=one.credit._replace(party=ACCOUNTS[1])) for one in done.entries]
    shop.write("hold_settled", DAY, 3, "x/people", tuple(stolen), hold=HOLD, account=ADA)
    with pytest.raises(HqError):
        ingest(hq, "0001", shop.batch())
    assert status(hq) == "fenced"
