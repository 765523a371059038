"""A pump on a serial line, behind the one interface that flows and tasks know; this one speaks the simple frames below.

    status(n) -> (state, lifted, ml, cents, total_ml)      of the fill since it was authorised, and the totaliser
    authorise(n, price_milli, cents, ml)                   it stops by itself at that amount or volume; 0: no such bound
    stop(n)                                                gives no more; what it gave stays in its status

Frame: 0x02, nozzle, length, body, CRC-16/ARC (low byte first); numbers are big endian. The pump answers each frame with
the command's top bit set; a command it does not take now with 0xFF. Lost or spoilt frames are asked again.
"""

import asyncio

IDLE, READY, FUELLING, ENDED = 0, 1, 2, 3  # nozzle states: nothing; may be lifted; fuel flows; over, not yet begun anew
STX = 2
REFUSED = 0xFF
ANSWER_MS = 150
TRIES = 3
BODY_MAX = 32


class Silent(Exception):
    """The pump does not answer, or not to what it was asked."""


class Pump:
    """One pump, its nozzles from 1. One frame at a time."""

    def __init__(self, stream):
        self._stream = stream
        self._buffer = b""

    async def status(self, nozzle: int) -> tuple:
        """(state, lifted, ml, cents, total_ml). Raises Silent."""
        told = await self._command(nozzle, b"S", 16)
        number = int.from_bytes
        return told[0], bool(told[1]), number(told[2:6], "big"), number(told[6:10], "big"), number(told[10:16], "big")

    async def authorise(self, nozzle: int, price_milli: int, cents: int, ml: int) -> None:
        """Raises Silent, also where the pump refuses."""
        await self._command(nozzle, b"P" + price_milli.to_bytes(4, "big"), 0)
        await self._command(nozzle, b"A" + cents.to_bytes(4, "big") + ml.to_bytes(4, "big"), 0)

    async def stop(self, nozzle: int) -> None:
        """Raises Silent."""
        await self._command(nozzle, b"X", 0)

    async def price(self, nozzle: int, price_milli: int) -> None:
        """What an idle nozzle shows. Raises Silent."""
        await self._command(nozzle, b"P" + price_milli.to_bytes(4, "big"), 0)

    async def suspend(self, nozzle: int) -> None:
        """These frames know no pause. Raises Silent."""
        raise Silent("suspend")

    resume = suspend

    def alarms(self) -> tuple:
        """They know none either."""
        return ()

    async def _command(self, nozzle: int, body: bytes, size: int) -> bytes:
        for _ in range(TRIES):
            self._buffer = b""
            self._stream.write(frame(nozzle, body))
            await self._stream.drain()
            try:
                told = await asyncio.wait_for_ms(self._answer(nozzle, body[0] | 128), ANSWER_MS)
            except asyncio.TimeoutError:
                continue
            if told[0] == REFUSED:
                raise Silent("refused %d" % body[0])
            if len(told) == size + 1:
                return told[1:]
        raise Silent("nozzle %d" % nozzle)

    async def _answer(self, nozzle: int, code: int) -> bytes:
        while True:
            found, self._buffer = unpack(self._buffer)
            if found is None:
                data = await self._stream.read(64)
                if data:
                    self._buffer += data
                else:
                    await asyncio.sleep_ms(10)
            elif found[0] == nozzle and found[1] in (code, REFUSED):
                return found[1:]


def frame(nozzle: int, body: bytes) -> bytes:
    inner = bytes((nozzle, len(body))) + body
    return bytes((STX,)) + inner + crc16(inner).to_bytes(2, "little")


def unpack(data: bytes) -> tuple:
    """((nozzle and body) of the first good frame or None, the bytes after it); noise before it goes."""
    while data:
        size = data[2] if len(data) > 2 else 0
        if data[0] != STX or size > BODY_MAX:
            data = data[1:]
        elif len(data) < size + 5:
            return None, data
        elif crc16(data[1 : size + 3]) != data[size + 3] | data[size + 4] << 8:
            data = data[1:]
        else:
            return data[1:2] + data[3 : size + 3], data[size + 5 :]
    return None, data


def crc16(data: bytes) -> int:
    """CRC-16/ARC: 0x8005 reflected, from 0."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc
