"""A start is witnessed: until every terminal that was active lately has answered, a budget of value goes through."""

import pytest

from gateway.core import witness
from gateway.core.trade import Budget
from tests.gateway.stage import ALICE, INCARNATION, JOURNAL, LINK_KEY, Stage, Till, ready

DAY_S = 86400


def two_tills() -> tuple[Stage, Till, Till]:
    """A store with two terminals at work, 30.00 of Alice's value here, and a budget of 12.00 (cap 20.00)."""
    stage, till = ready()
    keys = [{"k": 1, "link_key": LINK_KEY.hex()}]
    stage.tell("terminal", terminal="0001-pos2", app="pos", keys=keys, status="active", serial="02", letter="cd" * 16)
    other = Till(stage, "pos2")
    other.hello()
    stage.grant(3000)
    return stage, till, other


def restart(stage: Stage) -> None:
    stage.start()
    stage.shop.budget = Budget(1200, 2000)


def answer(stage: Stage, till: Till, seq: int = 0) -> dict:
    """What a terminal does with the head of a start that asks: hello with the highest head it has seen."""
    told = till.hello(witness_incarnation=INCARNATION, witness_seq=seq, answers=stage.shop.asks)
    return told


def pay(till: Till, n: int, **tenders: int) -> str:
    till.scan(n, ["100"])
    tenders = tenders or {"stored_cents": 1000}
    message, told = till.request("pay", **till.pay(n, n, account=ALICE, tap=till.tap(), **tenders))
    return told.get("reason", message)


