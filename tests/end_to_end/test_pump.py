"""A petrol station as it is run: card, pump, gateway, head office, all real; the power goes while fuel flows."""

import asyncio

import pytest

from hardware.emulators.pump import FUELLING
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


class Station:
    """One petrol station with one member who has paid 100.00 in."""

    def __init__(self, folder):
        plan = Plan((Basket(1, ADA, STATION, 1, (("305", 1000),)),), (SUPER, DIESEL))
        self.chain = Chain(folder, plan, apps=("pos",), shops=(), stations=(STATION,), grades=("305", "306"))

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
        await at.motorist.pump.look(lambda: nozzle.state == 1, "an authorised nozzle")
        nozzle.lift()
        await at.motorist.pump.look(lambda: nozzle.state == FUELLING, "a lifted nozzle")
        nozzle.hang_up()
        await at.motorist.pump.look(lambda: at.motorist.pump.shows("pump.nothing"), "nothing was taken")
        assert (await at.audit()).wrong == []

    station(work)


def test_the_power_goes_while_fuel_flows(station):
    """The customer fills on, for the pump has its own power; what flowed is captured from the totals."""

    async def work(at: Station):
        nozzle = at.motorist.nozzle(1)
        nozzle.speed = 20
        assert await at.motorist.is_served(at.card, 1, 3000) == "fill"
        await at.motorist.pump.look(lambda: nozzle.state == 1, "an authorised nozzle")
        nozzle.lift()
        nozzle.squeeze(20_000)
        await at.motorist.pump.look(lambda: nozzle.ml > 2_000, "some litres")
        at.terminal.process.kill()
        await at.motorist.pump.look(lambda: nozzle.left_ml() == 0, "the end of the fill")
        nozzle.hang_up()
        at.terminal.process.start()
        await asyncio.to_thread(at.terminal.process.wait_line, "mqtt=up")
        at.motorist.pump.bench.display.text()
        await at.motorist.pump.until("idle")
        await at.motorist.pump.look(lambda: at.motorist.pump.shows("pump.is_free"), "free nozzles")
        found = await at.audit()
        assert found.wrong == []
        assert found.head_office.money["sold"] == 2000 + 680 + 1520

    station(work)


def test_a_pump_that_gives_more_than_its_preset(station):
    async def work(at: Station):
        nozzle = at.motorist.nozzle(2)
        nozzle.speed, nozzle.slips_ml = 200, 147
        filled = await at.motorist.fills(at.card, 2, cents=680)
        assert (filled.ml, filled.paid_cents) == (10_147, 690)
        assert (await at.audit()).wrong == []

    station(work)
