"""Stands in for a board's `machine` on a host: buses are sockets to the chips of a bench (hardware/emulators/bus.py).

TAPWELL_BUS names a JSON file {chip: TCP port}, or is that text itself where no path leads to the host; an id is a
chip's name. First on MICROPYPATH it hides the port's own module. On a board all this lies in flash: it is kept small,
since here it fills the heap that an app is measured in.
"""

import json
import os
import socket
import time

_levels = {}


def UART(chip, baudrate=115200, **pins):
    """A socket reads, writes and polls as a serial line does."""
    wire = socket.socket()
    ports = os.getenv("TAPWELL_BUS")
    if ports[0] != "{":
        with open(ports) as file:
            ports = file.read()
    wire.connect(socket.getaddrinfo("127.0.0.1", json.loads(ports)[chip])[0][-1])
    wire.setsockopt(6, 1, 1)  # TCP, NODELAY
    wire.setblocking(bool(pins.get("blocking")))
    return wire


class Pin:
    """Keeps its level, under its name."""

    IN, OUT, PULL_UP = 0, 1, 2

    def __init__(self, name, mode=0, pull=-1, value=1):
        self.name = name
        _levels[name] = value

    def __call__(self, level=None):
        if level is None:
            return _levels[self.name]
        _levels[self.name] = level


class I2C:
    """A bus: one request, one answer; raises OSError(5) where nobody acknowledges. As SPI it writes records of flag,
    length, payload; the flag is the level of the chip's D/C pin.
    """

    def __init__(self, chip, **options):
        self._chip = chip
        self._wire = UART(chip, blocking=True)

    def writeto(self, address, data):
        self._ask(b"W" + bytes((address, len(data))) + data)

    def readfrom(self, address, size):
        self._ask(b"R" + bytes((address, size)))
        return self._wire.read(size)

    def _ask(self, request):
        self._wire.write(request)
        if self._wire.read(1) != b"A":
            raise OSError(5)

    def write(self, data):
        level = _levels.get(self._chip + ".dc", 1)
        self._wire.write(bytes((level, len(data) >> 8, len(data) & 255)))
        self._wire.write(data)


SPI = I2C


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
    """A board starts again; here the process ends with 79 and its keeper starts it again."""
    raise SystemExit(79)
