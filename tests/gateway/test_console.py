"""The forecourt page's commands, as the store's second process says them: answers, orders, repeats, refusals."""

import json
from itertools import count
from typing import Any

import pytest

from gateway.handlers.console import SESSION_MS
from gateway.store import staff
from protocol import topics
from tests.gateway.stage import JOURNAL, LINK_KEY, STORE, Stage, Till
from tests.gateway.test_fuelling import DIESEL, rows, station

PIN_HASH = staff.hash_pin("9999", bytes(16))
GRADE = {"n": 1, "code": DIESEL, "state": "free", "lifted": False, "ml": 0, "cents": 0, "price_milli": 76_000}


class Page:
    """A page at the forecourt: says commands, hears answers and what the pump terminal is told."""

    def __init__(self, stage: Stage):
        self.stage, self.token, self.ids = stage, "", count(1)
        told = {"app": "pump", "keys": [{"k": 1, "link_key": LINK_KEY.hex()}], "status": "active", "serial": "02"}
        stage.tell("terminal", terminal="0001-pump1", letter="cd" * 16, **told)
        person = {"name": "Lee", "role": "supervisor", "pin_salt": "00" * 16, "cards": [], "status": "active"}
        stage.tell("staff", operator="9", pin_hash=PIN_HASH, **person)
        self.pump = Till(stage, "pump1")
        self.orders: list[dict] = []

    def say(self, do: str, name: str = "", **more: Any) -> dict:
        """The answer to one command; the session's token goes with it."""
        told = {"id": name or f"{next(self.ids):032x}", "do": do, "token": self.token, **more}
        frames = self.stage.uplink("console", told)
        self.orders = [values for message, values in self.pump.told(frames) if message == "pump_do"]
        (done,) = [json.loads(frame) for topic, frame in frames if topics.parse(topic)[2] == "console_done"]
        assert done.pop("id") == told["id"]
        return done

    def sign_on(self, operator: str = "7", pin: str = "1234") -> dict:
        told = self.say("sign_on", operator=operator, pin=pin)
        self.token = told.get("token", "")
        return told

    def fill(self, cents: int = 0) -> dict:
        """The attendant starts nozzle 1, its terminal asks for it, 20 litres flow; what the terminal is told."""
        self.say("start", terminal="0001-pump1", nozzle=1, cents=cents, ml=0)
        (order,) = self.orders
        ids = {"j": JOURNAL, "l": 0, "at_s": 1_700_000_000}
        who = {name: order[name] for name in ("operator", "shift", "cents", "ml", "nozzle")}
        started = self.pump.request("start", **ids, n=1, code=DIESEL, **who)[1]
        totals = {"total_before_ml": 1_000_000, "total_after_ml": 1_020_000, "last": True, "why": "hung_up"}
        given = {"ml": 20_000, "amount_cents": 1520, "price_milli": 76_000, "hold": started["hold"], "code": DIESEL}
        return self.pump.request("capture", **ids, n=2, **given, **totals)[1]


def page() -> Page:
    made = Page(station()[0])
    made.pump.hello(app="pump")
    return made


def test_a_fill_from_the_page_to_the_cash_drawer():
    forecourt = page()
    told = forecourt.sign_on()
    assert (told["ok"], told["operator"], told["role"]) == (True, "7", "attendant")
    assert forecourt.fill()["fill"] == 1
    told = forecourt.say("settle_cash", fill=1, cents=1520)
    assert (told["receipt"], told["total_cents"]) == (1, 1520)
    sale = forecourt.stage.events()[-1]
    assert (sale["operator"], sale["lines"][0]["fill"], sale["tenders"]["cash"]) == ("7", 1, 1520)
    assert sale["about"] == request_of(forecourt, "fill")


def request_of(forecourt: Page, kind: str) -> str:
    return next(event["transfer"] for event in forecourt.stage.events() if event["kind"] == kind)


def test_the_same_command_again_gets_the_first_answer_and_moves_nothing():
    forecourt = page()
    forecourt.sign_on()
    forecourt.fill()
    first = forecourt.say("settle_cash", "ab" * 16, fill=1, cents=1520)
    events = len(forecourt.stage.events())
    forecourt.stage.start()  # also after the sale process has died
    assert forecourt.say("settle_cash", "ab" * 16, fill=1, cents=1520) == first
    assert len(forecourt.stage.events()) == events
    assert forecourt.say("settle_cash", fill=1, cents=1520)["reason"] == "not_signed_on"


