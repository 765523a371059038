"""The deny list: at which stores a block holds, what can still be spent elsewhere, what was spent before it held."""

import json

import pytest

from hq_server.cards import changes, telling
from hq_server.errors import HqError
from hq_server.fleet import store as fleet
from hq_server.ingest.endpoints import ingest
from hq_server.outbox.endpoints import first_look
from hq_server.outbox.store import head_row, messages_after
from hq_server.rules.changes import put_rules
from hq_server.vault import lives, moves
from tests.hq_server.conftest import NOW_S, program, visit
from tests.hq_server.small_chain import ACCOUNTS, open_shops

ADA, FIRST, SECOND = ACCOUNTS[0], "1" * 32, "2" * 32
CARD, NEW = "0001:04A1B2C3D4E501", "0001:04A1B2C3D4E5AA"
DAY = "2026-11-16"


@pytest.fixture
def shops(hq):
    """Ada has 63.20 at the second store, as head office has booked it."""
    shops = open_shops(hq, 1)
    shops[1].top_up(DAY, 1, ADA, 63_20)
    ingest(hq, "0002", shops[1].batch())
    return shops


def blocked(hq, status: str = "blocked") -> dict:
    with hq.db.write() as connection:
        return telling.of_block(connection, changes.set_status(hq, connection, CARD, status, "lost", "test"))


def acknowledge(hq, life: str) -> None:
    """The gateway has all that was said to it."""
    with hq.db.write() as connection:
        store, n = fleet.incarnation_row(connection, life).store, head_row(connection, life).last_n
        gateway = fleet.gateway_row(connection, store)
    first_look(hq, gateway, n, hq.life)


def line(hq, number: int) -> dict:
    with hq.db.read() as connection:
        return telling.of_block(connection, number)


def said(hq, life: str, kind: str) -> list[dict]:
    with hq.db.read() as connection:
        bodies = [json.loads(row.body) for row in messages_after(connection, life, 0, 100000)]
    return [body for body in bodies if body["kind"] == kind]


def test_a_block_says_at_once_where_it_holds_and_what_is_left(hq, shops):
    told = blocked(hq)
    assert (told["number"], told["status"], told["acknowledged"], told["stores"]) == (1, "blocked", 0, 2)
    assert told["spendable_cents"] == 63_20 and told["waiting"][0]["store"] == "0002"
    acknowledge(hq, FIRST)
    told = line(hq, 1)
    assert (told["acknowledged"], [one["store"] for one in told["waiting"]]) == (1, ["0002"])
    words = telling.in_words(told | {"waiting": [told["waiting"][0] | {"heard_at_s": NOW_S - 3 * 3600}]}, NOW_S, str)
    assert words == "blocked at 1 of 2 stores; up to 6320 still spendable at 0002, last heard 3 h ago"
    acknowledge(hq, SECOND)
    told = line(hq, 1)
    assert (told["acknowledged"], told["waiting"], told["spendable_cents"]) == (2, [], 0)
    assert telling.in_words(told, NOW_S, str) == "blocked at 2 of 2 stores"


def test_a_grant_on_its_way_counts_as_far_as_it_comes_before_the_block(hq, shops):
    shops[1].give_back(DAY, 2, ADA, {"principal": 30_00})
    ingest(hq, "0002", shops[1].batch())
    with hq.vault() as vault:
        assert moves.grant(vault, "0001", ADA, {"principal": 10_00})
    number = blocked(hq)["number"]
    with hq.vault() as vault:
        assert moves.grant(vault, "0001", ADA, {"principal": 5_00})
    told = line(hq, number)
    assert {one["store"]: one["stored_cents"] for one in told["waiting"]} == {"0001": 10_00, "0002": 33_20}


def test_the_float_is_asked_home_and_once(hq, shops):
    blocked(hq)
    blocked(hq)
    (recall,) = [one for one in said(hq, SECOND, "recall") if one["asset"] == "principal"]
    assert recall["up_to"] == 63_20
    assert [(one["card"], one["status"], one["list"]) for one in said(hq, FIRST, "block")] == [(CARD, "blocked", 1)]


def test_what_is_spent_before_a_store_knows_is_listed(hq, shops):
    shop = shops[1]
    shop.sale(DAY, NOW_S - 60, {"4003": 1000}, ADA, stored_cents=398)
    number = blocked(hq)["number"]
    shop.sale(DAY, NOW_S + 5, {"4001": 2000}, ADA, stored_cents=258)
    ingest(hq, "0002", shop.batch())
    told = line(hq, number)
    assert told["gap"]["cents"] == 258 and [one["store"] for one in told["gap"]["events"]] == ["0002"]
    assert told["spendable_cents"] == 63_20 - 398 - 258
    hq.now_s = lambda: NOW_S + 60
    acknowledge(hq, SECOND)
    shop.sale(DAY, NOW_S + 900, {"4001": 1000}, ADA, stored_cents=129)
    ingest(hq, "0002", shop.batch())
    assert line(hq, number)["gap"]["cents"] == 258, "a later spend is by another card of the member"


