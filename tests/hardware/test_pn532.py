"""The PN532 emulator, frame by frame (UM0701-02), with a clock of its own."""

import pytest

from hardware.emulators import pn532_frame as frame
from hardware.emulators.desfire import Card
from hardware.emulators.pn532 import Pn532

WAKE = bytes.fromhex("55550000000000000000000000000000")
ACK = "0000ff00ff00"
UID = bytes.fromhex("04a1b2c3d4e5f6")
TARGET = "0344 20 07 04a1b2c3d4e5f6 06 75 77 81 02 80"

# what the host sends (after D4), what the chip answers (after D5); "-" = error frame. One chip, top to bottom.
TALK = """
02                       | 03 32 01 06 07                         GetFirmwareVersion
00 00 61 62              | 01 00 61 62                            Diagnose, echo
00 01                    | 01 00                                  Diagnose, ROM
00 06                    | 01 01                                  Diagnose, presence with nothing listed
00                       | -                                      parameter missing
32 05 ff 01 02           | 33                                     RFConfiguration MaxRetries
4a 01 00                 | 4b 00                                  listing before SAMConfiguration finds nothing
14 01 14 01              | 15                                     SAMConfiguration normal
14 09                    | -                                      no such mode
12 14                    | 13                                     SetParameters
08 63 02 80 63 05 40     | 09                                     WriteRegister
06 63 02 63 05 63 06     | 07 80 40 00                            ReadRegister
32 05 ff                 | -                                      too short
32 01 01                 | 33                                     field on
4a 01 01 00 ff ff 00 00  | 4b 00                                  FeliCa: none
4a 01 03 00              | 4b 00                                  ISO 14443 B: none
4a 03 00                 | -                                      three targets
40 01 60                 | 41 27                                  exchange with nothing listed
4a 01 00                 | 4b 01 01 %(target)s                    the card
04                       | 05 27 01 01 01 00 00 00 00             GetGeneralStatus with the last error
00 06                    | 01 00                                  present
40 01 60                 | 41 00 af 04 01 01 12 00 1a 05          GetVersion, native
40 41 90 af              | 41 00                                  chained by the host (MI) ...
40 01 00 00 00           | 41 00 04 01 01 02 01 1a 05 91 af       ... and answered when whole
40 02 60                 | 41 27                                  another target
44 01                    | 45 00                                  InDeselect
40 01 60                 | 41 01                                  silent
52 00                    | 53 00                                  InRelease all
54 01                    | 55 27                                  InSelect of a released one
60 01 01 00              | 61 01 00 12 01 %(target)s              InAutoPoll
4e 01 02 02              | 4f 00                                  InPSL 424
50 01 00                 | 51 01                                  InATR: nobody
8c 00                    | -                                      target mode is not modelled
16 f0                    | 17 00                                  PowerDown
""" % {"target": TARGET}


def ready(**options) -> Pn532:
    """A woken chip with three retries, its SAM configured."""
    chip = Pn532(**options)
    chip.feed(WAKE)
    ask(chip, "14 01")
    ask(chip, "32 05 ff 01 02")
    return chip


def ask(chip: Pn532, command: str) -> str:
    """The answer's bytes after D5, as hex; "-" for an error frame, "" for an ACK alone."""
    return told(chip.feed(frame.encode(0xD4, bytes.fromhex(command))))


def told(out: bytes) -> str:
    assert out.hex().startswith(ACK), out.hex()
    rest = out[6:]
    if rest == frame.ERROR:
        return "-"
    return "".join(body[1:].hex() for _, body in frame.FrameReader().feed(rest))


def rows() -> list[tuple[str, str, str]]:
    split = [line.partition("|") for line in TALK.strip().splitlines()]
    found = []
    for sent, _, rest in split:
        wanted, _, why = rest.strip().partition("    ")
        found.append((sent.strip(), wanted.replace(" ", ""), why.strip()))
    return found


def test_talk():
    chip = Pn532(quirk_active=False)
    chip.feed(WAKE)
    chip.place(Card(UID))
    for sent, wanted, why in rows():
        assert ask(chip, sent) == wanted, why


@pytest.mark.parametrize("wake, works", [
    ("55", True), ("5555000000", True), ("0000000000", True), ("00" * 10, True), ("0000", False), ("", False),
])  # fmt: skip
def test_five_rising_edges_wake(wake: str, works: bool):
    chip = Pn532()
    chip.feed(bytes.fromhex(wake))
    assert bool(chip.feed(frame.encode(0xD4, b"\x02"))) == works


