"""Prices and rules on their way to stores, cards' days over several stores, companies; tables in words."""

import json

import pytest

from hq_server.cards import changes as cards
from hq_server.errors import HqError
from hq_server.fuel import changes, days, rules, store, telling
from hq_server.fuel.schemas import CardLimits, FuelAsked, FuelRules, MemberPrice, NewPrice
from hq_server.ingest.rules import Batch, Header, read_event
from hq_server.outbox.store import messages_after
from hq_server.recovery import store as recovery
from hq_server.vault import remembering
from protocol.ledger.vehicles import vehicle
from tests.hq_server.conftest import NOW_S, program
from tests.hq_server.fuel.pumping import deliver, ended, fill
from tests.hq_server.small_chain import ACCOUNTS, open_shops

ADA, CARD, DAY = ACCOUNTS[0], "0001:04A1B2C3D4E501", "2026-11-16"
NEW, NEWER = "0001:04A1B2C3D4E5AA", "0001:04A1B2C3D4E5AB"
LIVES = {"0001": "1" * 32, "0002": "2" * 32}


def said(hq, code: str, kind: str) -> list[dict]:
    with hq.db.read() as connection:
        bodies = [json.loads(row.body) for row in messages_after(connection, LIVES[code], 0, 10_000)]
    return [body for body in bodies if body["kind"] == kind]


def put_price(hq, milli: int, from_s: int = 0, at: str = "", now_s: int = NOW_S, sure: bool = True, code="4001") -> int:
    with hq.db.write() as connection:
        return changes.put_price(connection, hq.post, NewPrice(code, milli, from_s, at, sure), "test", now_s)


def in_words(hq, now_s: int) -> dict[int, str]:
    with hq.db.read() as connection:
        return {one["version"]: one["state"] for one in telling.prices(connection, now_s)}


def told_prices(hq, code: str) -> list[tuple]:
    return [(one["version"], one["price_milli"], one["from_s"]) for one in said(hq, code, "fuel_prices")[-1]["prices"]]


def test_a_price_is_planned_then_in_force_then_past(hq):
    put_price(hq, 789_900)
    put_price(hq, 799_900, NOW_S + 100)
    put_price(hq, 769_900, at="0002")
    assert in_words(hq, NOW_S) == {1: "in_force", 2: "planned", 3: "in_force"}
    assert in_words(hq, NOW_S + 100) == {1: "past", 2: "in_force", 3: "past"}
    assert told_prices(hq, "0001") == [(1, 789_900, NOW_S), (2, 799_900, NOW_S + 100)]
    assert told_prices(hq, "0002") == [(3, 769_900, NOW_S), (2, 799_900, NOW_S + 100)]


def test_undo_is_a_new_version(hq):
    put_price(hq, 789_900)
    put_price(hq, 799_900, NOW_S + 100)
    with hq.db.write() as connection:
        assert changes.undo_price(connection, hq.post, 2, "test", NOW_S) == 3
    assert in_words(hq, NOW_S) == {1: "in_force", 2: "past", 3: "planned"}
    assert told_prices(hq, "0001")[-1] == (3, 789_900, NOW_S + 100)
    put_price(hq, 809_900, now_s=NOW_S + 200)
    with hq.db.write() as connection:
        changes.undo_price(connection, hq.post, 4, "test", NOW_S + 300)
        with pytest.raises(HqError, match="already_past"):
            changes.undo_price(connection, hq.post, 4, "test", NOW_S + 300)
    assert in_words(hq, NOW_S + 300) == {1: "past", 2: "past", 3: "past", 4: "past", 5: "in_force"}


@pytest.mark.parametrize(
    "milli, from_s, at, problem",
    [
        (868_900, 0, "", "price_jump"),  # a tenth more, and a bit
        (868_890, 0, "", ""),
        (710_900, 0, "", "price_jump"),
        (789_900, 1, "", "bad_time"),
        (789_900, 0, "0009", "not_found"),
        (142_000, 0, "grade", "unknown_goods"),
    ],
)
def test_what_is_asked_again_or_refused(hq, milli, from_s, at, problem):
    put_price(hq, 789_900)
    if not problem:
        assert put_price(hq, milli, from_s, at, sure=False) == 2
        return
    code, at = ("95", "") if at == "grade" else ("4001", at)
    with pytest.raises(HqError, match=problem):
        put_price(hq, milli, from_s, at, sure=False, code=code)


