"""Fuel without a member, in words: started by an attendant, paid later, given up by two; and litres without a sale."""

import json
from collections import Counter

import pytest

from gateway.core import fills, fuelling
from gateway.store import holds, pruning
from tests.gateway.stage import ALICE, JOURNAL, RULES, Stage
from tests.gateway.test_fuelling import DIESEL, PRICE_MILLI, Pump, rows, station

# Steps, how the answers end, what becomes of the fills, and what stands in cash, loss and revenue after all of it.
FILLS = """
steps                                | told                              | fills         | books
start, on, take20000                 | started 30000; ok; fill 1 of 1520 | unpaid        |
start5000                            | started 5000                      |               |
litresof10000                        | started 760                       |               |
start30001                           | limit_exceeded 30000              |               |
start, on, empty                     | ok; released                      |               |
start, void                          | started 30000; voided             |               |
filled, start, on, take10000         | fill 2 of 760                     | unpaid unpaid |
start, on, crash, take20000          | ok; fill 1 of 1520                | unpaid        |
start, wait6, on                     | closed                            |               |
start, wait6, take20000              | fill 1 of 1520                    | unpaid        |
start, on, forgotten, take20000      | fill 1 of 1520                    | unpaid        |
filled, again                        | hold_closed                       | unpaid        |
filled, repeat                       | fill 1 of 1520; fill 1 of 1520    | unpaid        |
filled, void                         | hold_closed                       | unpaid        |
start, on, lost                      | suspense                          |               |
start, on, lost, take20000           | fill 1 of 1520                    | unpaid        |
start, on, lost, empty               | suspense; released                |               |
start, on, lost, say20000, cash1     | closed; receipt 1                 | paid          | cash 1520 revenue 1520
start, on, lost, say0                | suspense; closed                  |               |
start, on, lost, say20000, late20000 | closed; hold_closed               | unpaid        |
start, on, lost, say20000, late25000 | closed; fill 2 of 380             | unpaid unpaid |
filled, sell1                        | receipt 1                         | paid          | cash 1520 revenue 1520
filled, sell1, sell1                 | receipt 1; fill_paid              | paid          | cash 1520 revenue 1520
filled, sell1, void0                 | receipt 1; reversed               | unpaid        |
filled, sell1, void0, cash1          | reversed; receipt 3               | paid          | cash 1520 revenue 1520
sell1                                | unknown_goods                     |               |
filled, basket1, cash1               | in basket; fill_locked            | unpaid        |
filled, basket1, basket1 at 2        | in basket; fill_locked            | unpaid        |
filled, basket1, crash, cash1        | in basket; fill_locked            | unpaid        |
filled, basket1, emptied, cash1      | in basket; emptied; receipt 1     | paid          | cash 1520 revenue 1520
filled, basket1, next, cash1         | in basket; next; receipt 1        | paid          | cash 1520 revenue 1520
filled, basket1, wait31, cash1, sold | in basket; receipt 1; fill_paid   | paid          | cash 1520 revenue 1520
filled, cash1, cash1                 | receipt 1; fill_paid              | paid          | cash 1520 revenue 1520
filled, less1                        | total_mismatch                    | unpaid        |
filled, gone1                        | gone                              | drive_off     | loss 1520 revenue 1520
filled, gone1, sell1                 | gone; fill_paid                   | drive_off     | loss 1520 revenue 1520
filled, alone1                       | second_person                     | unpaid        |
filled, basket1, gone1               | in basket; fill_locked            | unpaid        |
"""


