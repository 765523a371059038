"""The main job on real input: two shops and a petrol station, real baskets paid by card, the line cut in between.

    python -m tools.demo [--once] [--baskets N] [--folder DIR] [--pictures]

Without --once it goes on until Ctrl-C, with head office's pages open. With --once it runs to the end, audits the run
(tools/check.py) and exits 0 only if the audit finds nothing. --pictures also takes the pictures of docs/screenshots/.
"""

import argparse
import asyncio
import contextlib
import json
import secrets
import shutil
import signal
import sys
import time
from pathlib import Path

import httpx
from rich.console import Console
from rich.live import Live
from rich.table import Table

from tools import check, households
from tools.chain import PIN, Chain, Terminal
from tools.demo_fuel import Company, lay_down
from tools.processes import ROOT, Failed
from tools.replay import Replay, Tally
from tools.robots import Lost

BASKETS = 400
CUT_FROM, CUT_TO = 0.40, 0.65  # of the baskets
CATCH_UP_S = 120
HEALING_S = 3
TELL_S = 10
FOLDER = ROOT / ".demo"


class Demo:
    """One run; `cut` is [from, to] in epoch seconds once it has happened."""

    def __init__(self, folder: Path, count: int, console: Console, pictures: bool = False):
        self.folder, self.count, self.console, self.pictures = folder, count, console, pictures
        self.cut: list[int] = []
        self.state = "up"
        self.lag: dict[str, int | None] = {}
        self.company: Company | None = None
        self.pages: dict[str, str] = {}  # pump terminal -> page of its emulated dispensers

    async def run(self, once: bool) -> int:
        """0 if all went well; with `once` also: if the audit finds nothing."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self._say(f"reading {self.count} real baskets")
        plan = await asyncio.to_thread(households.load, self.count)
        fills = sum(len(one.fuel) for one in plan.baskets)
        self._say(
            f"{len(plan.baskets)} baskets of {len(plan.households)} households, {len(plan.at_both_stores)} of them "
            f"shop at both stores; {len(plan.goods)} goods; {fills} fills of petrol"
        )
        chain = Chain(self.folder, plan, stations=(households.STATION,), grades=households.GRADES)
        try:
            await chain.set_up(self._say)
            self.company = await asyncio.to_thread(lay_down, chain)
            if self.company:
                self._say("head office: fuel prices, a member price, a company whose driver's card has a limit")
            return await self._trade(chain, once)
        finally:
            self._say("ending all processes")
            await chain.close()

    async def _trade(self, chain: Chain, once: bool) -> int:
        replay = Replay(chain, lambda tally: self._cut_or_heal(chain, tally))
        for pump in _pumps(chain):
            self.pages[pump.name] = await pump.bench.pump.page.listen()
        self.console.print(self._addresses(chain))
        await replay.open_tills()
        watching = asyncio.create_task(self._watch(chain, replay.tally))
        try:
            await replay.run()
            await self._heal(chain)
            self.state = "catching up"
            await self._caught_up(chain)
            self.state = "all is at head office"
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
        self.console.print()
        self._heaps(chain)
        run = self._write_run(chain)
        result = await asyncio.to_thread(check.audit, run)
        check.show(result, self.console)
        if self.pictures:
            await asyncio.to_thread(self._take_pictures, chain)
        if not once:
            self.console.print(self._addresses(chain))
            self._hand_over(chain)
            await asyncio.Event().wait()
        return 1 if result.wrong else 0

    def _hand_over(self, chain: Chain) -> None:
        """Now it is people's: fuel flows as fast as in life."""
        for pump in _pumps(chain):
            pump.bench.pump.speed = 1
        who = f"number {chain.stores[households.STATION].operator} and PIN {PIN}"
        self.console.print(
            f"Fill up by hand: sign in at the petrol station's forecourt page with {who}, start a nozzle, then lift "
            "it, fill and hang up on the page of its pumps; take the cash, and the sale is at head office.",
            markup=False,
        )
        self.console.print("The stores stay open. Ctrl-C ends everything.", style="bold")

    async def _cut_or_heal(self, chain: Chain, tally: Tally) -> None:
        if not self.cut and tally.baskets >= CUT_FROM * len(chain.plan.baskets):
            for store in chain.stores.values():
                store.line.cut()
            self.cut, self.state = [int(time.time())], "CUT OFF: the stores go on by themselves"
        elif len(self.cut) == 1 and tally.baskets >= CUT_TO * len(chain.plan.baskets):
            await self._heal(chain)

    async def _heal(self, chain: Chain) -> None:
        if len(self.cut) == 1:
            # The store takes a moment to find the line whole again; what falls into it was decided without head office.
            self.cut.append(int(time.time()) + HEALING_S)
            self.state = "up again, catching up"
            for store in chain.stores.values():
                await store.line.heal()

    def _take_pictures(self, chain: Chain) -> None:
        from tools import screenshots  # wants a browser, which a plain demo does not

        password = secrets.token_urlsafe(18)
        page = f"http://127.0.0.1:{chain.stores['0001'].status_port}/"
        for path in screenshots.take_all(chain.pages, "ada", password, chain.admin_code, page, screenshots.OUT):
            self._say(str(path.relative_to(ROOT)))
        for store in chain.stores.values():
            for one in store.terminals.values():
                path = screenshots.OUT / f"terminal_{one.app}_{chain.language(store.code)}.png"
                path.write_bytes(one.bench.display.png())
                self._say(str(path.relative_to(ROOT)))

    async def _watch(self, chain: Chain, tally: Tally) -> None:
        if not self.console.is_terminal:
            await self._tell(chain, tally)
            return
        with Live(self._screen(tally), console=self.console, refresh_per_second=4, transient=False) as live:
            async with httpx.AsyncClient(headers=_bearer(chain), trust_env=False, timeout=5) as client:
                try:
                    while True:
                        self.lag = await _lag(client, chain)
                        live.update(self._screen(tally))
                        await asyncio.sleep(0.5)
                finally:
                    live.update(self._screen(tally))

    async def _tell(self, chain: Chain, tally: Tally) -> None:
        """The same for a log: a line every few seconds."""
        async with httpx.AsyncClient(headers=_bearer(chain), trust_env=False, timeout=5) as client:
            while True:
                self.lag = await _lag(client, chain)
                waiting = ", ".join(f"{code}: {events}" for code, events in self.lag.items())
                self._say(
                    f"{tally.baskets} baskets, {tally.taps} taps, {tally.approved} paid whole by card, "
                    f"{sum(tally.refusals.values())} refused, not yet at head office {waiting}; line: {self.state}"
                )
                await asyncio.sleep(TELL_S)

    def _screen(self, tally: Tally) -> Table:
        table = Table(title="Tapwell: one chain on this machine", min_width=72)
        for name in ("store", "baskets", "not yet at head office", "now"):
            table.add_column(name, justify="right" if name in ("baskets", "not yet at head office") else "left")
        for code in (*households.STORES, households.STATION):
            lag = self.lag.get(code)
            lag_text = "?" if lag is None else str(lag)
            table.add_row(code, str(tally.by_store[code]), lag_text, tally.now.get(code, "opening"))
        refused = ", ".join(f"{n} x {reason}" for reason, n in tally.refusals.most_common()) or "none"
        table.caption = (
            f"{tally.baskets} baskets, {tally.lines} lines, {tally.fills} fills, {tally.taps} taps, "
            f"{tally.top_ups} top-ups, {tally.approved} paid whole by card\n"
            f"refused: {refused}\nline to head office: {self.state}"
        )
        return table

    async def _caught_up(self, chain: Chain) -> None:
        deadline = time.monotonic() + CATCH_UP_S
        async with httpx.AsyncClient(headers=_bearer(chain), trust_env=False, timeout=5) as client:
            while time.monotonic() < deadline:
                self.lag = await _lag(client, chain)
                if all(events == 0 for events in self.lag.values()):
                    return
                await asyncio.sleep(0.5)
        raise Failed(f"head office has not caught up within {CATCH_UP_S} s: {self.lag}")

    def _heaps(self, chain: Chain) -> None:
        for store in chain.stores.values():
            for one in store.terminals.values():
                free, resets = one.process.heap_free_min, one.process.resets
                size = one.process.heapsize
                self._say(f"{one.name}: at least {free} bytes of its {size} heap stayed free, {resets} restarts")

    def _write_run(self, chain: Chain) -> dict:
        tills = [one for store in chain.stores.values() for one in store.terminals.values() if one.app != "reader"]
        run = {
            "pages": chain.pages,
            "key": chain.key,
            "journals": {one.name: str(one.process.journal) for one in tills},
            "cut": self.cut if len(self.cut) == 2 else None,
            "company": self.company._asdict() if self.company else None,
        }
        (self.folder / "run.json").write_text(json.dumps(run, indent=1))
        return run

    def _addresses(self, chain: Chain) -> Table:
        table = Table("where to look", "address", show_edge=False)
        table.add_row("head office", f"{chain.pages}/setup")
        if self.company:
            table.add_row("a company's statement", f"{chain.pages}/fuel/companies/{self.company.account}")
        table.add_row("first administrator's one-time code", chain.admin_code)
        for store in chain.stores.values():
            table.add_row(f"store {store.code}'s own page", f"http://127.0.0.1:{store.status_port}/")
            if store.code in chain.stations:
                table.add_row(f"store {store.code}'s forecourt", f"http://127.0.0.1:{store.status_port}/forecourt")
        for name, address in self.pages.items():
            table.add_row(f"{name}: its pumps, by hand", address)
        table.add_row("logs", str(chain.logs))
        return table

    def _say(self, text: str) -> None:
        self.console.print("- " + text, markup=False, highlight=False)


