"""Cards against the card emulator, which Debian's libfreefare tools accept: issuing, identifying, refusing."""

import os
from typing import NamedTuple

import pytest

from gateway.cards.identity import OnCard, decode, encode
from gateway.cards.keys import KEY_BYTES, REGIONS, ChainKeys, KeySet, diversify, make_chain_keys
from gateway.cards.personalise import CardRefused, personalise
from gateway.cards.sam import DIALOGUE_MS, DIALOGUES_MAX, Sam
from gateway.shop import Identity, Refusal, Script
from hardware.emulators.desfire import EV1, EV2, Card
from protocol import card as layout
from protocol.errors import Ours, Theirs
from tools.issue_card import issue

ACCOUNT = "0a" * 16
UID = bytes.fromhex("04A1B2C3D4E5F6")
KEYS = make_chain_keys(1, os.urandom)
ROLLED = KEYS.rolled(1, os.urandom)
OLD, NEW = KEYS.newest(1), ROLLED.newest(1)
POS = "0001-pos1"
CARD_ID = "0001:04A1B2C3D4E5F6"


class Clock:
    ms = 0

    def now(self) -> int:
        return self.ms


def play(card: Card, apdus) -> list[str]:
    """What a terminal does: in order, until one fails."""
    answers = []
    for apdu in apdus:
        answers.append(card.transceive(bytes.fromhex(apdu)).hex())
        if not answers[-1].endswith(("9100", "91af")):
            break
    return answers


def first_step(card: Card, key_number: int = layout.KEY_IDENTIFY) -> str:
    card.power_lost()
    asked = layout.AUTHENTICATE[:5] + bytes((key_number, 0, 0))
    answer = play(card, [layout.SELECT.hex(), asked.hex()])[-1]
    return answer[:-4] if answer.endswith("91af") else "00" * 16


def identify(sam: Sam, card: Card, key_number: int = 0):
    """The whole dialogue of a tap: the last step, and how many scripts it took. 0: the key that terminals are told."""
    step, scripts = sam.seen(POS, card.uid.hex().upper(), first_step(card, key_number or sam.first_key)), 0
    while isinstance(step, Script):
        scripts += 1
        assert all(len(apdu) <= 120 for apdu in step.apdus), "longer than a field of the message"
        step = sam.answers(POS, step.number, play(card, step.apdus))
    return step, scripts


def issued(
    keys: ChainKeys = KEYS, party: str = ACCOUNT, kind: str = "member", uid: bytes = UID, generation=EV2
) -> Card:
    card = Card(uid, generation=generation)
    issue(card.transceive, uid, party, keys, kind, 1_800_000_000)
    return card


def sam_of(*sets: KeySet, issuer: int = 1, clock: Clock | None = None) -> Sam:
    return Sam(ChainKeys(issuer, sets), (clock or Clock()).now)


def test_a_card_says_who_it_is_in_one_script():
    assert identify(sam_of(OLD), issued()) == (Identity("member", ACCOUNT, "0001:04A1B2C3D4E5F6"), 1)


def test_an_older_chip_proves_itself_in_an_ev1_session_with_one_script_more():
    assert identify(sam_of(OLD), issued(generation=EV1)) == (Identity("member", ACCOUNT, "0001:04A1B2C3D4E5F6"), 2)


@pytest.mark.parametrize("region", REGIONS)
def test_each_region_knows_each_card_by_keys_of_its_own(region):
    sam, card, known = Sam(KEYS.for_store(region), Clock().now), issued(), Identity("member", ACCOUNT, CARD_ID)
    assert identify(sam, card) == (known, 1)
    untold = identify(sam, card, layout.KEY_IDENTIFY)
    assert untold == (known, 1 if region == layout.KEY_IDENTIFY else 3), "a terminal that was told of no key"
    older = Sam(KEYS.rolled(region, os.urandom).for_store(region), Clock().now)
    assert identify(older, card)[0] == known and identify(older, card)[1] <= 3
    assert identify(older, issued(make_chain_keys(1, os.urandom)))[0].reason == "card_not_genuine"


