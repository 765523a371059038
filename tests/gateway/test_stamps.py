"""Punches that a purchase earns: one for each piece that was paid for, taken back with what is brought back."""

import pytest

from tests.gateway.stage import ALICE, JOURNAL, RULES, Stage, Till, ready
from tests.gateway.test_fuelling import DIESEL, Pump, station

CARDS = {
    "punch:tea": {"off_cents": 1000, "punches": 10, "earned_by": ["100"], "days": 30},
    "punch:drinks": {"off_cents": 250, "punches": 5, "earned_by": ["100", "200"], "each_milli": 2000},
    "coupon:tea": {"off_cents": 300},
}

# pieces bought (tea 10.00, water 2.50); what is redeemed of 10 tea punches -> punches that the receipt tells
EARNED = """
tea | water | redeemed  | told
1   | 0     |           | tea+1=11
3   | 0     |           | drinks+1=1 tea+3=13
0   | 1     |           |
1   | 5     |           | drinks+2=2 tea+1=11
1   | 0     | punch:tea |
3   | 0     | punch:tea | drinks+1=1 tea+2=2
"""

# bought, then what of it comes back (line, pieces) or all -> punches that are left
BACK = """
tea | back   | left
3   | all    |
3   | line 1 | punch:drinks 1, punch:tea 2
3   | line 2 | punch:drinks 1, punch:tea 1
3   | void   |
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()[1:]]


def with_cards(punches: int = 0, right: int = 100) -> tuple[Stage, Till]:
    stage, till = ready()
    stage.tell("rules", **RULES | {"version": 2, "offers": CARDS, "earn": {}})
    stage.right("issue:punch", right)
    if punches:
        stage.grant(punches, asset="punch:tea")
    return stage, till


def buy(till: Till, tea: int, water: int = 0, redeemed: str = "") -> tuple[str, dict]:
    lines = [(code, pieces) for code, pieces in (("100", tea), ("200", water)) if pieces]
    for line, (code, pieces) in enumerate(lines, 1):
        wanted = {"basket": 1, "line": line, "code": code, "qty_milli": 1000 * pieces}
        assert till.ask("set_line", j=JOURNAL, l=0, operator="7", shift=1, **wanted)[0] == "priced"
    cents = 1000 * tea + 250 * water - (1000 if redeemed else 0)
    units = {"units": [{"asset": redeemed}]} if redeemed else {}
    paid = {"cash_cents": cents, "total_cents": cents, "lines": len(lines)}
    return till.request("pay", **till.pay(1, 1, account=ALICE, tap=till.tap(), **paid, **units))


def left(stage: Stage) -> str:
    found = stage.db.execute("SELECT asset, SUM(amount) FROM slices WHERE amount > 0 GROUP BY asset ORDER BY asset")
    return ", ".join(f"{asset} {amount}" for asset, amount in found)


@pytest.mark.parametrize("tea, water, redeemed, told", rows(EARNED))
def test_what_is_paid_for_earns_and_what_is_free_does_not(tea, water, redeemed, told):
    """odoo#150833: the reward's own line earned another point."""
    stage, till = with_cards(punches=10)
    message, receipt = buy(till, int(tea), int(water), redeemed)
    assert message == "receipt", receipt
    said = ["{}+{earned}={have}".format(row["asset"][6:], **row) for row in receipt.get("punches", [])]
    assert " ".join(said) == told
    (sale,) = [event for event in stage.events() if event["kind"] == "sale"]
    by_line = [units for line in sale["lines"] for units in line.get("earned", {}).items()]
    assert sum(amount for _, amount in by_line) == sum(row["earned"] for row in receipt.get("punches", []))


@pytest.mark.parametrize("tea, back, left_over", rows(BACK))
def test_what_comes_back_takes_its_punches_along(tea, back, left_over):
    stage, till = with_cards()
    assert buy(till, int(tea))[0] == "receipt"
    if back == "void":
        till.void(1)
    else:
        asked = {"j": JOURNAL, "l": 0, "n": 2, "operator": "7", "shift": 1, "at_s": 0, "why": "returned", "receipt": 1}
        if back != "all":
            asked["lines"] = [{"line": 1, "qty_milli": 1000 * int(back.split()[1])}]
        assert till.request("refund", **asked)[0] == "refunded"
    assert left(stage) == left_over


@pytest.mark.parametrize("right", [1, 3])
def test_without_a_right_left_the_sale_goes_on_and_head_office_gives_them(right):
    """Cards share one right: what the first has used the second does not have."""
    stage, till = with_cards(right=right)
    message, receipt = buy(till, 3)
    assert message == "receipt"
    assert [(row["asset"], row["earned"], row["have"]) for row in receipt["punches"]] == [
        ("punch:drinks", 1, 1), ("punch:tea", 3, 0),
    ]  # fmt: skip
    (sale,) = [event for event in stage.events() if event["kind"] == "sale"]
    assert sale["pending_units"] == [["punch:tea", 3, "2023-12-31"]] and left(stage) == "punch:drinks 1"


def test_punches_that_are_owed_are_paid_from_the_next_that_are_earned():
    stage, till = with_cards()
    member = {"level": "", "status": "active", "display": "Al", "cards": [], "tags": [], "in_all": {}, "as_of_s": 1}
    stage.tell("member", account=ALICE, **member, owed={"punch:tea": 2})
    assert buy(till, 3)[0] == "receipt"
    assert left(stage) == "punch:drinks 1, punch:tea 1"
    (sale,) = [event for event in stage.events() if event["kind"] == "sale"]
    assert sale["collected"] == {"punch:tea": 2}


def test_a_fill_earns_by_its_litres():
    stage, till = station()
    wash = {"off_cents": 1000, "punches": 5, "earned_by": [DIESEL], "each_milli": 20_000}
    stage.tell("rules", **RULES | {"version": 2, "offers": {"punch:wash": wash}, "earn": {}})
    stage.right("issue:punch", 10)
    pump = Pump(stage, till)
    for word in ("hold4000", "on", "take41337"):
        pump.do(word)
    (sale,) = [event for event in stage.events() if event["kind"] == "sale"]
    assert [line["earned"] for line in sale["lines"]] == [{"punch:wash": 2}]
    assert "punch:wash 2" in left(stage)


def test_who_shows_no_card_earns_nothing():
    stage, till = with_cards()
    till.scan(1, ["100"])
    assert "punches" not in till.request("pay", **till.pay(1, 1, cash_cents=1000, total_cents=1000))[1]
    assert left(stage) == ""


@pytest.mark.parametrize("offer", [
    {"coupon:tea": {"off_cents": 1, "earned_by": ["100"]}},
    {"punch:tea": {"off_cents": 1, "punches": 2, "earned_by": ["100"], "each_milli": 0}},
    {"punch:tea": {"off_cents": 1, "punches": 2, "earned_by": ["100"], "days": -1}},
])  # fmt: skip
def test_rules_that_cannot_be_are_refused(offer):
    from gateway.core import rules

    with pytest.raises(ValueError):
        rules.read({"offers": offer})
