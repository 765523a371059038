"""Attacks on taps, cards and terminals, each tried against the real desk and the real SAM. The table is in
gateway/cards/README.md; attacks that other tests try are named there."""

import os

import pytest

from gateway.cards.keys import key_on_card, make_chain_keys
from gateway.cards.sam import Sam
from gateway.shop import Identity, Refusal, Script
from hardware.emulators.desfire import Card
from protocol import card as layout
from tests.gateway.cards.test_cards import Clock, first_step, play
from tests.gateway.cards.test_ev2 import authenticated, card_with_value, value
from tests.gateway.stage import ALICE, JOURNAL, Stage, Till, ready
from tests.gateway.test_refunds import ask_refund, held, said, sell
from tools.issue_card import issue

KEYS = make_chain_keys(1, os.urandom)
BOB = "b0" * 16
POS = "0001-pos1"


def issued(last: str, party: str) -> Card:
    uid = bytes.fromhex("04A1B2C3D4E5" + last)
    card = Card(uid)
    issue(card.transceive, uid, party, KEYS, "member", 1_700_000_000)
    return card


@pytest.fixture(scope="module")
def alices() -> Card:
    return issued("F6", ALICE)


@pytest.fixture(scope="module")
def bobs() -> Card:
    return issued("F7", BOB)


@pytest.fixture
def sam() -> Sam:
    return Sam(KEYS.for_store(), Clock().now)


def begun(sam: Sam, card: Card, terminal: str = POS) -> Script:
    """A card is held to a terminal; what the gateway wants played."""
    script = sam.seen(terminal, card.uid.hex().upper(), first_step(card))
    assert isinstance(script, Script)
    return script


# ---- frames and batches


def test_a_kept_frame_of_a_tap_is_not_a_second_tap(alices):
    """The very bytes that a terminal once sent, link seal and all, sent again."""
    stage, till = ready(KEYS)
    message, told = till.ask("card_seen", uid=alices.uid.hex().upper(), answer=first_step(alices))
    frame = till.frame("card_answers", r=9, script=told["script"], answers=play(alices, told["apdus"]))
    assert till.send(*frame)[0][0] == "tapped"
    message, told = till.send(*frame)[0]
    assert (message, told["reason"]) == ("refused", "card_unreadable")


def test_batches_are_answered_in_order_once_and_from_their_terminal(sam, alices):
    """A hostile terminal keeps a batch, answers an older one, turns answers round, lends them to another terminal."""
    kept = begun(sam, alices)
    heard = play(alices, kept.apdus)
    newer = begun(sam, alices)
    assert sam.answers(POS, kept.number, heard) == Refusal("card_unreadable", "no such script is open")
    assert isinstance(sam.answers(POS, newer.number, play(alices, newer.apdus)), Refusal), "that ended both"
    turned = begun(sam, alices)
    heard = play(alices, turned.apdus)
    assert isinstance(sam.answers(POS, turned.number, heard[::-1]), Refusal)
    lent = begun(sam, alices)
    heard = play(alices, lent.apdus)
    assert isinstance(sam.answers("0001-pos2", lent.number, heard), Refusal)
    assert isinstance(sam.answers(POS, lent.number, heard), Identity), "where it was asked it is good, once"
    assert isinstance(sam.answers(POS, lent.number, heard), Refusal)


def test_a_batch_played_twice_gets_nothing_more_from_the_card(sam, alices):
    script = begun(sam, alices)
    heard = play(alices, script.apdus)
    assert [one[-4:] for one in heard] == ["9100", "9100"]
    assert play(alices, script.apdus) == ["911c"], "its challenge is used up"


# ---- cards


def test_a_stranger_with_a_uid_and_an_identity_he_has_read_is_nobody(sam, alices):
    """A card of one's own under a copied UID, holding byte by byte what a genuine one says."""
    copy = issued("F8", BOB)
    stored = alices.applications[layout.AID].files
    copy.uid = alices.uid
    for number, file in copy.applications[layout.AID].files.items():
        file.content[:] = stored[number].content
    script = begun(sam, copy)
    assert sam.answers(POS, script.number, play(copy, script.apdus)).reason == "card_not_genuine"


def test_the_identity_of_another_card_does_not_fit_a_proof(sam, alices, bobs):
    """Swapped between proof and reading: Bob's card proves itself, Alice's plain file is read in its place."""
    script = begun(sam, bobs)
    proof, own = play(bobs, script.apdus)
    alices_file = bytes(alices.applications[layout.AID].files[1].content).hex() + "9100"
    assert len(own) == len(alices_file)
    assert sam.answers(POS, script.number, [proof, alices_file]) == Refusal(
        "card_not_genuine", "identity with a wrong stamp"
    )


def test_a_session_is_one_card_s_own(alices):
    """Swapped between authentication and debit on the card: the second card was never asked and refuses."""
    first, second = card_with_value(), card_with_value()
    session = authenticated(first, 0)
    debit = session.enciphered(0xDC, b"\x07", (1000).to_bytes(4, "little"))
    second.power_lost()
    second.transceive(bytes.fromhex("5a545750"))
    assert second.transceive(debit) == b"\x91\xae"
    authenticated(second, 0)
    assert second.transceive(debit) == b"\x91\x1e"
    second.transceive(bytes.fromhex("5a545750"))
    assert value(second, authenticated(second, 0)) == 5000


