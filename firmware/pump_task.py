"""The pump's loop: asks each nozzle, tells the flow what has changed, and does what the flow asks of the pump.

What a nozzle must remember over a cut of power (the hold it fills under, the totaliser before) lies in two slots each.
"""

import asyncio
import json

from firmware import tasks
from firmware.drivers.pump import Silent
from firmware.net.slots import Slots
from firmware.shell import EFFECTS
from protocol.clock import ticks_diff, ticks_ms

POLL_MS = 150
SILENT_MS = 4000  # a pump that has not answered for so long is out of order


class Pumps:
    """`run()` is the loop; `do` and `keep` are the effects of the flow. `count` nozzles, `folder` of the records."""

    def __init__(self, pump, shell, folder: str, count: int):
        self.pump = pump
        self.shell = shell
        self.count = count
        self.records = [Slots("%s/nozzle%d" % (folder, at + 1)) for at in range(count)]
        self.wanted = []
        self.last = [None] * count
        self.heard_ms = [ticks_ms()] * count
        EFFECTS["pump"] = lambda shell, *words: self.wanted.append(words)
        EFFECTS["keep"] = lambda shell, number, record: self.keep(number, record)

    def keep(self, number: int, record) -> None:
        """In flash when this returns: only then may fuel flow."""
        self.records[number - 1].write(json.dumps(record).encode() if record else b"")

    def remembered(self) -> None:
        """What flash knows, for the flow."""
        for at in range(self.count):
            if self.records[at].value:
                self.shell.emit(("kept", at + 1, json.loads(self.records[at].value)))

    async def run(self) -> None:
        """For ever."""
        while True:
            tasks.beat("pump")
            while self.wanted:
                await self._do(*self.wanted.pop(0))
            for number in range(1, self.count + 1):
                await self._look(number)
            await asyncio.sleep_ms(POLL_MS)

    async def _do(self, number: int, what: str, *values) -> None:
        try:
            if what == "stop":
                await self.pump.stop(number)
            else:
                await self.pump.authorise(number, *values)
        except Silent as silent:
            print("pump=" + str(silent))
            if what != "stop":
                self.shell.emit(("pump_refused", number))

    async def _look(self, number: int) -> None:
        at = number - 1
        try:
            told = await self.pump.status(number)
        except Silent:
            if ticks_diff(ticks_ms(), self.heard_ms[at]) > SILENT_MS:
                self.heard_ms[at] = ticks_ms()
                self.last[at] = None
                self.shell.emit(("silent", number))
            return
        self.heard_ms[at] = ticks_ms()
        if told != self.last[at]:
            self.last[at] = told
            self.shell.emit(("nozzle", number) + told)
