"""Where the time of an approval goes, in the desk and its database alone: one process of `make bench BENCH=gateway`.

    python -m tools.bench_parts DIR BATCH      takes DIR/frames.json in batches; a line `alone APPROVED SECONDS`, then
                                               `parts` with µs an approval by part as JSON

A part's seconds do not hold those of a part within it.
"""

import json
import sys
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from gateway import bootstrap, config
from gateway.config import Config
from gateway.core import authorise
from gateway.core.trade import Trade
from gateway.store.books import SqliteBooks
from gateway.store.pages import Pages
from protocol import quick

FRAMES = "frames.json"
COMMIT = "COMMIT: the log's pages and their sync"
ALL, WAITED = "a processor's time in all", "waiting for the disk beside it"
OTHER = "all else: lanes, facts, what is to be written, the desk"
# what is called -> the part that it is
PARTS: tuple[tuple[Any, str, str], ...] = (
    (quick, "open_sealed", "frames opened: seal, JSON, every field"),
    (SqliteBooks, "foresee", "rows read, for all of a batch at once"),
    (authorise, "pay", "the decision and its double entry"),
    (Trade, "write_event", "the event's line and the hash chain"),
    (quick, "seal", "answers: JSON, every field, seal"),
    (Pages, "_settle", "rows written, table by table"),
    (Pages, "commit", COMMIT),
)


class Stopwatch:
    """Processor seconds by part while `running`; the time of a part that another calls counts as its own alone."""

    def __init__(self) -> None:
        self.running, self.waited = False, 0.0
        self.seconds: dict[str, float] = {name: 0.0 for _, _, name in PARTS}
        self._inner = [0.0]

    def install(self) -> "Stopwatch":
        """Before the parts are put together."""
        for owner, called, name in PARTS:
            setattr(owner, called, self._timed(getattr(owner, called), name))
        return self

    def _timed(self, part: Callable, name: str) -> Callable:
        @wraps(part)
        def timed(*told: Any, **named: Any) -> Any:
            if not self.running:
                return part(*told, **named)
            self._inner.append(0.0)
            began, began_wall = time.thread_time(), time.perf_counter()
            try:
                return part(*told, **named)
            finally:
                took = time.thread_time() - began
                self.seconds[name] += took - self._inner.pop()
                self._inner[-1] += took
                if name == COMMIT:
                    self.waited += time.perf_counter() - began_wall - took

        return timed


def main(settings: Config, batch: str) -> None:
    """Once bare, then the other half of the frames under the watch."""
    watch = Stopwatch().install()
    desk = bootstrap.sale(settings).desk
    told = json.loads((settings.directory / FRAMES).read_text())
    frames = [(topic, frame.encode()) for topic, frame in told]
    half = len(frames) // 2
    print("alone %d %f" % taken(desk, frames[:half], int(batch)), flush=True)
    watch.running, began = True, time.thread_time()
    approved, _ = taken(desk, frames[half:], int(batch))
    all_s = time.thread_time() - began
    found = watch.seconds | {OTHER: all_s - sum(watch.seconds.values()), ALL: all_s, WAITED: watch.waited}
    print("parts " + json.dumps({name: 1e6 * took / approved for name, took in found.items()}), flush=True)


def taken(desk: Any, frames: list[tuple[str, bytes]], size: int) -> tuple[int, float]:
    """How many were approved, and in what time."""
    approved, began = 0, time.perf_counter()
    for at in range(0, len(frames), size):
        approved += sum(topic.endswith("/receipt") for topic, _ in desk.take(frames[at : at + size]))
    return approved, time.perf_counter() - began


if __name__ == "__main__":
    main(config.load(Path(sys.argv[1])), sys.argv[2])