def test_a_store_holds_the_keys_of_its_region_alone():
    for region in REGIONS:
        held = KEYS.for_store(region)
        assert [one.purpose for one in held.sets] == [region]
    with pytest.raises(Ours):
        KEYS.for_store(layout.KEY_MASTER)


class Token:
    """Hardware in place of a key set: it diversifies and tells nothing else. What it is asked is kept."""

    def __init__(self, purpose: int, number: int, key: bytes):
        self.purpose, self.number = purpose, number
        self.asked: list[bytes] = []
        self.diversified = self._answers(key)

    def _answers(self, key: bytes):
        def diversified(message: bytes) -> bytes:
            self.asked.append(message)
            return diversify(key, message)

        return diversified


class Slot(NamedTuple):
    issuer: int
    sets: tuple[Token, ...]


def test_hardware_may_hold_the_master_key():
    token = Token(OLD.purpose, OLD.number, OLD.key)
    sam = Sam(Slot(1, (token,)), Clock().now)
    assert identify(sam, issued())[0] == Identity("member", ACCOUNT, "0001:04A1B2C3D4E5F6")
    assert [message[-1] for message in token.asked] == [1, 0x81], "asked for this card's key and stamp, no more"
    assert not hasattr(token, "key")


def test_a_staff_card():
    step, _ = identify(sam_of(OLD), issued(party="1001", kind="staff"))
    assert step == Identity("staff", "1001", "0001:04A1B2C3D4E5F6")


def test_a_card_of_an_older_key_set_takes_two_scripts_more():
    assert identify(sam_of(NEW, OLD), issued()) == (Identity("member", ACCOUNT, "0001:04A1B2C3D4E5F6"), 3)


def test_a_card_of_an_older_key_set_is_remembered():
    sam, card = sam_of(NEW, OLD), issued()
    assert [identify(sam, card)[1] for _ in range(3)] == [3, 1, 1]
    rekeyed = issued(ROLLED)
    assert [identify(sam, rekeyed)[1] for _ in range(2)] == [3, 1], "its old set is forgotten"


def test_a_card_of_keys_that_the_store_does_not_have():
    step, _ = identify(sam_of(NEW), issued())
    assert step == Refusal("card_not_genuine", "it does not know the key")


def test_a_copied_uid_is_no_identity():
    """A card with its own keys that claims another's UID cannot prove it."""
    card = issued()
    card.uid = bytes.fromhex("04111111111111")
    assert identify(sam_of(OLD), card)[0].reason == "card_not_genuine"


def test_a_card_of_another_issuer():
    assert identify(sam_of(OLD, issuer=2), issued())[0].reason == "unknown_card"


def test_a_replayed_dialogue_proves_nothing():
    """What a genuine card once answered does not fit the next question."""
    sam, card = sam_of(OLD), issued()
    answer = first_step(card)
    script = sam.seen(POS, UID.hex(), answer)
    heard = play(card, script.apdus)
    assert isinstance(sam.answers(POS, script.number, heard), Identity)
    again = sam.seen(POS, UID.hex(), answer)
    assert sam.answers(POS, again.number, heard).reason == "card_not_genuine"


@pytest.mark.parametrize("at", range(0, 40, 3))
def test_a_changed_bit_in_what_the_card_read_is_found(at):
    sam, card = sam_of(OLD), issued()
    script = sam.seen(POS, UID.hex(), first_step(card))
    proof, read = play(card, script.apdus)
    changed = bytearray.fromhex(read)
    changed[at % 40] ^= 1
    assert sam.answers(POS, script.number, [proof, changed.hex()]).reason == "card_not_genuine"


BAD_ANSWERS = (
    ("nothing", []),
    ("empty", ["", ""]),
    ("not hex", ["xyz"]),
    ("torn after the proof", ["PROOF"]),
    ("no DESFire status", ["6a82"]),
    ("file is missing", ["PROOF", "91f0"]),
    ("one too many", ["PROOF", "READ", "9100"]),
)


