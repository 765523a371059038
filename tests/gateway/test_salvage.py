"""A new life of a store tells what is still known of the one before: its old disk, and its terminals' journals."""

import pytest

from gateway import bootstrap
from gateway.store import meta
from gateway.store.db import open_store
from protocol import codec, topics
from tests.gateway.stage import ALICE, CARD, INCARNATION, JOURNAL, LINK_KEY, RULES, STORE, Stage, Till, ready

NEW_LIFE = "cd" * 16


class NewLife(Stage):
    """The same store with an empty disk, enrolled again after INCARNATION."""

    incarnation = NEW_LIFE

    def begin(self) -> None:
        meta.put(self.db, "life_before", INCARNATION)


TEA_CARD = {"punch:tea": {"off_cents": 1000, "punches": 10, "earned_by": ["100"]}}


def journal() -> tuple[Till, list[tuple]]:
    """What a till's journal holds of a day with the life before: (name, request, told, answer) in order."""
    stage, till = ready()
    stage.tell("rules", **RULES | {"version": 2, "offers": TEA_CARD})
    stage.right("issue:punch", 10)
    stage.grant(5000)
    pairs = []

    def note(name: str, topic: str, frame: bytes) -> None:
        ((down, answer),) = [one for one in stage.desk.take([(topic, frame)]) if "uplink" not in one[0]]
        pairs.append((name, frame.decode(), topics.parse(down)[2], answer.decode()))

    for n in (1, 2):
        till.scan(n, ["100"])
        tenders = {"stored_cents": 700, "cash_cents": 300}
        note("pay", *till.frame("pay", **till.pay(n, n, account=ALICE, tap=till.tap(), **tenders)))
    till.scan(3, ["100"])
    note("pay", *till.frame("pay", **till.pay(3, 3, cash_cents=1)))
    till.scan(4, ["100"])
    note("pay", *till.frame("pay", **till.pay(4, 4, cash_cents=1000)))
    note("void", *till.frame("void", j=JOURNAL, l=0, n=4, at_s=0))
    values = {"operator": "7", "shift": 1, "at_s": 0, "account": ALICE, "tap": till.tap(), "tender": "cash"}
    asked = {"j": JOURNAL, "l": 0, "n": 6, "operator": "7", "shift": 1, "at_s": 0, "why": "returned", "receipt": 1}
    note("refund", *till.frame("refund", **asked))
    note("top_up", *till.frame("top_up", j=JOURNAL, l=0, n=7, amount_cents=5000, **values))
    return till, pairs


def answered(stage: Stage, pairs: list[tuple]) -> list[int]:
    """Plays the terminal's side; returns the positions that were asked for."""
    hello = {"app": "pos", "board": "host", "firmware": "test", "j": JOURNAL, "boots": 1, "witness_seq": 0}
    frame = stage.till.frame("hello", r=1, **hello, heap_free=1, unanswered=0)
    told = [one for one in stage.till.send(*frame) if one[0] == "testify"]
    asked = []
    while told:
        ((_, values),) = told
        at = values["at"]
        asked.append(at)
        said = {"life": values["life"], "at": at + 1 if at < len(pairs) else 0}
        if at < len(pairs):
            said |= dict(zip(("name", "request", "told", "answer"), pairs[at], strict=True))
        told = stage.till.send(*stage.till.frame("testimony", **said))
    return asked


def pumped() -> list[tuple]:
    """The pump's journal of that day: a member's fill that was more than she had, and an attendant's."""
    stage, till = ready()
    stage.grant(1000)
    pairs = []
    ids = {"j": JOURNAL, "l": 1, "at_s": 0}
    totals = {"code": "100", "price_milli": 1000_000, "total_before_ml": 0, "last": True, "why": "hung_up"}
    who = {"hold": {"account": ALICE, "tap": till.tap()}, "start": {"operator": "7", "shift": 1}}
    for n, name in ((1, "hold"), (3, "start")):
        asked = {"code": "100", "nozzle": 2, "cents": 1000, "ml": 0, **who[name]}
        told = till.request(name, **ids, n=n, **asked)[1]
        account = {"account": ALICE} if name == "hold" else {}
        given = {"ml": 1200, "amount_cents": 1200, "total_after_ml": 1200, "hold": told["hold"]}
        topic, frame = till.frame("capture", **ids, n=n + 1, **totals | given, **account)
        ((down, answer),) = [one for one in stage.desk.take([(topic, frame)]) if "uplink" not in one[0]]
        pairs.append(("capture", frame.decode(), topics.parse(down)[2], answer.decode()))
    return pairs


