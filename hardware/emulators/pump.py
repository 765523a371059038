"""A pump with some nozzles on its serial line: people lift, fill and hang up; the terminal asks, sets and authorises.

What was pumped since the nozzle was authorised and the totalisers survive everything: a pump has its own power.
"""

import asyncio
import time
from collections.abc import Callable

from hardware.emulators.bus import UartPort
from hardware.emulators.pump_frame import (
    ANSWER,
    AUTHORISE,
    ENDED,
    FUELLING,
    IDLE,
    NO,
    PRICE,
    READY,
    STATUS,
    STOP,
    decode,
    encode,
)
from protocol.money import line_amount_cents

FLOW_ML_S = 600  # a car pump's 36 litres a minute
SLOW_ML = 500  # before a preset the valve closes halfway
TICK_S = 0.02


class Nozzle:
    """One hose. `speed`: how much faster than life it flows; `slips_ml`: how much more it gives than the preset."""

    def __init__(self, total_ml: int = 1_000_000):
        self.state, self.lifted, self.open = IDLE, False, False
        self.price_milli = self.ml = self.preset_cents = self.preset_ml = 0
        self.total_ml = total_ml
        self.speed, self.slips_ml = 1, 0
        self.wanted_ml: int | None = None
        self._rest = 0.0

    @property
    def cents(self) -> int:
        return line_amount_cents(self.ml, self.price_milli)

    def lift(self) -> None:
        """Out of its holder."""
        self.lifted = True
        if self.state == READY:
            self.state = FUELLING

    def squeeze(self, ml: int | None = None) -> None:
        """The lever is pulled, until so much has come or the nozzle is hung up."""
        self.open, self.wanted_ml = True, ml

    def hang_up(self) -> None:
        """Back in its holder: the fill is over."""
        self.lifted = self.open = False
        if self.state == FUELLING:
            self.state = ENDED

    def flow(self, seconds: float) -> None:
        """So much time passes."""
        if self.state != FUELLING or not self.open:
            return
        left = self.left_ml()
        rate = FLOW_ML_S * self.speed * (0.25 if left is not None and left < SLOW_ML else 1)
        self._rest += rate * seconds
        more = int(self._rest)
        self._rest -= more
        if left is not None and more >= left:
            more = left
            self.open = False
        self.ml += more
        self.total_ml += more

    def left_ml(self) -> int | None:
        """What may still come before a preset or the hand stops it."""
        bounds = []
        if self.preset_ml:
            bounds.append(self.preset_ml + self.slips_ml - self.ml)
        if self.preset_cents and self.price_milli:
            bounds.append(self.preset_cents * 1_000_000 // self.price_milli + self.slips_ml - self.ml)
        if self.wanted_ml is not None:
            bounds.append(self.wanted_ml - self.ml)
        return max(0, min(bounds)) if bounds else None

    def command(self, code: int, body: bytes) -> bytes | None:
        """What the terminal says; the answer's numbers, None for no."""
        if code == STATUS:
            head = bytes((self.state, self.lifted))
            return head + self.ml.to_bytes(4, "big") + self.cents.to_bytes(4, "big") + self.total_ml.to_bytes(6, "big")
        if code == PRICE and self.state in (IDLE, ENDED) and len(body) == 4:
            # The fill before keeps what it has shown until the next is authorised.
            self.next_price_milli = int.from_bytes(body, "big")
            return b""
        if code == AUTHORISE and self.state in (IDLE, ENDED) and len(body) == 8 and not (self.lifted and self.open):
            self._authorise(int.from_bytes(body[:4], "big"), int.from_bytes(body[4:], "big"))
            return b""
        if code == STOP:
            self._stop()
            return b""
        return None

    next_price_milli = 0

    def _authorise(self, cents: int, ml: int) -> None:
        self.price_milli = self.next_price_milli
        self.ml, self.preset_cents, self.preset_ml, self._rest = 0, cents, ml, 0.0
        self.state = FUELLING if self.lifted else READY

    def _stop(self) -> None:
        self.open = False
        if self.state in (READY, FUELLING):
            self.state = ENDED


class Pump:
    """The pump on its line. Faults: `silent` answers nothing; `noise` is called on each answer and may spoil it."""

    def __init__(self, nozzles: int = 2) -> None:
        self.nozzles = [Nozzle() for _ in range(nozzles)]
        self.silent = False
        self.noise: Callable[[bytes], bytes] = lambda answer: answer
        self.line = UartPort(self._receive)
        self._input = bytearray()
        self._flowing: asyncio.Task | None = None

    async def listen(self) -> int:
        self._flowing = asyncio.create_task(self._flow())
        return await self.line.listen()

    def open_pty(self) -> str:
        return self.line.open_pty()

    async def close(self) -> None:
        if self._flowing is not None:
            self._flowing.cancel()
        await self.line.close()

    def feed(self, data: bytes) -> bytes:
        """Bytes from the terminal; the answers."""
        self._input += data
        out = b""
        while (frame := decode(self._input)) is not None:
            out += self._answer(*frame)
        return out

    def _answer(self, number: int, body: bytes) -> bytes:
        if not body or not 1 <= number <= len(self.nozzles):
            return b""  # another pump on the same line may be meant
        told = self.nozzles[number - 1].command(body[0], body[1:])
        return encode(number, bytes((NO | ANSWER,)) if told is None else bytes((body[0] | ANSWER,)) + told)

    def _receive(self, data: bytes) -> None:
        answer = self.feed(data)
        if not self.silent:
            self.line.write(self.noise(answer))

    async def _flow(self) -> None:
        before_s = time.monotonic()
        while True:
            await asyncio.sleep(TICK_S)
            now_s = time.monotonic()
            for nozzle in self.nozzles:
                nozzle.flow(now_s - before_s)
            before_s = now_s
