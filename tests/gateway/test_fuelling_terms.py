"""Member price, coupon and a card's limits at the pump, in words: what is held, what is paid, what is left."""

import json

import pytest

from protocol.ledger.lots import available
from protocol.ledger.vehicles import vehicle
from tests.gateway.stage import ALICE, CARD, INCARNATION, Stage
from tests.gateway.test_fuelling import DIESEL, PRICE_MILLI, Pump, rows, station

GOLD_MILLI = 70_000  # of a litre, for this level; the list price is 76.000
COUPON, LOT = "coupon:ten", "c0" * 8
FUEL_RULES = {
    "version": 1,
    "from_s": 0,
    "step_milli": 1,
    "member_prices": [{"name": "gold", "levels": ["gold"], "price_milli": GOLD_MILLI}],
    "coupons": {COUPON: {"off_cents": 500}, "coupon:big": {"off_cents": 500, "min_cents": 1400},
                "coupon:litre": {"off_milli": 6_000}, "coupon:petrol": {"off_cents": 500, "grades": ["95"]}},
}  # fmt: skip

# Alice has 100.00 and one of each coupon. level, coupon | steps | told | free principal, and coupons left
PRICES = """
level | coupon | steps                            | told                                            | free  | left
      |        | hold4000, on, take20000          | held 4000 at 76; paid 1520                      | 8480  | 1
gold  |        | hold4000, on, take20000          | held 4000 at 70 for 76; paid 1400 saved 120     | 8600  | 1
gold  |        | litres10000, on, take10000       | held 700 at 70 for 76; paid 700 saved 60        | 9300  | 1
gold  |        | hold0, on, take20000             | held 10000 at 70 for 76; paid 1400 saved 120    | 8600  | 1
      | ten    | hold4000, on, take20000          | held 4000 off 500 at 76; paid 1520 off 500      | 8980  | 0
      | ten    | hold4000, on, empty              | held 4000 off 500 at 76; released               | 10000 | 1
      | ten    | hold4000, void                   | voided                                          | 10000 | 1
      | ten    | hold4000, wait6                  | held 4000 off 500 at 76                         | 10000 | 1
      | ten    | hold4000, wait6, take20000       | paid 1520 off 500                               | 8980  | 0
      | ten    | hold4000, on, lost, take20000    | suspense; paid 1520 off 500                     | 8980  | 0
      | ten    | hold4000, on, lost, empty        | suspense; released                              | 10000 | 1
      | ten    | hold4000, on, crash, take20000   | paid 1520 off 500                               | 8980  | 0
      | ten    | hold4000, on, repeat20000        | paid 1520 off 500; paid 1520 off 500            | 8980  | 0
      | ten    | hold4000, on, take4000           | paid 304 off 304                                | 10000 | 0
      | ten    | hold400, on, take4000            | held 400 off 400 at 76; paid 304 off 304        | 10000 | 0
      | ten    | hold10500, on, take131600        | held 10500 off 500 at 76; paid 10002 off 500    | 498   | 0
      | ten    | hold4000, on, hold4000           | coupon_unknown                                  | 6500  | 0
gold  | ten    | hold0, on, take20000             | off 500 at 70 for 76; paid 1400 off 500 saved 120 | 9100 | 0
      | big    | hold4000, on, take20000          | held 4000 at 76; paid 1520 off 500              | 8980  | 0
      | big    | hold4000, on, take10000          | held 4000 at 76; paid 760                       | 9240  | 1
      | litre  | hold4000, on, take20000          | held 4000 at 70 for 76; paid 1400 saved 120     | 8600  | 0
      | litre  | hold4000, on, empty              | released                                        | 10000 | 1
      | petrol | hold4000                         | coupon_unknown                                  | 10000 | 1
      | none   | hold4000                         | coupon_unknown                                  | 10000 | 1
"""