def test_what_was_pumped_is_testified_with_the_totals():
    stage = NewLife()
    answered(stage, pumped())
    sale, fill = told_of(stage, "testified")
    assert (sale["message"], sale["account"], sale["tenders"]["principal"]) == ("capture", ALICE, 1000)
    assert (sale["owed_cents"], sale["lines"][0]["qty_milli"], sale["fuel"]["nozzle"]) == (200, 1200, 2)
    assert (fill["account"], fill["fill"], fill["fuel"]["total_after_ml"]) == (None, 1, 1200)
    assert sum(fill["tenders"].values()) == 0
    (alarm,) = told_of(stage, "alarm")
    assert (alarm["reason"], alarm["about"]) == ("fill_testified", fill["transfer"])


def test_a_testified_fill_names_the_card_whose_day_it_counts_to_and_its_coupon():
    stage, till = ready()
    stage.grant(5000)
    stage.grant(1, asset="coupon:ten", lot="a" * 16)
    stage.tell(
        "fuel_rules", version=1, sets=[{"version": 1, "from_s": 0, "coupons": {"coupon:ten": {"off_cents": 500}}}]
    )
    stage.tell("fuel_limits", cards=[{"card": CARD, "version": 1, "day_ml": 20_000}])
    ids = {"j": JOURNAL, "l": 1, "at_s": 0}
    asked = {"code": "100", "nozzle": 2, "cents": 2000, "ml": 0, "account": ALICE, "tap": till.tap()}
    hold = till.request("hold", **ids, n=1, **asked, coupon="coupon:ten")[1]["hold"]
    given = {"ml": 1200, "amount_cents": 1200, "total_before_ml": 0, "total_after_ml": 1200, "why": "hung_up"}
    given |= {"code": "100", "price_milli": 1000_000, "last": True, "hold": hold, "account": ALICE}
    topic, frame = till.frame("capture", **ids, n=2, **given)
    ((down, answer),) = [one for one in stage.desk.take([(topic, frame)]) if "uplink" not in one[0]]
    later = NewLife()
    answered(later, [("capture", frame.decode(), topics.parse(down)[2], answer.decode())])
    (told,) = told_of(later, "testified")
    had = later.shop.books.fuel.use(CARD, told["fuel"]["day"])
    assert (had.ml, had.cents) == (1200, 1200)
    (sale,) = told_of(stage, "sale")
    assert (told["fuel"]["card"], told["fuel"]["day"]) == (sale["fuel"]["card"], sale["fuel"]["day"])
    assert (told["fuel"]["card"], told["coupons"], told["tenders"]["principal"]) == (CARD, ["coupon:ten"], 700)
    assert (
        [one["amount_cents"] for one in told["lines"]] == [one["amount_cents"] for one in sale["lines"]] == [1200, -500]
    )


def told_of(stage: Stage, kind: str) -> list[dict]:
    return [event for event in stage.events() if event["kind"] == kind]


