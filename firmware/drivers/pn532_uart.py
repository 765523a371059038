"""PN532 on a serial line, asynchronous. A late answer is aborted and drained, and never read as the next one.

Finite retries in the chip, or a listing without a card would never answer; InRelease before listing again, or a card
that was left active misses every second listing.
"""

import asyncio

from firmware.drivers import pn532

ACK_MS = 300
ANSWER_MS = 800
DRAIN_MS = 20
READ_BYTES = 64
PASSIVE_RETRIES = 2


class Silent(Exception):
    """The chip did not answer, or not to what was asked."""


class Pn532:
    """find() -> (uid, iso_dep) or None; exchange(apdu); present(); release()."""

    def __init__(self, stream):
        self._stream = stream
        self._parser = pn532.Parser()
        self._lock = asyncio.Lock()
        self._found = []

    async def start(self) -> None:
        """Wakes and configures the chip. Raises Silent."""
        self._stream.write(pn532.WAKE)
        await self._stream.drain()
        await self.command(pn532.SAM_CONFIGURATION, b"\x01\x14\x00")
        await self.command(pn532.RF_CONFIGURATION, bytes((5, 0xFF, 1, PASSIVE_RETRIES)))

    async def find(self) -> tuple | None:
        """(uid, whether ISO 14443-4) of the card in the field, None without one. Raises Silent."""
        return pn532.target(await self.command(pn532.LIST_PASSIVE, b"\x01\x00"))

    async def exchange(self, apdu: bytes) -> bytes | None:
        """One APDU to the listed card; None when the card was not heard. Raises Silent."""
        answer = await self.command(pn532.DATA_EXCHANGE, b"\x01" + apdu)
        whole = answer[1:]
        while answer and answer[0] == pn532.MORE:
            answer = await self.command(pn532.DATA_EXCHANGE, b"\x01")
            whole += answer[1:]
        return whole if answer and answer[0] & 0x3F == 0 else None

    async def present(self) -> bool:
        """Whether the listed card still lies there. Raises Silent."""
        return await self.command(pn532.DIAGNOSE, bytes((pn532.ATTENTION,))) == b"\x00"

    async def release(self) -> None:
        """Lets the card go. Raises Silent."""
        await self.command(pn532.RELEASE, b"\x00")

    async def command(self, code: int, data: bytes) -> bytes:
        """The answer's data. Raises Silent after the chip was told to stop."""
        await self._lock.acquire()
        try:
            return await asyncio.wait_for_ms(self._command(code, data), ACK_MS + ANSWER_MS)
        except asyncio.TimeoutError:
            await self._abort()
            raise Silent("command %d" % code)
        finally:
            self._lock.release()

    async def _command(self, code: int, data: bytes) -> bytes:
        self._stream.write(pn532.frame(code, data))
        await self._stream.drain()
        while await self._next():
            pass  # an answer that nobody waits for any more: the ACK comes after it
        while True:
            body = await self._next() or b"\x00"
            if body[0] == code + 1:
                return body[1:]
            if body == b"\x7f":
                return b""

    async def _next(self) -> bytes:
        """The next body, b"" for an ACK."""
        while True:
            if self._found:
                return self._found.pop(0)
            data = await self._stream.read(READ_BYTES)
            if not data:
                await asyncio.sleep_ms(DRAIN_MS)
            else:
                self._found += self._parser.feed(data)

    async def _abort(self) -> None:
        self._stream.write(pn532.ACK)
        await self._stream.drain()
        try:
            while True:
                await asyncio.wait_for_ms(self._stream.read(READ_BYTES), DRAIN_MS)
        except asyncio.TimeoutError:
            pass
        self._parser.clear()
        self._found = []
