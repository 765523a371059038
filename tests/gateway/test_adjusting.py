"""Balances put right at a counter: a reason of the list, two people, within the store's right, never below zero."""

import pytest

from tests.gateway.stage import ALICE, JOURNAL, Stage, Till, ready

# what is adjusted by whom, with 5.00 and 20 points of Alice's here and rights to adjust 3.00 and 10 points -> outcome
ADJUSTED = """
asset     | change | why         | second     | told
points    | 10     | missed      | supervisor | here 500 30
points    | -10    | misuse      | supervisor | here 500 10
principal | 300    | wrong_entry | supervisor | here 800 20
principal | -300   | wrong_entry | supervisor | here 200 20
principal | 301    | wrong_entry | supervisor | issue_limit
points    | 10     | missed      | attendant  | second_person
points    | 10     | missed      | nobody     | second_person
points    | 10     | whim        | supervisor | malformed
points    | 0      | missed      | supervisor | malformed
coupon:x  | 1      | missed      | supervisor | malformed
bonus     | -1     | misuse      | supervisor | insufficient_float
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()[1:]]


def with_rights() -> tuple[Stage, Till]:
    stage, till = ready()
    for name, amount in (("principal", 300), ("points", 10), ("bonus", 10)):
        stage.right("issue:adjust:" + name, amount)
    stage.grant(500)
    stage.grant(20, asset="points", lot="0b" * 8)
    salt, hashed = stage.db.execute("SELECT pin_salt, pin_hash FROM staff WHERE operator = '7'").fetchone()
    told = {"name": "Lee", "pin_salt": salt, "pin_hash": hashed, "cards": [], "status": "active"}
    stage.tell("staff", operator="9", role="supervisor", **told)
    return stage, till


def adjust(till: Till, asset: str, change: int, why: str, second: str, n: int = 1) -> tuple[str, dict]:
    operator = {"supervisor": "9", "attendant": "7"}.get(second)
    tap = till.ask("vouch", operator=operator, pin="1234")[1]["tap"] if operator else "00" * 8
    values = {"j": JOURNAL, "l": 0, "n": n, "operator": "7", "shift": 1, "at_s": 0, "account": ALICE}
    return till.request("adjust", **values, asset=asset, change=change, why=why, second=tap)


@pytest.mark.parametrize("asset, change, why, second, told", rows(ADJUSTED))
def test_adjusting(asset, change, why, second, told):
    stage, till = with_rights()
    message, answer = adjust(till, asset, int(change), why, second)
    if message == "adjusted":
        assert "here {principal} {points}".format(**answer["here"]) == told
        event = stage.events()[-1]
        assert (event["kind"], event["reason"], event["operator"], event["second"]) == ("adjustment", why, "7", "9")
        assert any("correction/0001/" in line for entry in event["entries"] for line in entry[:2])
    else:
        assert answer["reason"] == told and stage.kinds()[-1] == "refusal"


def test_an_adjustment_is_voided_like_any_request():
    stage, till = with_rights()
    before = stage.db.execute("SELECT asset, SUM(amount) FROM slices GROUP BY asset").fetchall()
    adjust(till, "principal", -200, "misuse", "supervisor")
    assert till.void(1)[1]["outcome"] == "reversed"
    assert stage.db.execute("SELECT asset, SUM(amount) FROM slices GROUP BY asset").fetchall() == before