# what happens after a start, in order -> what each payment (a tea, 10.00) is told
STARTS = """
pay, pay                               | receipt, witness_awaited
cash, pay, pay                         | receipt, receipt, witness_awaited
pos1, pay, pay                         | receipt, witness_awaited
pos1, pos2, pay, pay, pay              | receipt, receipt, receipt
pay, pos1, pos2, pay, pay              | receipt, receipt, receipt
pay, raise, pay, pay                   | receipt, receipt, witness_awaited
pos1, aside, pay, pay, pay             | receipt, receipt, receipt
pay, again, pay                        | receipt, witness_awaited
pos1, pos2, again, pay, pay            | receipt, witness_awaited
stale pos1, stale pos2, pay, pay       | receipt, witness_awaited
higher pos1, pay                       | fenced
pos1, higher pos2, cash                | fenced
mixed, mixed, mixed                    | receipt, receipt, witness_awaited
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in STARTS.strip().splitlines()]


@pytest.mark.parametrize("steps, told", ROWS, ids=[row[0] for row in ROWS])
def test_starts(steps, told):
    stage, *tills = two_tills()
    restart(stage)
    heard, n = [], 0
    for step in (one.strip() for one in steps.split(",")):
        name = step.split()[-1]
        if name in ("pos1", "pos2"):
            till = tills[int(name[-1]) - 1]
            if step.startswith("stale"):
                till.hello(answers="00" * 8)
            else:
                seen = witness.can_have_seen(stage.shop, "0001-" + name)
                answer(stage, till, seen + (5 if step.startswith("higher") else 0))
        elif step == "again":
            restart(stage)
        elif step in ("raise", "aside"):
            stage.uplink("operator", {"raise_budget": True} if step == "raise" else {"set_aside": "0001-pos2"})
        else:
            n += 1
            tenders = {"pay": {}, "cash": {"cash_cents": 1000}, "mixed": {"stored_cents": 600, "cash_cents": 400}}
            heard.append(pay(tills[0], n, **tenders[step]))
    assert ", ".join(heard) == told


# what a till does after a start, in order, its sale first -> how its payment of 10.00 from stored value ends
FIRST_HEARD = """
sale, hello                | receipt at once
sale, stale hello          | nothing
sale, stale hello, a while | receipt
sale, other, a while       | receipt
sale, higher hello         | fenced at once
sale, sale, hello          | receipt at once
sale, void                 | nothing
sale, void, hello          | voided at once
hello, sale                | receipt at once
"""
HEARD = [[cell.strip() for cell in line.split("|")] for line in FIRST_HEARD.strip().splitlines()]


@pytest.mark.parametrize("steps, told", HEARD, ids=[row[0] for row in HEARD])
def test_no_request_of_a_terminal_is_decided_before_it_was_heard_or_had_a_while(steps, told):
    """Its answer would count in no record: were the disk set back once more, nobody would know of it."""
    stage, till, other = two_tills()
    restart(stage)
    till.scan(1, ["100"])
    frame = till.frame("pay", **till.pay(1, 1, account=ALICE, tap=till.tap(), stored_cents=1000))
    heard, waited = [], ""
    for step in steps.split(", "):
        if step == "sale":
            heard += till.send(*frame)
        elif step == "void":
            heard += till.send(*till.frame("void", j=JOURNAL, l=0, n=1, at_s=0))
        elif step == "a while":
            stage.clock.at_ms += 2000
            heard += till.told(stage.desk.tick())
        else:
            seen = witness.can_have_seen(stage.shop, "0001-pos1") + (5 if step.startswith("higher") else 0)
            asks = "00" * 8 if step.startswith("stale") else stage.shop.asks
            heard += (other if step == "other" else till).says_hello(
                witness_incarnation=INCARNATION, witness_seq=seen, answers=asks
            )
    ends = [values.get("outcome") or values.get("reason") or message for message, values in heard
            if message not in ("welcome", "head", "testify")]
    waited = "" if "a while" in steps or not ends else " at once"
    assert (", ".join(ends) or "nothing") + waited == told


def test_the_refusal_says_who_is_awaited_and_how_much_goes():
    stage, till, _ = two_tills()
    restart(stage)
    answer(stage, till)
    pay(till, 1)
    till.scan(2, ["100"])
    told = till.request("pay", **till.pay(2, 2, account=ALICE, tap=till.tap(), stored_cents=1000))[1]
    assert (told["reason"], told["detail"], told["approve_cents"]) == ("witness_awaited", "0001-pos2", 200)


def test_the_heads_of_a_start_ask_until_they_are_answered():
    stage, till, other = two_tills()
    restart(stage)
    frames = stage.desk.tick()
    asked = [one.told(frames)[0][1]["asks"] for one in (till, other)]
    assert asked == [stage.shop.asks] * 2
    assert till.hello()["asks"] == stage.shop.asks  # a hello of its own proves nothing yet
    assert "asks" not in answer(stage, till)
    stage.clock.at_ms += 60_000
    frames = stage.desk.tick()
    assert ["asks" in one.told(frames)[0][1] for one in (till, other)] == [False, True]


def test_nothing_goes_home_before_a_start_is_witnessed():
    stage, till, other = two_tills()
    restart(stage)
    pay(till, 1, cash_cents=1000)
    stage.tell("recall", recall="0c" * 16, account=ALICE, asset="*", up_to=None)
    assert stage.events()[-1]["slices"] == []
    sale = f"0001-pos1/{JOURNAL}/0/1"
    stage.tell("recall_refund", recall="1c" * 16, sale=sale, account=ALICE)
    assert stage.events()[-1]["right"] is None
    for one in (till, other):
        answer(stage, one)
    stage.tell("recall", recall="2c" * 16, account=ALICE, asset="principal", up_to=None)
    stage.tell("recall_refund", recall="3c" * 16, sale=sale, account=ALICE)
    assert [bool(event.get("slices") or event.get("right")) for event in stage.events()[-2:]] == [True, True]


# the store's clock now, in days after what it was when the other till was last heard -> who is awaited
CLOCKS = [(0, ["0001-pos1", "0001-pos2"]), (6, ["0001-pos1", "0001-pos2"]), (8, ["0001-pos1"]), (-9000, 2), (7000, 2)]


@pytest.mark.parametrize("days, awaited", CLOCKS)
def test_who_is_awaited(days, awaited):
    stage, till, other = two_tills()
    if 0 < days < 100:
        stage.clock.at_s += days * DAY_S
        till.hello()
        pay(till, 1, cash_cents=1000)
    else:
        stage.clock.at_s += days * DAY_S  # the clock has gone wrong while the store was closed
    restart(stage)
    both = ["0001-pos1", "0001-pos2"]
    assert sorted(stage.shop.awaited) == (both if awaited == 2 else awaited)


def test_what_is_sold_while_a_terminal_is_awaited_does_not_cover_what_it_has_seen():
    """A disk that was set back grows past the head it has lost before the terminal that knows of it is on again."""
    stage, till, other = two_tills()
    lost = stage.shop.head().seq + 1  # seen by pos2, gone from this disk
    restart(stage)
    answer(stage, till, stage.shop.head().seq)
    assert [pay(till, n, cash_cents=1000) for n in (1, 2)] == ["receipt", "receipt"]
    restart(stage)  # once more: what was sold in between covers nothing for who has not answered yet
    answer(stage, till, stage.shop.head().seq)
    assert stage.shop.head().seq > lost
    assert answer(stage, other, lost)["selling"] is False


def test_who_is_awaited_is_told_nothing_that_was_sold_since():
    """Neither a head nor an answer may overwrite what it has seen, nor may its journal forget what may be lost here."""
    stage, till, other = two_tills()
    assert pay(till, 1, cash_cents=1000) == "receipt"
    stage.uplink("booked", {"upto": stage.shop.head().seq})
    stage.uplink("safe", {"upto": stage.shop.head().seq})
    start, booked = stage.shop.head().seq, till.hello()["booked"]
    assert booked
    restart(stage)
    answer(stage, other)
    till.scan(2, ["100"])
    message, told = till.request("pay", **till.pay(2, 2, cash_cents=1000))
    assert (message, told["seq"]) == ("receipt", start) and stage.shop.head().seq > start
    awaited = till.hello()
    assert (awaited["seq"], awaited["booked"]) == (start, [])
    answer(stage, till, start)
    heard = till.hello()
    assert (heard["seq"], heard["booked"]) == (stage.shop.head().seq, booked)


def test_a_fenced_gateway_writes_nothing_more_whatever_comes():
    stage, till, _ = two_tills()
    restart(stage)
    answer(stage, till, stage.shop.head().seq + 1)
    seq = stage.shop.head().seq
    stage.grant(500, lot="0d" * 8)
    stage.tell("recall", recall="0c" * 16, account=ALICE, asset="*", up_to=None)
    stage.uplink("operator", {"set_aside": "0001-pos2"})
    assert till.ask("sign_on", operator="7", pin="1234")[1]["reason"] == "fenced"
    assert stage.shop.head().seq == seq and stage.db.execute("SELECT SUM(amount) FROM slices").fetchone() == (3000,)


def test_a_store_that_never_had_a_terminal_awaits_nobody():
    stage = Stage()
    assert not witness.opening(stage.shop)