def test_a_start_that_comes_twice_is_said_to_the_pump_once():
    forecourt = page()
    forecourt.sign_on()
    asked = {"terminal": "0001-pump1", "nozzle": 1, "cents": 2000, "ml": 0}
    forecourt.say("start", "cd" * 16, **asked)
    (order,) = forecourt.orders
    assert (order["do"], order["ask"], order["cents"], order["operator"]) == ("start", "cd" * 4, 2000, "7")
    assert forecourt.say("start", "cd" * 16, **asked) == {"ok": True} and forecourt.orders == []


REFUSALS = """
who      | do          | with                                                                        | reason
nobody   | start       | terminal=0001-pump1 nozzle=1 cents=0 ml=0                                   | not_signed_on
nobody   | settle_cash | fill=1 cents=1520                                                           | not_signed_on
nobody   | stop        | terminal=0001-pump1 nozzle=1                                                | not_signed_on
7        | start       | terminal=0001-pump9 nozzle=1 cents=0 ml=0                                   | terminal_away
7        | start       | terminal=0001-pump1 nozzle=1 cents=0                                        | malformed
7        | start       | terminal=0001-pump1 nozzle=x cents=0 ml=0                                   | malformed
7        | dance       |                                                                             | malformed
7        | settle_cash | fill=2 cents=1520                                                           | nothing_open
7        | settle_cash | fill=1 cents=1519                                                           | total_mismatch
7        | drive_off   | fill=1 second=7 second_pin=1234                                             | second_person
7        | drive_off   | fill=1 second=9 second_pin=1234                                             | second_person
9        | drive_off   | fill=1 second=7 second_pin=1234                                             | second_person
7        | drive_off   | fill=1 second=9 second_pin=9999                                             |
9        | settle_cash | fill=1 cents=1520                                                           |
7        | close_hold  | hold=nothing ml=0 cents=0 second=9 second_pin=9999                          | nothing_open
"""


@pytest.mark.parametrize("who, do, more, reason", rows(REFUSALS))
def test_what_is_refused_and_why(who, do, more, reason):
    forecourt = page()
    forecourt.sign_on()
    forecourt.fill()
    forecourt.token = ""
    if who != "nobody":
        forecourt.sign_on(who, {"7": "1234", "9": "9999"}[who])
    asked: dict[str, Any] = dict(pair.split("=") for pair in more.split())
    whole = {name: int(asked[name]) for name in ("nozzle", "cents", "ml", "fill") if asked.get(name, "").isdigit()}
    assert forecourt.say(do, "", **asked | whole).get("reason", "") == reason


HOSTILE = [
    ("start", {"terminal": "0001-pump1", "nozzle": 17, "cents": 0, "ml": 0}),
    ("start", {"terminal": "0001-pump1", "nozzle": 1, "cents": 10**12, "ml": 0}),
    ("start", {"terminal": "0001-pump1", "nozzle": 1, "cents": -1, "ml": 0}),
    ("start", {"terminal": "0001-pump1", "nozzle": True, "cents": 0, "ml": 0}),
    ("start", {"terminal": ["0001-pump1"], "nozzle": 1, "cents": 0, "ml": 0}),
    ("sign_on", {"operator": {}, "pin": "1234"}),
    ("settle_cash", {"fill": "1", "cents": 1520}),
    ("shift_close", {"counted_cents": 0, "tests": [1]}),
    ("shift_close", {"counted_cents": 0, "tests": [{"terminal": "0001-pump1", "nozzle": 1}]}),
    ("shift_close", {"counted_cents": 0, "tests": {}}),
]


@pytest.mark.parametrize("do, more", HOSTILE)
def test_what_is_no_command_is_turned_away(do, more):
    forecourt = page()
    forecourt.sign_on()
    events = len(forecourt.stage.events())
    assert forecourt.say(do, **more) == {"ok": False, "reason": "malformed"}
    assert len(forecourt.stage.events()) == events


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"{}", b'{"id":"x","do":"look"}', b'{"id":1,"do":"look"}'])
def test_what_names_no_command_gets_no_answer(payload):
    forecourt = page()
    assert forecourt.stage.desk.take([(topics.up(STORE + "-uplink", "console"), payload)]) == []


