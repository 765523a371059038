"""The only file that knows `machine` and `network`. Buses and pins by name, from the pin map in terminal.json.

    "pins": {"pn532": {"uart": 1, "tx": 4, "rx": 5}, "display": {"spi": 1, "sck": 10, "mosi": 11, "cs": 9, "dc": 8,
             "reset": 12, "light": 13}, "keypad": {"i2c": 0, "scl": 1, "sda": 0, "int": 2}, "buzzer": {"pin": 15}, ...}

On a host the shims in hardware/emulators/upy stand in for both modules; there an id is the name of a chip on the bench.
"""

import asyncio
import gc
import os
import sys
import time

import machine
import network

from firmware.waits import Stream

WATCHDOG_MS = 8000  # RP2040 can do no more than 8388
UART_RX_BYTES = 512
DATA_DIR = "/data"
WIFI_CHECK_MS = 2000
# Mbed TLS on RP2 allocates from our heap: while connecting and while connected (measured, with some room)
TLS_BYTES = getattr(network, "TLS_BYTES", 29000 if sys.platform == "rp2" else 0)
TLS_CONNECTED_BYTES = 23016  # in whole units of 32: nothing small may settle between its blocks and the reserve


class Hal:
    """Constructor only stores; each bus is opened when it is asked for."""

    def __init__(self, pins: dict):
        self._pins = pins
        self._watchdog = None

    def has(self, name: str) -> bool:
        """Whether this board has that chip."""
        return name in self._pins

    def on(self, name: str, bus: str) -> bool:
        """Whether that chip is wired to such a bus."""
        return bus in self._pins[name]

    def uart(self, name: str, baud: int, **form):
        """A serial line as a stream."""
        part = self._pins[name]
        form.update(self._some(part, ("tx", "rx")))  # besides pins as machine.UART has it: parity=1 is odd, absent 8N1
        line = machine.UART(part["uart"], baud, rxbuf=UART_RX_BYTES, **form)
        return Stream(line)

    def spi(self, name: str, baud: int):
        part = self._pins[name]
        return machine.SPI(part["spi"], baudrate=baud, **self._some(part, ("sck", "mosi", "miso")))

    def i2c(self, name: str):
        part = self._pins[name]
        return machine.I2C(part["i2c"], freq=400000, **self._some(part, ("scl", "sda")))

    def out(self, name: str, pin: str, value: int):
        """An output pin, None where the board has not wired it."""
        at = self._pins[name].get(pin)
        return None if at is None else machine.Pin(at, machine.Pin.OUT, value=value)

    def input(self, name: str, pin: str):
        """An input pin with pull-up, None where the board has not wired it."""
        at = self._pins[name].get(pin)
        return None if at is None else machine.Pin(at, machine.Pin.IN, machine.Pin.PULL_UP)

    def pwm(self, name: str):
        """A pin that can sound, None where there is none."""
        return machine.PWM(machine.Pin(self._pins[name]["pin"])) if name in self._pins else None

    def _some(self, part: dict, names: tuple) -> dict:
        return {name: machine.Pin(part[name]) for name in names if name in part}

    def start_watchdog(self) -> None:
        """From now on feed() must be called within WATCHDOG_MS; it cannot be stopped."""
        self._watchdog = machine.WDT(timeout=WATCHDOG_MS)

    def feed(self) -> None:
        if self._watchdog is not None:
            self._watchdog.feed()


async def keep_wifi(ssid: str, password: str) -> None:
    """For ever: stay connected. Power save is off: it adds up to 100 ms to every tap."""
    wlan = network.WLAN(network.WLAN.IF_STA)
    wlan.active(True)
    wlan.config(pm=0xA11140 if hasattr(machine, "bootsel_button") else 0)
    while True:
        if not wlan.isconnected():
            wlan.connect(ssid, password)
        await asyncio.sleep_ms(WIFI_CHECK_MS)


def reset() -> None:
    """Starts the board again."""
    machine.reset()


def unique_id() -> bytes:
    return machine.unique_id()


def set_time(device_s: int) -> bool:
    """Sets the machine's clock, for the certificates' sake. False where that is not ours to do (a host)."""
    if not hasattr(machine, "RTC"):
        return False
    year, month, day, hour, minute, second, weekday = time.gmtime(device_s)[:7]
    machine.RTC().datetime((year, month, day, weekday, hour, minute, second, 0))
    return True


def heap_free() -> int:
    """Bytes free without collecting first."""
    return gc.mem_free()


def flash_free(folder: str) -> int:
    """Bytes free in the flash that holds this folder."""
    stat = os.statvfs(folder)
    return stat[0] * stat[3]


def has_file(path: str) -> bool:
    """Whether it lies in flash."""
    try:
        os.stat(path)
    except OSError:
        return False
    return True


def data_dir() -> str:
    """Where this terminal's own files lie; a host may name another place."""
    named = os.getenv("TAPWELL_DATA") if hasattr(os, "getenv") else None
    return named or DATA_DIR


_reserve = []
_lent = []


def lend(size: int, take) -> None:
    """Memory for what can be made anew: take(memory) now, and again with other memory after each handshake of TLS.

    Before one take(None) wants it back: where TLS lives in our heap, this lies in the place kept for its handshake.
    """
    _lent.append((size, take))
    _hand_out(len(_lent) - 1)


def _hand_out(first: int) -> None:
    at = 0
    for number, (size, take) in enumerate(_lent):
        if number >= first:
            take(memoryview(_reserve[0])[at : at + size] if _reserve else bytearray(size))
        at += size


def tls_memory(phase: str) -> None:
    """'connecting', 'connected' or 'off': keeps a place for TLS, in one piece, where it lives in our own heap (RP2).

    Without it small objects settle there between two connections, and the next handshake finds no room.
    """
    if TLS_BYTES:
        for _, take in _lent:
            take(None)
    _reserve.clear()
    gc.collect()
    if hasattr(network, "tls_memory"):
        network.tls_memory(phase)  # pyright: ignore[reportAttributeAccessIssue] # a host's shim takes what TLS would take
    if not TLS_BYTES or phase == "connecting":
        return
    try:
        _reserve.append(bytearray(TLS_BYTES - TLS_CONNECTED_BYTES if phase == "connected" else TLS_BYTES))
    except MemoryError:
        print("tls_reserve=none")
    _hand_out(0)
