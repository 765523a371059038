"""Running seeds."""

import time
import traceback
from typing import Any, NamedTuple

from tools.simulation import watch
from tools.simulation.depth import Memory
from tools.simulation.mix import Mix, draw
from tools.simulation.summary import Summary
from tools.simulation.sums import Violated
from tools.simulation.world import World


class Result(NamedTuple):
    """How a seed ended: '' or what was violated."""

    seed: int
    mix: Mix
    violated: str
    summary: Summary
    steps: list
    seconds: float
    story: list[str]


def run(seed: int, mix: Mix | None = None, depth: Any = None, story: bool = False) -> Result:
    """One seed; its story in lines if wanted."""
    mix = mix or draw(seed)
    started = time.process_time()
    watch.begin()
    summary = Summary()
    world, wrong = None, ""
    try:
        world = World(seed, mix, depth or Memory(compared=story), summary)
        world.run()
    except Violated as violated:
        wrong = str(violated)
    except Exception as bug:  # a bug of the production code is as good a find as a violation
        at = traceback.extract_tb(bug.__traceback__)[-1]
        wrong = f"{type(bug).__name__}: {bug} in {at.filename.rpartition('/')[2]}:{at.lineno} {at.name}"
    if world is not None:
        _count(world)
    seconds, steps = time.process_time() - started, world.steps if world else []
    told = [f"{at_ms / 1000:10.3f} s  {who:8} {what}" for at_ms, who, what in steps] if story else []
    return Result(seed, mix, wrong, summary, steps, seconds, told)


def _count(world: World) -> None:
    summary = world.summary
    summary.seeds, summary.store_days = 1, world.mix.stores * world.mix.days
    summary.steps, summary.events = world.schedule.steps, world.truth.events
    summary.faults.update(world.chance.struck)
    summary.kinds.update(world.truth.kinds)
    summary.rows.update(watch.SEEN)
    summary.rows.update({"event: " + kind: count for kind, count in world.truth.kinds.items()})
    summary.rows.update({"happened: " + what: summary.happened[what] for what in watch.HAPPENED})
    summary.rows.update({"refused: " + reason: count for reason, count in summary.reasons.items()})
