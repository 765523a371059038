"""The pumps' loop: order of orders, an emergency before all that has not begun, no word lost, none that is stale."""

import asyncio

from firmware import pump_task
from firmware.drivers.dart import Silent
from firmware.net.slots import make_folder
from firmware.pump_task import Pumps
from tests.firmware.scratch import scratch

if not hasattr(asyncio, "sleep_ms"):
    asyncio.sleep_ms = lambda ms: asyncio.sleep(ms / 1000)  # CPython knows seconds alone


class Pump:
    """Two pumps, three nozzles; each order takes a moment. `deaf`: orders that raise."""

    def __init__(self):
        self.said = []
        self.deaf = ()
        self.told = [(0, False, 0, 0, 1000 * number) for number in (1, 2, 3)]
        self.exponent = 2

    async def status(self, number: int) -> tuple:
        if self.told[number - 1] is None:
            raise Silent("nozzle")
        return self.told[number - 1]

    async def _take(self, number: int, what: str) -> None:
        self.said.append("%s %d" % (what, number))
        await asyncio.sleep_ms(5)
        if what in self.deaf:
            raise Silent(what)

    async def authorise(self, number: int, price_milli: int, cents: int, ml: int) -> None:
        await self._take(number, "authorise")
        self.told[number - 1] = (1, False, 0, 0, 1000 * number)

    async def stop(self, number: int) -> None:
        await self._take(number, "stop")

    async def price(self, number: int, price_milli: int) -> None:
        await self._take(number, "price")

    async def suspend(self, number: int) -> None:
        await self._take(number, "suspend")

    async def resume(self, number: int) -> None:
        await self._take(number, "resume")

    def alarms(self) -> list:
        return []


class Shell:
    """Keeps what it hears; `room`: how much more it takes."""

    def __init__(self):
        self.heard = []
        self.room = 99
        self.flow = self
        self.exponent = 3

    def emit(self, event: tuple) -> bool:
        if self.room:
            self.room -= 1
            self.heard.append(event)
            return True
        return False


def played(work) -> tuple:
    """(pump, shell) after `work(pumps, pump, shell)` with the loop running beside it."""
    pump, shell = Pump(), Shell()
    pump_task.EFFECTS.pop("pump", None)
    pumps = Pumps(pump, shell, scratch("pumps"), [80, 80, 81])

    async def main():
        loop = asyncio.create_task(pumps.run())
        await work(pumps, pump, shell)
        loop.cancel()

    asyncio.run(main())
    return pump, shell


async def until(true) -> None:
    for _ in range(2000):
        if true():
            return
        await asyncio.sleep_ms(2)
    raise AssertionError("it never came")


def words(shell, name: str) -> list:
    return [event[1:] for event in shell.heard if event[0] == name]


def test_orders_of_one_pump_come_one_after_the_other_and_the_nozzle_is_told_anew():
    async def work(pumps, pump, shell):
        await until(lambda: len(words(shell, "nozzle")) == 3)
        pumps.want(1, "price", (78000,))
        pumps.want(1, "authorise", (76000, 2000, 0))
        await until(lambda: len(words(shell, "nozzle")) >= 4 and words(shell, "nozzle")[-1][1] == 1)

    pump, shell = played(work)
    assert pump.said == ["price 1", "authorise 1"] and pump.exponent == 3
    assert words(shell, "pump_did") == [(1, "price", True), (1, "authorise", True)]
    after = shell.heard[shell.heard.index(("pump_did", 1, "authorise", True)) :]
    assert ("nozzle", 1, 1, False, 0, 0, 1000) in after


def test_a_stop_of_all_goes_before_what_has_not_begun():
    async def work(pumps, pump, shell):
        pumps.want(1, "price", (78000,))
        pumps.want(2, "authorise", (76000, 2000, 0))
        await until(lambda: pump.said)
        pumps.want(3, "authorise", (76000, 2000, 0))
        pumps.want(0, "stop", ())
        await until(lambda: len(words(shell, "pump_did")) == 6)

    pump, shell = played(work)
    assert "authorise 2" not in pump.said and "authorise 3" not in pump.said
    assert sorted(pump.said) == ["price 1", "stop 1", "stop 2", "stop 3"]
    assert (2, "authorise", False) in words(shell, "pump_did") and (3, "authorise", False) in words(shell, "pump_did")


def test_what_a_pump_does_not_do_is_said_and_no_word_of_it_is_lost():
    async def work(pumps, pump, shell):
        await until(lambda: len(words(shell, "nozzle")) == 3)
        shell.room, pump.deaf = 0, ("authorise",)
        pumps.want(3, "authorise", (76000, 2000, 0))
        await until(lambda: pump.said)
        pump.told[2] = (2, True, 100, 8, 3100)
        for _ in range(20):
            await asyncio.sleep_ms(5)
        pump.told[2] = (3, False, 200, 15, 3200)
        shell.room = 99
        await until(lambda: words(shell, "pump_did"))
        heard = len(shell.heard)
        await until(lambda: (3, 3, False, 200, 15, 3200) in [event[1:] for event in shell.heard[heard - 1 :]])

    pump, shell = played(work)
    assert words(shell, "pump_did") == [(3, "authorise", False)]
    assert (3, 2, True, 100, 8, 3100) not in words(shell, "nozzle")


def test_records_lie_in_flash_and_are_told_at_the_start():
    shell = Shell()
    folder = scratch("pumps")
    make_folder(folder)
    pumps = Pumps(Pump(), shell, folder, [80, 81])
    pumps.keep(2, {"hold": "h"})
    pumps.keep(0, {"halted": True})
    pumps.keep(1, None)
    again = Pumps(Pump(), shell, folder, [80, 81])
    again.remembered()
    assert shell.heard == [("kept", 0, {"halted": True}), ("kept", 2, {"hold": "h"})]