def test_one_s_tap_pays_for_no_other_account():
    """Swapped between tap and payment: a tap is good for its account alone."""
    stage, till = ready()
    stage.grant(1500)
    till.scan(1, ["100"])
    told = till.request("pay", **till.pay(1, account=ALICE, tap=till.tap(account=BOB), stored_cents=1000))[1]
    assert told["reason"] == "tap_again"
    assert stage.kinds()[-1] == "refusal"


def test_one_terminal_s_tap_pays_at_no_other():
    stage, till = ready()
    other = Till(stage, "pos2")
    stage.grant(1500)
    till.scan(1, ["100"])
    told = till.request("pay", **till.pay(1, account=ALICE, tap=other.tap(), stored_cents=1000))[1]
    assert told["reason"] == "tap_again"


# ---- reboots


def test_a_dialogue_of_before_a_reboot_is_over(sam, alices):
    script = begun(sam, alices)
    heard = play(alices, script.apdus)
    after = Sam(KEYS.for_store(), Clock().now)
    assert isinstance(after.answers(POS, script.number, heard), Refusal)
    again = begun(after, alices)
    assert isinstance(after.answers(POS, again.number, heard), Refusal), "it was said to another question"


def test_a_tap_of_before_a_reboot_pays_nothing():
    stage, till = ready()
    stage.grant(1500)
    tap = till.tap()
    stage.clock.boot = "another"
    stage.start()
    till.hello()
    till.scan(1, ["100"])
    message, told = till.request("pay", **till.pay(1, account=ALICE, tap=tap, stored_cents=1000))
    assert (message, told["reason"]) == ("refused", "tap_again")


# ---- terminals


def test_what_lies_in_a_terminal_s_flash_pays_nothing_without_an_attendant():
    """Stolen with its keys: it can speak to its gateway, and sell nothing."""
    stage = Stage()
    thief = Till(stage, "pos1")
    thief.hello()
    stage.grant(1500)
    line = {"l": 0, "j": JOURNAL, "basket": 1, "line": 1, "code": "100", "qty_milli": 1000}
    assert thief.ask("set_line", **line, operator="7", shift=1)[0] == "refused"
    assert thief.request("pay", **thief.pay(1, cash_cents=1000))[0] == "refused"
    ids = {"j": JOURNAL, "l": 1, "n": 1, "operator": "7", "shift": 1, "at_s": 0}
    top_up = ids | {"account": ALICE, "tap": thief.tap(), "amount_cents": 100, "tender": "cash"}
    assert thief.request("top_up", **top_up)[0] == "refused"
    assert [thief.ask("sign_on", operator="7", pin="%04d" % guess)[0] for guess in range(6)] == ["refused"] * 6
    assert {event["kind"] for event in stage.events()} <= {"refusal", "started", "grant_taken", "right_taken", "alarm"}


def test_a_terminal_moved_to_another_store_is_not_heard():
    """Its frames are sealed for its own gateway; another's has neither its name nor its key."""
    stage, till = ready()
    till.link_key = bytes(32)
    (answer,) = stage.desk.take([till.frame("hello", r=1, **HELLO)])
    assert b'"reason":"bad_mac"' in answer[1], "under a name that this store knows"
    till.name = "0002-pos1"
    assert stage.desk.take([till.frame("hello", r=1, **HELLO)]) == []


HELLO = {"app": "pos", "board": "host", "firmware": "test", "j": JOURNAL, "boots": 1, "witness_seq": 0}
HELLO |= {"heap_free": 50000, "unanswered": 0}


# ---- attendants


def test_topping_up_paying_and_refunding_in_a_circle_makes_no_money():
    """Each round costs the attendant cash; stored value comes back as stored value, what it earned is taken back."""
    stage, till = ready()
    rounds, paid_cents = 3, 5000
    for n in range(1, rounds + 1):
        ids = {"j": JOURNAL, "l": 1, "n": n, "operator": "7", "shift": 1, "at_s": 0}
        asked = ids | {"account": ALICE, "tap": till.tap(), "amount_cents": paid_cents, "tender": "cash"}
        assert till.request("top_up", **asked)[0] == "topped_up"
        sold = sell(till, 2 * n - 1, "1250 0 0")
        assert said(*ask_refund(till, 2 * n, receipt=sold["receipt"])) == "1250 cash0 taken12"
    assert held(stage) == {"principal": rounds * paid_cents, "bonus": rounds * 500}
    assert till.ask("sign_off", operator="7", shift=1)[1]["cash_cents"] == rounds * paid_cents


# ---- keys


def test_no_key_is_in_what_goes_between_card_terminal_and_gateway(alices):
    """Every frame and every APDU of a tap; memory and flash of real terminals are searched in tests/end_to_end."""
    stage, till = ready(KEYS)
    passed: list[bytes] = []

    def asked(message: str, **values: object) -> tuple[str, dict]:
        topic, frame = till.frame(message, r=len(passed) + 1, **values)
        answers = stage.desk.take([(topic, frame)])
        passed.extend([frame, *(answer for _, answer in answers)])
        return till.told(answers)[0]

    message, told = asked("card_seen", uid=alices.uid.hex().upper(), answer=first_step(alices))
    while message == "card_script":
        heard = play(alices, told["apdus"])
        passed.extend(bytes.fromhex(one) for one in (*told["apdus"], *heard))
        message, told = asked("card_answers", script=told["script"], answers=heard)
    assert message == "tapped"
    keys = [one.key for one in KEYS.sets] + [key_on_card(one, alices.uid) for one in KEYS.sets]
    sought = [form for key in keys for form in (key, key.hex().encode(), key.hex().upper().encode())]
    assert len(passed) == 8 and not [one for one in passed for form in sought if form in one]
