"""A chain of two stores as it is run, by its own commands, with quick tills in front; its lines can be cut.

    town.till("0001").sells(...), town.cut(town.store("0001").wire), town.without_hq("0001"), town.comes_to_rest()

What asyncio carries (lines that can be cut) lives in a thread of its own; the rest is plain calls.
"""

import asyncio
import io
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import Any

import httpx

from hardware.emulators.desfire.card import Card
from hq_server.commands import app as hq_commands
from tests.for_real.quick_till import QuickTill, Said
from tools import card_keys, check
from tools.chain import PIN, Chain, Store
from tools.households import STORES, Basket, Goods, Plan
from tools.line import Line
from tools.processes import ROOT

MILK = Goods("4001", "MILK", "GROCERY", "pc", 100_000, "L", 200)  # 1.00
CENT = Goods("4003", "LAST CENT", "GROCERY", "pc", 1_000, "L", 200)
RICE = Goods("4002", "RICE", "GROCERY", "kg", 350_000, "L", 200)
REST_S = 60
POLL_S = 0.05
SOON_S, AGAIN_S = 15, 0.3


class QuickChain(Chain):
    """Gives head office the same commands in this process: an interpreter for each of twenty would take a minute."""

    _one_at_a_time = threading.Lock()

    def hq_says(self, *arguments: str) -> dict:
        said = io.StringIO()
        with self._one_at_a_time, redirect_stdout(said):
            hq_commands([*arguments, "--dir", str(self.hq_dir), "--json"], standalone_mode=False)
        return json.loads(said.getvalue())