def _pumps(chain: Chain) -> list[Terminal]:
    return [one for store in chain.stores.values() for one in store.terminals.values() if one.app == "pump"]


async def _lag(client: httpx.AsyncClient, chain: Chain) -> dict[str, int | None]:
    """Events written at each store and not yet booked, as the store itself says (head office cannot know when cut)."""
    lag: dict[str, int | None] = {}
    for code, store in chain.stores.items():
        try:
            told = (await client.get(f"http://127.0.0.1:{store.status_port}/status.json")).json()
            lag[code] = told["outbox"]
        except (httpx.HTTPError, ValueError, KeyError):
            lag[code] = None
    return lag


def _bearer(chain: Chain) -> dict[str, str]:
    return {"authorization": "Bearer " + chain.key}


def main() -> int:
    asked = _arguments()
    console = Console(highlight=False)
    started = time.monotonic()
    try:
        code = asyncio.run(_until_stopped(Demo(asked.folder, asked.baskets, console, asked.pictures).run(asked.once)))
    except (Failed, Lost, TimeoutError) as wrong:
        console.print(str(wrong), style="red", markup=False)
        console.print(f"logs are in {asked.folder / 'logs'}", markup=False)
        code = 1
    except KeyboardInterrupt:
        code = 0 if not asked.once else 130
    console.print(f"{time.monotonic() - started:.0f} s")
    return code


async def _until_stopped(running) -> int:
    """Ctrl-C and a polite end from outside both end the run in order."""
    task = asyncio.ensure_future(running)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--once", action="store_true", help="run to the end, audit, and exit")
    parser.add_argument("--baskets", type=int, default=BASKETS, help="how many real baskets (%(default)s)")
    parser.add_argument("--pictures", action="store_true", help="take the pictures of docs/screenshots/ at the end")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where everything of the run lies (%(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
