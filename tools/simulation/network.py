"""The wires: every message may be lost, doubled, delayed past later ones, or fall into a cut line."""

from collections import Counter
from collections.abc import Callable
from random import Random

from tools.simulation.schedule import Schedule

LAN_MS, WAN_MS = (2, 8), (20, 60)
LATE_MS = {"lan": 3_000, "wan": 40_000}
EVEN_LATER_MS = 600_000  # now and then something comes back long after everybody has forgotten it


class Chance:
    """The seed's dice for faults, and how often each has struck. Nothing strikes any more after heal()."""

    def __init__(self, faults: dict[str, float], dice: Random):
        self.faults, self.dice = dict(faults), dice
        self.struck: Counter[str] = Counter()

    def strikes(self, fault: str) -> bool:
        likely = self.faults.get(fault, 0)
        if not likely or self.dice.random() >= likely:
            return False
        self.struck[fault] += 1
        return True

    def heal(self) -> None:
        """From now on everything works."""
        self.faults.clear()


class Wire:
    """One line: "lan" (terminal and gateway) or "wan" (gateway and head office). `up` is its state."""

    def __init__(self, kind: str, schedule: Schedule, chance: Chance):
        self.kind, self._schedule, self._chance = kind, schedule, chance
        self._lose, self._double, self._delay = kind + "_lose", kind + "_double", kind + "_delay"
        self._least_ms, self._most_ms = LAN_MS if kind == "lan" else WAN_MS
        self.up = True

    def send(self, arrives: Callable, *told: object) -> None:
        """Delivers once, twice or never."""
        if not self.up:
            self._chance.struck["in_cut_" + self.kind] += 1
            return
        chance = self._chance
        if chance.strikes(self._lose):
            return
        self._schedule.after(self._wait_ms(), arrives, *told)
        if chance.strikes(self._double):
            self._schedule.after(self._wait_ms() + self._later_ms(), arrives, *told)

    def _wait_ms(self) -> int:
        wait_ms = self._chance.dice.randint(self._least_ms, self._most_ms)
        return wait_ms + self._later_ms() if self._chance.strikes(self._delay) else wait_ms

    def _later_ms(self) -> int:
        dice = self._chance.dice
        return dice.randint(1, EVEN_LATER_MS if dice.random() < 0.1 else LATE_MS[self.kind])
