"""One tap, from a card in the field to a figure at head office. Read this one first.

Nothing here is a stand-in: the firmware that is flashed runs in real MicroPython within a board's memory, reads an
emulated DESFire through an emulated PN532, and talks TLS to a real Mosquitto; gateway and head office run as installed.
The test has hands (keys, scanner, card) and eyes (screen, paper, head office's public API) and nothing else.
"""

import asyncio
import os

import httpx
import pytest

from gateway.cards.keys import key_on_card
from tests.end_to_end import leaks
from tools import check, households
from tools.chain import PIN, Chain, Terminal
from tools.households import Basket, Goods, Plan
from tools.robots import Attendant, Customer, Eyes, Outcome, Seen

ADA = 1
MILK = Goods("4001", "MILK", "GROCERY", "pc", 129_000, "L", 200)
PETROL = Goods("9001", "PETROL", "FUEL", "gal", 226_935, "Z", 0)
SHOPPING = (("4001", 2000), ("9001", 12_625))
SHOPPING_CENTS = 258 + 2865
WAIT_S = 40


class Town:
    """A chain of two stores with one member, and what a test wants to know of it."""

    def __init__(self, folder):
        visits = tuple(Basket(n, ADA, store, n, SHOPPING) for n, store in enumerate(households.STORES))
        self.chain = Chain(folder, Plan(visits, (MILK, PETROL)), languages=("en", "zh"))

    async def open(self) -> None:
        await self.chain.set_up(told=lambda step: None)
        self.card = self.chain.members[ADA].card
        self.account = self.chain.members[ADA].account
        for store in self.chain.stores.values():
            await self.attendant(store.code).signs_on()

    def eyes(self, code: str, app: str) -> Eyes:
        one: Terminal = self.chain.stores[code].terminals[app]
        return Eyes(one.name, app, one.bench, self.chain.language(code))

    def attendant(self, code: str) -> Attendant:
        return Attendant(self.eyes(code, "pos"), self.chain.stores[code].operator, PIN)

    async def looks_up(self, code: str) -> Seen:
        return await Customer(self.eyes(code, "reader")).looks_up(self.card)

    async def sells(self, code: str) -> Outcome:
        return await self.attendant(code).sells(SHOPPING, self.card)

    def receipt(self, code: str) -> str:
        return self.chain.stores[code].terminals["pos"].bench.printer.receipts()[-1]

    def asks(self, path: str, **query) -> dict:
        headers = {"authorization": "Bearer " + self.chain.key}
        answer = httpx.get(self.chain.pages + path, params=query, headers=headers, trust_env=False)
        return answer.raise_for_status().json()

    async def booked(self, kind: str, count: int) -> list[dict]:
        """Head office's events of a kind, once there are so many."""
        for _ in range(WAIT_S * 10):
            events = self.asks("/api/v1/events", kind=kind)["events"]
            if len(events) >= count:
                return events
            await asyncio.sleep(0.1)
        raise AssertionError(f"head office has {len(events)} events of kind {kind}, not {count}")

    def audit(self) -> check.Audit:
        tills = [store.terminals["pos"] for store in self.chain.stores.values()]
        journals = {one.name: str(one.process.journal) for one in tills}
        return check.audit({"pages": self.chain.pages, "key": self.chain.key, "journals": journals, "cut": None})

    def card_keys_out_of_place(self) -> list[str]:
        """Where a key of the chain or of a card lies in the open; the sale process alone may hold its region's."""
        held = self.chain.card_keys.for_store().newest(1)
        sought = leaks.needles([held.key, key_on_card(held, self.card.uid)])
        running = leaks.descendants(os.getpid())
        keepers = [pid for pid, words in running.items() if "gateway run" in words]
        assert all(leaks.in_memory(pid, sought) for pid in keepers), "the search finds them where they are"
        others = {pid: words for pid, words in running.items() if pid not in keepers}
        assert len(keepers) == 2 and sum("romfs" in words for words in others.values()) == 4, running
        found = [words for pid, words in others.items() if leaks.in_memory(pid, sought)]
        made = [key_on_card(one, self.card.uid) for one in self.chain.card_keys.sets]
        every = leaks.needles([*(one.key for one in self.chain.card_keys.sets), *made])
        return found + leaks.in_files(self.chain.folder, every)


@pytest.fixture
def town(tmp_path):
    """A town of our own, with its loop; every process ends with the test."""
    with asyncio.Runner() as runner:
        one = Town(tmp_path / "town")
        try:
            runner.run(one.open())
            yield runner, one
        finally:
            runner.run(one.chain.close())


def test_one_tap_from_the_card_to_a_figure_at_head_office(town):
    runner, one = town
    runner.run(_a_tap_with_the_line_up(one))
    runner.run(_taps_with_the_line_cut(one))
    assert one.audit().wrong == []
    assert one.card_keys_out_of_place() == []


async def _a_tap_with_the_line_up(town: Town) -> None:
    assert await town.looks_up("0001") == Seen(0, 0)
    assert await town.attendant("0001").tops_up(town.card, 100_00) == ""
    assert await town.looks_up("0001") == Seen(105_00, 105_00), "a gift of 5.00 comes with 100.00"

    assert await town.sells("0001") == Outcome((), True)
    assert "TOTAL" in town.receipt("0001") and "31.23" in town.receipt("0001")
    assert (await town.looks_up("0001")).here_cents == 105_00 - SHOPPING_CENTS

    (sale,) = await town.booked("sale", 1)
    assert (sale["total_cents"], sale["tenders"], sale["account"]) == (31_23, {"principal": 31_23}, town.account)
    assert sale["witness"] == "fits", "head office can see that this very terminal sent it"
    assert sale["earned_points"] == 31
    report = town.asks("/api/v1/reports/sales_summary", by="store")
    assert "3123" in str(report)


async def _taps_with_the_line_cut(town: Town) -> None:
    for store in town.chain.stores.values():
        store.line.cut()
    assert await town.sells("0001") == Outcome((), True), "the store goes on by what it holds"
    other = await town.sells("0002")
    assert other.paid and set(other.refusals) <= {"insufficient_float", "insufficient_balance"}
    assert len(town.asks("/api/v1/events", kind="sale")["events"]) == 1, "head office knows of neither"

    for store in town.chain.stores.values():
        await store.line.heal()
    sales = await town.booked("sale", 3)
    assert sorted(sale["store"] for sale in sales) == ["0001", "0001", "0002"]
    assert all(sale["witness"] == "fits" for sale in sales)
    books = town.asks("/api/v1/trial-balance")
    assert not any(books["by_unit"].values()) and books["negative"] == []
