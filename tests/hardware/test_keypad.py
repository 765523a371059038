"""The keypad controller by its registers, and one table of keys on both sides."""

import asyncio

import pytest

from firmware.drivers import keypad as driver
from hardware.boards import keypad as board
from hardware.emulators.keypad import PLACES, Keypad, Tca8418

CFG, INT_STAT, COUNT, EVENT = 0x01, 0x02, 0x03, 0x04


def ready() -> Keypad:
    pad = Keypad()
    for register, value in ((0x1D, 0x0F), (0x1E, 0x3F), (CFG, 0x01)):
        pad.chip.write(bytes([register, value]))
    return pad


def read(chip: Tca8418, register: int) -> int:
    chip.write(bytes([register]))
    return chip.read(1)[0]


def test_firmware_and_board_have_the_same_table():
    assert driver.KEYS == board.KEYS and driver.ADDRESS == board.ADDRESS


def test_every_key_of_a_terminal_is_there():
    wanted = {*"0123456789.", "ok", "back", "up", "down", "menu", "cash", "card", "points", "f1", "f2", "f3", "f4"}
    assert set(PLACES) == wanted


@pytest.mark.parametrize("name", sorted(PLACES))
def test_a_press_is_two_events(name: str):
    pad = ready()
    pad.press(name)
    row, column = PLACES[name]
    assert read(pad.chip, COUNT) == 2 and pad.chip.interrupt
    assert [read(pad.chip, EVENT) for _ in range(3)] == [0x80 | row * 10 + column + 1, row * 10 + column + 1, 0]
    pad.chip.write(bytes([INT_STAT, 1]))
    assert not pad.chip.interrupt


def test_the_firmware_driver_reads_names():
    class Wire:
        def __init__(self, chip: Tca8418) -> None:
            self.chip = chip

        def writeto(self, address: int, data: bytes) -> None:
            assert address == board.ADDRESS and self.chip.write(data)

        def readfrom(self, address: int, size: int) -> bytes:
            return self.chip.read(size)

    pad = Keypad()
    keys = driver.Keypad(Wire(pad.chip), None)
    pad.press("5")
    keys.start()
    for name in ("4", "1", ".", "f4", "ok"):
        pad.press(name)
    assert keys.read() == ["4", "1", ".", "f4", "ok"]
    assert keys.read() == []


def test_keys_do_nothing_before_the_matrix_is_set_up():
    pad = Keypad()
    pad.press("5")
    assert read(pad.chip, COUNT) == 0


@pytest.mark.parametrize("mode, first", [(0x01, 0x80 | 1), (0x21, 0x80 | 2)])
def test_a_full_fifo_loses_the_newest_or_the_oldest(mode: int, first: int):
    pad = ready()
    pad.chip.write(bytes([CFG, mode]))
    for name in "123456":
        pad.press(name)
    assert read(pad.chip, COUNT) == 10 and read(pad.chip, INT_STAT) == 0x09
    assert read(pad.chip, EVENT) == first


def test_the_interrupt_comes_back_while_events_wait():
    pad = ready()
    pad.press("5")
    pad.chip.write(bytes([INT_STAT, 0xFF]))
    assert pad.chip.interrupt


def test_auto_increment():
    pad = ready()
    pad.chip.write(bytes([CFG, 0x81]))
    pad.chip.write(bytes([0x1D]))
    assert pad.chip.read(3) == bytes([0x0F, 0x3F, 0x00])


def test_over_the_bus():
    async def play() -> list[bytes]:
        pad = ready()
        reader, writer = await asyncio.open_connection("127.0.0.1", await pad.listen())
        pad.press("ok")
        answers = []
        for sent, size in ((b"W\x34\x01\x03", 1), (b"R\x34\x01", 2), (b"W\x35\x01\x03", 1), (b"R\x35\x01", 1)):
            writer.write(sent)
            answers.append(await reader.readexactly(size))
        writer.close()
        await pad.close()
        return answers

    assert asyncio.run(play()) == [b"A", b"A\x02", b"N", b"N"]
