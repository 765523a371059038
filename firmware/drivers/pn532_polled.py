"""PN532 on I2C or SPI, read and written as a stream: where the chip cannot speak by itself it is asked whether it has
something to say (UM0701-02, 6.2.4 and 6.2.5).

Each read is one whole frame: what is not taken of it is lost. So the six bytes of an ACK are read after a command, and
the longest answer after that; what lies behind a shorter one is filling, which the parser passes over.
"""

import asyncio

from firmware.drivers import pn532

ADDRESS = 0x24
READY = 1  # bit of the status byte
POLL_MS = 2
ANSWER_BYTES = pn532.BODY_MAX + 10  # with all that frames it
SPI_BAUD = 1000000  # 5 MHz at most
SPI_WRITE, SPI_STATUS, SPI_READ = 0x01, 0x02, 0x03
_NIBBLES = b"\x00\x08\x04\x0c\x02\x0a\x06\x0e\x01\x09\x05\x0d\x03\x0b\x07\x0f"


class Polled:
    """write(), drain() and read() of a stream. `bus` has say(data), ready() and hear(size); OSError: nobody listens."""

    def __init__(self, bus):
        self._bus = bus
        self._out = b""
        self._ack = False

    def write(self, data: bytes) -> None:
        """To be said at the next drain()."""
        self._out += data

    async def drain(self) -> None:
        """Says it. A chip that does not listen is found by its silence."""
        out, self._out = self._out, b""
        if out == pn532.WAKE:
            return  # bytes for a serial line: here being addressed wakes it
        self._ack = out not in (pn532.ACK, pn532.NACK)
        try:
            self._bus.say(out)
        except OSError:
            self._ack = False

    async def read(self, size: int) -> bytes:
        """The next frame, however long, once there is one."""
        while not self._waits():
            await asyncio.sleep_ms(POLL_MS)
        size = len(pn532.ACK) if self._ack else ANSWER_BYTES
        self._ack = False
        try:
            return self._bus.hear(size)
        except OSError:
            return b""

    def _waits(self) -> bool:
        try:
            return self._bus.ready()
        except OSError:
            return False


class I2c:
    """`i2c` is the bus, shared with whatever else is on it."""

    def __init__(self, i2c):
        self._i2c = i2c

    def say(self, data: bytes) -> None:
        self._i2c.writeto(ADDRESS, data)

    def ready(self) -> bool:
        return bool(self._i2c.readfrom(ADDRESS, 1)[0] & READY)

    def hear(self, size: int) -> bytes:
        return self._i2c.readfrom(ADDRESS, 1 + size)[1:]  # the status byte comes before every frame


class Spi:
    """`select(level)` is the chip's own wire. It sends the lowest bit first, which few boards' buses can."""

    def __init__(self, spi, select):
        self._spi = spi
        self._select = select

    def say(self, data: bytes) -> None:
        self._talk(SPI_WRITE, data, 0)

    def ready(self) -> bool:
        return bool(self._talk(SPI_STATUS, b"", 1)[0] & READY)

    def hear(self, size: int) -> bytes:
        return self._talk(SPI_READ, b"", size)

    def _talk(self, what: int, data: bytes, size: int) -> bytes:
        self._select(0)
        self._spi.write(turned(bytes((what,)) + data))
        heard = turned(self._spi.read(size)) if size else b""
        self._select(1)
        return heard


def turned(data: bytes) -> bytes:
    """The bits of each byte the other way round."""
    return bytes([_NIBBLES[byte & 15] << 4 | _NIBBLES[byte >> 4] for byte in data])
