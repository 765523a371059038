"""Value, record and backup files of the card, their transactions, and a card that is torn away at any byte."""

import json

import pytest

from hardware.emulators.desfire import Card
from hardware.emulators.pn532 import Pn532
from tests.hardware.test_pn532 import ask, ready

UID = bytes.fromhex("04a1b2c3d4e5f6")
COMMIT, ABORT, GET = "c7", "a7", "6c 01"


def card() -> Card:
    """Free files: 1 value 0..1000 (100, LimitedCredit), 2 backup of 4, 3 linear 2x2, 4 cyclic 2x3, 5 standard of 8."""
    one = Card(UID)
    for apdu in (
        "ca 545750 0f 81", "5a 545750",
        "cc 01 00 eeee 00000000 e8030000 64000000 01", "cb 02 00 eeee 040000",
        "c1 03 00 eeee 020000 020000", "c0 04 00 eeee 020000 030000", "cd 05 00 eeee 080000",
    ):  # fmt: skip
        assert one.transceive(bytes.fromhex(apdu)) == b"\x00", apdu
    return one


# what is said, one after the other, and what the card answers
STORIES = {
    "a credit counts from its commit on": "0c 01 32000000>00 | 6c 01>0064000000 | c7>00 | 6c 01>0096000000",
    "an abort forgets": "dc 01 32000000>00 | a7>00 | 6c 01>0064000000 | c7>0c",
    "nothing to commit, nothing to abort": "c7>0c | a7>0c",
    "limits": "dc 01 65000000>be | 0c 01 85030000>be | 0c 01 84030000>00 | c7>00 | 6c 01>00e8030000",
    "a debit may use what was just credited": "0c 01 0a000000>00 | dc 01 6e000000>00 | c7>00 | 6c 01>0000000000",
    "negative amounts": "0c 01 ffffffff>9e | dc 01 ffffffff>9e",
    "LimitedCredit gives back the last debit, once":
        "1c 01 01000000>be | dc 01 0a000000>00 | c7>00 | 1c 01 0b000000>be | 1c 01 06000000>00 | c7>00"
        " | 1c 01 01000000>be | 6c 01>0060000000",
    "an error ends the transaction": "dc 01 32000000>00 | dc 01 ff000000>be | c7>0c | 6c 01>0064000000",
    "leaving the application ends it": "dc 01 32000000>00 | 5a 545750>00 | c7>0c | 6c 01>0064000000",
    "several files at once":
        "dc 01 0a000000>00 | 3d 02 000000 020000 aabb>00 | 3b 04 000000 020000 1111>00 | bd 02 000000 000000>0000000000"
        " | c7>00 | bd 02 000000 000000>00aabb0000 | bb 04 000000 000000>001111 | 6c 01>005a000000",
    "a linear file is full, then cleared":
        "3b 03 000000 020000 0101>00 | c7>00 | 3b 03 000000 020000 0202>00 | c7>00 | 3b 03 000000 020000 0303>be"
        " | bb 03 000000 000000>0001010202 | bb 03 000000 010000>000202 | bb 03 010000 010000>000101"
        " | bb 03 020000 010000>be | eb 03>00 | 3b 03 000000 020000 0303>9d | eb 03>00 | c7>00"
        " | bb 03 000000 000000>be",
    "a cyclic file keeps the newest":
        "3b 04 000000 020000 0101>00 | c7>00 | 3b 04 000000 020000 0202>00 | c7>00 | 3b 04 000000 020000 0303>00"
        " | c7>00 | bb 04 000000 000000>0002020303",
    "two writes make one record":
        "3b 04 000000 010000 01>00 | 3b 04 010000 010000 02>00 | c7>00 | bb 04 000000 000000>000102",
    "each command for its kind of file":
        "6c 02>9d | bd 01 000000 000000>9d | bb 05 000000 000000>9d | 3d 04 000000 010000 00>9d"
        " | 3b 05 000000 010000 00>9d | eb 02>9d",
    "settings say what there is": "f5 01>000200eeee00000000e8030000 00000000 01 | f5 04>000400eeee 020000 030000 000000"
        " | f5 02>000100eeee 040000",
    "rights are changed": "5f 05 00 1e ee>00 | f5 05>0000001eee080000",
    "wrong sizes":
        "cc 06 00 eeee 0000>7e | c0 06 00 eeee 020000 010000>9e | cc 06 00 eeee 05000000 04000000 05000000 00>9e",
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
def test_story(story):
    one = card()
    for said, wanted in (step.split(">") for step in STORIES[story].split("|")):
        assert one.transceive(bytes.fromhex(said)).hex() == wanted.replace(" ", ""), said


def test_light_s_numbers_go_in_frames_too():
    """Found by fuzzing (seed 20261123): the second frame of 8D was looked up among EV1's commands."""
    one = card()
    assert one.transceive(bytes.fromhex("8d 05 000000 080000 01020304")) == b"\xaf"
    assert one.transceive(bytes.fromhex("af 05060708")) == b"\x00"
    assert one.transceive(bytes.fromhex("ad 05 000000 000000")) == b"\x00" + bytes(range(1, 9))


def test_what_waits_is_gone_with_the_field_and_what_is_true_goes_through_json():
    one = card()
    for said in ("dc 01 0a000000", "3b 04 000000 020000 1111", "c7", "dc 01 0a000000", "3d 02 000000 010000 ff"):
        assert one.transceive(bytes.fromhex(said)) == b"\x00"
    copy = Card.from_state(json.loads(json.dumps(one.state())))
    one.power_lost()
    for card_now in (one, copy):
        card_now.transceive(bytes.fromhex("5a545750"))
        assert card_now.transceive(bytes.fromhex("6c01")).hex() == "005a000000"
        assert card_now.transceive(bytes.fromhex("bd02000000000000")).hex() == "0000000000"
    assert copy.state() == one.state()


@pytest.mark.parametrize("byte", range(9))
def test_a_standard_file_is_torn_within(byte):
    """The field goes while the card writes: a standard file keeps the part that was burnt."""
    one = card()
    one.breaks_after_bytes = byte
    assert one.transceive(bytes.fromhex("3d 05 000000 080000 0102030405060708")) == b""
    one.transceive(bytes.fromhex("5a545750"))
    kept = one.transceive(bytes.fromhex("bd05000000000000"))[1:]
    assert kept == bytes(range(1, 9))[:byte].ljust(8, b"\x00")


@pytest.mark.parametrize("byte", range(4))
def test_a_commit_is_all_or_nothing(byte):
    one = card()
    for said in ("dc 01 0a000000", "3d 02 000000 020000 aabb", "3b 04 000000 020000 1111"):
        one.transceive(bytes.fromhex(said))
    one.breaks_after_bytes = byte
    assert one.transceive(bytes.fromhex("c7")) == b""
    one.transceive(bytes.fromhex("5a545750"))
    seen = [one.transceive(bytes.fromhex(asked)).hex() for asked in ("6c01", "bd02000000000000", "bb04000000000000")]
    assert seen in (["0064000000", "0000000000", "be"], ["005a000000", "00aabb0000", "001111"])
    assert (seen[0] == "005a000000") == (byte == 3), "three files: nothing before the last of them is in"


def at_a_reader() -> tuple[Pn532, Card]:
    chip, one = ready(quirk_active=False), card()
    chip.place(one)
    assert ask(chip, "4a 01 00").startswith("4b01")
    assert ask(chip, "40 01 5a 545750") == "410000"
    assert ask(chip, "40 01 dc 01 0a000000") == "410000"
    return chip, one


@pytest.mark.parametrize("byte", range(3))
def test_torn_at_any_byte_of_a_commit_the_reader_cannot_tell(byte):
    chip, one = at_a_reader()
    chip.faults.tear_at_byte(byte)
    assert ask(chip, "40 01 c7") == "4101", "the same word whether it was committed or not"
    one.transceive(bytes.fromhex("5a545750"))
    assert one.transceive(bytes.fromhex(GET)).hex() == ("0064000000" if byte < 1 else "005a000000")


def test_the_field_is_lost_after_a_commit_and_comes_back():
    chip, one = at_a_reader()
    assert ask(chip, "40 01 c7") == "410000"
    chip.faults.field_lost = True
    assert ask(chip, "40 01 6c 01") == "4101"
    chip.faults.field_lost = False
    assert ask(chip, "4a 01 00").startswith("4b01")
    ask(chip, "40 01 5a 545750")
    assert ask(chip, "40 01 6c 01") == "4100005a000000"


def test_a_resting_card_misses_every_second_listing_unless_it_is_released():
    chip = ready()
    chip.place(card())
    assert [ask(chip, "4a 01 00")[:4] for _ in range(4)] == ["4b01", "4b00", "4b01", "4b00"]
    ask(chip, "52 00")
    for _ in range(3):
        assert ask(chip, "4a 01 00")[:4] == "4b01"
        ask(chip, "52 00")


def test_two_cards_are_both_listed_and_told_apart():
    chip, other = ready(quirk_active=False), Card(bytes.fromhex("04000000000001"))
    chip.place(card())
    chip.place(other)
    found = ask(chip, "4a 02 00")
    assert found.startswith("4b02") and UID.hex() in found and other.uid.hex() in found
    assert ask(chip, "40 02 5a 545750") == "4100a0", "the second has no such application"
    assert ask(chip, "40 01 5a 545750") == "410000"
