"""The deny list at a store: its number, what a list that has grown old still lets go, a replaced card's successor."""

import pytest

from gateway import health
from tests.gateway.stage import ALICE, CARD, RULES, ready
from tests.gateway.test_fuelling import Pump, station

LIMITED = RULES | {"version": 2, "stale_list_after_s": 3600, "stale_list_limit_cents": 900}

# rules, seconds since head office was last heard -> what a tap of 10.00 and, after it, one of 9.00 are told
AGES = """
rules   | age_s | 10.00          | 9.00
plain   | 99999 | receipt        | receipt
limited | 3600  | receipt        | receipt
limited | 3700  | limit_exceeded | receipt
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in AGES.strip().splitlines()[1:]]


def pay(till, n: int, cents: int, card: str = CARD) -> tuple[str, dict]:
    till.scan(n, ["100"])
    tap = till.tap(card=card)
    return till.request("pay", **till.pay(n, n, account=ALICE, tap=tap, stored_cents=cents, cash_cents=1000 - cents))


@pytest.mark.parametrize("rules, age_s, first, second", ROWS)
def test_an_old_list_lets_less_go_by_one_tap(rules, age_s, first, second):
    stage, till = ready()
    stage.grant(3000)
    stage.tell("rules", **(LIMITED if rules == "limited" else RULES | {"version": 2}))
    stage.uplink("line", {"up": True})
    stage.clock.at_s += int(age_s)
    stage.uplink("line", {"up": False})
    heard = []
    for n, cents in enumerate((1000, 900), 1):
        message, told = pay(till, n, cents)
        heard.append(told.get("reason", message))
    assert heard == [first, second]


def test_an_old_list_lets_less_go_at_the_pump_too():
    stage, till = station()
    stage.tell("rules", **LIMITED)
    stage.clock.at_s += 3700
    pump = Pump(stage, till)
    assert [pump.do("hold901"), pump.do("hold900")] == ["limit_exceeded 900", "held 900"]


def test_hearing_head_office_makes_it_young_again():
    stage, till = ready()
    stage.grant(3000)
    stage.tell("rules", **LIMITED)
    stage.clock.at_s += 9999
    assert pay(till, 1, 1000)[1]["reason"] == "limit_exceeded"
    stage.uplink("line", {"up": True})
    assert pay(till, 2, 1000)[0] == "receipt"


def test_the_lists_number_is_kept_and_a_word_of_the_number_alone_blocks_nothing():
    stage, till = ready()
    stage.grant(3000)
    stage.tell("block", card="0001:04FFFFFFFFFFFF", status="blocked", list=7)
    stage.tell("block", list=8)
    assert stage.db.execute("SELECT value FROM meta WHERE name = 'deny_list'").fetchone() == ("8",)
    assert health.report(stage.db)["deny_list"] == {"number": 8, "age_s": None}
    stage.uplink("line", {"up": True})
    assert health.report(stage.db)["deny_list"]["age_s"] is not None, "as the status page has it"
    assert pay(till, 1, 1000)[0] == "receipt"


def test_a_replaced_card_is_refused_and_its_successor_pays():
    stage, till = ready()
    stage.grant(3000)
    stage.tell("card", card="0001:04B1B2C3D4E5F6", account=ALICE, status="active")
    stage.tell("block", card=CARD, status="blocked", list=1)
    assert pay(till, 1, 1000)[1]["reason"] == "card_blocked"
    assert pay(till, 2, 1000, card="0001:04B1B2C3D4E5F6")[0] == "receipt"