def test_rules_reach_each_store_with_their_time(hq):
    everywhere = MemberPrice("all", off_milli=1_000)
    there = MemberPrice("there", stores=["0002"], off_milli=2_000)
    with hq.db.write() as connection:
        changes.put_rules(connection, hq.post, FuelRules([everywhere]), 0, "test", NOW_S)
        changes.put_rules(connection, hq.post, FuelRules([everywhere, there]), NOW_S + 50, "test", NOW_S)
    sets = {code: said(hq, code, "fuel_rules")[-1]["sets"] for code in LIVES}
    names = {code: [[one["name"] for one in each["member_prices"]] for each in sets[code]] for code in LIVES}
    assert names == {"0001": [["all"], ["all"]], "0002": [["all"], ["all", "there"]]}
    assert [each["from_s"] for each in sets["0001"]] == [NOW_S, NOW_S + 50]
    assert "stores" not in sets["0002"][1]["member_prices"][1]


def limit(hq, **values) -> None:
    with hq.db.write() as connection:
        changes.put_limits(connection, hq.post, CARD, CardLimits(**values), "test", NOW_S)


def ask(hq, code: str, hold: str, ml: int, here_ml: int = 0, card: str = CARD, day: str = DAY) -> int | None:
    """What head office lets a hold have."""
    with hq.db.write() as connection:
        asked = FuelAsked(hold, card, day, ml, 0, here_ml)
        n = days.ask(connection, hq.post, code, asked, NOW_S)
    return said(hq, code, "fuel_allowed")[-1]["ml"] if n else None


def test_stores_are_told_cars_by_number_and_no_names(hq):
    limit(hq, driver="Ada Lovelace", plates=["京A 12345"], grades=["95"], asks=["odometer"], day_ml=100_000)
    (message,) = said(hq, "0002", "fuel_limits")
    text = json.dumps(message, ensure_ascii=False)
    assert "12345" not in text and "Ada" not in text
    assert message["cards"][0]["grades"] == ["95"] and len(message["cards"][0]["vehicles"][0]) == 16


def test_a_day_is_exact_over_stores_that_are_connected(hq):
    """100 litres a day over two stores.

    store  hold  wants  gets
    0001   a      60     60
    0002   b      60     40   the rest
    0002   b      60     40   asked again: the same
    0001   c      10      0
    0001   a ends with 25 had
    0001   c2     60     35
    0002   b ends with nothing
    0002   d      60     40   25 had and 35 promised there
    """
    one, two = open_shops(hq, 1)
    limit(hq, day_ml=100_000)
    assert ask(hq, "0001", "a", 60_000) == 60_000
    assert ask(hq, "0002", "b", 60_000) == 40_000 and ask(hq, "0002", "b", 60_000) == 40_000
    assert ask(hq, "0001", "c", 10_000) == 0
    fill(one, DAY, 5, 25_000, ADA, CARD, hold="a")
    deliver(hq, one)
    assert ask(hq, "0001", "c2", 60_000) == 35_000
    ended(two, DAY, "b", CARD)
    deliver(hq, two)
    assert ask(hq, "0002", "d", 60_000) == 40_000
    assert said(hq, "0002", "fuel_allowed")[-1]["elsewhere_ml"] == 60_000


def test_cards_that_took_each_others_place_have_one_day(hq):
    """100 litres a day; the card is replaced twice.

    card   store  hold  wants  gets
    CARD   0001   a      60     60   and 50 are had
    NEW    0002   b      60     50
    NEW    0002   b has 70: 20 more than it may
    NEWER  0001   c      10      0
    """
    one, two = open_shops(hq, 1)
    limit(hq, day_ml=100_000)
    assert ask(hq, "0001", "a", 60_000) == 60_000
    replaced(hq, CARD, NEW)
    fill(one, DAY, 5, 50_000, ADA, CARD, hold="a")
    deliver(hq, one)
    assert ask(hq, "0002", "b", 60_000, card=NEW) == 50_000
    assert said(hq, "0002", "fuel_allowed")[-1]["card"] == NEW
    fill(two, DAY, 5, 70_000, ADA, NEW, hold="b")
    deliver(hq, two)
    replaced(hq, NEW, NEWER)
    assert ask(hq, "0001", "c", 10_000, card=NEWER) == 0
    with hq.db.read() as connection:
        (found,) = store.excesses(connection, DAY, DAY)
        assert {card: store.counts_as(connection, card) for card in (CARD, NEW, NEWER, "other")} == {
            CARD: CARD, NEW: CARD, NEWER: CARD, "other": "other"
        }  # fmt: skip
    assert (found.card, found.ml, found.stores) == (CARD, 120_000, "0001 0002")
    told = {card["card"]: card["stands_for"] for one in said(hq, "0001", "fuel_limits") for card in one["cards"]}
    assert told == {CARD: CARD, NEW: CARD, NEWER: CARD}


