"""Thousands of broken byte streams, from a fixed seed: no chip may raise, hang or grow."""

import random
import time

from hardware.emulators import pn532_frame as frame
from hardware.emulators.desfire import Card
from hardware.emulators.display import Panel
from hardware.emulators.isodep import CardLink
from hardware.emulators.keypad import Tca8418
from hardware.emulators.pn532 import COMMANDS
from hardware.emulators.printer import EscPos
from tests.hardware.test_pn532 import UID, ask, ready

FRAMES = 4000
POWER_DOWN = 0x16
SECONDS_MAX = 30


def mutated(chance: random.Random, data: bytes) -> bytes:
    """A few bytes changed, cut, doubled or put in."""
    out = bytearray(data)
    for _ in range(chance.randint(0, 3)):
        at = chance.randrange(len(out) + 1)
        kind = chance.randrange(4)
        if kind == 0 and at < len(out):
            out[at] = chance.randrange(256)
        elif kind == 1:
            del out[at : at + chance.randint(1, 4)]
        elif kind == 2:
            out[at:at] = chance.randbytes(chance.randint(1, 4))
        else:
            out += out[at:]
    return bytes(out[:2000])


def test_pn532_survives_broken_frames_and_still_answers():
    chance, began_s = random.Random(532), time.monotonic()
    chip = ready()
    chip.place(Card(UID))
    codes = [*(set(COMMANDS) - {POWER_DOWN}), 0x40, 0x40, 0x42, 0x4A, 0xFF]
    answered = 0
    for _ in range(FRAMES):
        body = (
            bytes([chance.choice(codes)])
            + bytes([chance.choice((0, 1, 2, 0x41))])
            + chance.randbytes(chance.randint(0, 40))
        )
        out = chip.feed(mutated(chance, frame.encode(0xD4, body)))
        assert len(out) < 5000
        answered += frame.ACK in out
        if not chip._awake:  # a mutation put it to sleep, perhaps for good
            chip = ready()
            chip.place(Card(UID))
    assert answered > FRAMES // 4
    chip.feed(frame.ACK + bytes(700))  # whatever half frame is left is filled up
    assert ask(chip, "02") == "0332010607"
    assert time.monotonic() - began_s < SECONDS_MAX


def test_card_survives_broken_commands():
    chance, began_s = random.Random(1), time.monotonic()
    seeds = [bytes.fromhex(text) for text in (
        "60",
        "ca545750 0f83", "5a545750", "aa00", "af" + "00" * 32, "cd02 00 eeee 640000", "3d02000000080000" + "11" * 8,
        "bd02000000000000", "af", "c400" + "22" * 32, "9060000000", "905a00000354575000", "00a4040007d276000085010000",
        "54" + "33" * 16, "6f", "f502", "df02", "0a00", "1a00", "6e", "51", "fc", "da545750", "45", "6400",
    )]  # fmt: skip
    card, link = Card(UID), CardLink(Card(UID))
    link.wake(False)
    link.activate()
    for _ in range(FRAMES):
        apdu = mutated(chance, chance.choice(seeds))
        assert 1 <= len(card.transceive(apdu)) <= 61
        link.raw(bytes([chance.choice((2, 3, 0x12, 0x13, 0xA2, 0xB2, 0xB3, 0xF2))]) + apdu)
    assert Card.from_state(card.state()).state() == card.state()
    assert time.monotonic() - began_s < SECONDS_MAX


def test_display_survives_any_bytes():
    chance, panel = random.Random(7789), Panel()
    codes = (0x01, 0x11, 0x20, 0x21, 0x28, 0x29, 0x2A, 0x2B, 0x2C, 0x36, 0x3A, 0x3C, 0xFF)
    for _ in range(FRAMES):
        panel.receive(False, bytes([chance.choice(codes)]))
        panel.receive(True, mutated(chance, chance.randbytes(chance.choice((0, 1, 4, 300)))))
    assert len(panel._memory) == 320 * 240 * 2 and len(panel.pixels()) == 320 * 240 * 2


def test_keypad_survives_any_bytes():
    chance, chip = random.Random(8418), Tca8418()
    for _ in range(FRAMES):
        chip.write(chance.randbytes(chance.randint(0, 6)))
        chip.contact(chance.randrange(4), chance.randrange(6), chance.random() < 0.5)
        assert len(chip.read(chance.randint(0, 8))) <= 8


def test_printer_survives_any_bytes():
    chance, chip = random.Random(58), EscPos()
    heads = (
        b"\x1b@",
        b"\x1ba\x01",
        b"\x1d(k\x03\x00",
        b"\x1dv0\x00\x01\x00\x02\x00",
        b"\x10\x04\x01",
        b"\x1c!\x04",
        b"x\n",
    )
    for _ in range(FRAMES):
        chip.feed(mutated(chance, chance.choice(heads) + chance.randbytes(chance.randint(0, 9))))
    assert len(chip.receipts()) >= 1