class Town:
    """`members` households with a card each, `tills` tills in each store, all signed on."""

    def __init__(self, folder: Path, members: int = 4, tills: int = 2) -> None:
        visits = [Basket(n, n, STORES[n % 2], n, (("4001", 1000), ("4002", 500))) for n in range(members)]
        self.chain = QuickChain(folder / "town", Plan(tuple(visits), (MILK, RICE, CENT)), apps=(), wired=True)
        self.tills: dict[str, list[QuickTill]] = {code: [] for code in STORES}
        self._count = tills
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def open(self) -> "Town":
        self.run(self.chain.set_up(told=lambda step: None))
        names = [f"{code}-till{number}" for code in self.tills for number in range(1, self._count + 1)]
        for name in names:
            flash = self.chain.enrol_terminal(self.store(name[:4]), name, "pos")
            self.tills[name[:4]].append(QuickTill(flash).power_on())
        for till in self.all_tills():
            self.opens(till)
        return self

    def close(self) -> None:
        for till in self.all_tills():
            till.cut_power()
        self.run(self.chain.close())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def run(self, work) -> Any:
        """A coroutine in the town's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(240)

    # ---- who is there

    def till(self, code: str, number: int = 1) -> QuickTill:
        return self.tills[code][number - 1]

    def all_tills(self) -> list[QuickTill]:
        return [till for tills in self.tills.values() for till in tills]

    def store(self, code: str) -> Store:
        return self.chain.stores[code]

    def card(self, household: int) -> Card:
        return self.chain.members[household].card

    def account(self, household: int) -> str:
        return self.chain.members[household].account

    def opens(self, till: QuickTill, within_s: float = REST_S) -> None:
        """The till is welcome, and its attendant signed on."""
        operator = self.store(till.name[:4]).operator
        until(lambda: till.ready and till.signs_on(operator, PIN)[0] == "signed_on", f"{till.name} opens", within_s)

    def at_once(self, asks: dict[QuickTill, Callable[[], Said]], later_s: float = 0) -> dict[QuickTill, Said]:
        """What each till was told when all asked at the same moment; those of 0002 that much later."""
        start, said = threading.Barrier(len(asks)), {}

        def one(till: QuickTill) -> None:
            start.wait()
            time.sleep(later_s if till in self.tills["0002"] else 0)
            said[till] = asks[till]()

        asking = [threading.Thread(target=one, args=(till,)) for till in asks]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join(90)
        return said

    def ready_to_pay(self, till: QuickTill, household: int, *lines: tuple[str, int]) -> Callable[[], Said]:
        """The card was tapped and the goods scanned: calling this asks for the money."""
        message, told = till.taps(self.card(household))
        assert message == "tapped", told
        total_cents = till.scans(*lines)[1]["total_cents"]
        member = {name: told[name] for name in ("account", "tap")}
        return lambda: till.pays(total_cents, len(lines), member)

    def sells_soon(self, till: QuickTill, lines: tuple[tuple[str, int], ...], household: int) -> Said:
        """Tries again like anybody while the value is on its way here, or the line not yet up again."""
        said, deadline_s = till.sells(lines, self.card(household)), time.monotonic() + SOON_S
        while said[1].get("reason") == "insufficient_float" and time.monotonic() < deadline_s:
            time.sleep(AGAIN_S)
            said = till.sells(lines, self.card(household))
        return said

    # ---- what breaks

    def stop(self, code: str) -> None:
        """In order, as an operator does, so that its files can be copied."""
        self.store(code).gateway.stop()

    def start(self, code: str) -> None:
        self.store(code).gateway.start()

    def enrols_again(self, code: str) -> None:
        """A new life for a store in the directory of the one before; no terminal is touched."""
        self.stop(code)
        store = self.store(code)
        once = self.chain.hq_says("store", "code", code)["code"]
        ports = ("--broker-port", str(store.broker_port), "--status-port", str(store.status_port))
        where = ("--hq", f"https://localhost:{store.line.port}", "--ca-fingerprint", self.chain.fingerprint)
        told = [sys.executable, "-m", "gateway", "enrol", "--dir", str(store.folder), "--code", once, *where, *ports]
        subprocess.run([*told, "--again"], cwd=ROOT, check=True, capture_output=True)
        card_keys.hand_out(self.chain.card_keys, store.folder)
        self.start(code)

    def heal(self, line: Line) -> None:
        self.run(line.heal())

    def cut(self, line: Line) -> None:
        self._loop.call_soon_threadsafe(line.cut)

    def lose_answers(self, line: Line) -> None:
        self._loop.call_soon_threadsafe(line.lose_answers)

    @contextmanager
    def without_hq(self, *codes: str) -> Iterator[None]:
        """The line to head office is cut, and these stores know it."""
        lines = [self.store(code).line for code in codes]
        for line in lines:
            self.run(line.refuse())
        until(lambda: not any(self.line_is_up(code) for code in codes), "stores that know that they are cut off")
        yield
        for line in lines:
            self.heal(line)

    # ---- what is known

    def asks(self, path: str, **query) -> dict:
        """Head office's public API."""
        headers = {"authorization": "Bearer " + self.chain.key}
        answer = httpx.get(self.chain.pages + path, params=query, headers=headers, trust_env=False, timeout=10)
        return answer.raise_for_status().json()

    def status(self, code: str) -> dict:
        """What the store says of itself; {} while it does not."""
        with suppress(httpx.HTTPError, ValueError):
            page = f"http://127.0.0.1:{self.store(code).status_port}/status.json"
            return httpx.get(page, trust_env=False, timeout=5).json()
        return {}

    def line_is_up(self, code: str) -> bool:
        """Whether the store's own page says so."""
        return bool(self.status(code).get("hq_up", True))

    def held(self, household: int, asset: str = "principal") -> dict[str, int]:
        """Holder -> how much of a member's value lies there, by head office's books."""
        found: dict[str, int] = {}
        for row in self.asks("/api/v1/ledger", account=self.account(household), limit=1)["balances"]:
            book, _, name, holder = row["line"].split("/")[:4]
            if (book, name) == ("member", asset):
                found[holder] = found.get(holder, 0) + row["amount"]
        return {holder: amount for holder, amount in found.items() if amount}

    def booked(self) -> bool:
        """Whether every event of every store is at head office."""
        return all(self.status(code).get("outbox") == 0 for code in self.chain.stores)

    def in_transit(self) -> int:
        rows = self.asks("/api/v1/trial-balance")["lines"]
        return sum(row["amount"] for row in rows if (row["book"], row["holder"]) == ("member", "transit"))

    def comes_to_rest(self) -> None:
        """No request without an answer, no event and no value on its way."""
        for till in self.all_tills():
            till.settles()
        until(self.booked, "every event at head office", REST_S)
        until(lambda: self.in_transit() == 0 and self.booked(), "nothing in transit", REST_S)

    def fenced(self, code: str) -> str:
        """Why a store approves nothing any more, by its own page; '' if it does."""
        return next((alarm["detail"] for alarm in self.status(code).get("alarms", []) if alarm["kind"] == "fenced"), "")

    def audit(self) -> check.Audit:
        """Tills' journals against head office's books, to the cent; how many were approved is no question here."""
        journals = {till.name: str(till.journal_folder) for till in self.all_tills()}
        run = {"pages": self.chain.pages, "key": self.chain.key, "journals": journals, "cut": None, "shares": False}
        return check.audit(run)


def until(done: Callable[[], object], what: str, within_s: float = 20.0) -> None:
    """Looks again and again. Raises AssertionError."""
    assert eventually(done, within_s), f"within {within_s} s there was no: {what}"


def eventually(done: Callable[[], object], within_s: float) -> bool:
    """Whether it was so within that time."""
    deadline_s = time.monotonic() + within_s
    while not _quietly(done):
        if time.monotonic() > deadline_s:
            return False
        time.sleep(POLL_S)
    return True


def _quietly(done: Callable[[], object]) -> object:
    """Head office that is away just now is no answer yet."""
    try:
        return done()
    except httpx.HTTPError:
        return False
