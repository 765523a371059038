"""The pump's loop: asks each nozzle, tells the flow what has changed, and does what the flow asks of the pump.

What a nozzle must remember over a cut of power (the hold it fills under, the totaliser before) lies in two slots each;
record 0 holds what is not one nozzle's.
"""

import asyncio
import json

from firmware import tasks
from firmware.drivers.pump import Silent
from firmware.net.slots import Slots
from firmware.shell import EFFECTS
from protocol.clock import ticks_diff, ticks_ms

POLL_MS = 150
FULL_MS = 50  # the flow has no room for more events: so long until the next try
SILENT_MS = 4000  # a pump that has not answered for so long is out of order


class Pumps:
    """`run()` is the loop; `do` and `keep` are the effects of the flow. `count` nozzles, `folder` of the records."""

    def __init__(self, pump, shell, folder: str, count: int):
        self.pump = pump
        self.shell = shell
        self.count = count
        self.records = [Slots("%s/nozzle%d" % (folder, number)) for number in range(count + 1)]
        self.wanted = []
        self.last = [None] * count
        self.heard_ms = [ticks_ms()] * count
        EFFECTS["pump"] = lambda shell, *words: self.wanted.append(words)
        EFFECTS["keep"] = lambda shell, number, record: self.keep(number, record)
        EFFECTS["tell"] = lambda shell, message, values: shell.link.tell(message, values)

    def keep(self, number: int, record) -> None:
        """In flash when this returns: only then may fuel flow."""
        self.records[number].write(json.dumps(record).encode() if record else b"")

    def remembered(self) -> None:
        """What flash knows, for the flow."""
        for number in range(self.count + 1):
            if self.records[number].value:
                self.shell.emit(("kept", number, json.loads(self.records[number].value)))

    async def run(self) -> None:
        """For ever."""
        while True:
            for number in range(1, self.count + 1):
                tasks.beat("pump")
                await self._work()
                await self._look(number)
            for number, text in self.pump.alarms():
                await self._say(("alarm", number, text))
            await asyncio.sleep_ms(POLL_MS)

    async def _work(self) -> None:
        """All that the flow wants; a stop of all goes before anything that has not begun."""
        while self.wanted:
            if (0, "stop") in self.wanted:
                await self._stop_all()
            else:
                await self._do(*self.wanted.pop(0))

    async def _stop_all(self) -> None:
        dropped, self.wanted[:] = self.wanted[:], []
        for number in range(1, self.count + 1):
            await self._do(number, "stop")
        for words in dropped:
            if words[1] not in ("stop", "suspend", "resume"):
                await self._say(("pump_did", words[0], words[1], False))

    async def _do(self, number: int, what: str, *values) -> None:
        """One command, once; afterwards the flow hears the nozzle anew."""
        pump, good = self.pump, True
        try:
            if what == "stop":
                await pump.stop(number)
            elif what == "authorise":
                await pump.authorise(number, *values)
            elif what == "price":
                await pump.price(number, *values)
            elif what == "suspend":
                await pump.suspend(number)
            else:
                await pump.resume(number)
        except Silent as silent:
            print("pump=" + str(silent))
            good = False
        self.last[number - 1] = None
        await self._say(("pump_did", number, what, good))

    async def _say(self, event: tuple) -> None:
        """The flow hears it, even if it has to wait."""
        while not self.shell.emit(event):
            await asyncio.sleep_ms(FULL_MS)

    async def _look(self, number: int) -> None:
        at = number - 1
        try:
            told = await self.pump.status(number)
        except Silent:
            if ticks_diff(ticks_ms(), self.heard_ms[at]) > SILENT_MS:
                self.heard_ms[at] = ticks_ms()
                self.last[at] = None
                await self._say(("silent", number))
            return
        self.heard_ms[at] = ticks_ms()
        if told != self.last[at]:
            self.last[at] = told
            await self._say(("nozzle", number) + told)