@pytest.mark.parametrize(("answers", "name"), [(answers, name) for name, answers in BAD_ANSWERS])
def test_bad_answers_are_refused_and_end_the_dialogue(answers, name):
    sam, card = sam_of(OLD), issued()
    script = sam.seen(POS, UID.hex(), first_step(card))
    proof, read = play(card, script.apdus)
    told = [{"PROOF": proof, "READ": read}.get(one, one) for one in answers]
    assert sam.answers(POS, script.number, told).reason == "card_unreadable", name
    assert sam.answers(POS, script.number, [proof, read]).reason == "card_unreadable", "the script is over"


BAD_FIRST_STEPS = [("04", "00" * 16), ("zz" * 7, "00" * 16), (UID.hex(), "00" * 15), (UID.hex(), "")]


@pytest.mark.parametrize(("uid", "answer"), BAD_FIRST_STEPS)
def test_bad_first_steps(uid, answer):
    assert sam_of(OLD).seen(POS, uid, answer).reason == "card_unreadable"


def test_a_dialogue_ends_with_time_and_with_the_next_card():
    clock = Clock()
    sam, card = sam_of(OLD, clock=clock), issued()
    script = sam.seen(POS, UID.hex(), first_step(card))
    answers = play(card, script.apdus)
    clock.ms = DIALOGUE_MS
    assert sam.answers(POS, script.number, answers).reason == "card_unreadable"
    first = sam.seen(POS, UID.hex(), first_step(card))
    sam.seen(POS, UID.hex(), first_step(card))
    assert sam.answers(POS, first.number, []).detail == "no such script is open"


def test_dialogues_are_of_their_terminal_and_bounded():
    sam, card = sam_of(OLD), issued()
    script = sam.seen(POS, UID.hex(), first_step(card))
    answers = play(card, script.apdus)
    assert sam.answers("0001-pos2", script.number, answers).reason == "card_unreadable"
    for number in range(DIALOGUES_MAX):
        sam.seen(f"0001-x{number}", UID.hex(), "00" * 16)
    assert sam.answers(POS, script.number, answers).detail == "no such script is open"


def test_an_issued_card_refuses_to_be_issued_again():
    card = issued()
    with pytest.raises(CardRefused, match="already_issued"):
        issue(card.transceive, UID, "0b" * 16, KEYS)
    assert identify(sam_of(OLD), card)[0].party == ACCOUNT


@pytest.mark.parametrize("steps", range(44))
def test_a_card_taken_away_at_any_step_can_be_issued_again(steps):
    card, played = Card(UID), 0

    def torn(apdu: bytes) -> bytes:
        nonlocal played
        played += 1
        if played > steps:
            raise ConnectionError("the card went away")
        return card.transceive(apdu)

    with pytest.raises(ConnectionError):
        personalise(torn, UID, OnCard("member", 1, "0b" * 16, 1), KEYS)
    card.power_lost()
    issue(card.transceive, UID, ACCOUNT, KEYS)
    assert identify(sam_of(OLD), card)[0].party == ACCOUNT


def test_keys_on_an_issued_card_are_its_own():
    """No key of the application or the card is left as it came from the factory, and none is a master key."""
    card = issued()
    made = [key.value for key in card.applications[layout.AID].keys + card.level.keys]
    assert len(set(made)) == 6 and not {bytes(KEY_BYTES), *(one.key for one in KEYS.sets)} & set(made)
    assert {key.version for key in card.applications[layout.AID].keys} == {1}


def test_identity_file():
    member = OnCard("member", 0x0102, ACCOUNT, 1_800_000_000)
    assert encode(member).hex() == "02010102" + ACCOUNT + "000000006b49d200" + "00000000"
    for one in (member, OnCard("staff", 1, "1001", 0), OnCard("staff", 1, "a" * 16, 0)):
        assert decode(encode(one)) == one
    for bad in (b"", bytes(32), b"\x01" + encode(member)[1:], b"\x02\x07" + encode(member)[2:], encode(member)[:31]):
        with pytest.raises(Theirs):
            decode(bad)
    for party in ("", "1" * 17):
        with pytest.raises(Ours):
            encode(OnCard("staff", 1, party, 0))
    with pytest.raises(Ours):
        encode(OnCard("member", 1, "1001", 0))
