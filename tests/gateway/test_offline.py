"""Offline credit at a counter: off unless the chain's owner chose it, capped, collected from the next credit."""

import pytest

from tests.gateway.stage import ALICE, RULES, ready

# limits: level:cents or *:cents, and the store's cap; here: float; then payments of 10.00 each from stored value, at a
# store that is cut or not -> what each is told, and what is lent at the end
LENDING = """
what                | limits          | level | cut | here | payments | told                    | lent
off as it comes     |                 | gold  | cut | 0    | 1        | insufficient_float      | 0
all of it lent      | *:1500          | gold  | cut | 0    | 1        | lent1000                | 1000
the float first     | *:1500          | gold  | cut | 400  | 1        | lent600                 | 600
up to the limit     | *:1500          | gold  | cut | 0    | 2        | lent1000, offline_limit | 1000
a cent below        | *:999           | gold  | cut | 0    | 1        | offline_limit           | 0
by level            | gold:1000       | gold  | cut | 0    | 1        | lent1000                | 1000
another level       | gold:1000       | iron  | cut | 0    | 1        | insufficient_float      | 0
a level before all  | gold:0 *:1000   | gold  | cut | 0    | 1        | insufficient_float      | 0
the store's cap     | *:9000 cap:1500 | iron  | cut | 0    | 2        | lent1000, offline_limit | 1000
head office answers | *:1500          | gold  |     | 0    | 1        | insufficient_float      | 0
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()[1:]]


def lending(limits: str) -> dict:
    told = dict(word.split(":") for word in limits.split())
    cap = told.pop("cap", None)
    return {"levels": {level: int(cents) for level, cents in told.items()}, "store_cents": int(cap) if cap else None}


def pay(stage, till, n: int) -> str:
    """A tea from stored value; waits end at once."""
    till.scan(n, ["100"])
    frame = till.frame("pay", **till.pay(n, n, account=ALICE, tap=till.tap(), stored_cents=1000))
    answers = till.send(*frame)
    stage.clock.at_ms += 2000
    message, told = (answers or till.told(stage.desk.tick()))[0]
    if message != "receipt":
        return told["reason"]
    assert told["principal_cents"] == 1000
    return f"lent{told.get('lent_cents', 0)}"


def owed(stage) -> dict[str, int]:
    return dict(stage.db.execute("SELECT asset, amount FROM debts"))


# what earlier lives of this store lent, as head office tells it, number by number; then payments of 10.00 at a cut
# store that may lend 20.00 in all -> what each is told, and what is lent at the end
LENT_BEFORE = """
what                        | told                 | payments | heard                       | lent
nothing                     |                      | 2        | lent1000, lent1000          | 2000
as much as may be           | 1:2000               | 1        | offline_limit               | 2000
a part                      | 1:1000               | 2        | lent1000, offline_limit     | 2000
the same told twice         | 1:1000 1:1000        | 1        | lent1000                    | 2000
more of it comes to light   | 1:600 2:600          | 1        | offline_limit               | 1200
and was paid back there     | 1:2000 2:-1000       | 1        | lent1000                    | 2000
head office has settled it  | 1:2000 settled:2000  | 1        | lent1000                    | 1000
"""


@pytest.mark.parametrize("what, told, payments, heard, lent", rows(LENT_BEFORE))
def test_a_new_life_lends_so_much_less_as_the_lives_before_it_have_lent(what, told, payments, heard, lent):
    stage, till = ready()
    stage.tell("rules", **RULES | {"version": 2, "offline": lending("*:2000")})
    for word in told.split():
        number, _, cents = word.partition(":")
        if number == "settled":
            stage.tell("lent_settled", settle="5e" * 16, account=ALICE, cents=int(cents))
        else:
            stage.tell("lent_before", lent="0" * 31 + number, account=ALICE, cents=int(cents))
    stage.uplink("line", {"up": False})
    assert ", ".join(pay(stage, till, n) for n in range(1, int(payments) + 1)) == heard, what
    assert owed(stage) == {"offline": int(lent)}


def test_what_earlier_lives_lent_is_collected_from_the_next_credit_here():
    stage, till = ready()
    stage.tell("rules", **RULES | {"version": 2, "offline": lending("*:5000"), "top_up_bonus": []})
    stage.tell("lent_before", lent="0" * 32, account=ALICE, cents=400)
    assert (top_up(till, 1, 600)["collected_cents"], owed(stage)) == (400, {})


@pytest.mark.parametrize("what, limits, level, cut, here, payments, told, lent", rows(LENDING))
def test_lending(what, limits, level, cut, here, payments, told, lent):
    stage, till = ready()
    stage.tell("rules", **RULES | {"version": 2, "offline": lending(limits)})
    stage.tell("member", account=ALICE, level=level, status="active", in_all={}, as_of_s=1)
    stage.uplink("line", {"up": cut != "cut"})
    if int(here):
        stage.grant(int(here))
    heard = [pay(stage, till, n) for n in range(1, int(payments) + 1)]
    assert ", ".join(heard) == told
    assert owed(stage).get("offline", 0) == int(lent)


def in_debt(cents: int = 1000):
    stage, till = ready()
    stage.tell("rules", **RULES | {"version": 2, "offline": lending("*:5000"), "top_up_bonus": []})
    assert pay(stage, till, 1) == f"lent{cents}"
    return stage, till


def top_up(till, n: int, cents: int) -> dict:
    values = {"operator": "7", "shift": 1, "at_s": 0, "account": ALICE, "tap": till.tap(), "tender": "cash"}
    message, told = till.request("top_up", j="5f3a09c1", l=0, n=n, amount_cents=cents, **values)
    assert message == "topped_up", told
    return told


def test_the_next_top_up_here_pays_what_was_lent():
    stage, till = in_debt()
    told = top_up(till, 2, 600)
    assert (told["collected_cents"], told["here"]["principal"], owed(stage)) == (600, 0, {"offline": 400})
    told = top_up(till, 3, 600)
    assert (told["collected_cents"], told["here"]["principal"], owed(stage)) == (400, 200, {})


def test_what_head_office_has_settled_is_not_collected_and_a_repeat_settles_nothing_more():
    stage, till = in_debt()
    for _ in range(2):
        stage.tell("lent_settled", settle="5e" * 16, account=ALICE, cents=700)
    assert owed(stage) == {"offline": 300}
    assert top_up(till, 2, 600)["collected_cents"] == 300


def test_a_voided_sale_lends_nothing():
    stage, till = in_debt()
    assert till.void(1)[1]["outcome"] == "reversed" and owed(stage) == {}


def test_what_a_member_owes_elsewhere_is_taken_from_the_next_credit():
    stage, till = ready()
    told = {"account": ALICE, "status": "active", "in_all": {}, "as_of_s": 1}
    stage.tell("member", **told, owed={"principal": 300, "points": 4})
    till.scan(1, ["100"])
    assert till.request("pay", **till.pay(1, account=ALICE, tap=till.tap(), cash_cents=1000))[0] == "receipt"
    assert stage.events()[-1]["collected"] == {"points": 4}
    assert top_up(till, 2, 1000)["collected_cents"] == 300
    assert owed(stage) == {}


# the status that head office has told -> pay, refund of an earlier sale
BARRED = """
frozen | frozen | refunded
merged | merged | refunded
closed | closed | refunded
active | lent0  | refunded
"""


@pytest.mark.parametrize("status, paid, refunded", rows("\n" + BARRED))
def test_a_member_who_is_not_active_pays_nothing_and_is_still_refunded(status, paid, refunded):
    stage, till = ready()
    stage.grant(2000)
    assert pay(stage, till, 1) == "lent0"
    stage.tell("member", account=ALICE, status=status, in_all={}, as_of_s=1)
    assert pay(stage, till, 2) == paid
    values = {"operator": "7", "shift": 1, "at_s": 0, "receipt": 1, "why": "returned"}
    assert till.request("refund", j="5f3a09c1", l=0, n=3, **values)[0] == refunded