def test_a_lifted_block_is_a_line_of_its_own(hq, shops):
    blocked(hq)
    assert blocked(hq, "active")["number"] == 2
    assert said(hq, FIRST, "block")[-1] | {"list": 2, "status": "active"} == said(hq, FIRST, "block")[-1]
    with hq.db.write() as connection:
        assert changes.set_status(hq, connection, CARD, "active", "", "test") == 0


def test_a_frozen_account(hq, shops):
    with hq.db.write() as connection:
        told = telling.of_block(connection, changes.freeze(hq, connection, ADA, "frozen", "test"))
    assert (told["kind"], told["subject"], told["status"], told["spendable_cents"]) == ("account", ADA, "frozen", 63_20)
    assert said(hq, FIRST, "block")[-1]["account"] == ADA and said(hq, FIRST, "member")[-1]["status"] == "frozen"


def test_what_could_be_lent_is_counted_apart(hq, shops):
    with hq.db.write() as connection:
        put_rules(connection, hq.post, {"offline": {"levels": {"*": 500}}}, "test", 1)
    told = blocked(hq)
    assert (told["spendable_cents"], told["lend_cents"]) == (63_20, 2 * 500)


def test_a_store_that_begins_anew_is_told_the_whole_list(hq, shops):
    number = blocked(hq)["number"]
    acknowledge(hq, SECOND)
    with hq.vault() as vault:
        lives.begin(vault, "0001", "7" * 32)
    assert said(hq, "7" * 32, "block")[-1]["list"] == number
    assert line(hq, number)["acknowledged"] == 1
    acknowledge(hq, "7" * 32)
    assert line(hq, number)["acknowledged"] == 2


def test_a_card_is_replaced_in_one_step(hq, shops):
    api = program(hq, "support")
    done = api.post(f"/api/v1/cards/{CARD}/replace", json={"card": NEW, "reason": "lost", "key_sets": "1:2 2:1"})
    assert done.status_code == 201 and done.json()["account"] == ADA and done.json()["block"]["status"] == "replaced"
    cards = {one["card"]: one["status"] for one in api.get(f"/api/v1/members/{ADA}").json()["cards"]}
    assert cards == {CARD: "replaced", NEW: "active"}
    assert said(hq, FIRST, "card")[-1]["card"] == NEW and said(hq, FIRST, "block")[-1]["card"] == CARD
    again = api.post(f"/api/v1/cards/{CARD}/replace", json={"card": "0001:04A1B2C3D4E5AB"})
    assert (again.status_code, again.json()["reason"]) == (409, "card_not_active")
    taken = api.post(f"/api/v1/cards/{NEW}/replace", json={"card": "0001:04A1B2C3D4E502"})
    assert (taken.status_code, taken.json()["reason"]) == (409, "card_exists")
    assert api.get("/api/v1/blocks").json()["blocks"][0]["subject"] == CARD


def test_a_card_is_handed_in_and_paid_out_by_two(hq, shops):
    one, two = program(hq, "finance", "one"), program(hq, "finance", "two")
    assert one.post(f"/api/v1/cards/{CARD}/return", json={}).status_code == 403, "finance edits no members"
    boss = program(hq, "administrator", "boss")
    done = boss.post(f"/api/v1/cards/{CARD}/return", json={"reason": "moved away", "pay_out": True}).json()
    assert done["block"]["status"] == "returned" and done["account"] == ADA
    assert boss.post(f"/api/v1/decisions/{done['decision']}/agree").json()["reason"] == "second_person"
    assert two.post(f"/api/v1/decisions/{done['decision']}/agree").status_code == 200
    assert two.get(f"/api/v1/members/{ADA}").json()["status"] == "closing", "what lies at the store comes home first"


def test_cards_with_older_key_sets_are_listed(hq):
    api = program(hq, "support")
    for number, sets in enumerate(("1:1 2:1", "1:2 2:1", "1:2 2:1")):
        made = {"card": f"0001:04A1B2C3D4E5B{number}", "account": ADA, "key_sets": sets}
        assert api.post("/api/v1/cards", json=made).status_code == 201
    told = api.get("/api/v1/cards/key-sets").json()
    assert told["newest"] == {"1": 2, "2": 1} and told["cards_older"] == 1
    assert [one["card"] for one in told["older"]] == ["0001:04A1B2C3D4E5B0"]
    assert {"key_sets": "", "cards": 4} in told["counts"]
    assert api.post("/api/v1/cards", json=made | {"key_sets": "one"}).status_code == 400


def test_a_card_that_nobody_knows(hq):
    with hq.db.write() as connection, pytest.raises(HqError, match="not_found"):
        changes.replace(hq, connection, "0001:04FFFFFFFFFFFF", NEW, "", "test")
    assert visit(hq, "support").get("/members").status_code == 200
