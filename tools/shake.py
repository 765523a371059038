"""Shakes a whole chain as long as you like: robots sell with real firmware, processes are killed and lines cut.

    python -m tools.shake [--minutes N] [--seed S] [--folder DIR]

Two stores with reader and pos each, six members. At the end everything is up again, and the audit (tools/check.py)
wants what the terminals were told equal to what head office has booked, to the cent. The seed repeats what happens and
to whom; the moments are the machine's own. Exit 0 only if nothing differs.
"""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import httpx
from rich.console import Console

from tools import check
from tools.chain import PIN, Chain, Store
from tools.households import STORES, Basket, Goods, Plan
from tools.processes import Failed
from tools.robots import Attendant, Customer, Eyes, Lost
from tools.trouble import Trouble

MEMBERS = 6
GOODS = (
    Goods("4001", "MILK", "GROCERY", "pc", 129_000, "L", 200),
    Goods("4002", "RICE", "GROCERY", "kg", 350_000, "L", 200),
    Goods("9001", "PETROL", "FUEL", "gal", 226_935, "Z", 0),
)
BASKETS = ((("4001", 1000),), (("4001", 2000), ("4002", 750)), (("9001", 12_625),))
TOP_UPS = (1000, 2000, 3000)
PATIENCE_S = 8.0
PAUSE_S = 4.0  # between two troubles, at most: time enough to sell again now and then
SALES_AFTER = 2  # in each store, once everything is up again
REST_S = 120


class Shake:
    """One chain and what happens to it. `run` gives the audit. make: what sets the chain up."""

    def __init__(self, folder: Path, seed: int, told=print, make: type[Chain] = Chain, pause_s: float = PAUSE_S):
        visits = [Basket(n, n, STORES[n % len(STORES)], n, BASKETS[0]) for n in range(MEMBERS)]
        self.chain = make(folder, Plan(tuple(visits), GOODS), wired=True)
        self.dice = random.Random(seed)
        self.trouble = Trouble(self.chain, self.dice, pause_s)
        self.served: Counter = Counter()
        self._known: set[int] = set()  # households that have paid in
        self._told = told
        self._ends = False
        self._in_use = {household: asyncio.Lock() for household in range(MEMBERS)}

    async def run(self, seconds: float) -> check.Audit:
        """Opens the chain, shakes it for so long, lets it come to rest. Raises Failed or Lost."""
        try:
            await self.chain.set_up(self._told)
            return await self._shaken(seconds)
        finally:
            await self.chain.close()

    async def _shaken(self, seconds: float) -> check.Audit:
        dice = {code: random.Random(self.dice.random()) for code in self.chain.stores}
        trade = [asyncio.create_task(self._trades(self.chain.stores[code], own)) for code, own in dice.items()]
        ends_s = time.monotonic() + seconds
        while time.monotonic() < ends_s or self.trouble.missing():
            await self.trouble.happens()
            if any(task.done() for task in trade):
                break
        await self.trouble.all_up()
        wanted = Counter(self.served) + Counter(dict.fromkeys(STORES, SALES_AFTER))
        await self._sees(lambda: self.served >= wanted, "stores that sell again")
        self._ends = True
        await asyncio.gather(*trade)
        await self._rests()
        tills = [store.terminals["pos"] for store in self.chain.stores.values()]
        journals = {one.name: str(one.process.journal) for one in tills}
        run = {"pages": self.chain.pages, "key": self.chain.key, "journals": journals, "cut": None, "shares": False}
        return await asyncio.to_thread(check.audit, run)

    # ---- robots

    async def _trades(self, store: Store, dice: random.Random) -> None:
        eyes = {app: self._eyes(store, app) for app in store.terminals}
        customer, attendant = Customer(eyes["reader"]), Attendant(eyes["pos"], store.operator, PIN)
        while not self._ends:
            household = dice.randrange(MEMBERS)
            async with self._in_use[household]:
                with suppress(Lost):
                    await self._visit(store, dice, customer, attendant, household)
                    self.served[store.code] += 1
                    continue
                with suppress(Lost):
                    await attendant.starts_over()

    def _eyes(self, store: Store, app: str) -> Eyes:
        terminal = store.terminals[app]
        return Eyes(terminal.name, app, terminal.bench, self.chain.language(store.code), PATIENCE_S)

    async def _visit(
        self, store: Store, dice: random.Random, customer: Customer, attendant: Attendant, household: int
    ) -> None:
        """Looks up, now and then; tops up, often and before anything else; buys."""
        card = self.chain.members[household].card
        if dice.random() < 0.2:
            await customer.looks_up(card)
        if household not in self._known or dice.random() < 0.4:
            await attendant.tops_up(card, dice.choice(TOP_UPS))
            self._known.add(household)
        await attendant.sells(dice.choice(BASKETS), card)

    # ---- rest

    async def _rests(self) -> None:
        """No request unanswered, no event and no value on its way."""
        self._told("everything is up again; it comes to rest")
        await self._sees(self._answered, "terminals whose requests are all answered")
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            for _ in range(2):  # what was booked last may have set value moving
                await self._sees(lambda: self._booked(client), "every event at head office")
                await self._sees(lambda: self._arrived(client), "nothing in transit")

    async def _answered(self) -> bool:
        tills = [store.terminals["pos"] for store in self.chain.stores.values()]
        told = [one for till in tills for one in check.read_journal(till.name, str(till.process.journal))]
        return all(one.answered for _, one in told)

    async def _booked(self, client: httpx.AsyncClient) -> bool:
        for store in self.chain.stores.values():
            told = (await client.get(f"http://127.0.0.1:{store.status_port}/status.json")).json()
            if told["outbox"]:
                return False
        return True

    async def _arrived(self, client: httpx.AsyncClient) -> bool:
        key = {"authorization": "Bearer " + self.chain.key}
        answer = await client.get(self.chain.pages + "/api/v1/trial-balance", headers=key)
        return not any(row["amount"] for row in answer.json()["lines"] if row["holder"] == "transit")

    async def _sees(self, done, what: str) -> None:
        deadline_s = time.monotonic() + REST_S
        while time.monotonic() < deadline_s:
            with suppress(httpx.HTTPError, ValueError, KeyError):
                found = done()
                if await found if asyncio.iscoroutine(found) else found:
                    return
            await asyncio.sleep(0.2)
        raise Failed(f"within {REST_S} s there was no: {what}\n{self._screens()}")

    def _screens(self) -> str:
        """What the terminals show, for whoever wonders why nothing goes on."""
        terminals = [one for store in self.chain.stores.values() for one in store.terminals.values()]
        return "\n".join(self._eyes(self.chain.stores[one.name[:4]], one.app).screen() for one in terminals)


