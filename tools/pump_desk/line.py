"""A DART line on a serial port, driven by the controller that terminals carry. It blocks: for a person at a desk."""

import select
import termios
import time
from collections.abc import Callable
from typing import NamedTuple

import serial

from protocol.clock import ticks_ms
from protocol.dart import transactions as ta
from protocol.dart.control import Control
from protocol.dart.line import EOT, FIRST_ADDRESS, LAST_ADDRESS, POLL, Decoder, encode
from protocol.dart.side import Side

PARITIES = {"odd": serial.PARITY_ODD, "even": serial.PARITY_EVEN, "none": serial.PARITY_NONE}
MEET_S = 6.0  # three rounds of all questions, and some
SCAN_S = 0.15
GRADES_AT = 35  # in PARAMETERS


class Trouble(Exception):
    """What is wrong, and what to look at, in a sentence."""


class Settings(NamedTuple):
    """How to reach one pump. hoses: 0 asks it; how: what is not settled (protocol/dart/side.py)."""

    port: str
    address: int = FIRST_ADDRESS
    baud: int = 9600
    parity: str = "odd"
    hoses: int = 0
    how: dict = {}


def open_port(settings: Settings) -> serial.Serial:
    """Raises Trouble where there is none, or another program has it."""
    try:
        return _open(settings.port, settings.baud, PARITIES[settings.parity])
    except termios.error:
        return _open(settings.port, settings.baud, serial.PARITY_NONE)  # a pseudo terminal knows no parity
    except (serial.SerialException, OSError) as wrong:
        raise Trouble(f"no serial port {settings.port}: {wrong}") from wrong


def _open(port: str, baud: int, parity: str) -> serial.Serial:
    return serial.Serial(port, baud, parity=parity, timeout=0, exclusive=True)


def scan(port: serial.Serial) -> list[int]:
    """The addresses that answer a poll, each asked twice."""
    found = []
    for address in range(FIRST_ADDRESS, LAST_ADDRESS + 1):
        if _answers(port, address) or _answers(port, address):
            found.append(address)
    return found


def _answers(port: serial.Serial, address: int) -> bool:
    sent, decoder, end_s = encode(address, POLL), Decoder(), time.monotonic() + SCAN_S
    port.write(sent)
    while time.monotonic() < end_s:
        frames = decoder.feed(_heard(port, 0.01))
        if any(frame[0] == address and frame[1] not in (POLL, 0) for frame in frames):
            port.write(encode(address, EOT))
            return True
    return False


def _heard(port: serial.Serial, wait_s: float) -> bytes:
    select.select([port], [], [], wait_s)
    return port.read(port.in_waiting)


def meet(port: serial.Serial, settings: Settings, trace: Callable[[str, bytes], None] | None = None) -> "PumpLine":
    """The pump, once it has told what is to be known. Raises Trouble where it does not answer, or cannot be used."""
    pump = PumpLine(port, settings, trace)
    pump.meet()
    if settings.hoses or pump.control.grades < 2:
        return pump
    return meet(port, settings._replace(hoses=pump.control.grades), trace)


class Curious(Control):
    """A controller that also notes how many hoses the pump says it has."""

    grades = 0

    def said(self, address: int, number: int, data: bytes) -> None:
        if number == ta.PARAMETERS:
            self.grades = sum(1 for grade in data[GRADES_AT : GRADES_AT + 15] if grade)
        super().said(address, number, data)


class PumpLine:
    """One pump. `trace(direction, bytes)` hears all; '>' is ours."""

    def __init__(self, port: serial.Serial, settings: Settings, trace: Callable[[str, bytes], None] | None):
        self._port, self.address, self._trace = port, settings.address, trace
        self._bytes = 0
        self.control = Curious({self.address: settings.hoses or 1}, settings.how)

    @property
    def side(self) -> Side:
        return self.control.side(self.address)

    def meet(self) -> None:
        """Raises Trouble where it does not answer, or cannot be used."""
        known = self.run(lambda: not self.side.silent or bool(self.side.lacks) or self.side.gone, MEET_S)
        if self.side.lacks:
            raise Trouble(LACKS[self.side.lacks])
        if not known or self.side.gone:
            raise Trouble(self._why_not())

    def order(self, order: Callable, *values: int) -> None:
        """Raises Trouble where the pump does not do it."""
        self.control.order(self.address, order, *values)
        self.run(lambda: self.control.result(self.address) is not None, 30)
        why = self.control.result(self.address)
        if why != "":
            raise Trouble(REFUSALS.get(why or "silent", str(why)))

    def run(self, until: Callable[[], bool], limit_s: float) -> bool:
        """The line goes on until until() is true. False: it did not become so."""
        end_s = time.monotonic() + limit_s
        while not until():
            if time.monotonic() > end_s:
                return False
            self._turn()
        return True

    def _turn(self) -> None:
        self._hear(0.0)  # after a busy moment: what has come is heard before it is missed
        out = self.control.due(ticks_ms())
        if out:
            self._port.write(out)
            self._tell(">", out)
        self._hear(min(0.02, self.control.wait_ms(ticks_ms()) / 1000))

    def _hear(self, wait_s: float) -> None:
        data = _heard(self._port, wait_s)
        if data:
            self._bytes += len(data)
            self._tell("<", data)
            self.control.received(data, ticks_ms())

    def _tell(self, direction: str, data: bytes) -> None:
        if self._trace:
            self._trace(direction, data)

    def _why_not(self) -> str:
        if not self._bytes:
            return f"no answer from {self.address:02X}: is it powered, is that its address (`scan`), are A and B right?"
        return f"{self._bytes} bytes came, but nothing that fits: wrong --baud or --parity, or A and B exchanged?"


LACKS = {
    "decimals": "the pump does not tell how many decimals it shows: read them off its display, --decimals V,A,P",
    "totals": "the pump does not tell its totalisers: is --hoses right?",
}
REFUSALS = {
    "busy": "the pump is in a fill, or switched off",
    "prices": "the prices of the pump's other hoses are not known: set them with `prices`",
    "not_programmed": "the pump has no prices: set them with `prices`",
    "refused": "the pump does not do it",
    "silent": "the pump has stopped answering",
}
