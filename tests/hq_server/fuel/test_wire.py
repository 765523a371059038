"""A card's day between a real store and a real head office: what one says is what the other reads.

Store 0001 is the gateway's own core on a stage, 0002 asks head office plainly. 100 litres a day.
"""

import json

import msgspec
import pytest
from starlette.testclient import TestClient

from hq_server.app import create_gateway_app
from hq_server.fleet.peer import Gateway, the_gateway
from hq_server.floats.schemas import FloatWanted
from hq_server.fuel import changes, days
from hq_server.fuel.schemas import CardLimits, FuelAsked
from hq_server.ingest.rules import Batch, Header, read_event
from hq_server.members.changes import add_card
from hq_server.outbox.store import messages_after
from tests.gateway.stage import CARD, Stage
from tests.gateway.test_fuelling import Pump
from tests.gateway.test_fuelling_terms import pump_for
from tests.hq_server.conftest import NOW_S
from tests.hq_server.small_chain import ACCOUNTS

WANT = "tapwell/0001-uplink/down/want"


class Chain:
    """Carries what they say; `cut` does not."""

    def __init__(self, hq):
        self.hq, self.pump, self.told_n, self.booked = hq, pump_for(), 0, 0
        self.stage: Stage = self.pump.stage
        self.stage.uplink("line", {"up": True})
        with hq.db.write() as connection:
            add_card(connection, hq.post, ACCOUNTS[0], CARD, NOW_S)
            changes.put_limits(connection, hq.post, CARD, CardLimits(day_ml=100_000), "test", NOW_S)
        self.fetch()

    def fetch(self) -> None:
        """What head office has to say arrives."""
        with self.hq.db.read() as connection:
            rows = messages_after(connection, "1" * 32, self.told_n, 100)
        for row in rows:
            self.told_n, body = row.n, json.loads(row.body)
            if body["kind"].startswith("fuel_"):
                plain = {name: body[name] for name in body if name not in ("n", "gateway", "incarnation", "hq", "kind")}
                self.stage.tell(body["kind"], **plain)

    def upload(self) -> None:
        """The store's events arrive; told again they change nothing."""
        lines = [json.dumps(event).encode() for event in self.stage.events()]
        batch = Batch(Header("0001", "1" * 32, 1, "0" * 64), tuple(read_event(line, "") for line in lines))
        with self.hq.db.write() as connection:
            days.follow(connection, "0001", batch, NOW_S)

    def hold(self, litres: int, reaches: bool = True) -> str:
        """A member asks for so many litres; reaches: head office's word comes in time."""
        pump = self.pump
        asked = {"account": "a1" * 16, "tap": pump.till.tap(), "code": "305", "nozzle": 1, "cents": 0}
        frame = pump.till.frame("hold", **pump.ids(), **asked, ml=litres * 1000)
        told = dict(self.stage.desk.take([frame]))
        if WANT in told:
            want = json.loads(told.pop(WANT))
            wanted = msgspec.convert(want, FloatWanted)
            assert wanted.fuel is not None
            with self.hq.db.write() as connection:
                days.ask(connection, self.hq.post, "0001", wanted.fuel, NOW_S)
            if reaches:
                self.fetch()
            told = dict(self.stage.uplink("want_answer", want))
        ((message, values),) = pump.till.told(list(told.items()))
        pump.hold = values.get("hold", "")
        if message == "held":
            return f"held {values['ml'] // 1000}"
        return f"{values['reason']} {values['day_left_ml'] // 1000}"

    def elsewhere(self, hold: str, litres: int) -> int:
        """What head office lets a hold at the other store have."""
        with self.hq.db.write() as connection:
            days.ask(connection, self.hq.post, "0002", FuelAsked(hold, CARD, self.today, litres * 1000), NOW_S)
            rows = messages_after(connection, "2" * 32, 0, 1000)
        return json.loads(rows[-1].body)["ml"] // 1000

    @property
    def today(self) -> str:
        return self.stage.shop.today()


@pytest.fixture()
def chain(hq) -> Chain:
    return Chain(hq)


def test_the_word_comes_with_the_answer_to_the_wish(hq, chain: Chain):
    """Before any value, and again with the same wish."""
    app = create_gateway_app(hq)
    app.dependency_overrides[the_gateway] = lambda: Gateway("0002", "2" * 32, "enrolled")
    fuel = {"hold": "0002-pump1/5f3a09c1/0/1", "card": CARD, "day": chain.today, "ml": 120_000}
    wish = {"request": "f" * 32, "account": ACCOUNTS[0], "want": {"principal": 100}, "fuel": fuel}
    with TestClient(app) as line:
        first, again = (line.post("/gateway/v1/float", json=wish).json()["messages"] for _ in range(2))
        bad = line.post("/gateway/v1/float", json=wish | {"fuel": fuel | {"day": "today"}})
    (said,) = [json.loads(one["body"]) for one in first]
    assert (said["kind"], said["ml"], said["cents"], said["elsewhere_ml"]) == ("fuel_allowed", 100_000, None, 0)
    assert json.loads(again[0]["body"])["ml"] == 100_000 and bad.status_code == 400


def test_exact_between_stores_that_are_connected(chain: Chain):
    assert chain.elsewhere("b1", 30) == 30
    assert chain.hold(80) == "day_limit 70"
    chain.upload()  # it was promised 70 and has refused: the room is free again
    assert chain.elsewhere("b2", 30) == 30
    assert chain.hold(40) == "held 40"
    assert chain.elsewhere("b3", 30) == 0
    assert [chain.pump.do(word) for word in ("on", "take25000")][-1].startswith("paid")
    chain.upload()
    assert chain.elsewhere("b4", 30) == 15
    chain.upload()
    assert chain.elsewhere("b5", 30) == 0


def test_a_hold_that_brings_nothing_gives_its_promise_back(chain: Chain):
    assert chain.hold(60) == "held 60"
    assert chain.elsewhere("b1", 60) == 40
    chain.pump.do("empty")
    chain.upload()
    assert chain.elsewhere("b2", 60) == 60


def test_a_cut_store_goes_by_what_it_was_told_last(chain: Chain):
    assert chain.elsewhere("b1", 30) == 30
    assert chain.hold(10) == "held 10"
    chain.stage.uplink("line", {"up": False})
    assert chain.elsewhere("b2", 30) == 30  # of which it does not hear
    assert Pump.do(chain.pump, "on") == "ok"
    chain.pump.do("take10000")
    assert chain.hold(61) == "day_limit 60"
    assert chain.hold(60) == "held 60"


def test_a_word_that_comes_too_late_is_given_back(chain: Chain):
    """The hold was decided without it and let go; then the word arrives, and nobody waits for it."""
    assert chain.hold(60, reaches=False) == "held 60"
    chain.pump.do("empty")
    chain.upload()
    assert chain.elsewhere("b1", 60) == 40
    chain.fetch()
    chain.stage.clock.at_s += 120
    chain.stage.desk.tick()
    chain.upload()
    assert chain.elsewhere("b2", 60) == 60


def test_older_prices_are_left_aside_and_bad_ones_refused_whole(chain: Chain):
    row = {"version": 2, "code": "305", "price_milli": 80_000, "from_s": 0}
    chain.stage.tell("fuel_prices", version=2, prices=[row])
    chain.stage.tell("fuel_prices", version=1, prices=[row | {"price_milli": 1}])
    chain.stage.tell("fuel_prices", version=3, prices=[row | {"price_milli": -1}])
    told = chain.stage.shop.books.fuel.told()
    assert [one.price_milli for one in told.prices] == [80_000] and told.prices_version == 2
