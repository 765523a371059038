"""A petrol station as it is run: card, pump, gateway, head office, all real; the power goes while fuel flows."""

import asyncio
from itertools import count

import httpx
import pytest

from hardware.emulators.pump import FUELLING, READY, Nozzle
from tests.end_to_end.test_tap_to_report import ADA
from tools import check
from tools.chain import PIN, Chain
from tools.households import Basket, Goods, Plan
from tools.motorist import Motorist
from tools.robots import Attendant, Eyes

STATION = "0003"
SUPER = Goods("305", "SUPER", "FUEL", "L", 76_000, "Z", 0)
DIESEL = Goods("306", "DIESEL", "FUEL", "L", 68_000, "Z", 0)
WAIT_S = 30
HEAP_LEFT = 8_000  # bytes of the 128 KB gate, through all of this


class Station:
    """One petrol station with one member who has paid 100.00 in."""

    def __init__(self, folder):
        plan = Plan((Basket(1, ADA, STATION, 1, (("305", 1000),)),), (SUPER, DIESEL))
        self.chain = Chain(folder, plan, apps=("pos",), wired=True, shops=(), stations=(STATION,),
                           grades=("305", "306"))  # fmt: skip

    async def open(self) -> "Station":
        await self.chain.set_up(told=lambda step: None)
        self.card, self.store = self.chain.members[ADA].card, self.chain.stores[STATION]
        attendant = Attendant(self.eyes("pos"), self.store.operator, PIN)
        await attendant.signs_on()
        assert await attendant.tops_up(self.card, 10_000) == ""
        self.motorist = Motorist(self.eyes("pump"))
        return self

    def eyes(self, app: str) -> Eyes:
        one = self.store.terminals[app]
        return Eyes(one.name, app, one.bench, self.chain.language(STATION))

    @property
    def terminal(self):
        return self.store.terminals["pump"]

    async def begins(self, number: int, cents: int, tank_ml: int, begun_ml: int) -> Nozzle:
        """A slow fill that has begun."""
        nozzle = self.motorist.nozzle(number)
        nozzle.speed, nozzle.slips_ml = 20, 0
        assert await self.motorist.is_served(self.card, number, cents) == "fill"
        await self.motorist.pump.look(lambda: nozzle.state == READY, "an authorised nozzle")
        nozzle.lift()
        nozzle.squeeze(tank_ml)
        await self.motorist.pump.look(lambda: nozzle.ml > begun_ml, "some litres")
        return nozzle

    async def ends(self, nozzle: Nozzle) -> None:
        """The tank is full and the nozzle hung up."""
        await self.motorist.pump.look(lambda: nozzle.left_ml() == 0, "the end of the fill")
        nozzle.hang_up()

    def kinds(self) -> list[str]:
        """Kinds of the events that head office has booked."""
        headers = {"authorization": "Bearer " + self.chain.key}
        told = httpx.get(self.chain.pages + "/api/v1/events?limit=1000", headers=headers, trust_env=False)
        return [event["kind"] for event in told.raise_for_status().json()["events"]]

    async def audit(self) -> check.Audit:
        """Once head office has everything."""
        journals = {one.name: str(one.process.journal) for one in self.store.terminals.values()}
        run = {"pages": self.chain.pages, "key": self.chain.key, "journals": journals, "cut": None, "shares": False}
        for _ in range(WAIT_S):
            found = await asyncio.to_thread(check.audit, run)
            if not found.wrong:
                break
            await asyncio.sleep(1)
        return found


@pytest.fixture(scope="module")
def station(tmp_path_factory):
    with asyncio.Runner() as runner:
        one = Station(tmp_path_factory.mktemp("station") / "chain")
        try:
            runner.run(one.open())
            yield lambda work: runner.run(work(one))
        finally:
            runner.run(one.chain.close())


def test_a_fill_is_held_pumped_and_captured(station):
    async def work(at: Station):
        filled = await at.motorist.fills(at.card, 1, cents=2000)
        assert (filled.ml, filled.paid_cents) == (26_315, 2000)
        filled = await at.motorist.fills(at.card, 2, ml=10_000)
        assert (filled.ml, filled.paid_cents) == (10_000, 680)
        assert (await at.audit()).wrong == []

    station(work)


