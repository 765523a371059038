"""Stands in for a board's `machine` on a host: buses are sockets to the chips of a bench (hardware/emulators/bus.py).

TAPWELL_BUS names a JSON file {chip: TCP port}, or is that text itself where no path leads to the host; an id is a
chip's name. First on MICROPYPATH it hides the port's own module, whose names it passes on.
"""

import json
import os
import socket
import sys
import time

from umachine import *  # noqa: F403

RESET_CODE = 79  # exit code that asks whoever started this process to start it again
TCP, NODELAY = 6, 1

_levels = {}


def _wire(chip):
    wire = socket.socket()
    wire.connect(socket.getaddrinfo("127.0.0.1", _ports()[chip])[0][-1])
    wire.setsockopt(TCP, NODELAY, 1)
    return wire


def _ports():
    named = os.getenv("TAPWELL_BUS")
    if named[0] == "{":
        return json.loads(named)
    with open(named) as file:
        return json.load(file)


def UART(chip, baudrate=115200, **pins):
    """A socket reads, writes and polls as a serial line does."""
    wire = _wire(chip)
    wire.setblocking(False)
    return wire


class Pin:
    """Keeps its level, under its name."""

    IN, OUT, PULL_UP = 0, 1, 2

    def __init__(self, name, mode=0, pull=-1, value=1):
        self.name = name
        _levels[name] = value

    def value(self, level=None):
        if level is None:
            return _levels[self.name]
        _levels[self.name] = level

    __call__ = value


class SPI:
    """Records of flag, length, payload; the flag is the level of the chip's D/C pin."""

    def __init__(self, chip, baudrate=0, **pins):
        self._dc = chip + ".dc"
        self._wire = _wire(chip)

    def write(self, data):
        self._wire.write(bytes((_levels.get(self._dc, 1), len(data) >> 8, len(data) & 255)))
        self._wire.write(data)


class I2C:
    """One request, one answer; raises OSError(5) where nobody acknowledges."""

    def __init__(self, chip, freq=0, **pins):
        self._wire = _wire(chip)

    def writeto(self, address, data):
        self._wire.write(b"W" + bytes((address, len(data))) + data)
        self._acknowledged()

    def readfrom(self, address, size):
        self._wire.write(b"R" + bytes((address, size)))
        self._acknowledged()
        return self._wire.read(size)

    def _acknowledged(self):
        if self._wire.read(1) != b"A":
            raise OSError(5)


class WDT:
    """Resets when it was fed too late, which is seen at the next feeding."""

    def __init__(self, timeout):
        self._timeout_ms = timeout
        self._fed_ms = time.ticks_ms()

    def feed(self):
        if time.ticks_diff(time.ticks_ms(), self._fed_ms) > self._timeout_ms:
            print("watchdog=late")
            reset()
        self._fed_ms = time.ticks_ms()


def unique_id():
    return (os.getenv("TAPWELL_DATA") or "host").encode()


def reset():
    """A board starts again; here the process ends and its keeper starts it again."""
    sys.exit(RESET_CODE)
