"""Fuel through real frames, in words: what is held, what is captured, what comes back; whatever breaks in between."""

import pytest

from gateway.core import fuelling
from gateway.health import open_holds
from protocol.ids import RequestId, request_text
from tests.gateway.stage import ALICE, JOURNAL, RULES, Stage, Till, ready
from tests.gateway.test_refunds import ask_refund

DIESEL = "305"  # 76.000 minor units a litre
PRICE_MILLI = 76_000

# Alice has 100.00 at this store. Each step is a request or a word to the store, then how the answers end, and what
# is free and held of principal after all of it.
FILLS = """
steps                                       | told                                    | free  held
hold4000                                    | held 4000                               | 6000  4000
hold4000, on, take41337                     | ok; paid 3142 over 0 owed 0             | 6858  0
hold4000, on, empty                         | ok; released                            | 10000 0
hold4000, empty, empty                      | released; released                      | 10000 0
hold4000, hold5000                          | held 5000                               | 5000  5000
hold10001                                   | insufficient_float 10000                | 10000 0
hold0                                       | held 10000                              | 0     10000
hold0, on, take20000, hold0                 | ok; paid 1520 over 0 owed 0; held 8480  | 0     8480
litres10000                                 | held 760                                | 9240  760
litres10001                                 | held 761                                | 9239  761
hold4000, on, take52800                     | ok; paid 4013 over 13 owed 0            | 5987  0
hold10000, on, take131600                   | ok; paid 10002 over 2 owed 2            | 0     0
hold4000, on, wait90, take41337             | ok; paid 3142 over 0 owed 0             | 6858  0
hold4000, wait6                             | held 4000                               | 10000 0
hold4000, wait6, on                         | closed                                  | 10000 0
hold4000, wait6, take41337                  | paid 3142 over 3142 owed 0              | 6858  0
hold4000, on, lost                          | ok; suspense                            | 6000  0
hold4000, on, lost, take41337               | ok; suspense; paid 3142 over 0 owed 0   | 6858  0
hold4000, on, lost, take52800               | ok; suspense; paid 4013 over 13 owed 0  | 5987  0
hold4000, on, lost, empty                   | ok; suspense; released                  | 10000 0
hold4000, on, take41337, again              | ok; paid 3142 over 0 owed 0; hold_closed | 6858 0
hold4000, on, crash, take41337              | ok; paid 3142 over 0 owed 0             | 6858  0
hold4000, void                              | voided                                  | 10000 0
hold4000, on, take41337, void               | ok; paid 3142 over 0 owed 0; reversed   | 10000 0
hold4000, pay6000, pay1                     | receipt; insufficient_float             | 0     4000
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()[1:]]


class Pump:
    """A nozzle of the till, its requests by words."""

    def __init__(self, stage: Stage, till: Till, lane: int = 1):
        self.stage, self.till, self.lane, self.n, self.hold = stage, till, lane, 0, ""
        self.total_ml = 1_000_000

    def ids(self) -> dict:
        self.n += 1
        return {"j": JOURNAL, "l": self.lane, "n": self.n, "at_s": 1_700_000_000}

    def do(self, word: str) -> str:
        for name in ("hold", "litres", "take", "wait", "pay"):
            if word.startswith(name):
                return getattr(self, name + "s")(int(word[len(name) :]))
        return getattr(self, word)()

    def holds(self, cents: int, ml: int = 0) -> str:
        asked = {"account": ALICE, "tap": self.till.tap(), "code": DIESEL, "nozzle": 1, "cents": cents, "ml": ml}
        message, told = self.till.request("hold", **self.ids(), **asked)
        if message == "refused":
            return "{} {}".format(told["reason"], told.get("approve_cents", ""))
        self.hold = told["hold"]
        return f"held {told['cents']}"

    def litress(self, ml: int) -> str:
        return self.holds(0, ml)

    def state(self, word: str) -> str:
        told = self.till.ask("pump_state", l=self.lane, j=JOURNAL, hold=self.hold, state=word)[1]
        return "ok" if told["state"] == "running" else told["state"]

    def on(self) -> str:
        return self.state("fuelling")

    def lost(self) -> str:
        return self.state("unknown")

    def takes(self, ml: int) -> str:
        before, self.total_ml = self.total_ml, self.total_ml + ml
        return self.capture(ml, before)

    def again(self) -> str:
        """A terminal that has forgotten its answer works it out from the totals once more."""
        return self.capture(self.total_ml - 1_000_000, 1_000_000)

    def capture(self, ml: int, before_ml: int) -> str:
        amount_cents = (ml * PRICE_MILLI * 2 + 1_000_000) // 2_000_000
        asked = {"hold": self.hold, "account": ALICE, "code": DIESEL, "ml": ml, "amount_cents": amount_cents,
                 "price_milli": PRICE_MILLI, "total_before_ml": before_ml, "total_after_ml": self.total_ml,
                 "last": True, "why": "hung_up"}  # fmt: skip
        message, told = self.till.request("capture", **self.ids(), **asked)
        if message == "refused":
            return told["reason"]
        assert (
            told["total_cents"]
            == amount_cents
            == told["principal_cents"] + told["bonus_cents"] + told.get("owed_cents", 0)
        )
        return "paid {} over {} owed {}".format(amount_cents, told.get("over_cents", 0), told.get("owed_cents", 0))

    def empty(self) -> str:
        totals = {"total_before_ml": self.total_ml, "total_after_ml": self.total_ml}
        message, told = self.till.request("release", **self.ids(), hold=self.hold, **totals)
        return told.get("reason", message)

    def waits(self, minutes: int) -> str:
        self.stage.clock.at_ms += minutes * 60_000
        self.stage.desk.tick()
        return ""

    def crash(self) -> str:
        self.stage.start()
        self.stage.clock.at_ms += 1
        self.till.hello(answers=self.stage.shop.asks)
        return ""

    def void(self) -> str:
        message, told = self.till.void(self.n, self.lane)
        return told.get("outcome") or told["reason"]

    def pays(self, cents: int) -> str:
        self.n += 1
        self.till.scan(self.n, ["100"], lane=0)
        tenders = {"stored_cents": cents, "cash_cents": 6000 - cents, "account": ALICE, "tap": self.till.tap()}
        message, told = self.till.request("pay", **self.till.pay(self.n, self.n, **tenders))
        return told.get("reason", message)


def station() -> tuple[Stage, Till]:
    stage, till = ready()
    item = {"code": DIESEL, "name_zh": "柴油", "name_en": "Diesel", "price_milli": PRICE_MILLI, "unit": "L",
            "tax_code": "A", "tax_bp": 1900}  # fmt: skip
    more = [{**item, "code": "100", "name_en": "Tea", "price_milli": 6_000_000}]
    stage.tell("goods", version=2, part=1, parts=1, items=[item, *more])
    stage.grant(10_000)
    return stage, till


def free_and_held(stage: Stage) -> str:
    holding = stage.shop.books.holding(ALICE)
    held = sum(part.amount for one in holding.holds if one.state != "suspense" for part in one.parts)
    return f"{sum(one.amount for one in holding.slices if one.asset == 'principal') - held} {held}"


@pytest.mark.parametrize("steps, told, left", rows(FILLS))
def test_fills(steps, told, left):
    stage, till = station()
    pump = Pump(stage, till)
    words = [step.strip() for step in steps.split(",")]
    answers = [answer for word in words if (answer := pump.do(word))]
    assert "; ".join(answers).strip().endswith(told)
    assert free_and_held(stage).split() == left.split()


def test_what_head_office_is_told():
    """One event for a fill, with its totals; a hold alone is none; suspense moves value and is told."""
    stage, till = station()
    pump = Pump(stage, till)
    before = len(stage.events())
    for word in ("hold4000", "on", "take41337", "hold2000", "on", "lost", "empty"):
        pump.do(word)
    sale, suspended, settled = stage.events()[before:]
    assert (sale["kind"], sale["message"], sale["receipt"]) == ("sale", "capture", 1)
    assert sale["lines"][0] == {"code": DIESEL, "qty_milli": 41337, "price_milli": PRICE_MILLI, "amount_cents": 3142,
                                "tax_code": "A", "tax_bp": 1900}  # fmt: skip
    assert sale["fuel"]["total_after_ml"] - sale["fuel"]["total_before_ml"] == 41337
    assert sale["earned_points"] == 31
    assert (suspended["kind"], settled["kind"]) == ("hold_suspended", "hold_settled")
    assert [entry[2] for entry in suspended["entries"]] == [entry[2] for entry in settled["entries"]] == [2000]


def test_what_a_heartbeat_tells_of_open_holds():
    stage, till = station()
    pump, told = Pump(stage, till), []
    for word in ("hold4000", "on", "lost", "empty"):
        pump.do(word)
        found, now_s = open_holds(stage.db), stage.clock.at_s
        told.append([(one["state"], one["cents"], one["nozzle"], one["account"]) for one in found])
        assert all((one["at_s"], one["suspended_s"]) == (now_s, now_s if word == "lost" else 0) for one in found)
    assert [row[0] for rows in told for row in rows] == ["open", "running", "suspense"]
    assert told[0] == [("open", 4000, 2, ALICE)] and told[-1] == []


@pytest.mark.parametrize(
    ("per_litre", "ml", "points"), [(0, 41337, 31), (1, 41337, 41), (2, 41337, 82), (1, 999, 0), (1, 140000, 131)]
)
def test_points_by_the_litre_for_what_has_been_paid(per_litre, ml, points):
    """The last fill is more than Alice has: what she owes earns nothing."""
    stage, till = station()
    stage.tell("rules", **RULES | {"version": 2, "earn": {"points_per_100_cents": 1, "points_per_litre": per_litre}})
    pump = Pump(stage, till)
    for word in ("hold0", "on", f"take{ml}"):
        pump.do(word)
    assert stage.events()[-1]["earned_points"] == points


def test_two_people_close_what_nobody_can_prove():
    stage, till = station()
    pump = Pump(stage, till)
    for word in ("hold4000", "on", "lost"):
        pump.do(word)
    person = {"operator": "9", "name": "Lee", "role": "supervisor", "pin_salt": "00", "pin_hash": "00", "cards": [],
              "status": "active"}  # fmt: skip
    stage.tell("staff", **person)

    def close(second: str) -> str:
        work = fuelling.close_by_people
        return stage.shop.transaction(lambda: work(stage.shop, pump.hold, 20_000, 1520, "7", second))

    assert [close("7"), close(""), close("9"), close("9")] == ["second_person", "second_person", "", "nothing_open"]
    assert free_and_held(stage) == "8480 0"
    assert stage.events()[-1]["second"] == "9"


def test_people_say_so_at_the_gateways_machine():
    stage, till = station()
    pump = Pump(stage, till)
    for word in ("hold4000", "on", "lost"):
        pump.do(word)
    person = {"operator": "9", "name": "Lee", "role": "supervisor", "pin_salt": "00", "pin_hash": "00", "cards": []}
    stage.tell("staff", **person, status="active")
    stage.uplink("operator", {"close_hold": pump.hold, "operator": "7", "second": "9"})
    assert free_and_held(stage) == "10000 0" and stage.kinds()[-1] == "hold_settled"


def test_an_answer_lost_on_its_way_is_given_again():
    stage, till = station()
    pump = Pump(stage, till)
    pump.do("hold4000")
    pump.do("on")
    assert pump.do("take1000") == "paid 76 over 0 owed 0"
    events = len(stage.events())
    pump.n -= 1  # the same request once more
    assert pump.capture(1000, pump.total_ml - 1000) == "paid 76 over 0 owed 0"
    assert len(stage.events()) == events


def test_another_terminals_hold_is_not_captured():
    stage, till = station()
    pump = Pump(stage, till)
    pump.do("hold4000")
    pump.hold = request_text(RequestId("0001-pos2", JOURNAL, 1, 1))
    assert pump.do("take1000") == "nothing_open"


@pytest.mark.parametrize(
    ("steps", "back"), [("hold4000, on, take41337", 3142), ("hold4000, on, lost, take41337", 3142)]
)
def test_a_fill_is_refunded_like_any_sale(steps, back):
    stage, till = station()
    pump = Pump(stage, till)
    for word in steps.split(", "):
        pump.do(word)
    message, told = ask_refund(till, 1)
    assert (message, told.get("total_cents"), told.get("points_taken")) == ("refunded", back, back // 100)
    assert free_and_held(stage) == "10000 0"