class Member(Pump):
    """A member at the nozzle who shows a coupon, and says of the car what is asked for."""

    coupon, said, card = "", {}, CARD
    price_milli = PRICE_MILLI

    def do(self, word: str) -> str:
        return self.repeat(int(word[6:])) if word.startswith("repeat") else super().do(word)

    def holds(self, cents: int, ml: int = 0) -> str:
        asked = {"account": ALICE, "tap": self.till.tap(card=self.card), "code": DIESEL, "nozzle": 1,
                 "cents": cents, "ml": ml}  # fmt: skip
        asked |= {"coupon": "coupon:" + self.coupon} if self.coupon else {}
        message, told = self.till.request("hold", **self.ids(), **asked, **self.said)
        if message == "refused":
            left = [str(told[name]) for name in ("approve_cents", "day_left_ml", "day_left_cents") if name in told]
            return " ".join([told["reason"], *left])
        self.hold, self.price_milli = told["hold"], told["price_milli"]
        words = [f"held {told['cents']}"] + ([f"off {told['off_cents']}"] if "off_cents" in told else [])
        words += [f"at {told['price_milli'] // 1000}"]
        return " ".join(words + ([f"for {told['list_milli'] // 1000}"] if "list_milli" in told else []))

    def capture(self, ml: int, before_ml: int) -> str:
        amount_cents = (ml * self.price_milli * 2 + 1_000_000) // 2_000_000
        asked = {"hold": self.hold, "account": ALICE, "code": DIESEL, "ml": ml, "amount_cents": amount_cents,
                 "price_milli": self.price_milli, "total_before_ml": before_ml, "total_after_ml": before_ml + ml,
                 "last": True, "why": "hung_up"}  # fmt: skip
        message, told = self.till.request("capture", **self.ids(), **asked)
        if message == "refused":
            return told["reason"]
        paid = told["principal_cents"] + told.get("off_cents", 0) + told.get("owed_cents", 0)
        assert told["total_cents"] == amount_cents == paid
        more = [f"{name} {told[name + '_cents']}" for name in ("off", "saved") if name + "_cents" in told]
        return " ".join([f"paid {amount_cents}", *more])

    def repeat(self, ml: int) -> str:
        first = self.takes(ml)
        self.n -= 1
        return first + "; " + self.capture(ml, self.total_ml - ml)


def pump_for(level: str = "", coupon: str = "") -> Member:
    stage, till = station()
    member = {"account": ALICE, "level": level, "status": "active", "display": "A", "cards": [CARD], "tags": []}
    stage.tell("member", **member, in_all={"principal": 10_000, "bonus": 0, "points": 0}, as_of_s=1)
    stage.tell("fuel_rules", version=1, sets=[FUEL_RULES])
    for at, asset in enumerate(FUEL_RULES["coupons"]):
        stage.grant(1, asset=asset, lot=f"{at:x}" * 16)
    pump = Member(stage, till)
    pump.coupon = coupon
    return pump


def left(stage: Stage, coupon: str) -> tuple[int, int]:
    holding = stage.shop.books.holding(ALICE)
    asset = "coupon:" + coupon if f"coupon:{coupon}" in FUEL_RULES["coupons"] else COUPON
    return available(holding, "principal"), available(holding, asset)


@pytest.mark.parametrize("level, coupon, steps, told, free, units", rows(PRICES))
def test_prices_and_coupons(level, coupon, steps, told, free, units):
    pump = pump_for(level, coupon)
    answers = [answer for word in steps.split(", ") if (answer := pump.do(word)) not in ("", "ok")]
    assert "; ".join(answers).endswith(told)
    assert left(pump.stage, coupon) == (int(free), int(units))


# What the card may have; what was said of the car; the last answer, with what is left of the day.
LIMITS = """
limits                 | said            | steps                                  | told
grades 95              |                 | hold1000                               | grade_not_allowed
grades 305             |                 | hold1000                               | held 1000 at 76
vehicle                |                 | hold1000                               | plate_needed
vehicle                | plate B-XY 1    | hold1000                               | plate_differs
vehicle                | plate b-ab 123  | hold1000                               | held 1000 at 76
asks odometer          |                 | hold1000                               | odometer_needed
asks odometer          | odometer 45210  | hold1000                               | held 1000 at 76
day_ml 20000           |                 | litres20001                            | day_limit 1520 20000
day_ml 20000           |                 | hold0                                  | held 1520 at 76
day_ml 20000           |                 | litres15000, on, take15000, litres5000 | held 380 at 76
day_ml 20000           |                 | litres15000, on, take15000, litres5001 | day_limit 380 5000
day_ml 20000           |                 | litres15000, on, empty, litres20000    | held 1520 at 76
day_ml 20000           |                 | litres15000, wait6, litres20000        | held 1520 at 76
day_ml 20000           |                 | litres15000, wait6, take15000, litres5001 | day_limit 380 5000
day_ml 20000           |                 | litres15000, on, lost, litres5001      | day_limit 380 5000
day_ml 20000           |                 | litres15000, on, take25000, litres1    | day_limit 0 0
day_cents 1500         |                 | hold1501                               | day_limit 1500 1500
day_cents 1500         |                 | hold0, on, take10000, hold740          | held 740 at 76
day_cents 1500         |                 | hold0, on, take10000, hold741          | day_limit 740 740
day_cents 1500         |                 | hold1000, on, crash, hold501           | day_limit 500 500
"""


