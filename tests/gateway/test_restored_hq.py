"""Head office was restored from a backup: its new life is met once, the old one is heard no more, all is told again."""

import json

from gateway.core import fuel_day
from gateway.core.fuel_limits import CardLimits
from gateway.reader import KEY_FILE, SECRET_FILE, NoKeys
from tests.gateway.stage import ALICE, CARD, ready
from tests.gateway.test_hq_messages import here

OLD, NEW, OTHER = "0" * 32, "ab" * 16, "cd" * 16


def restored(stage, hq: str = NEW, was: str = OLD) -> None:
    stage.tell("restored", hq=hq, was=was)


def test_the_new_life_is_met_by_an_event_after_all_that_was_taken_of_the_old_one():
    stage, _ = ready()
    stage.grant(500)
    restored(stage)
    told = stage.events()[-1]
    assert (told["kind"], told["hq"], told["was"]) == ("hq_met", NEW, OLD)
    assert stage.kinds().index("grant_taken") < stage.kinds().index("hq_met")
    stage.grant(200, hq=NEW)
    assert here(stage) == {"principal": 700}


def test_what_is_barred_here_is_told_before_the_report_ends():
    stage, _ = ready()
    stage.tell("block", card="0001:01A1B2C3D4E5F6", status="blocked")
    frozen = {"level": "", "status": "frozen", "display": "Al", "cards": [], "tags": [], "in_all": {}, "as_of_s": 1}
    stage.tell("member", account=ALICE, **frozen)
    restored(stage)
    barred, met = stage.events()[-2:]
    assert (barred["kind"], barred["accounts"], barred["cards"]) == ("barred", [ALICE], ["0001:01A1B2C3D4E5F6"])
    assert met["kind"] == "hq_met"


def test_what_pumps_were_promised_of_a_day_is_told_before_the_report_ends():
    """Three holds: one is decided, one that head office has spoken of is not yet, one was made with the line cut."""
    stage, _ = ready()
    day = stage.shop.today()
    for hold, allowed_ml in (("a", 40_000), ("b", 20_000)):
        told = {"hold": hold, "card": CARD, "day": day, "ml": allowed_ml, "cents": None}
        stage.tell("fuel_allowed", **told, elsewhere_ml=0, elsewhere_cents=0)
    limits = CardLimits(CARD, day_ml=90_000)
    fuel_day.set_aside(stage.shop, limits, "a", 30_000, 2000)
    fuel_day.set_aside(stage.shop, limits, "cut", 10_000, 700)
    restored(stage)
    *kept, met = stage.events()[-3:]
    told = [(one["kind"], one["hold"], one["card"], one["day"], one["ml"], one["cents"]) for one in kept]
    assert told == [("day_kept", "a", CARD, day, 40_000, 2000), ("day_kept", "b", CARD, day, 20_000, 0)]
    assert met["kind"] == "hq_met"


def test_a_long_deny_list_is_told_in_parts():
    stage, _ = ready()
    cards = [f"0001:{number:014X}" for number in range(450)]
    for card in cards:
        stage.tell("block", card=card, status="blocked")
    restored(stage)
    parts = [event["cards"] for event in stage.events() if event["kind"] == "barred"]
    assert [len(part) for part in parts] == [200, 200, 50] and sum(parts, []) == cards


def test_what_the_old_one_said_last_is_not_taken_any_more():
    stage, _ = ready()
    late = stage.hq.message("block", card="0001:01A1B2C3D4E5F6")
    stage.hq.n -= 1
    restored(stage)
    stage.uplink("hq", late)
    before = stage.shop.books.value("hq_cursor")
    stage.grant(500)  # signed, next in number, and of the old life
    assert (here(stage), stage.shop.books.value("hq_cursor")) == ({}, before)


def test_one_that_names_another_life_than_the_one_known_here_is_not_met():
    stage, _ = ready()
    restored(stage, was=OTHER)
    assert stage.shop.books.value("hq_life") == "" and "hq_met" not in stage.kinds()
    stage.hq.n -= 1
    restored(stage)
    stage.hq.n += 1
    restored(stage, hq=OTHER, was=NEW)  # its number is not the next one
    assert stage.shop.books.value("hq_life") == NEW
    stage.hq.n -= 2
    restored(stage, hq=OTHER, was=NEW)  # restored once more
    assert stage.shop.books.value("hq_life") == OTHER


def test_a_grant_is_told_back_with_the_message_that_brought_it():
    stage, _ = ready()
    grant_id = stage.grant(500)
    order = stage.events()[-1]["order"]
    body = json.loads(order["body"])
    assert (body["grant"], body["account"], body["kind"]) == (grant_id, ALICE, "grant")
    stage.hq.key.public_key().verify(bytes.fromhex(order["sig"]), order["body"].encode())


def test_what_it_has_booked_goes_back_only_when_it_says_so():
    stage, _ = ready()
    last = len(stage.events())
    stage.uplink("booked", {"upto": last})
    stage.uplink("booked", {"upto": 1})  # late, and of no account
    assert stage.shop.books.value("booked_seq") == str(last)
    stage.uplink("booked", {"upto": 1, "again": True})
    assert stage.shop.books.value("booked_seq") == "1"
    stage.uplink("booked", {"upto": last})
    assert stage.shop.books.value("booked_seq") == str(last)


def test_a_store_that_is_closed_for_good_says_so_and_approves_nothing_more(tmp_path):
    stage, till = ready(path=str(tmp_path / "store.db"))
    keys = [tmp_path / name for name in (KEY_FILE, SECRET_FILE)]
    for file in keys:
        file.write_bytes(b"the chain's")
    stage.grant(500)
    stage.tell("retired")
    assert not any(file.exists() for file in keys) and isinstance(stage.shop.cards, NoKeys)
    assert stage.kinds()[-1] == "retired" and stage.shop.fenced()
    till.scan(1, ["100"])
    message, values = till.request("pay", **till.pay(1, account=ALICE, tap=till.tap(), stored_cents=100))[:2]
    assert (message, values["reason"]) == ("refused", "fenced")
