"""A failing seed made smaller, as far as it is cheap: without this fault, without that kind of work, fewer days."""

from tools.simulation.mix import Mix
from tools.simulation.run import Result, run

TRIES = 60


def shrunk(result: Result) -> Mix:
    """A mix under which the same seed still fails (not always in the same way), with nothing left that can go."""
    mix, tries = result.mix, TRIES
    for smaller in _sizes(mix):
        tries -= 1
        if run(result.seed, smaller).violated:
            mix = smaller
            break
    for name in (*mix.faults, *mix.work):
        if tries <= 0 or (name in mix.work and len(mix.work) == 1):
            break
        tries -= 1
        if run(result.seed, mix.without(name)).violated:
            mix = mix.without(name)
    return mix


def _sizes(mix: Mix) -> list[Mix]:
    return [mix._replace(days=days) for days in range(1, mix.days)]
