"""Cards at a till: real frames, the real SAM, and the card emulator that Debian's tools accept."""

import json
import os

import pytest

from gateway.cards.keys import ChainKeys, make_chain_keys
from gateway.cards.sam import Sam
from hardware.emulators.desfire import Card
from protocol import card as layout
from tests.gateway.stage import ALICE, Stage, ready
from tools.issue_card import issue

UID = bytes.fromhex("04A1B2C3D4E5F6")
CARD_ID = "0001:04A1B2C3D4E5F6"
KEYS = make_chain_keys(1, os.urandom)


@pytest.fixture
def counter():
    return ready(KEYS)


def issued(party: str = ALICE, kind: str = "member", keys: ChainKeys = KEYS) -> Card:
    card = Card(UID)
    issue(card.transceive, UID, party, keys, kind, 1_700_000_000)
    card.power_lost()
    return card


def play(card: Card, apdus) -> list[str]:
    answers: list[str] = []
    for apdu in apdus:
        answers.append(card.transceive(bytes.fromhex(apdu)).hex())
        if not answers[-1].endswith(("9100", "91af")):
            break
    return answers


def tap(till, card: Card) -> tuple[str, dict]:
    """What a terminal does with a card in its field: select, first step, then what the gateway scripts."""
    first = play(card, [layout.SELECT.hex(), layout.AUTHENTICATE.hex()])[-1][:-4]
    message, told = till.ask("card_seen", uid=UID.hex().upper(), answer=first)
    while message == "card_script":
        message, told = till.ask("card_answers", script=told["script"], answers=play(card, told["apdus"]))
    return message, told


def test_a_tap_pays(counter):
    stage, till = counter
    stage.grant(1500)
    stage.tell(
        "member",
        account=ALICE,
        level="gold",
        status="active",
        display="小明",
        cards=[CARD_ID],
        tags=[],
        in_all={"principal": 9000, "bonus": 0, "points": 3},
        as_of_s=1_699_999_000,
    )
    message, told = tap(till, issued())
    assert (message, told["account"], told["card"], told["display"]) == ("tapped", ALICE, CARD_ID, "小明")
    assert (told["here"]["principal"], told["in_all"]["principal"], told["point_value_milli"]) == (1500, 9000, 1000)
    till.scan(1, ["100"])
    message, paid = till.request("pay", **till.pay(1, account=ALICE, tap=told["tap"], stored_cents=1000))
    assert (message, paid["in_all"]["principal"]) == ("receipt", 8000)


def test_a_genuine_card_never_heard_of_earns_and_tops_up(counter):
    stage, till = counter
    told = tap(till, issued(party="f0" * 16))[1]
    assert (told["account"], told["in_all_at_s"]) == ("f0" * 16, 0)
    till.scan(1, ["100"])
    paid = till.request("pay", **till.pay(1, account="f0" * 16, tap=told["tap"], cash_cents=1000))[1]
    assert paid["earned"] == 10


def test_a_staff_card_signs_on(counter):
    stage, till = counter
    stage.tell(
        "staff", operator="9", name="Lee", role="supervisor", pin_salt="", pin_hash="", cards=[CARD_ID], status="active"
    )
    message, told = tap(till, issued(party="9", kind="staff"))
    assert (message, told["operator"]) == ("staff_tapped", "9")
    assert till.ask("sign_on", operator="", tap=told["tap"])[1]["role"] == "supervisor"


def test_a_member_s_tap_signs_nobody_on(counter):
    _, till = counter
    told = tap(till, issued())[1]
    assert till.ask("sign_on", operator="7", tap=told["tap"])[1]["reason"] == "tap_again"


# what head office has said -> reason at the tap
REFUSED = {
    "card_blocked": ("block", {"card": CARD_ID}),
    "frozen": ("block", {"account": ALICE, "status": "frozen"}),
    "closed": ("member", {"account": ALICE, "status": "closed", "cards": [CARD_ID]}),
}


@pytest.mark.parametrize("reason, told", REFUSED.items())
def test_a_card_is_refused_at_the_tap(counter, reason, told):
    stage, till = counter
    stage.tell(told[0], **told[1])
    assert tap(till, issued())[1]["reason"] == reason


def test_a_card_of_another_chain_is_not_genuine(counter):
    _, till = counter
    strangers = make_chain_keys(1, os.urandom)
    assert tap(till, issued(keys=strangers))[1]["reason"] == "card_not_genuine"


def test_the_card_of_a_merged_member_pays_from_the_heir_s_account(counter):
    stage, till = counter
    stage.tell("card", card=CARD_ID, account="c3" * 16, status="active")
    assert tap(till, issued())[1]["account"] == "c3" * 16


def test_float_is_asked_for_at_the_tap_when_there_is_more_elsewhere(counter):
    stage, till = counter
    stage.tell("member", account=ALICE, status="active", in_all={"principal": 9000}, as_of_s=1)
    stage.uplink("line", {"up": True})
    card = issued()
    first = play(card, [layout.SELECT.hex(), layout.AUTHENTICATE.hex()])[-1][:-4]
    script = till.ask("card_seen", uid=UID.hex().upper(), answer=first)[1]
    answers = play(card, script["apdus"])
    frames = stage.desk.take([till.frame("card_answers", r=99, script=script["script"], answers=answers)])
    want = json.loads(dict(frames)["tapwell/0001-uplink/down/want"])
    assert (want["account"], want["want"]) == (ALICE, {"principal": 6000})


def test_terminals_of_another_region_hear_which_key_to_ask_with():
    stage = Stage(keys=KEYS)
    assert "card_key" not in stage.till.hello()
    stage.shop.cards = Sam(KEYS.for_store(3), stage.clock.now_ms)
    assert stage.till.hello()["card_key"] == 3


def test_a_tap_tells_a_pump_what_a_card_may_have(counter):
    stage, till = counter
    card = issued()
    assert not {"asks", "grades", "day_left_ml", "day_left_cents"} & tap(till, card)[1].keys()
    limits = {"card": CARD_ID, "version": 1, "grades": ["95"], "asks": ["odometer"], "day_ml": 60_000}
    stage.tell("fuel_limits", cards=[limits | {"vehicles": ["0" * 16]}])
    told = tap(till, card)[1]
    assert (told["asks"], told["grades"], told["day_left_ml"]) == (["plate", "odometer"], ["95"], 60_000)
    assert "day_left_cents" not in told
