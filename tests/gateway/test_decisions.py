"""Money decisions as tables in words, each row through the real handlers with real frames."""

import pytest

from gateway.core.rules import utc_offset_min
from tests.gateway.stage import ALICE, JOURNAL, RULES, ready

# One tea (10.00) is in the basket. here: principal bonus points; asked: stored points points_cents cash total lines
PAY = """
what                            | order           | here      | asked                  | result
cash alone                      | principal_first | 0 0 0     | 0 0 0 1000 1000 1      | receipt p0 b0 earned10
stored value                    | principal_first | 1500 0 0  | 1000 0 0 0 1000 1      | receipt p1000 b0 earned10
principal before bonus          | principal_first | 600 600 0 | 1000 0 0 0 1000 1      | receipt p600 b400 earned6
bonus before principal          | bonus_first     | 600 600 0 | 1000 0 0 0 1000 1      | receipt p400 b600 earned4
both in their ratio             | proportional    | 900 300 0 | 1000 0 0 0 1000 1      | receipt p750 b250 earned7
mixed with cash                 | principal_first | 400 0 0   | 400 0 0 600 1000 1     | receipt p400 b0 earned10
mixed with points               | principal_first | 500 0 300 | 500 300 300 200 1000 1 | receipt p500 b0 earned7
points that pay less than asked | principal_first | 500 0 300 | 500 200 300 200 1000 1 | total_mismatch
a cent too much                 | principal_first | 999 0 0   | 1000 0 0 0 1000 1      | insufficient_float
points that are not here        | principal_first | 0 0 100   | 0 300 300 700 1000 1   | insufficient_float
tenders below the total         | principal_first | 1500 0 0  | 900 0 0 0 1000 1       | total_mismatch
another total than shown        | principal_first | 1500 0 0  | 900 0 0 0 900 1        | basket_changed
another number of lines         | principal_first | 1500 0 0  | 1000 0 0 0 1000 2      | basket_changed
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()[1:]]


@pytest.mark.parametrize("what, order, here, asked, result", rows(PAY))
def test_pay(what, order, here, asked, result):
    stage, till = ready()
    stage.tell("rules", **RULES | {"version": 2, "order": order})
    for number, (asset, amount) in enumerate(zip(("principal", "bonus", "points"), here.split(), strict=True)):
        if int(amount):
            stage.grant(int(amount), asset=asset, lot=f"{number:016x}")
    till.scan(1, ["100"])
    names = ("stored_cents", "points", "points_cents", "cash_cents", "total_cents", "lines")
    values = dict(zip(names, map(int, asked.split()), strict=True))
    message, told = till.request("pay", **till.pay(1, account=ALICE, tap=till.tap(), **values))
    if message == "receipt":
        said = "receipt p{principal_cents} b{bonus_cents} earned{earned}".format(**told)
    else:
        said = told["reason"]
    assert said == result
    assert stage.kinds()[-1] == ("sale" if message == "receipt" else "refusal")


# what is wrong before the pay -> reason
WRONG = {
    "nobody is signed on": ({"operator": "8"}, "not_signed_on"),
    "no such shift": ({"shift": 9}, "not_signed_on"),
    "another basket": ({"basket": 2}, "empty_basket"),
    "no tap": ({"tap": None}, "tap_again"),
    "somebody else's tap": ({"account": "b2" * 16}, "tap_again"),
    "points without a member": (
        {"account": None, "tap": None, "points": 10, "points_cents": 10, "cash_cents": 990},
        "unknown_account",
    ),
}


@pytest.mark.parametrize("change, reason", WRONG.values(), ids=WRONG.keys())
def test_pay_is_refused(change, reason):
    stage, till = ready()
    till.scan(1, ["100"])
    asked = till.pay(1, account=ALICE, tap=till.tap(), cash_cents=1000) | change
    asked = {name: value for name, value in asked.items() if value is not None}
    message, told = till.request("pay", **asked)
    assert (message, told["reason"]) == ("refused", reason)
    assert stage.events()[-1]["reason"] == reason and told["seq"] == stage.events()[-1]["seq"]


@pytest.mark.parametrize("status, reason", [("frozen", "frozen"), ("closed", "closed")])
def test_a_frozen_account_pays_nothing(status, reason):
    stage, till = ready()
    stage.grant(1500)
    stage.tell("block", account=ALICE, status=status)
    till.scan(1, ["100"])
    told = till.request("pay", **till.pay(1, account=ALICE, tap=till.tap(), stored_cents=1000))[1]
    assert told["reason"] == reason


def test_a_card_blocked_after_the_tap_pays_nothing():
    stage, till = ready()
    stage.grant(1500)
    till.scan(1, ["100"])
    tap = till.tap()
    stage.tell("block", card="0001:04A1B2C3D4E5F6")
    told = till.request("pay", **till.pay(1, account=ALICE, tap=tap, stored_cents=1000))[1]
    assert told["reason"] == "card_blocked"


@pytest.mark.parametrize("later_ms, message", [(299_000, "receipt"), (301_000, "refused")])
def test_a_tap_is_good_for_five_minutes_at_its_terminal(later_ms, message):
    stage, till = ready()
    till.scan(1, ["100"])
    tap = till.tap()
    stage.clock.at_ms += later_ms
    assert till.request("pay", **till.pay(1, account=ALICE, tap=tap, cash_cents=1000))[0] == message


# paid in -> bonus (10 % from 50.00), rights left of principal and bonus
TOP_UP = """
paid  | rights        | result
4999  | 100000 100000 | topped_up p4999 b0
5000  | 100000 100000 | topped_up p5000 b500
5000  | 4999 100000   | issue_limit
5000  | 5000 499      | issue_limit
"""


@pytest.mark.parametrize("paid, rights, result", rows(TOP_UP))
def test_top_up(paid, rights, result):
    stage, till = ready()
    for name, amount in zip(("issue:principal", "issue:bonus"), rights.split(), strict=True):
        stage.db.execute("UPDATE rights SET amount = ? WHERE name = ?", (int(amount), name))
    message, told = till.request("top_up", **top_up(till, 1, int(paid)))
    said = "topped_up p{principal_cents} b{bonus_cents}".format(**told) if message == "topped_up" else told["reason"]
    assert said == result


def top_up(till, n: int, paid: int) -> dict:
    ids = {"j": JOURNAL, "l": 1, "n": n, "operator": "7", "shift": 1, "at_s": 0}
    return ids | {"account": ALICE, "tap": till.tap(), "amount_cents": paid, "tender": "cash"}


def test_a_top_up_can_be_spent_here_at_once_and_is_counted_in_the_drawer():
    stage, till = ready()
    till.request("top_up", **top_up(till, 1, 5000))
    till.scan(1, ["100"])
    told = till.request("pay", **till.pay(1, account=ALICE, tap=till.tap(), stored_cents=1000))[1]
    assert told["here"] == {"principal": 4000, "bonus": 500, "points": 10}
    assert till.ask("sign_off", operator="7", shift=1)[1]["cash_cents"] == 5000


def test_points_go_pending_when_the_right_is_used_up_and_the_sale_goes_on():
    stage, till = ready()
    stage.db.execute("UPDATE rights SET amount = 9 WHERE name = 'issue:points'")
    till.scan(1, ["100"])
    told = till.request("pay", **till.pay(1, account=ALICE, tap=till.tap(), cash_cents=1000))[1]
    event = stage.events()[-1]
    assert (told["earned"], told["here"]["points"]) == (10, 0)
    assert (event["earned_points"], event["pending_points"]) == (0, 10)


def test_receipt_numbers_have_no_gaps_and_refusals_take_none():
    stage, till = ready()
    receipts = []
    for n in range(1, 6):
        till.scan(n, ["100"])
        cash = 1000 if n % 2 else 999
        told = till.request("pay", **till.pay(n, n, cash_cents=cash, total_cents=1000))[1]
        receipts += [told["receipt"]] if "receipt" in told else []
    assert receipts == [1, 2, 3]


def test_tax_is_told_by_rate():
    stage, till = ready()
    till.scan(1, ["100", "200", "200"])
    told = till.request("pay", **till.pay(1, lines=3, cash_cents=1500))[1]
    assert told["taxes"] == [
        {"bp": 700, "gross_cents": 500, "tax_cents": 33},
        {"bp": 1900, "gross_cents": 1000, "tax_cents": 160},
    ]


@pytest.mark.parametrize(
    ("timezone", "at", "minutes"),
    [
        ("UTC", 1_800_000_000, 0),
        ("America/New_York", 1_800_000_000, -300),  # 15 January 2027
        ("America/New_York", 1_814_400_000, -240),  # 1 July 2027, summer time
        ("Asia/Kolkata", 1_800_000_000, 330),
        ("", 0, 0),
    ],
)
def test_the_store_tells_its_terminals_how_far_its_clock_is_from_utc(timezone, at, minutes):
    assert utc_offset_min(timezone, at) == minutes