class Forecourt(Pump):
    """A nozzle that attendants start, the till's basket beside it, and the two who settle."""

    number, line = 0, 1  # of the till's basket
    member = False  # whose hold it is

    def do(self, word: str) -> str:
        word, _, lane = word.partition(" at ")
        for name in ("litresof", "start", "say", "late", "sell", "basket", "cash", "less", "gone", "alone"):
            if word.startswith(name) and word[len(name) :].isdigit():
                return getattr(self, name)(int(word[len(name) :]), *([int(lane)] if lane else []))
        return super().do(word)

    def holds(self, cents: int, ml: int = 0) -> str:
        self.member = True
        return super().holds(cents, ml)

    def start(self, cents: int = 0, ml: int = 0) -> str:
        self.member = False
        asked = {"code": DIESEL, "nozzle": 1, "cents": cents, "ml": ml, "operator": "7", "shift": 1}
        message, told = self.till.request("start", **self.ids(), **asked)
        if message == "refused":
            return "{} {}".format(told["reason"], told.get("approve_cents", ""))
        self.hold, self.started_ml = told["hold"], self.total_ml
        return f"started {told['cents']}"

    def filled(self) -> str:
        return "; ".join([self.start(), self.on(), self.takes(20_000)])

    def litresof(self, ml: int) -> str:
        return self.start(0, ml)

    def capture(self, ml: int, before_ml: int) -> str:
        if self.member:
            return super().capture(ml, before_ml)
        amount_cents = (ml * PRICE_MILLI * 2 + 1_000_000) // 2_000_000
        asked = {"hold": self.hold, "code": DIESEL, "ml": ml, "amount_cents": amount_cents, "price_milli": PRICE_MILLI,
                 "total_before_ml": before_ml, "total_after_ml": before_ml + ml, "last": True,
                 "why": "hung_up"}  # fmt: skip
        message, told = self.till.request("capture", **self.ids(), **asked)
        return told["reason"] if message == "refused" else f"fill {told['fill']} of {told['total_cents']}"

    def repeat(self) -> str:
        self.n -= 1
        return self.capture(self.total_ml - self.started_ml, self.started_ml)

    def late(self, ml: int) -> str:
        """After the people the pump says it too."""
        return self.takes(ml)

    def forgotten(self) -> str:
        """The disk was set back: nothing is known of the start."""
        self.stage.db.execute("DELETE FROM pump_holds")
        self.stage.db.commit()
        return ""

    def say(self, ml: int) -> str:
        work = fuelling.close_by_people
        return self.stage.shop.transaction(lambda: work(self.stage.shop, self.hold, ml, 0, "7", "9")) or "closed"

    # the till

    def till_line(self, code: str, qty_milli: int, lane: int) -> tuple[str, dict]:
        return self.till.ask(
            "set_line", l=lane, j=JOURNAL, basket=self.number, line=self.line, code=code, qty_milli=qty_milli,
            operator="7", shift=1,
        )  # fmt: skip

    def basket(self, number: int, lane: int = 0) -> str:
        self.number += 1
        message, self.priced = self.till_line(f".{number}", 1000, lane)
        return "in basket" if message == "priced" else self.priced["reason"]

    def sell(self, number: int) -> str:
        told = self.basket(number)
        return self.sold() if told == "in basket" else told

    def emptied(self) -> str:
        return "emptied" if self.till_line(".1", 0, 0)[1]["lines"] == 0 else "?"

    def next(self) -> str:
        """The cashier gives that basket up and begins another."""
        self.number += 1
        return "next" if self.till_line("100", 1000, 0)[0] == "priced" else "?"

    def sold(self) -> str:
        n = self.number + 10
        asked = self.till.pay(n, self.number, cash_cents=self.priced["total_cents"])
        message, told = self.till.request("pay", **asked)
        return f"receipt {told['receipt']}" if message == "receipt" else told["reason"]

    def void0(self) -> str:
        return self.till.void(self.number + 10, 0)[1]["outcome"]

    def crash(self) -> str:
        super().crash()
        return ""

    # the forecourt page

    def cash(self, number: int, less_cents: int = 0) -> str:
        shop = self.stage.shop
        fill = shop.books.fill(number)
        cents = fill.total_cents - less_cents if fill else 0
        told = shop.transaction(lambda: fills.settle_cash(shop, number, cents, "7", 1))
        return told if isinstance(told, str) else f"receipt {told['receipt']}"

    def less(self, number: int) -> str:
        return self.cash(number, 1)

    def gone(self, number: int, second: str = "9") -> str:
        shop = self.stage.shop
        return shop.transaction(lambda: fills.drive_off(shop, number, "7", second)) or "gone"

    def alone(self, number: int) -> str:
        return self.gone(number, "7")


def forecourt() -> Forecourt:
    stage, till = station()
    person = {"operator": "9", "name": "Lee", "role": "supervisor", "pin_salt": "00", "pin_hash": "00", "cards": []}
    stage.tell("staff", **person, status="active")
    return Forecourt(stage, till)


def books(stage: Stage) -> str:
    """What stands in the store's own books, of all entries of its chain."""
    sums: Counter[str] = Counter()
    for event in stage.events():
        for debit, credit, amount in event.get("entries", ()):
            for line, change in ((debit, -amount), (credit, amount)):
                book = line.partition("/")[0]
                sums[book] += change if book == "revenue" else -change
    return " ".join(f"{book} {sums[book]}" for book in ("cash", "loss", "revenue") if sums[book])


def states(stage: Stage) -> str:
    return " ".join(row[0] for row in stage.db.execute("SELECT state FROM fills ORDER BY fill"))


