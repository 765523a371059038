"""A customer at the pump, as a robot: a card, a hand on the nozzle, keys, and eyes on the screen. Nothing else."""

import asyncio
from dataclasses import dataclass

from hardware.emulators.desfire.card import Card
from hardware.emulators.dispenser import AUTHORISED
from hardware.emulators.forecourt import Nozzle
from tools.robots import POLL_S, TRIES, Eyes, Lost, typed

SPEED = 200  # times life: forty litres in a third of a second
ENDS = ("done", "error", "short")


@dataclass(frozen=True)
class Filled:
    """How a visit to the pump ended. paid_cents: as the receipt on the screen says; refusals: reason codes shown."""

    ml: int
    paid_cents: int
    refusals: tuple[str, ...] = ()


class Motorist:
    """Works one pump terminal. What the customer wants is given as an amount, or as litres that the tank takes."""

    def __init__(self, pump: Eyes, speed: int = SPEED):
        self.pump, self._hands = pump, pump.hands
        pump.bench.pump.speed = speed

    def nozzle(self, number: int) -> Nozzle:
        return self.pump.bench.pump.nozzles[number - 1]

    async def fills(self, card: Card, number: int = 1, cents: int = 0, ml: int | None = None) -> Filled:
        """One visit: for an amount, or (without one) filled up until the tank has taken so many ml."""
        refusals: list[str] = []
        shown = await self.is_served(card, number, cents)
        while shown == "short":
            refusals.append(self._reason())
            shown = await self._takes_offer()
        if shown != "fill":
            return Filled(0, 0, tuple(refusals))
        pumped_ml = await self.pumps(number, ml)
        shown = await self.pump.until("done", "error")
        paid_cents = await self._paid_cents() if shown == "done" else 0
        return Filled(pumped_ml, paid_cents, tuple(refusals))

    async def _paid_cents(self) -> int:
        """What the receipt says, read from a screen that is drawn whole."""

        def read() -> list[int]:
            return [self.pump.figure(3, "pump.amount_is")] if self.pump.view() == "done" else []

        return (await self.pump.look(read, "an amount"))[0]

    async def is_served(self, card: Card, number: int, cents: int = 0) -> str:
        """Tap, nozzle, amount: the view that the answer to it leads to (fill, short, error, idle)."""
        await self._taps(card)
        if await self.pump.until("choose", "amount", "error") == "choose":
            await self._hands.press(str(number))
        await self.pump.until("amount")
        if cents:
            await self._hands.press(*typed(cents), "ok")
        else:
            await self._hands.press("f2")
        return await self.pump.until("fill", "short", "error", "idle")

    async def pumps(self, number: int, ml: int | None = None) -> int:
        """Lifts, squeezes until the tank or the preset stops it, hangs up; what has come, as the pump shows it."""
        nozzle = self.nozzle(number)
        await self.pump.look(lambda: nozzle.state == AUTHORISED, "an authorised nozzle")
        nozzle.lift()
        nozzle.squeeze(ml)
        await self.pump.look(lambda: not (nozzle.gives and nozzle.squeezed), "the end of the fill")
        pumped_ml = nozzle.ml
        nozzle.hang_up()
        return pumped_ml

    async def _taps(self, card: Card) -> None:
        for _ in range(TRIES):
            await self._is_idle()
            self._hands.tap(card)
            shown = await self.pump.until("choose", "amount", "error")
            self._hands.remove()
            if shown != "error":
                return
        raise Lost(f"{self.pump.name}: the card was not read\n{self.pump.screen()}")

    async def _is_idle(self) -> None:
        while await self.pump.until("idle", *ENDS, "choose", "amount") != "idle":
            await self._hands.press("back")
            await asyncio.sleep(POLL_S * 10)

    async def _takes_offer(self) -> str:
        if not self.pump.shows("pump.can"):
            await self._hands.press("back")
            return await self.pump.until("idle")
        await self._hands.press("ok")
        await self.pump.look(lambda: self.pump.view() != "short", "an answer to OK")
        return await self.pump.until("fill", "short", "error", "idle")

    def _reason(self) -> str:
        row = self.pump.bench.display.text()[13].strip()
        return row.split()[0] if row else "unknown"
