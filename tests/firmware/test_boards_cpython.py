"""What the firmware and the hardware folder say twice must be the same."""

from firmware.drivers import keypad as driver
from hardware.boards import keypad as board


def test_keys_lie_where_the_board_has_them():
    assert driver.KEYS == board.KEYS and driver.ADDRESS == board.ADDRESS
