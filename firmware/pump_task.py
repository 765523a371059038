"""The pumps' loop: tells the flow what has changed at each nozzle, and does what the flow asks of a pump.

Each pump has a queue of its own, so that one that is dying holds up no other's stop. What a nozzle must remember over a
cut of power (the hold it fills under, the totaliser before) lies in two slots each; record 0 holds what is not one's.
"""

import asyncio
import json

from firmware import tasks
from firmware.drivers.dart import Silent
from firmware.net.slots import Slots
from firmware.shell import EFFECTS
from protocol.clock import ticks_diff, ticks_ms

POLL_MS = 150
FULL_MS = 50  # the flow has no room for more events: so long until the next try
SILENT_MS = 4000  # a pump that has not answered for so long is out of order


class Pumps:
    """`run()` is the loop; `want` and `keep` are effects of the flow. `addresses` of the nozzles' pumps, in order."""

    def __init__(self, pump, shell, folder: str, addresses: list):
        self.pump = pump
        self.shell = shell
        self.addresses = addresses
        self.records = [Slots("%s/nozzle%d" % (folder, number)) for number in range(len(addresses) + 1)]
        self.wanted = {address: [] for address in addresses}
        self.working = []
        self.last = [None] * len(addresses)
        self.heard_ms = [ticks_ms()] * len(addresses)
        EFFECTS["pump"] = lambda shell, number, what, *values: self.want(number, what, values)
        EFFECTS["keep"] = lambda shell, number, record: self.keep(number, record)
        EFFECTS["tell"] = lambda shell, message, values: shell.link.tell(message, values)

    def keep(self, number: int, record) -> None:
        """In flash when this returns: only then may fuel flow."""
        self.records[number].write(json.dumps(record).encode() if record else b"")

    def remembered(self) -> None:
        """What flash knows, for the flow."""
        for number in range(len(self.records)):
            if self.records[number].value:
                self.shell.emit(("kept", number, json.loads(self.records[number].value)))

    def want(self, number: int, what: str, values) -> None:
        """An order for a nozzle; 0: for all, before whatever has not begun yet. That is then not done any more."""
        for at in range(len(self.addresses)):
            address = self.addresses[at]
            if number in (0, at + 1):
                queue = self.wanted[address]
                if not number:
                    queue[:] = [words for words in queue if words[1] == "stop"] + [
                        (words[0], words[1], None) for words in queue if words[1] != "stop"
                    ]
                    queue.insert(0, (at + 1, what, values))
                else:
                    queue.append((number, what, values))
                if address not in self.working:
                    self.working.append(address)
                    asyncio.create_task(self._work(address))

    async def _work(self, address: int) -> None:
        queue = self.wanted[address]
        while queue:
            await self._do(*queue.pop(0))
        self.working.remove(address)

    async def run(self) -> None:
        """For ever."""
        while True:
            tasks.beat("pump")
            self.pump.exponent = self.shell.flow.exponent
            for at in range(len(self.addresses)):
                await self._look(at)
            for number, text in self.pump.alarms():
                await self._say(("alarm", number, text))
            await asyncio.sleep_ms(POLL_MS)

    async def _do(self, number: int, what: str, values) -> None:
        """One order, once; afterwards the flow hears the nozzle anew."""
        pump, good = self.pump, values is not None
        try:
            if not good:
                pass
            elif what == "stop":
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
        await self._say(("pump_did", number, what, good))
        self.last[number - 1] = None

    async def _say(self, event: tuple) -> None:
        """The flow hears it, even if it has to wait."""
        while not self.shell.emit(event):
            await asyncio.sleep_ms(FULL_MS)

    async def _look(self, at: int) -> None:
        try:
            told = await self.pump.status(at + 1)
        except Silent:
            if ticks_diff(ticks_ms(), self.heard_ms[at]) > SILENT_MS:
                self.heard_ms[at] = ticks_ms()
                self.last[at] = None
                await self._say(("silent", at + 1))
            return
        self.heard_ms[at] = ticks_ms()
        # one that finds no room is not kept: what was true before an order must not be heard after it
        if told != self.last[at] and self.shell.emit(("nozzle", at + 1) + told):
            self.last[at] = told
