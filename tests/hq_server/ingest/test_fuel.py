"""Deliveries of fuel at head office: booked as sales; what a hold has put into suspense comes back out of it once."""

import pytest

from hq_server.alarms.store import open_alarms
from hq_server.errors import HqError
from hq_server.fleet import store as fleet
from hq_server.ingest.endpoints import ingest
from hq_server.ingest.store import last_fill
from hq_server.ledger import store as books
from protocol.ledger import holds
from protocol.ledger.entries import Entry, Line
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
        row = fleet.gateway_row(connection, "0001")
    assert row is not None
    return row.status


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


# ---- what attendants let flow, and litres without a sale

CAPTURE = "0001-pump1/5f3a09c1/0/2"
LINE = {"code": "305", "qty_milli": 20_000, "price_milli": 76_000, "amount_cents": 1520}
FUEL = {"ml": 20_000, "amount_cents": 1520, "total_before_ml": 1_000_000, "total_after_ml": 1_020_000, "nozzle": 1}
LOST = Entry("", 1, Line("loss", "0001", "receivable"), Line("revenue", "0001", "receivable"), 1520)
CASH = Entry("", 1, Line("cash", "0001", "cash"), Line("revenue", "0001", "cash"), 1520)


def fill(shop, entries=(), **more) -> None:
    told = {"fill": 1, "hold": HOLD, "terminal": "0001-pump1", "operator": "7", "lines": [LINE], "fuel": FUEL}
    shop.write("fill", DAY, 2, CAPTURE, entries, **told | more)


def drive_off(shop, entry=LOST, **more) -> None:
    transfer = HOLD + "/1/drive_off"
    told = {"fill": 1, "about": CAPTURE, "operator": "7", "second": "9", "hold": HOLD, "lines": [LINE]}
    shop.write("drive_off", DAY, 3, transfer, (entry._replace(transfer=transfer),), **told | more)


def paid(shop) -> None:
    transfer = HOLD + "/1/paid"
    told = {"fill": 1, "about": CAPTURE, "hold": HOLD, "lines": [LINE | {"fill": 1}], "tenders": {"cash": 1520}}
    shop.write("sale", DAY, 3, transfer, (CASH._replace(transfer=transfer),), receipt=1, **told)


def gap(shop, ml: int, entries=()) -> None:
    told = {"terminal": "0001-pump1", "nozzle": 1, "code": "305", "from_ml": 0, "to_ml": ml, "ml": ml, "why": "flowed"}
    shop.write("fuel_gap", DAY, 4, "gap" if entries else None, entries, **told)


def balances(hq) -> dict[str, int]:
    with hq.db.read() as connection:
        found = {(row.book, row.asset): row.amount for row in books.trial_balance(connection)}
    return {f"{book}/{asset}": found[book, asset] for book, asset in found if book in ("loss", "revenue")}


STEPS = {"fill": fill, "paid": paid, "drive_off": drive_off}


def test_a_new_gateway_goes_on_numbering_fills(hq, shop):
    fill(shop, fill=41)
    ingest(hq, "0001", shop.batch())
    with hq.db.read() as connection:
        assert [last_fill(connection, "0001", day) for day in (DAY, "2026-11-17")] == [41, 0]


@pytest.mark.parametrize(
    "steps, moved",
    [
        ("fill", {}),
        ("fill paid", {"revenue/cash": 1520}),
        ("fill drive_off", {"loss/receivable": -1520, "revenue/receivable": 1520}),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_a_fill_is_revenue_when_it_is_paid_or_given_up(hq, shop, steps, moved, at_once):
    for step in steps.split():
        STEPS[step](shop)
        if not at_once:
            ingest(hq, "0001", shop.batch())
    if at_once:
        ingest(hq, "0001", shop.batch())
    assert balances(hq) == moved


FORGED = [
    ("litres without a sale that book something", lambda shop: gap(shop, 500, (CASH._replace(transfer="gap"),))),
    ("a fill that books something", lambda shop: fill(shop, (CASH._replace(transfer=CAPTURE),))),
    ("a fill without evidence", lambda shop: fill(shop, fuel=None)),
    ("a fill that says other litres than its pump", lambda shop: fill(shop, lines=[LINE | {"qty_milli": 2_000}])),
    ("a fill of a member", lambda shop: fill(shop, account=ADA)),
    ("a drive-off of a fill never told", drive_off),
    ("of another amount", lambda shop: (fill(shop), drive_off(shop, lines=[LINE | {"amount_cents": 1519}]))),
    ("that moves more", lambda shop: (fill(shop), drive_off(shop, LOST._replace(amount=1521)))),
    ("from the till", lambda shop: (fill(shop), drive_off(shop, CASH))),
    ("by one person", lambda shop: (fill(shop), drive_off(shop, second="7"))),
    ("by nobody", lambda shop: (fill(shop), drive_off(shop, second=None))),
]


@pytest.mark.parametrize("forge", [one[1] for one in FORGED], ids=[one[0] for one in FORGED])
def test_what_no_honest_gateway_tells_of_fills(hq, shop, forge):
    forge(shop)
    with pytest.raises(HqError):
        ingest(hq, "0001", shop.batch())
    assert status(hq) == "fenced"


@pytest.mark.parametrize("ml, rings", [(499, 0), (500, 1), (-20_000, 1)])
def test_litres_without_a_sale_ring_from_half_a_litre_on(hq, shop, ml, rings):
    gap(shop, ml)
    ingest(hq, "0001", shop.batch())
    with hq.db.read() as connection:
        found = [row for row in open_alarms(connection) if row.kind == "fuel_gap"]
    assert len(found) == rings and all("0001-pump1" in (row.terminal or row.detail) for row in found)
