"""Refunds at a counter, each row through real frames: a sale goes back as far as its refund right is here."""

import json

import pytest

from protocol.ledger.refund_rights import decode, paid_cents
from tests.gateway.stage import ALICE, INCARNATION, JOURNAL, RULES, STORE, Stage, Till, ready

# One tea (10.00) and one water (2.50), paid as `paid` says (stored points cash); then refunds one after the other.
# What each is told: total given back, of it cash, points taken back; or the reason.
REFUNDS = """
paid             | refunds                    | told
0 0 1250         | all                        | 1250 cash1250 taken12
1250 0 0         | all                        | 1250 cash0 taken12
1000 0 250       | all                        | 1250 cash250 taken12
1000 0 250       | line1                      | 1000 cash200 taken10
1000 0 250       | line1, line2               | 1000 cash200 taken10; 250 cash50 taken2
1000 0 250       | line1, line1               | 1000 cash200 taken10; more_than_sold
1000 0 250       | line1, all, all            | 1000 cash200 taken10; 250 cash50 taken2; nothing_left_to_refund
1250 0 0         | amount125, all             | 125 cash0 taken2; 1125 cash0 taken10
1250 0 0         | amount1251                 | more_than_sold
950 300 0        | all                        | 950 cash0 taken9
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()[1:]]


def sell(till: Till, n: int, paid: str, account: str = ALICE) -> dict:
    """A tea and a water as request n; the receipt."""
    stored, points, cash = map(int, paid.split())
    till.scan(n, ["100", "200"])
    member = {"account": account, "tap": till.tap(account)} if account else {}
    tenders = {"stored_cents": stored, "points": points, "points_cents": points, "cash_cents": cash, "lines": 2}
    message, told = till.request("pay", **till.pay(n, n, **tenders, **member))
    assert message == "receipt", told
    return told


def ask_refund(till: Till, n: int, what: str = "all", **values: object) -> tuple[str, dict]:
    asked = {"j": JOURNAL, "l": 0, "n": n, "operator": "7", "shift": 1, "at_s": 0, "why": "returned"}
    if what.startswith("line"):
        asked["lines"] = [{"line": int(what[4:]), "qty_milli": 1000}]
    if what.startswith("amount"):
        asked["amount_cents"] = int(what[6:])
    return till.request(
        "refund", **asked | ({} if "sale" in values or "receipt" in values else {"receipt": 1}) | values
    )


def said(message: str, told: dict) -> str:
    return told.get("reason") or "{total_cents} cash{cash_cents} taken{points_taken}".format(**told)


def held(stage: Stage) -> dict[str, int]:
    rows = stage.db.execute("SELECT asset, SUM(amount) FROM slices GROUP BY asset")
    return {asset: amount for asset, amount in rows if amount}


def with_float() -> tuple[Stage, Till]:
    stage, till = ready()
    stage.grant(2000)
    stage.grant(300, asset="points", lot="0b" * 8)
    return stage, till


@pytest.mark.parametrize("paid, refunds, told", rows(REFUNDS))
def test_refunds(paid, refunds, told):
    stage, till = with_float()
    before = held(stage)
    sell(till, 1, paid)
    answers = [ask_refund(till, n, what.strip()) for n, what in enumerate(refunds.split(","), 2)]
    assert "; ".join(said(*answer) for answer in answers) == told
    if answers[-1][1].get("left_cents") == 0:
        assert held(stage) == before


def test_points_that_were_spent_meanwhile_lower_what_is_given_back():
    stage, till = ready()
    stage.grant(2500)
    sell(till, 1, "1250 0 0")
    stage.tell("rules", **RULES | {"version": 2, "earn": {}})
    sell(till, 2, "1238 12 0")
    assert said(*ask_refund(till, 3)) == "1238 cash0 taken0"
    assert stage.events()[-1]["kept_cents"] == 12


def test_a_sale_without_a_member_is_given_back_in_cash():
    stage, till = ready()
    sell(till, 1, "0 0 1250", account="")
    message, told = ask_refund(till, 2)
    assert (told["cash_cents"], "here" in told) == (1250, False)
    assert till.ask("sign_off", operator="7", shift=1)[1]["cash_cents"] == 0


# what is wrong -> reason
WRONG = {
    "no such receipt": ({"receipt": 99}, "unknown_sale"),
    "a refusal's receipt": ({"sale": f"{STORE}-pos1/{JOURNAL}/0/9"}, "unknown_sale"),
    "no id at all": ({"sale": "tea"}, "unknown_sale"),
    "nobody's shift": ({"shift": 4}, "not_signed_on"),
    "no reason of the list": ({"why": "bored"}, "malformed"),
    "another store's sale while head office is away": ({"store": "0002", "receipt": 1}, "refund_right_away"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong(what):
    stage, till = with_float()
    sell(till, 1, "1250 0 0")
    values, reason = WRONG[what]
    assert said(*ask_refund(till, 2, **values)) == reason
    assert stage.events()[-1]["kind"] == "refusal"


# who agreed -> result of a refund of 12.50 where the rules ask for a second person from 10.00 on
SECOND = {
    "nobody": "second_person",
    "the attendant": "second_person",
    "another attendant": "second_person",
    "a supervisor": "1250 cash0 taken12",
    "a supervisor at another terminal": "second_person",
}


@pytest.mark.parametrize("who, result", SECOND.items())
def test_a_second_person(who, result):
    stage, till = with_float()
    stage.tell("rules", **RULES | {"version": 2, "refund": {"second_from_cents": 1000}})
    for operator, role in (("8", "attendant"), ("9", "supervisor")):
        hashed = stage.db.execute("SELECT pin_salt, pin_hash FROM staff WHERE operator = '7'").fetchone()
        told = {"pin_salt": hashed[0], "pin_hash": hashed[1], "cards": [], "status": "active"}
        stage.tell("staff", operator=operator, name="Lee", role=role, **told)
    sell(till, 1, "1250 0 0")
    number = {"the attendant": "7", "another attendant": "8", "nobody": ""}.get(who, "9")
    second = {}
    if number:
        second = {"second": till.ask("vouch", operator=number, pin="1234")[1]["tap"]}
    if "terminal" in who:
        stage.db.execute("UPDATE taps SET terminal = '0001-pos2'")
    assert said(*ask_refund(till, 2, **second)) == result
    assert stage.events()[-1].get("second") == ("9" if result.startswith("1250") else None)


def test_what_can_come_back_is_told_line_by_line():
    stage, till = with_float()
    sell(till, 1, "1000 0 250")
    ask_refund(till, 2, "line1")
    asked = {"after": 0, "operator": "7", "shift": 1}
    message, told = till.ask("sale_ask", receipt=1, **asked)
    assert (message, told["left_cents"], told["cash_cents"], told["account"]) == ("sale_told", 250, 50, ALICE)
    assert told["lines"] == [{"line": 2, "name": "Water", "qty_milli": 1000, "paid_cents": 250}]
    assert till.ask("sale_ask", receipt=7, **asked)[1]["reason"] == "unknown_sale"
    ask_refund(till, 3)
    assert till.ask("sale_ask", sale=told["sale"], **asked)[1]["reason"] == "nothing_left_to_refund"


# steps -> what each is told; the sale is request 1, refunds are requests 2 and up
STORIES = """
refund 2, void 2                      | 1250 cash0 taken12; reversed
refund 2, void 2, refund 3            | 1250 cash0 taken12; reversed; 1250 cash0 taken12
refund 2, refund 2                    | 1250 cash0 taken12; 1250 cash0 taken12
void 1, refund 2                      | reversed; nothing_left_to_refund
lane refund 1, void 1                 | 1250 cash0 taken12; reversed
lane line1 1, void 1                  | 1000 cash0 taken10; reversed
recall, refund 2                      | ; refund_right_away
recall, void 1                        | ; reversed
"""
STORY_ROWS = [[cell.strip() for cell in line.split("|")] for line in STORIES.strip().splitlines()]


@pytest.mark.parametrize("steps, told", STORY_ROWS, ids=[row[0] for row in STORY_ROWS])
def test_refunds_and_voids_never_pay_twice(steps, told):
    stage, till = with_float()
    before = held(stage)
    sell(till, 1, "1250 0 0")
    heard, recalled = [], "recall" in steps
    for step in (one.strip() for one in steps.split(",")):
        if step == "recall":
            stage.tell("recall_refund", recall="0c" * 16, sale=f"{STORE}-pos1/{JOURNAL}/0/1", account=ALICE)
            heard.append("")
        elif step.startswith("void"):
            heard.append(till.void(int(step.split()[1]))[1]["outcome"])
        else:
            lane = {"l": 3} if step.startswith("lane") else {}
            word = step.split()[-2].replace("refund", "all")
            heard.append(said(*ask_refund(till, int(step.split()[-1]), word, **lane)))
    assert "; ".join(heard) == told
    if not recalled and heard[-1] != "reversed" or steps.endswith("void 1") and not recalled:
        assert held(stage) == before


SALE_ELSEWHERE = {
    "v": 1,
    "sale": "0002-pos1/00000001/0/5",
    "store": "0002",
    "account": ALICE,
    "goods": [[1, "100", 1000, 1000, []]],
    "drawn": [["principal", "0d" * 8, 800, "0002", "top_up", "", 0]],
    "given": [],
    "pending": [],
    "codes": [],
    "lent": [],
    "cash_cents": 200,
    "points_value_cents": 0,
}


def right_comes(stage: Stage, grant: str = "0e" * 16, **body: object) -> list:
    told = {"grant": grant, "incarnation": INCARNATION, "account": ALICE, "receipt": 41, "right": SALE_ELSEWHERE}
    return stage.tell("refund_right_grant", **told | body)


def test_a_sale_of_another_store_is_refunded_once_its_right_has_come():
    stage, till = ready()
    stage.uplink("line", {"up": True})
    asked = {"j": JOURNAL, "l": 0, "n": 1, "operator": "7", "shift": 1, "at_s": 0, "why": "faulty"}
    frames = stage.desk.take([till.frame("refund", **asked, store="0002", receipt=41)])
    want = json.loads(dict(frames)["tapwell/0001-uplink/down/want"])
    assert (want["refund"], want["want"], till.told(frames)) == ({"store": "0002", "receipt": 41}, {}, [])
    assert right_comes(stage)  # the grant alone cannot say which wish it is for
    ((message, told),) = till.told(stage.uplink("want_answer", want))
    assert (message, told["principal_cents"], told["cash_cents"]) == ("refunded", 800, 200)
    assert [event for event in stage.kinds() if event.startswith("ref")] == ["refund_right_taken", "refund"]


def test_a_right_is_taken_once_and_goes_back_as_it_is_then():
    stage, till = ready()
    right_comes(stage)
    right_comes(stage)
    assert stage.kinds().count("refund_right_taken") == 1
    ask_refund(till, 1, "amount100", sale=SALE_ELSEWHERE["sale"])
    for recall in ("0c" * 16, "0c" * 16, "1c" * 16):
        stage.tell("recall_refund", recall=recall, sale=SALE_ELSEWHERE["sale"], account=ALICE)
    returned = [event["right"] for event in stage.events() if event["kind"] == "refund_right_returned"]
    assert paid_cents(decode(returned[0])) == 900 and returned[1:] == [None]
    assert said(*ask_refund(till, 2, sale=SALE_ELSEWHERE["sale"])) == "refund_right_away"


def test_a_cancelled_right_leaves_a_tombstone_or_goes_back():
    stage, till = ready()
    stage.tell("cancel_refund_right", grant="0e" * 16, sale=SALE_ELSEWHERE["sale"], account=ALICE)
    right_comes(stage)
    assert stage.kinds()[-1] == "refund_right_tombstone"
    right_comes(stage, "0f" * 16)
    for _ in range(2):
        stage.tell("cancel_refund_right", grant="0f" * 16, sale=SALE_ELSEWHERE["sale"], account=ALICE)
    assert stage.kinds()[-2:] == ["refund_right_taken", "refund_right_returned"]


def test_value_that_a_refund_takes_back_is_asked_for_once_the_right_has_come():
    stage, till = ready()
    stage.uplink("line", {"up": True})
    asked = {"j": JOURNAL, "l": 0, "n": 1, "operator": "7", "shift": 1, "at_s": 0, "why": "faulty"}
    frames = stage.desk.take([till.frame("refund", **asked, store="0002", receipt=41)])
    first = json.loads(dict(frames)["tapwell/0001-uplink/down/want"])
    earned = SALE_ELSEWHERE | {"given": [["points", "0e" * 8, 10, "0002", "earned", "", 0]]}
    right_comes(stage, right=earned)
    second = json.loads(dict(stage.uplink("want_answer", first))["tapwell/0001-uplink/down/want"])
    assert (second["account"], second["want"]) == (ALICE, {"points": 10})
    terms = {"origin": "0002", "kind": "earned", "expires": "", "opened_s": 0}
    slices = [{"asset": "points", "lot": "0e" * 8, "amount": 10} | terms]
    frames = stage.tell("grant", grant="1e" * 16, incarnation=INCARNATION, account=ALICE, slices=slices)
    ((_, told),) = till.told(frames)
    assert (told["total_cents"], told["points_taken"], told["kept_cents"]) == (1000, 10, 0)