def test_approved_sales_are_testified_once_and_voided_or_refused_ones_are_not():
    _, pairs = journal()
    stage = NewLife()
    assert answered(stage, pairs) == [0, 1, 2, 3, 4, 5, 6, 7]
    events = told_of(stage, "testified")
    assert [event["transfer"] for event in events] == [f"{STORE}-pos1/{JOURNAL}/0/{n}" for n in (1, 2, 7)]
    assert events[0]["frame"] == pairs[0][1] and events[0]["life"] == INCARNATION
    assert events[0]["tenders"] == {"principal": 700, "bonus": 0, "points": 0, "points_value": 0, "cash": 300}
    assert [(event["message"], event["earned_points"]) for event in events] == [("pay", 10), ("pay", 10), ("top_up", 0)]
    assert [event["punches"] for event in events] == [[["punch:tea", 1]], [["punch:tea", 1]], []]
    (alarm,) = told_of(stage, "alarm")
    assert (alarm["reason"], alarm["about"]) == ("refund_testified", f"{STORE}-pos1/{JOURNAL}/0/6")
    assert (events[2]["tenders"]["principal"], events[2]["tenders"]["bonus"]) == (5000, 500)
    assert answered(stage, pairs) == [] and len(told_of(stage, "testified")) == 3


def forged(pair: tuple) -> tuple:
    return (*pair[:3], pair[3].replace('"principal_cents":700', '"principal_cents":900'))


def of_another(pair: tuple, other: tuple) -> tuple:
    return (*pair[:2], *other[2:])


def of_another_life(pair: tuple) -> tuple:
    topic = topics.down(f"{STORE}-pos1", "receipt")
    values = codec.open_sealed(topic, "receipt", pair[3].encode(), {1: LINK_KEY}.get)
    values = {name: value for name, value in values.items() if name != "k"} | {"incarnation": "ee" * 16}
    return (*pair[:3], codec.seal(topic, "receipt", values, 1, LINK_KEY).decode())


@pytest.mark.parametrize("what", ["an answer changed", "another's answer", "another life's", "no frame"])
def test_what_proves_nothing_is_not_told(what):
    _, pairs = journal()
    bad = {
        "an answer changed": forged(pairs[0]),
        "another's answer": of_another(pairs[0], pairs[1]),
        "another life's": of_another_life(pairs[0]),
        "no frame": ("pay", "{}", "receipt", "{}"),
    }[what]
    stage = NewLife()
    answered(stage, [bad])
    assert told_of(stage, "testified") == []


def test_a_life_that_ended_before_it_had_heard_all_leaves_it_to_the_next():
    _, pairs = journal()
    stage = NewLife()
    meta.put(stage.db, "life_before", "ee" * 16)
    meta.put(stage.db, "lives_before", "ee" * 16 + "," + INCARNATION)
    stage.start()
    answered(stage, pairs)
    assert [event["life"] for event in told_of(stage, "testified")] == [INCARNATION] * 3


def test_a_crash_in_the_middle_begins_again():
    _, pairs = journal()
    stage = NewLife()
    answered(stage, pairs[:1])
    stage.db.execute("UPDATE meta SET value = '' WHERE name = 'testified'")
    stage.db.execute("DELETE FROM events WHERE kind = 'testified'")
    stage.start()
    assert answered(stage, pairs) == [0, 1, 2, 3, 4, 5, 6, 7] and len(told_of(stage, "testified")) == 3


def test_the_old_disk_tells_what_was_not_booked_and_goes_on_where_it_stopped(tmp_path, monkeypatch):
    old = Stage(str(tmp_path / f"{INCARNATION}.db"))
    old.till.hello()
    old.till.sign_on()
    lines = [line for (line,) in old.db.execute("SELECT line FROM events ORDER BY seq")]
    old.uplink("booked", {"upto": 4})
    old.uplink("safe", {"upto": 3})  # the fourth is in no backup: a restored head office may have forgotten it
    old.db.close()
    stage = NewLife()
    monkeypatch.setattr(bootstrap.salvage, "AT_ONCE", 1)
    for _ in range(2):
        bootstrap.tell_old_disk(stage.shop, tmp_path)
    events = told_of(stage, "salvaged")
    assert [event["line"].encode() for event in events] == lines[3:]
    assert {event["life"] for event in events} == {INCARNATION}


def test_a_life_without_one_before_asks_nobody():
    stage = Stage()
    assert answered(stage, []) == [] and meta.get(open_store(":memory:"), "life_before") == ""
