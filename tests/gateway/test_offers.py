"""Coupons, punch cards and codes at a counter: single units with one holder each, so none is redeemed twice."""

import json

import pytest

from tests.gateway.stage import ALICE, INCARNATION, JOURNAL, RULES, Stage, Till, ready

OFFERS = {
    "coupon:tea": {"off_cents": 300},
    "coupon:all": {"off_cents": 9000},
    "punch:tea": {"off_cents": 1000, "punches": 10},
    "code:SPRING": {"off_cents": 200},
    "code:NEW": {"off_cents": 500, "limited": False, "once": True},
}
LOTS = {"coupon:tea": "c1" * 8, "coupon:all": "c2" * 8}

# what lies here of Alice's; what a tea (10.00) is paid with -> what is left to pay in cash, or the reason
UNITS = """
here                    | redeemed                | cash | told
coupon:tea              | coupon:tea              | 700  | receipt off300
coupon:tea              | coupon:tea              | 1000 | basket_changed
coupon:tea coupon:all   | coupon:tea coupon:all   | 0    | receipt off1000
                        | coupon:tea              | 700  | coupon_unknown
coupon:tea              | coupon:tea coupon:tea   | 400  | coupon_unknown
punch:tea*10            | punch:tea               | 0    | receipt off1000
punch:tea*9             | punch:tea               | 0    | insufficient_punches
                        | code:SPRING             | 800  | receipt off200
                        | code:SPRING code:SPRING code:SPRING | 400 | code_used_up
once:NEW                | code:NEW                | 500  | receipt off500
                        | code:NEW                | 500  | once_away
                        | code:OTHER              | 1000 | coupon_unknown
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()[1:]]


def with_offers(here: str) -> tuple[Stage, Till]:
    stage, till = ready()
    stage.tell("rules", **RULES | {"version": 2, "offers": OFFERS, "earn": {}})
    stage.right("code:SPRING", 2)
    for number, word in enumerate(here.split()):
        asset, _, amount = word.partition("*")
        stage.grant(int(amount or 1), asset=asset, lot=LOTS.get(asset, f"{number:016x}"))
    return stage, till


def units(names: str) -> list[dict]:
    return [{"asset": name} | ({"lot": LOTS[name]} if name in LOTS else {}) for name in names.split()]


def buy(till: Till, n: int, redeemed: str, cash: int) -> str:
    till.scan(n, ["100"])
    tenders = {"cash_cents": cash, "total_cents": cash, "units": units(redeemed)}
    message, told = till.request("pay", **till.pay(n, n, account=ALICE, tap=till.tap(), **tenders))
    return told.get("reason") or f"receipt off{told['off_cents']}"


def held(stage: Stage) -> list[tuple]:
    return stage.db.execute("SELECT asset, lot, amount FROM slices WHERE amount > 0 ORDER BY asset").fetchall()


@pytest.mark.parametrize("here, redeemed, cash, told", rows(UNITS))
def test_units(here, redeemed, cash, told):
    stage, till = with_offers(here)
    before = held(stage)
    assert buy(till, 1, redeemed, int(cash)) == told
    assert (held(stage) == before) == (not told.startswith("receipt") or redeemed == "code:SPRING")


@pytest.mark.parametrize("ending", ["void", "refund"])
def test_what_was_redeemed_comes_back(ending):
    stage, till = with_offers("coupon:tea punch:tea*10 once:NEW")
    before = held(stage)
    assert buy(till, 1, "coupon:tea code:SPRING code:NEW", 0) == "receipt off1000"
    if ending == "void":
        till.void(1)
    else:
        asked = {"j": JOURNAL, "l": 0, "n": 2, "operator": "7", "shift": 1, "at_s": 0, "why": "returned"}
        assert till.request("refund", **asked, receipt=1)[0] == "refunded"
    assert held(stage) == before
    assert stage.db.execute("SELECT amount FROM rights WHERE name = 'code:SPRING'").fetchone() == (2,)


def test_a_coupon_is_redeemed_once_whatever_comes_twice():
    stage, till = with_offers("coupon:tea")
    assert buy(till, 1, "coupon:tea", 700) == "receipt off300"
    assert buy(till, 2, "coupon:tea", 700) == "coupon_unknown"


def test_a_coupon_that_is_elsewhere_is_asked_for():
    stage, till = with_offers("")
    stage.uplink("line", {"up": True})
    till.scan(1, ["100"])
    tenders = {"cash_cents": 700, "total_cents": 700, "units": units("coupon:tea")}
    frame = till.frame("pay", **till.pay(1, 1, account=ALICE, tap=till.tap(), **tenders))
    want = json.loads(dict(stage.desk.take([frame]))["tapwell/0001-uplink/down/want"])
    assert want["want"] == {"coupon:tea": 1}
    terms = {"origin": "hq", "kind": "coupon", "expires": "", "opened_s": 0}
    slices = [{"asset": "coupon:tea", "lot": LOTS["coupon:tea"], "amount": 1} | terms]
    told = {"grant": "1e" * 16, "incarnation": INCARNATION, "account": ALICE, "slices": slices}
    assert till.told(stage.uplink("hq", stage.hq.message("grant", **told)))[0][0] == "receipt"


def asked_for(till: Till, **values: object) -> object:
    """What a till is told: asset, have/of, what it takes off; or the reason."""
    message, told = till.ask("units_ask", **{"after": 0} | values)
    if message == "refused":
        return told["reason"]
    rows = ["{asset} {have}/{of} -{off_cents}".format(**row) for row in told["offers"]]
    return rows + ["more"] if told["more"] else rows


def test_a_till_is_told_what_a_member_may_redeem():
    stage, till = with_offers("coupon:tea coupon:all punch:tea*3")
    mine = {"account": ALICE, "tap": till.tap()}
    assert asked_for(till, **mine) == ["coupon:all 1/0 -9000", "coupon:tea 1/0 -300", "punch:tea 3/10 -1000"]
    assert asked_for(till, **mine, code="SPRING") == asked_for(till, code="SPRING") == ["code:SPRING 1/0 -200"]
    assert asked_for(till, code="SUMMER") == "coupon_unknown"
    assert asked_for(till, account=ALICE) == asked_for(till, account="ff" * 16, tap=mine["tap"]) == "tap_again"


def test_many_coupons_are_told_in_pages_and_the_first_can_be_redeemed():
    stage, till = with_offers("")
    for number in range(8):
        stage.grant(1, asset="coupon:tea", lot=f"{number:016x}")
    mine = {"account": ALICE, "tap": till.tap()}
    assert asked_for(till, **mine) == ["coupon:tea 1/0 -300"] * 6 + ["more"]
    assert asked_for(till, **mine | {"after": 6}) == ["coupon:tea 1/0 -300"] * 2
    told = till.ask("units_ask", after=0, **mine)[1]
    till.scan(1, ["100"])
    unit = {name: told["offers"][0][name] for name in ("asset", "lot")}
    paid = till.pay(1, 1, **mine, cash_cents=700, total_cents=700, units=[unit])
    assert till.request("pay", **paid)[1]["off_cents"] == 300
    assert asked_for(till, **mine | {"after": 6}) == ["coupon:tea 1/0 -300"]
