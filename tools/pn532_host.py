"""A PN532 reader on this computer's serial line (or a TCP port): lists one card and exchanges APDUs with it.

The desk's side only; terminals have a driver of their own. Source: NXP UM0701-02 (frames 6.2, commands 7).
"""

import socket
import time
from collections.abc import Callable
from typing import NamedTuple

ACK = b"\x00\x00\xff\x00\xff\x00"
WAKE = b"\x55\x55" + bytes(14)
TO_CHIP, FROM_CHIP = 0xD4, 0xD5
SAM_CONFIGURATION, RF_CONFIGURATION = 0x14, 0x32
LIST_PASSIVE_TARGET, DATA_EXCHANGE, RELEASE = 0x4A, 0x40, 0x52
ANSWER_S = 2.0  # a card needs some tens of milliseconds; a chip that says nothing so long is not there
BUFFER_MAX = 600  # two of the longest frames; more without one is noise


class ReaderError(Exception):
    """The reader does not answer or says no: check cable, port and power. A card that went away says so too."""


class Listed(NamedTuple):
    """A card in the field."""

    uid: bytes
    sak: int
    ats: bytes


class Pn532:
    """One reader. `write` sends bytes; `read(timeout_s)` gives what has come, or b"" when nothing did; `close` ends."""

    def __init__(
        self,
        write: Callable[[bytes], object],
        read: Callable[[float], bytes],
        close: Callable[[], object] = lambda: None,
    ):
        self._write, self._read, self.close = write, read, close
        self._buffer = b""

    def start(self) -> None:
        """Wakes the chip and tells it to give up listing quickly."""
        self._write(WAKE)
        self._command(SAM_CONFIGURATION, b"\x01\x14\x01")
        self._command(RF_CONFIGURATION, b"\x05\xff\x01\x02")

    def wait_for_card(self, wait_s: float) -> Listed:
        """The first card that comes. Raises ReaderError when none does in time."""
        until_s = time.monotonic() + wait_s
        while time.monotonic() < until_s:
            self._command(RELEASE, b"\x00")
            found = self._command(LIST_PASSIVE_TARGET, b"\x01\x00")
            if found and found[0]:
                return _listed(found)
        raise ReaderError("no card came")

    def transceive(self, apdu: bytes) -> bytes:
        """One APDU to the listed card and its answer. Raises ReaderError when the card is gone."""
        answer = self._command(DATA_EXCHANGE, b"\x01" + apdu)
        if not answer or answer[0] & 0x3F:
            raise ReaderError("the card went away (status %s)" % answer[:1].hex())
        return answer[1:]

    def release(self) -> None:
        """Lets the card go."""
        self._command(RELEASE, b"\x00")

    def _command(self, code: int, data: bytes) -> bytes:
        self._write(frame(bytes([TO_CHIP, code]) + data))
        until_s = time.monotonic() + ANSWER_S
        while True:
            body = self._next_frame(until_s)
            if body[:2] == bytes([FROM_CHIP, code + 1]):
                return body[2:]
            if body[:1] == b"\x7f":
                raise ReaderError(f"the reader does not know command {code:02X}")

    def _next_frame(self, until_s: float) -> bytes:
        while True:
            body, self._buffer = unframe(self._buffer[-BUFFER_MAX:])
            if body:
                return body
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                raise ReaderError("the reader does not answer")
            self._buffer += self._read(left_s)


def frame(body: bytes) -> bytes:
    """A normal frame; a DESFire command is never longer than that (254 bytes)."""
    return b"\x00\x00\xff" + bytes([len(body), -len(body) & 0xFF]) + body + bytes([-sum(body) & 0xFF, 0])


def unframe(buffer: bytes) -> tuple[bytes, bytes]:
    """(body of the first whole normal frame or b"", what is left). ACKs and broken frames are passed over."""
    while (at := buffer.find(b"\x00\xff")) >= 0 and len(buffer) >= at + 4:
        length, check = buffer[at + 2], buffer[at + 3]
        if (length + check) & 0xFF or length == 0:
            buffer = buffer[at + 2 :]
            continue
        body = buffer[at + 4 : at + 4 + length]
        if len(buffer) < at + 5 + length:
            return b"", buffer[at:]
        if (sum(body) + buffer[at + 4 + length]) & 0xFF == 0:
            return body, buffer[at + 5 + length :]
        buffer = buffer[at + 2 :]
    return b"", buffer


def open_serial(port: str) -> Pn532:
    """A reader on a serial port (USB converter, pseudo terminal)."""
    import serial

    line = serial.Serial(port, 115200, timeout=0.05, exclusive=True)
    return Pn532(line.write, lambda timeout_s: line.read(max(1, line.in_waiting)), line.close)


def open_tcp(host: str, port: int) -> Pn532:
    """A reader behind a TCP port (a serial server, the emulator)."""
    line = socket.create_connection((host, port), 5)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Pn532(line.sendall, lambda timeout_s: _receive(line, timeout_s), line.close)


def _receive(line: socket.socket, timeout_s: float) -> bytes:
    line.settimeout(timeout_s)
    try:
        data = line.recv(BUFFER_MAX)
    except TimeoutError:
        return b""
    if not data:
        raise ReaderError("the reader has hung up")
    return data


def _listed(found: bytes) -> Listed:
    sak, size = found[4], found[5]
    return Listed(found[6 : 6 + size], sak, found[6 + size :])