def summary(shake: Shake, audit: check.Audit, console: Console) -> None:
    """What happened, what the customers were told of it, and the audit."""
    for kind, count in shake.trouble.counts().most_common():
        console.print(f"{count:4} x {kind}", highlight=False)
    ends = Counter(str(outcome[0] if outcome[0] != "void_answer" else outcome[1]) for outcome in
                   audit.terminals.outcomes.values())
    console.print("requests: " + ", ".join(f"{count} x {end}" for end, count in ends.most_common()), highlight=False)
    check.show(audit, console)


def main() -> int:
    asked = _arguments()
    console = Console(highlight=False)
    seed = random.randrange(10**6) if asked.seed is None else asked.seed
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="tapwell-shake-"))
    console.print(f"seed {seed}, {asked.minutes:g} minutes, in {folder}", markup=False)
    shutil.rmtree(folder / "chain", ignore_errors=True)
    shake = Shake(folder / "chain", seed, lambda text: console.print("- " + text, markup=False))
    try:
        audit = asyncio.run(shake.run(asked.minutes * 60))
    except (Failed, Lost, TimeoutError) as wrong:
        console.print(f"{wrong}\nlogs are in {shake.chain.logs}", style="red", markup=False)
        return 1
    summary(shake, audit, console)
    return 1 if audit.wrong else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=2, help="how long it is shaken (%(default)s)")
    parser.add_argument("--seed", type=int, help="what happens, and to whom; random and printed if not told")
    parser.add_argument("--folder", type=Path, help="where everything of the run lies; a fresh one if not told")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
