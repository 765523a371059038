"""Thousands of broken byte streams, from a fixed seed: no chip may raise, hang or grow."""

import random

import pytest

from hardware.emulators import pn532_frame as frame
from hardware.emulators.display import Panel
from hardware.emulators.keypad import Tca8418
from hardware.emulators.printer import EscPos
from tests.hardware.test_pn532 import ask, ready
from tools.fuzz_cards import TARGETS, fuzz, mutated

FRAMES = 4000


@pytest.mark.parametrize("target", TARGETS)
def test_reader_card_driver_and_sam_survive_anything(target):
    """20,000 steps in all; a million and more by `python -m tools.fuzz_cards`."""
    fuzz(target, 200 * TARGETS[target][1], seed=532)


def test_a_chip_that_heard_rubbish_still_answers():
    chip = ready()
    for piece in (bytes(700), b"\x00\x00\xff\xff\xff\x01", frame.ACK, b"\x00\x00\xff\x20\xe0\xd4"):
        chip.feed(piece)
    chip.feed(frame.ACK + bytes(700))  # whatever half frame is left is filled up
    assert ask(chip, "02") == "0332010607"


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