def replaced(hq, old: str, new: str) -> None:
    with hq.db.write() as connection:
        cards.replace(hq, connection, old, new, "lost", "test")


# How head office hears of a fill of 25 litres under hold a, for which it had promised 60 of 100; what another may have.
HEARD = """
nothing                                | 40000
sale                                   | 75000
testified with its day                 | 75000
testified by its promise               | 75000
testified under an unknown hold        | 40000
salvaged                               | 75000
testified with its day, salvaged       | 75000
sale, testified by its promise         | 75000
testified by its promise, again        | 75000
testified in part                      | 15000
testified in part, testified the rest  | 75000
"""


@pytest.mark.parametrize("row", HEARD.strip().splitlines())
def test_a_fill_counts_to_its_day_once_however_it_becomes_known(hq, row):
    steps, left = (part.strip() for part in row.split("|"))
    limit(hq, day_ml=100_000)
    ask(hq, "0001", "a", 60_000)
    for step in steps.split(", "):
        hear(hq, *TELLINGS[step])
    assert ask(hq, "0002", "b", 90_000) == int(left)


def event(kind: str, ml: int = 25_000, sequence: int = 2, hold: str = "a", last: bool = True, day: str = "") -> dict:
    fuel = {"ml": ml, "amount_cents": 0, "last": last} | ({"day": day, "card": CARD} if day else {})
    told = {"kind": kind, "transfer": f"0001-pump1/5f3a09c1/0/{sequence}", "hold": hold, "fuel": fuel}
    return told | {"seq": 1, "at_s": 5, "business_date": DAY}


SALE, BY_PROMISE = event("sale", day=DAY), event("testified")
SALVAGED = {"seq": 1, "kind": "salvaged", "at_s": 5, "business_date": DAY, "line": json.dumps(SALE)}
TELLINGS: dict[str, list[dict]] = {
    "nothing": [],
    "sale": [SALE],
    "salvaged": [SALVAGED],
    "testified with its day": [event("testified", day=DAY)],
    "testified by its promise": [BY_PROMISE],
    "again": [BY_PROMISE],
    "testified under an unknown hold": [event("testified", hold="z")],
    "testified in part": [event("testified", 25_000, last=False)],
    "testified the rest": [event("testified", 0, 3)],
}


def hear(hq, *events: dict) -> None:
    told = tuple(read_event(json.dumps(one).encode(), "") for one in events)
    with hq.db.write() as connection:
        days.follow(connection, "0001", Batch(Header("0001", "1" * 32, 1, "0" * 64), told), NOW_S)


# A head office was restored on the 16th. Who has reported since, what is asked, what may be had of 100 litres.
RESTORED = """
has reported              | asks | day        | gets
nobody                    | 0001 | 2026-11-16 | 0
0001                      | 0001 | 2026-11-16 | 0        0002 may have some
0002                      | 0001 | 2026-11-16 | 70000    what it has itself, it says: 30
0001, 0002                | 0002 | 2026-11-16 | 60000    0001 has said that it has 40
0001                      | 0002 | 2026-11-16 | 60000
nobody, 0001 is set aside | 0002 | 2026-11-16 | 100000   two people have decided so
nobody                    | 0001 | 2026-11-18 | 70000    promised to nobody before
"""


@pytest.mark.parametrize("row", RESTORED.strip().splitlines()[1:])
def test_a_restored_head_office_promises_nothing_that_it_may_have_promised_before(hq, row):
    heard, code, day, gets = (part.strip() for part in row.split("|"))
    limit(hq, day_ml=100_000)
    with hq.vault() as vault:
        remembering.begin(vault, "e" * 32, "c" * 32)
    with hq.db.write() as connection:
        for one in ("0001", "0002"):
            status = "reported" if one in heard.split(", ") else "set_aside" if one + " is" in heard else "awaited"
            recovery.put_awaited(connection, one, status=status)
    if "0001" in heard.split(", "):
        told = {"seq": 1, "at_s": 5, "business_date": DAY, "hold": "a", "card": CARD, "day": DAY}
        hear(hq, told | {"kind": "day_kept", "ml": 40_000, "cents": 0})
    here_ml = 30_000 if code == "0001" else 0
    assert ask(hq, code, "b", 100_000, here_ml=here_ml, day=day) == int(gets.split()[0])
    assert ask(hq, code, "b", 100_000, here_ml=here_ml, day=day) == int(gets.split()[0])  # asked again: the same


