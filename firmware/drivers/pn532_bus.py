"""PN532, asynchronous, on anything that reads and writes as a stream does: a UART as it is, I2C and SPI by
pn532_polled.py.

Nothing waits for ever: a command that has no answer in time is stopped by an ACK, and what still comes is drained for a
bounded time, so that it is never read as the next answer and a chip that babbles holds up nothing. What may be done
twice is tried twice; an exchange with a card never is, it may have been heard. Finite retries in the chip, or a listing
without a card would never answer; InRelease before listing again, or a card that was left active misses every second
listing.
"""

import asyncio

from firmware.drivers import pn532
from protocol.clock import ticks_diff, ticks_ms

DRAIN_MS = 20  # of silence: the line is empty
DRAIN_MAX_MS = 200  # however much still comes
IDLE_MS = 2  # where a read gives nothing at once
READ_BYTES = 64
PASSIVE_RETRIES = 2
TRY_MS = 500  # for each of them; no card has a say in it, or only a short one
TRIES = 2
TRY_MS = 500  # for each of them; no card has a say in it, or only a short one
PARTS_MAX = 16  # of one answer, 4 KB


class Silent(Exception):
    """The chip did not answer, or not to what was asked."""


class Pn532:
    """find() -> (uid, iso_dep) or None; exchange(apdu); present(); release(). For one task: a command at a time."""

    def __init__(self, stream):
        self._stream = stream
        self._host = pn532.Host()
        self._listed = False

    async def start(self) -> None:
        """Wakes and configures the chip. Raises Silent."""
        await self._write(pn532.WAKE)
        await self.command(pn532.SAM_CONFIGURATION, b"\x01\x14\x00", TRIES)
        await self.command(pn532.RF_CONFIGURATION, bytes((5, 0xFF, 1, PASSIVE_RETRIES)), TRIES)

    async def find(self) -> tuple | None:
        """(uid, whether ISO 14443-4) of the card in the field, None without one. Raises Silent."""
        if self._listed:
            await self.release()
        found = pn532.target(await self.command(pn532.LIST_PASSIVE, b"\x01\x00", TRIES))
        self._listed = found is not None
        return found

    async def exchange(self, apdu: bytes) -> bytes | None:
        """One APDU to the listed card; None when the card was not heard. Raises Silent."""
        while len(apdu) > pn532.PART_MAX:
            part, apdu = apdu[: pn532.PART_MAX], apdu[pn532.PART_MAX :]
            if await self.command(pn532.DATA_EXCHANGE, bytes((1 | pn532.MORE,)) + part) != b"\x00":
                return None
        answer = await self.command(pn532.DATA_EXCHANGE, b"\x01" + apdu)
        whole = b""
        for _ in range(PARTS_MAX):
            if not answer or answer[0] & pn532.STATUS:
                return None
            whole += answer[1:]
            if not answer[0] & pn532.MORE:
                return whole
            answer = await self.command(pn532.DATA_EXCHANGE, b"\x01")
        return None

    async def present(self) -> bool:
        """Whether the listed card still lies there. Raises Silent."""
        return await self.command(pn532.DIAGNOSE, bytes((pn532.ATTENTION,)), TRIES) == b"\x00"

    async def release(self) -> None:
        """Lets the card go. Raises Silent."""
        self._listed = False
        await self.command(pn532.RELEASE, b"\x00", TRIES)

    async def command(self, code: int, data: bytes, tries: int = 1) -> bytes:
        """The answer's data. Raises Silent after the chip was told to stop."""
        limit_ms = TRY_MS if tries > 1 else pn532.ACK_MS + pn532.ANSWER_MS
        for _ in range(tries):
            try:
                await asyncio.wait_for_ms(self._command(code, data), limit_ms)
            except asyncio.TimeoutError:
                self._host.give_up()
            if self._host.answer is not None:
                return self._host.answer
            await self._abort()
        raise Silent("%s to %d" % (self._host.wrong, code))

    async def _command(self, code: int, data: bytes) -> None:
        await self._write(self._host.begin(code, data, ticks_ms()))
        while not self._host.over(ticks_ms()):
            came = await self._stream.read(READ_BYTES)
            if not came:
                await asyncio.sleep_ms(IDLE_MS)
                continue
            more = self._host.feed(came, ticks_ms())
            if more:
                await self._write(more)

    async def _abort(self) -> None:
        await self._write(pn532.ACK)
        began_ms = ticks_ms()
        try:
            while ticks_diff(ticks_ms(), began_ms) < DRAIN_MAX_MS:
                if not await asyncio.wait_for_ms(self._stream.read(READ_BYTES), DRAIN_MS):
                    break
        except asyncio.TimeoutError:
            pass
        self._host.parser.clear()

    async def _write(self, data: bytes) -> None:
        self._stream.write(data)
        await self._stream.drain()