@pytest.mark.parametrize("limits, said, steps, told", rows(LIMITS))
def test_what_a_card_may_have(limits, said, steps, told):
    pump = pump_for()
    name, _, value = limits.partition(" ")
    body: dict = {"card": CARD, "version": 1}
    body |= {"vehicles": [vehicle(ALICE, "B-AB 123")]} if name == "vehicle" else {}
    body |= {name: [value]} if name in ("grades", "asks") else {}
    body |= {name: int(value)} if name.startswith("day") else {}
    pump.stage.tell("fuel_limits", cards=[body])
    name, _, value = said.partition(" ")
    pump.said = {name: int(value) if value.isdigit() else value} if name else {}
    answers = [answer for word in steps.split(", ") if (answer := pump.do(word)) not in ("", "ok")]
    assert answers[-1] == told


NEW, NEWER = "0001:04A1B2C3D4E5AA", "0001:04A1B2C3D4E5AB"


@pytest.mark.parametrize(
    "steps, told",
    [
        ("litres15000, on, take15000, NEW, litres5001", "day_limit 380 5000"),
        ("litres15000, on, take15000, NEW, litres5000", "held 380 at 76"),
        ("litres15000, on, NEW, litres5001", "day_limit 380 5000"),  # set aside with the card that was lost
        ("NEW, litres15000, on, take15000, NEWER, litres5001", "day_limit 380 5000"),
        ("litres15000, on, NEW, empty, litres20000", "held 1520 at 76"),
    ],
)
def test_a_card_that_takes_anothers_place_goes_on_with_its_day(steps, told):
    pump = pump_for()
    pump.stage.tell("fuel_limits", cards=[{"card": CARD, "version": 1, "day_ml": 20_000, "stands_for": CARD}])
    answers = []
    for word in steps.split(", "):
        if word.startswith("NEW"):
            pump.card = {"NEW": NEW, "NEWER": NEWER}[word]
            pump.stage.tell(
                "fuel_limits", cards=[{"card": pump.card, "version": 1, "day_ml": 20_000, "stands_for": CARD}]
            )
        else:
            answers.append(pump.do(word))
    assert answers[-1] == told
    told_of = {"litres15000": CARD, "NEW": NEW}[steps.split(", ")[0]]
    assert all(one["fuel"]["card"] == told_of for one in pump.stage.events() if one["kind"] == "sale")


def test_an_event_names_the_car_by_its_number_alone():
    pump = pump_for("gold")
    pump.said = {"plate": "B-AB 123", "odometer": 45_210}
    for word in ("hold4000", "on", "take20000"):
        pump.do(word)
    fuel = pump.stage.events()[-1]["fuel"]
    assert (fuel["vehicle"], fuel["odometer"], fuel["nozzle"]) == (vehicle(ALICE, "B-AB 123"), 45_210, 2)
    assert (fuel["list_milli"], fuel["rule"], fuel["saved_cents"]) == (PRICE_MILLI, "gold", 120)
    pump.stage.tell("fuel_limits", cards=[{"card": CARD, "version": 1, "grades": ["95"]}])
    pump.do("hold4000")
    assert "B-AB" not in str(pump.stage.events())


@pytest.mark.parametrize(
    "comes, told",
    [("coupon", "held 4000 off 500"), ("nothing", "coupon_unknown")],
)
def test_a_coupon_that_lies_elsewhere_is_waited_for(comes, told):
    pump = pump_for()
    pump.stage.tell("fuel_rules", version=2, sets=[FUEL_RULES | {"coupons": {"coupon:far": {"off_cents": 500}}}])
    pump.stage.uplink("line", {"up": True, "at_s": pump.stage.clock.at_s})
    asked = {"account": ALICE, "tap": pump.till.tap(), "code": DIESEL, "nozzle": 1, "cents": 4000, "ml": 0}
    frames = pump.stage.desk.take([pump.till.frame("hold", **pump.ids(), **asked, coupon="coupon:far")])
    (want,) = [json.loads(frame) for topic, frame in frames if topic.endswith("/want")]
    assert pump.till.told(frames) == [] and want["want"] == {"coupon:far": 1}
    late = []
    if comes == "coupon":
        one = {"asset": "coupon:far", "lot": "fa" * 8, "amount": 1, "origin": "0002", "kind": "coupon", "expires": None}
        grant = {"grant": "0f" * 16, "incarnation": INCARNATION, "account": ALICE, "slices": [one]}
        late = pump.till.told(pump.stage.tell("grant", **grant))
    (answer,) = late or pump.till.told(pump.stage.uplink("want_answer", {"request": want["request"]}))
    message, values = answer
    held = f"{message} {values.get('cents')} off {values.get('off_cents')}"
    assert told == (values["reason"] if message == "refused" else held)