def test_power_down_wakes_on_hsu_only_when_told_so():
    chip = ready()
    ask(chip, "16 10")
    assert chip.feed(frame.encode(0xD4, b"\x02")) == b""
    chip.feed(WAKE)
    assert ask(chip, "02") == "0332010607"
    ask(chip, "16 20")
    chip.feed(WAKE * 3)
    assert chip.feed(frame.encode(0xD4, b"\x02")) == b""


def test_resynchronises_and_keeps_silent_on_a_bad_checksum():
    chip = ready()
    good = frame.encode(0xD4, b"\x02")
    assert chip.feed(good[:-2] + bytes([good[-2] ^ 1, 0])) == b""
    assert chip.feed(b"\x00\xff\x17\x00noise" + good[:4]) == b""
    assert told(chip.feed(good[4:])) == "0332010607"


def test_nack_repeats_the_last_answer():
    chip = ready()
    answer = chip.feed(frame.encode(0xD4, b"\x02"))[6:]
    assert chip.feed(frame.NACK) == answer


def test_extended_frames_both_ways():
    chip = ready()
    data = bytes(range(256))[:260]
    assert told(chip.feed(frame.encode(0xD4, b"\x00\x00" + data))) == "0100" + data.hex()
    long = frame.encode(0xD5, bytes(300))
    assert long[3:5] == b"\xff\xff" and frame.encode(0xD5, bytes(253))[3] == 254


def test_listing_without_end_waits_for_a_card_or_an_abort():
    chip = ready()
    ask(chip, "32 05 ff 01 ff")
    assert ask(chip, "4a 01 00") == ""
    late = chip.place(Card(UID))
    assert told(bytes.fromhex(ACK) + late) == "4b0101" + TARGET.replace(" ", "")
    chip.remove()
    assert ask(chip, "4a 01 00") == ""
    chip.feed(frame.ACK)
    assert chip.place(Card(UID)) == b""


def test_a_card_left_active_misses_every_second_listing():
    chip = ready()
    chip.place(Card(UID))
    assert [ask(chip, "4a 01 00")[2:4] for _ in range(6)] == ["01", "00", "01", "00", "01", "00"]
    found = []
    for _ in range(3):
        ask(chip, "52 00")
        found.append(ask(chip, "4a 01 00")[2:4])
    assert found == ["01", "01", "01"]


def test_a_card_taken_off_and_laid_back_must_be_listed_again():
    chip = ready()
    card = Card(UID)
    chip.place(card)
    ask(chip, "4a 01 00")
    chip.remove(card)
    assert ask(chip, "00 06") == "0101"
    chip.place(card)
    assert ask(chip, "40 01 60") == "4101"


def test_torn_card_before_and_after_it_acted():
    for executed, left in ((False, False), (True, True)):
        chip, card = ready(), Card(UID)
        chip.place(card)
        ask(chip, "4a 01 00")
        chip.faults.tear(exchange=2, executed=executed)
        assert ask(chip, "40 01 6a") == "410000"
        assert ask(chip, "40 01 ca 01 00 00 0f 81") == "4101", "the terminal cannot tell"
        assert (1 in card.applications) == left
        assert chip.field.links == []


def test_faults():
    now = [0.0]
    chip = ready(clock=lambda: now[0])
    chip.place(Card(UID))
    chip.faults.field_lost = True
    assert ask(chip, "4a 01 00") == "4b00"
    chip.faults.field_lost = False
    chip.faults.slow_s = 0.5
    assert ask(chip, "02") == "" and chip.due_s() == 0.5 and chip.poll() == b""
    now[0] = 0.5
    assert told(bytes.fromhex(ACK) + chip.poll()) == "0332010607"
    ask(chip, "02")
    chip.feed(frame.ACK)
    assert chip.due_s() is None, "an ACK of the host aborts what runs"
    chip.faults.slow_s, chip.faults.babble = 0.0, True
    out = chip.feed(frame.encode(0xD4, b"\x02"))
    assert not out.startswith(frame.ACK) and frame.ACK in out
    chip.faults.dead = True
    assert chip.feed(frame.encode(0xD4, b"\x02")) == b""


def test_host_side_blocks_through_communicate_thru():
    chip = ready()
    ask(chip, "12 00")
    chip.place(Card(UID))
    assert ask(chip, "4a 01 00") == "4b0101" + TARGET.replace(" ", "")[: 2 * 11]
    for sent, wanted in (("e080", "067577810280"), ("0260", "02af04010112001a05"), ("b3", "a2"), ("03af", "03af04"),
                         ("b2", "a3"), ("c2", "c2")):  # fmt: skip
        assert ask(chip, "42" + sent).startswith("4300" + wanted), sent
    assert ask(chip, "42 02 60") == "4301"
