"""What may happen to a running chain, drawn by dice: processes killed, power cut, lines and wires broken.

Nothing here asks anybody to end in order. `await Trouble(chain, dice).happens()` breaks one thing and, where nothing in
the chain would mend it by itself, mends it again; `all_up()` puts everything right at the end.
"""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

from tools.chain import Chain, Store
from tools.line import Line

PARTS = {"sale": "gateway run", "uplink": "gateway uplink", "broker": "mosquitto"}  # words of a child's command line
DOWN_S = 2.0  # how long something stays broken, at most


class Trouble:
    """`seen` tells what happened so far, `kinds` what can. A test may add kinds of its own: name -> async (store).

    pause_s: how long nothing happens after each, at most.
    """

    def __init__(self, chain: Chain, dice: random.Random, pause_s: float) -> None:
        self.chain, self.dice, self.pause_s = chain, dice, pause_s
        self.seen: list[str] = []
        self.kinds: dict[str, Callable[[Store], Awaitable[None]]] = {
            "sale process killed": self._sale,
            "uplink killed": self._uplink,
            "broker killed": self._broker,
            "supervisor killed": self._up,
            "power of a store cut": self._power,
            "head office killed": self._hq,
            "line to head office": self._line,
            "wire to the broker": self._wire,
        }
        if chain.apps:
            self.kinds["power of a terminal cut"] = self._terminal
        self._bag: list[str] = []

    async def happens(self) -> None:
        """One thing; each kind once before any comes twice."""
        if not self._bag:
            self._bag = list(self.kinds)
            self.dice.shuffle(self._bag)
        kind, store = self._bag.pop(), self.chain.stores[self.dice.choice(list(self.chain.stores))]
        self.seen.append(f"{kind}, {store.code}")
        await self.kinds[kind](store)
        await asyncio.sleep(self.dice.random() * self.pause_s)

    def counts(self) -> Counter:
        """Kind -> how often; lines and wires also by how they broke."""
        return Counter(one.rpartition(",")[0] for one in self.seen)

    def missing(self) -> set[str]:
        """Kinds that have not happened yet."""
        return set(self.kinds) - {one.rpartition(",")[0].partition(":")[0] for one in self.seen}

    async def all_up(self) -> None:
        """Whatever was cut or killed is there again, or on its way."""
        for store in self.chain.stores.values():
            await store.line.heal()
            await store.wire.heal()
            if not store.gateway.running():
                store.gateway.start()
            for terminal in store.terminals.values():
                if not terminal.process.running():
                    terminal.process.start()
        if not self.chain.hq.running():
            self.chain.hq.start()

    async def _sale(self, store: Store) -> None:
        kill(store, "sale")

    async def _uplink(self, store: Store) -> None:
        kill(store, "uplink")

    async def _broker(self, store: Store) -> None:
        kill(store, "broker")

    async def _up(self, store: Store) -> None:
        store.gateway.kill()
        await self._passes()
        store.gateway.start()

    async def _power(self, store: Store) -> None:
        cut_power(store)
        await self._passes()
        store.gateway.start()

    async def _hq(self, store: Store) -> None:
        self.chain.hq.kill()
        await self._passes()
        self.chain.hq.start()

    async def _line(self, store: Store) -> None:
        await self._breaks(store.line)

    async def _wire(self, store: Store) -> None:
        await self._breaks(store.wire)

    async def _terminal(self, store: Store) -> None:
        terminal = self.dice.choice(list(store.terminals.values()))
        await asyncio.to_thread(terminal.process.kill)
        await self._passes()
        terminal.process.start()

    async def _breaks(self, line: Line) -> None:
        """Silent, deaf on the way back, or closed."""
        how = self.dice.choice(("cut", "lose_answers", "refuse"))
        self.seen[-1] = self.seen[-1].replace(",", f": {how},")
        await line.refuse() if how == "refuse" else getattr(line, how)()
        await self._passes()
        await line.heal()

    async def _passes(self) -> None:
        await asyncio.sleep(self.dice.random() * DOWN_S)


def kill(store: Store, part: str) -> None:
    """SIGKILL to one process of a store; `tapwell gateway up` starts it again."""
    for pid, words in store.gateway.children().items():
        if PARTS[part] in words:
            _kill(pid)


def cut_power(store: Store) -> None:
    """Every process of a store at once."""
    children = store.gateway.children()
    store.gateway.kill()
    for pid in children:
        _kill(pid)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