@pytest.mark.parametrize("steps, told, left, moved", rows(FILLS))
def test_a_fill_is_paid_once_or_given_up_by_two(steps, told, left, moved):
    pump = forecourt()
    words = [step.strip() for step in steps.split(",")]
    answers = [answer for word in words if (answer := pump.do(word))]
    assert "; ".join(answers).endswith(told)
    assert (states(pump.stage), books(pump.stage)) == (left, moved)


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_power_cut_of_the_gateway_after_any_step_changes_nothing(at):
    """The store's process dies after each step in turn: what is told, and what stands in the books, is the same."""
    steps = ["start", "on", "take20000", "sell1", "start", "on", "lost", "take10000", "gone2"]
    for words in (steps, ["start", "on", "lost", "take20000", "basket1", "sold"], ["hold4000", "on", "take20000"]):
        plain, cut = forecourt(), forecourt()
        told = [plain.do(word) for word in words]
        again = []
        for place, word in enumerate(words, 1):
            again.append(cut.do(word))
            if place % at == 0:
                cut.do("crash")
        assert again == told
        assert (states(cut.stage), books(cut.stage)) == (states(plain.stage), books(plain.stage))


@pytest.mark.parametrize(
    "per_litre, steps, points",
    [
        (0, "filled, card1", 15),  # 15.20 from the card: a point for each unit of the currency
        (2, "filled, card1", 40),  # two points a litre
        (2, "filled, cash1", 0),
        (2, "filled, card1 tea", 100),  # and 60 for the tea
    ],
)
def test_a_fill_paid_at_the_till_earns_like_fuel(per_litre, steps, points):
    pump = forecourt()
    earn = {"points_per_100_cents": 1, "points_per_litre": per_litre}
    pump.stage.tell("rules", **RULES | {"version": 2, "earn": earn})
    for word in steps.split(", "):
        pump.do(word) if not word.startswith("card") else by_card(pump, word.endswith("tea"))
    sale = pump.stage.events()[-1]
    assert (sale["kind"], sale.get("earned_points", 0), sale["lines"][0]["fill"]) == ("sale", points, 1)
    assert (sale["lines"][0]["code"], sale["lines"][0]["qty_milli"]) == (DIESEL, 20_000)


def by_card(pump: Forecourt, with_tea: bool) -> None:
    """Fill 1, with a tea for 60.00 beside it, from Alice's card."""
    pump.basket(1)
    if with_tea:
        pump.line = 2
        pump.priced = pump.till_line("100", 1000, 0)[1]
    asked = {"stored_cents": pump.priced["total_cents"], "account": ALICE, "tap": pump.till.tap()}
    told = pump.till.request("pay", **pump.till.pay(11, pump.number, lines=pump.line, **asked))
    assert told[0] == "receipt", told


def test_only_who_is_on_duty_starts_a_nozzle():
    pump = forecourt()
    asked = {"code": DIESEL, "nozzle": 1, "cents": 0, "ml": 0}
    for operator, shift, reason in (("8", 1, "not_signed_on"), ("7", 2, "not_signed_on"), ("7", 1, None)):
        told = pump.till.request("start", **pump.ids(), **asked, operator=operator, shift=shift)[1]
        assert told.get("reason") == reason


def test_settled_fills_go_with_the_events_that_settled_them():
    """Two paid, one given up, one unpaid; then what head office's backups hold -> fills that are left."""
    pump, ends = forecourt(), []
    for word in ("filled", "cash1", "filled", "gone2", "filled", "filled", "sell4"):
        pump.do(word)
        ends.append(pump.stage.shop.head().seq)
    db, later_s = pump.stage.db, pump.stage.clock.at_s + 401 * 86400

    def left(safe_seq: int, at_s: int = later_s) -> list[int]:
        pump.stage.uplink("booked", {"upto": ends[-1]})
        pump.stage.uplink("safe", {"upto": safe_seq})
        pump.stage.shop.transaction(lambda: pruning.prune(db, at_s - pruning.KEEP_S))
        return [row[0] for row in db.execute("SELECT fill FROM fills ORDER BY fill")]

    assert left(ends[-1], pump.stage.clock.at_s) == [1, 2, 3, 4]  # too young
    assert left(ends[0] + 1) == [1, 2, 3, 4]  # told and not yet safe: its end is
    assert left(ends[1] + 1) == [2, 3, 4]
    assert left(ends[-1]) == [3, 4]  # the last event stays
    for word, told in (("cash1", "nothing_open"), ("cash3", "receipt 3"), ("filled", "fill 5 of 1520")):
        assert pump.do(word).endswith(told), word


def test_what_head_office_is_told_of_a_fill():
    pump = forecourt()
    before = len(pump.stage.events())
    for word in ("filled", "gone1"):
        pump.do(word)
    fill, lost = pump.stage.events()[before:]
    assert (fill["kind"], fill["fill"], fill["operator"], fill["message"]) == ("fill", 1, "7", "capture")
    assert fill["lines"][0]["amount_cents"] == 1520 and not fill["entries"]
    assert fill["fuel"]["total_after_ml"] - fill["fuel"]["total_before_ml"] == 20_000
    assert (lost["about"], lost["second"], lost["fill"]) == (fill["transfer"], "9", 1)
    assert json.loads(fill["frame"])["ml"] == 20_000
    assert [one.state for one in holds.at_pumps(pump.stage.db)] == []