def test_wrong_pins_count_here_as_at_terminals():
    forecourt = page()
    answers = [forecourt.sign_on(pin="0000")["reason"] for _ in range(6)]
    assert answers == ["wrong_pin"] * 5 + ["pin_locked"]
    assert forecourt.stage.till.ask("sign_on", operator="7", pin="1234")[1]["reason"] == "pin_locked"


def test_a_session_ends_by_itself():
    forecourt = page()
    forecourt.sign_on()
    assert forecourt.say("resume_all")["ok"]
    forecourt.stage.clock.at_ms += SESSION_MS
    assert forecourt.say("resume_all")["reason"] == "not_signed_on"


def test_an_emergency_stop_needs_nobody_and_reaches_every_pump_terminal():
    forecourt = page()
    assert forecourt.say("stop_all") == {"ok": True}
    assert [(order["do"], order["nozzle"]) for order in forecourt.orders] == [("stop", 0)]


def test_a_fenced_gateway_moves_nothing():
    forecourt = page()
    forecourt.sign_on()
    forecourt.fill()
    forecourt.stage.shop.transaction(lambda: forecourt.stage.shop.fence("set back"))
    events = len(forecourt.stage.events())
    assert forecourt.say("settle_cash", fill=1, cents=1520)["reason"] == "fenced"
    assert forecourt.say("start", terminal="0001-pump1", nozzle=1, cents=0, ml=0)["reason"] == "fenced"
    assert len(forecourt.stage.events()) == events


def test_pumps_are_stopped_while_the_disk_takes_nothing():
    forecourt = page()
    forecourt.sign_on()
    forecourt.stage.desk.closed = "no room"
    events = len(forecourt.stage.events())
    assert forecourt.say("stop_all")["ok"] and [order["do"] for order in forecourt.orders] == ["stop"]
    assert forecourt.say("stop", terminal="0001-pump1", nozzle=1)["ok"]
    assert forecourt.say("start", terminal="0001-pump1", nozzle=1, cents=0, ml=0)["reason"] == "store_closed"
    assert forecourt.say("settle_cash", fill=1, cents=1520)["reason"] == "store_closed"
    assert len(forecourt.stage.events()) == events


def test_live_nozzles_reach_the_page_and_are_there_when_it_looks():
    forecourt = page()
    topic, frame = forecourt.pump.frame("nozzles", nozzles=[{**GRADE, "total_ml": 1_000_000}])
    told = [json.loads(frame) for name, frame in forecourt.stage.desk.take([(topic, frame)])
            if name == topics.down(STORE + "-uplink", "nozzles")]  # fmt: skip
    assert told[0]["terminal"] == "0001-pump1" and told[0]["nozzles"][0]["total_ml"] == 1_000_000
    forecourt.stage.clock.at_s += 40
    told = forecourt.say("look")
    assert told["nozzles"]["0001-pump1"][0]["code"] == DIESEL and told["heard_s"]["0001-pump1"] == 40


def test_only_the_second_process_may_speak_it():
    forecourt = page()
    payload = json.dumps({"id": "ef" * 16, "do": "stop_all"}).encode()
    told = forecourt.pump.send(topics.up("0001-pump1", "console"), payload)
    assert [values["reason"] for _, values in told] == ["unknown_message"]


# ---- prices for pumps


def prices(frames: list[tuple[str, dict]]) -> list[tuple[str, int, int]]:
    return [(one["code"], one["price_milli"], one["from_s"])
            for message, values in frames if message == "prices" for one in values["prices"]]  # fmt: skip


def test_a_pump_terminal_hears_what_its_grades_cost():
    forecourt = page()
    stage, pump = forecourt.stage, forecourt.pump
    assert prices(pump.says_hello(app="pump")) == []  # which grades it has is not known yet
    frame = pump.frame("nozzles", nozzles=[{**GRADE, "total_ml": 0}])
    assert prices(pump.send(*frame)) == [(DIESEL, 76_000, 0)]
    assert prices(pump.send(*frame)) == []
    rows_told = [{"version": 1, "code": DIESEL, "price_milli": 75_000, "from_s": 1},
                 {"version": 1, "code": DIESEL, "price_milli": 80_000, "from_s": 1_800_000_000}]  # fmt: skip
    later = [(DIESEL, 75_000, 0), (DIESEL, 80_000, 1_800_000_000)]
    assert prices(pump.told(stage.tell("fuel_prices", version=1, prices=rows_told))) == later
    assert prices(pump.says_hello(app="pump")) == later