def test_what_was_promised_to_a_hold_is_remembered_once_and_ends_with_it(hq):
    limit(hq, day_ml=100_000)
    told = {"seq": 1, "at_s": 5, "business_date": DAY, "hold": "a", "card": CARD, "day": DAY}
    kept = told | {"kind": "day_kept", "ml": 40_000, "cents": 0}
    hear(hq, kept, kept | {"ml": 90_000})
    assert ask(hq, "0002", "b", 90_000) == 60_000
    hear(hq, told | {"kind": "hold_ended", "transfer": "a/ended"}, kept)
    assert ask(hq, "0002", "c", 90_000) == 40_000


def test_a_question_that_comes_after_its_answer_is_promised_nothing(hq):
    (one, _) = open_shops(hq, 1)
    limit(hq, day_ml=100_000)
    fill(one, DAY, 5, 25_000, ADA, CARD, hold="a")
    deliver(hq, one)
    assert ask(hq, "0001", "a", 60_000) is None
    assert ask(hq, "0002", "b", 90_000) == 75_000


def test_what_a_store_knows_itself_counts_where_head_office_has_not_heard_yet(hq):
    limit(hq, day_ml=100_000)
    assert ask(hq, "0001", "a", 90_000, here_ml=30_000) == 70_000


@pytest.mark.parametrize(
    "values", [{}, {"day_ml": 100_000, "shares": {"0001": (60_000, 0), "0002": (40_000, 0)}}, {"grades": ["95"]}]
)
def test_head_office_has_no_say_without_a_limit_or_where_it_is_dealt_out(hq, values):
    limit(hq, **values)
    assert ask(hq, "0001", "a", 60_000) is None


def test_found_excess_is_written_down_once(hq):
    """Both stores were cut off and gave 60 of 100 litres each."""
    one, two = open_shops(hq, 1)
    limit(hq, day_ml=100_000)
    for shop in (one, two):
        fill(shop, DAY, 5, 60_000, ADA, CARD)
        deliver(hq, shop)
    with hq.db.read() as connection:
        (found,) = store.excesses(connection, DAY, DAY)
    assert (found.card, found.ml, found.day_ml, found.stores) == (CARD, 120_000, 100_000, "0001 0002")
    told = program(hq, "support").get(f"/api/v1/fuel/excess?from_date={DAY}&to_date={DAY}").json()["excess"]
    assert told[0]["account"] == ADA


def test_possible_excess_is_the_limit_at_each_store_that_is_not_heard(hq):
    limit(hq, day_ml=100_000)
    with hq.db.read() as connection:
        (row,) = store.all_limits(connection)
        told = telling.possible_excess(connection, row, NOW_S + 86_400)
    assert told == {"stores": ["0001", "0002"], "ml": 200_000, "cents": 0}


def test_a_card_that_takes_anothers_place_has_its_limits(hq):
    limit(hq, driver="Ada", plates=["AB1"], day_ml=100_000)
    replaced(hq, CARD, NEW)
    told = {one["cards"][0]["card"]: one["cards"][0] for one in said(hq, "0001", "fuel_limits")}
    assert (told[NEW]["day_ml"], told[NEW]["vehicles"]) == (100_000, told[CARD]["vehicles"])


def test_an_heirs_cards_know_their_cars(hq):
    limit(hq, plates=["AB1"])
    with hq.db.write() as connection:
        changes.hand_over(connection, hq.post, ADA, ACCOUNTS[1], NOW_S)
    (card,) = said(hq, "0001", "fuel_limits")[-1]["cards"]
    assert card["vehicles"] == [vehicle(ACCOUNTS[1], "AB1")] and card["version"] == 2


@pytest.mark.parametrize(
    "values, problem",
    [
        ({"asks": ["colour"]}, "bad_asks"),
        ({"plates": ["--"]}, "bad_plate"),
        ({"day_ml": 100, "shares": {"0001": (60, 0), "0002": (41, 0)}}, "bad_shares"),
    ],
)
def test_limits_that_cannot_be(hq, values, problem):
    with pytest.raises(HqError, match=problem):
        limit(hq, **values)


@pytest.mark.parametrize(
    "limit_, others, here, told, free",
    [
        ((100, 0), (0, 0), (0, 0), (0, 0), (100, None)),
        ((100, 50), (30, 10), (20, 0), (40, 0), (30, 40)),
        ((100, 0), (80, 0), (30, 0), (0, 0), (0, None)),
    ],
)
def test_what_is_left(limit_, others, here, told, free):
    assert rules.left(limit_, others, here, told) == free
