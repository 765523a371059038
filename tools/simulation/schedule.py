"""Virtual time: what happens next, in an order that only the seed decides."""

import random
from collections.abc import Callable
from heapq import heappop, heappush


class Schedule:
    """A queue of actions by virtual millisecond; equal times keep the order in which they were added."""

    def __init__(self):
        self.now_ms = 0
        self.steps = 0
        self._queue: list[tuple[int, int, Callable, tuple]] = []
        self._added = 0

    def after(self, wait_ms: int, action: Callable, *told: object) -> None:
        """Does this so much later."""
        self._added += 1
        heappush(self._queue, (self.now_ms + wait_ms, self._added, action, told))

    def step(self) -> bool:
        """Does the next thing; False when there is none."""
        if not self._queue:
            return False
        self.now_ms, _, action, told = heappop(self._queue)
        self.steps += 1
        action(*told)
        return True

    def until(self, at_ms: int) -> None:
        """Does everything up to that moment."""
        queue = self._queue
        while queue and queue[0][0] <= at_ms:
            self.step()
        self.now_ms = max(self.now_ms, at_ms)


class Clock:
    """A machine's clocks: monotonic from its start (`boot`), wall time as wrong as `skew_s`."""

    def __init__(self, schedule: Schedule, begins_s: int, skew_s: int = 0):
        self._schedule, self.begins_s = schedule, begins_s
        self.skew_s = skew_s
        self._slept_ms = 0
        self.starts = 0
        self.boot = "1"
        self._booted_ms = 0

    def start(self) -> None:
        """The machine starts anew: its monotonic clock begins again."""
        self.starts += 1
        self.boot = str(self.starts)
        self._booted_ms = self._schedule.now_ms + self._slept_ms

    def sleep(self, ms: int) -> None:
        """A night goes by in which nothing happens: both clocks go on."""
        self._slept_ms += ms

    def now_s(self) -> int:
        return max(0, self.begins_s + (self._schedule.now_ms + self._slept_ms) // 1000 + self.skew_s)

    def now_ms(self) -> int:
        return self._schedule.now_ms + self._slept_ms - self._booted_ms


def dice(seed: int, about: str) -> random.Random:
    """Chance of its own for each part, so that more of one fault does not change all others."""
    return random.Random(f"{seed}/{about}")
