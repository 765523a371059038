"""Pumps on a DART line, behind the one interface that flows and tasks know. Nozzles are numbered from 1.

    status(n) -> (state, lifted, ml, cents, total_ml)    of the last fill at that nozzle; its totaliser is read anew
                                                         before a fill may begin and after it has ended
    authorise(n, price_milli, cents, ml)                 one fill, which ends at that amount or volume; 0: no such bound
    stop(n) suspend(n) resume(n) price(n, price_milli)
    alarms() -> [(n, text)]                              what has come up since; "": it is over
    run()                                                for ever: the line. Nothing moves without it

Each raises Silent where the pump does not do it, or says nothing. After an authorise that raised, only status counts.
"""

import asyncio

from protocol.clock import ticks_ms
from protocol.dart import orders
from protocol.dart.control import Control
from protocol.dart.side import RUNNING
from protocol.dart.transactions import AUTHORISED, FILLING, shifted
from protocol.dart.transactions import SUSPENDED as IS_SUSPENDED

IDLE, READY, FUELLING, ENDED, SUSPENDED = 0, 1, 2, 3, 4  # nozzle: nothing; may be lifted; flows; over; held back
STATES = {AUTHORISED: READY, FILLING: FUELLING, IS_SUSPENDED: SUSPENDED}
STEP_MS = 8  # a turn of the line is looked at so often
READ_BYTES = 64


class Silent(Exception):
    """The pump does not answer, or not so."""


class Dart:
    """`nozzles`: (address, hose) of each. `how`: what is not settled (protocol/dart/side.py), also "hoses": of a pump
    with more of them than this terminal has. `direction`: a pin that is high while we send, for adapters that need it.
    """

    def __init__(self, stream, nozzles, exponent: int = 2, how: dict | None = None, direction=None):
        self.exponent = exponent
        self._stream = stream
        self._nozzles = nozzles
        self._direction = direction
        how = how or {}
        hoses = {}
        for address, hose in nozzles:
            hoses[address] = max(hose, hoses.get(address, how.get("hoses", 0)))
        self._control = Control(hoses, how)
        self._alarms = {}

    async def run(self) -> None:
        """For ever."""
        asyncio.create_task(self._hear())
        control = self._control
        while True:
            await asyncio.sleep_ms(min(STEP_MS, 1 + control.wait_ms(ticks_ms())))
            await asyncio.sleep_ms(0)  # after a busy moment: what has come is heard before it is missed
            out = control.due(ticks_ms())
            if out:
                await self._say(out)

    async def _say(self, out: bytes) -> None:
        if self._direction is None:
            self._stream.write(out)
            await self._stream.drain()
            return
        self._direction(1)
        self._stream.s.write(out)
        self._stream.s.flush()
        self._direction(0)

    async def _hear(self) -> None:
        while True:
            data = await self._stream.read(READ_BYTES)
            if data:
                self._control.received(data, ticks_ms())
            else:
                await asyncio.sleep_ms(STEP_MS)

    async def status(self, nozzle: int) -> tuple:
        """(state, lifted, ml, cents, total_ml). Raises Silent."""
        side, hose = self._side(nozzle)
        mine = side.fill_hose == hose or (side.status in RUNNING and not side.fill_hose)
        figures = (side.ml(side.volume_raw), side.cents(self.exponent)) if mine else (0, 0)
        return (self._state(side) if mine else IDLE, side.out and side.hose == hose) + figures + (side.total_ml(hose),)

    def _state(self, side) -> int:
        """A fill is over when its last figures and the totaliser have been read."""
        if side.status in STATES:
            return STATES[side.status]
        if side.uncounted:
            return FUELLING
        return ENDED if side.status in orders.ENDED else IDLE

    async def authorise(self, nozzle: int, price_milli: int, cents: int, ml: int) -> None:
        """Returns when the pump has said that it may flow."""
        side, hose = self._side(nozzle)
        if cents and ml:  # a pump keeps one bound
            cents, ml = (0, ml) if ml * price_milli < cents * 1000000 else (cents, 0)
        amount_raw = shifted(cents, self.exponent, side.decimals[1])
        volume_raw = shifted(ml, 3, side.decimals[0])
        if (cents and not amount_raw) or (ml and not volume_raw):
            raise Silent("less than the pump can show")
        await self._order(nozzle, orders.authorise, hose, self._price_raw(side, price_milli), volume_raw, amount_raw)

    async def price(self, nozzle: int, price_milli: int) -> None:
        """Of a nozzle that nobody uses."""
        side, hose = self._side(nozzle)
        await self._order(nozzle, orders.price, hose, self._price_raw(side, price_milli))

    async def stop(self, nozzle: int) -> None:
        """Right in every state."""
        await self._order(nozzle, orders.stop)

    async def suspend(self, nozzle: int) -> None:
        """No more fuel until resume()."""
        await self._order(nozzle, orders.suspend)

    async def resume(self, nozzle: int) -> None:
        """The fill goes on."""
        await self._order(nozzle, orders.resume)

    def alarms(self) -> list:
        """[(nozzle, text)] since the last call."""
        news = []
        for at in range(len(self._nozzles)):
            address, hose = self._nozzles[at]
            text = self._alarm(self._control.side(address), hose)
            if text != self._alarms.get(at, ""):
                self._alarms[at] = text
                news.append((at + 1, text))
        return news

    def _alarm(self, side, hose: int) -> str:
        """A pump that shows another price than it was set to is one too: its amount is not what was agreed."""
        if side.alarm:
            return "alarm %02X" % side.alarm
        if side.lacks:
            return "no " + side.lacks
        wanted_raw = side.prices_raw[hose - 1]
        runs = side.status in RUNNING and side.hose == hose
        return "price" if runs and side.price_raw > 0 and wanted_raw >= 0 and side.price_raw != wanted_raw else ""

    def _side(self, nozzle: int) -> tuple:
        address, hose = self._nozzles[nozzle - 1]
        side = self._control.side(address)
        if side.silent:
            raise Silent("nozzle %d" % nozzle)
        return side, hose

    def _price_raw(self, side, price_milli: int) -> int:
        """In the pump's digits; a price that they cannot show is refused."""
        price_raw = shifted(price_milli, self.exponent + 3, side.decimals[2])
        if shifted(price_raw, side.decimals[2], self.exponent + 3) != price_milli:
            raise Silent("price %d" % price_milli)
        return price_raw

    async def _order(self, nozzle: int, order, *values) -> None:
        self._side(nozzle)
        address = self._nozzles[nozzle - 1][0]
        self._control.order(address, order, *values)
        while self._control.result(address) is None:
            await asyncio.sleep_ms(STEP_MS)
        why = self._control.result(address)
        if why:
            raise Silent("nozzle %d %s" % (nozzle, why))