def test_a_nozzle_that_goes_back_empty_costs_nothing(station):
    async def work(at: Station):
        assert await at.motorist.is_served(at.card, 1, 1000) == "fill"
        nozzle = at.motorist.nozzle(1)
        await at.motorist.pump.look(lambda: nozzle.state == READY, "an authorised nozzle")
        nozzle.lift()
        await at.motorist.pump.look(lambda: nozzle.state == FUELLING, "a lifted nozzle")
        nozzle.hang_up()
        await at.motorist.pump.look(lambda: at.motorist.pump.shows("pump.nothing"), "nothing was taken")
        assert (await at.audit()).wrong == []

    station(work)


def test_the_power_goes_while_fuel_flows(station):
    """The customer fills on, for the pump has its own power; what flowed is captured from the totals."""

    async def work(at: Station):
        nozzle = await at.begins(1, 3000, 20_000, 2_000)
        at.terminal.process.kill()
        await at.ends(nozzle)
        at.terminal.process.start()
        await asyncio.to_thread(at.terminal.process.wait_line, "mqtt=up")
        await at.motorist.pump.until("idle")
        await at.motorist.pump.look(lambda: at.motorist.pump.shows("pump.is_free"), "free nozzles")
        found = await at.audit()
        assert found.wrong == []
        assert found.head_office.money["sold"] == 2000 + 680 + 1520

    station(work)


def test_the_line_is_lost_while_fuel_flows(station):
    """What was pumped lies in the journal and is told once the gateway is there again."""

    async def work(at: Station):
        nozzle = await at.begins(2, 2000, 10_000, 1_000)
        at.store.wire.cut()
        await at.ends(nozzle)
        await at.motorist.pump.look(lambda: at.motorist.pump.shows("pump.is_telling"), "a capture on its way")
        await at.store.wire.heal()
        assert await at.motorist.pump.until("done", "error") == "done"
        assert at.motorist.pump.figure(3, "pump.amount_is") == 680
        assert (await at.audit()).wrong == []

    station(work)


def test_a_noisy_line_to_the_pump_and_one_that_is_silent_for_long(station):
    """Spoilt frames are asked again; a silent pump is `unknown`: the hold waits in suspense for the pump's totals."""

    async def work(at: Station):
        pump, answers = at.terminal.bench.pump, count()
        pump.noise = lambda answer: bytes((*answer[:-1], answer[-1] ^ 1)) if next(answers) % 3 == 0 else answer
        nozzle = await at.begins(1, 1000, 5_000, 1_000)
        pump.silent = True
        for _ in range(WAIT_S):
            if "hold_suspended" in at.kinds():
                break
            await asyncio.sleep(1)
        await at.ends(nozzle)
        pump.silent = False
        assert await at.motorist.pump.until("done", "error") == "done"
        pump.noise = lambda answer: answer
        assert at.motorist.pump.figure(3, "pump.amount_is") == 380
        assert (await at.audit()).wrong == [] and "hold_suspended" in at.kinds()

    station(work)


def test_the_gateway_starts_again_while_fuel_flows(station):
    async def work(at: Station):
        nozzle = await at.begins(2, 1000, 5_000, 500)
        await asyncio.to_thread(at.store.gateway.kill)
        await at.ends(nozzle)
        await asyncio.to_thread(at.store.gateway.start)
        assert await at.motorist.pump.until("done", "error") == "done"
        assert at.motorist.pump.figure(3, "pump.amount_is") == 340
        assert (await at.audit()).wrong == []

    station(work)


def test_a_pump_that_gives_more_than_its_preset(station):
    async def work(at: Station):
        nozzle = at.motorist.nozzle(2)
        nozzle.speed, nozzle.slips_ml = 200, 147
        filled = await at.motorist.fills(at.card, 2, cents=680)
        assert (filled.ml, filled.paid_cents) == (10_147, 690)
        assert (await at.audit()).wrong == []
        assert at.terminal.process.heapsize == "128k" and at.terminal.process.heap_free_min > HEAP_LEFT

    station(work)
