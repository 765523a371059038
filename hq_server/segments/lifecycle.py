"""The stage of each member at a day, from when they bought and whether they buy less than before.

Looked at from above, the first that fits is the stage:

    stage        of a member who
    prospect     has never bought
    lost         has not bought for more than `lost_days`
    dormant      has not bought for more than `dormant_days`
    new          bought first within the window
    reactivated  bought within the window after more than `dormant_days` without
    declining    bought at least `fall_percent` less often than in the window before
    growing      bought more often than in the window before
    mature       is none of these
"""

from typing import NamedTuple

import numpy as np

STAGES = ("prospect", "lost", "dormant", "new", "reactivated", "declining", "growing", "mature")


class Limits(NamedTuple):
    """Days and percent. The window, and the one before it, are `window_days` long."""

    window_days: int = 90
    dormant_days: int = 90
    lost_days: int = 365
    fall_percent: int = 50


USUAL = Limits()


class History(NamedTuple):
    """One row per member; days as numbers, purchases (distinct) per window. Without a purchase `now` ... are 0.

    before: the last purchase day before the first one within the window; first where there is none.
    """

    first: np.ndarray
    last: np.ndarray
    before: np.ndarray
    reentry: np.ndarray  # first purchase day within the window
    now: np.ndarray
    previous: np.ndarray
    ever: np.ndarray


def stages(history: History, as_of: int, limits: Limits = USUAL) -> np.ndarray:
    """The stage of each member at the end of the day `as_of`."""
    away = as_of - history.last
    fell = history.now * 100 <= history.previous * (100 - limits.fall_percent)
    fits = (
        history.ever == 0,
        away > limits.lost_days,
        away > limits.dormant_days,
        history.first > as_of - limits.window_days,
        (history.now > 0) & (history.reentry - history.before > limits.dormant_days),
        (history.previous > 0) & fell,
        history.now > history.previous,
    )
    return np.select(fits, [np.array(stage, dtype=object) for stage in STAGES[:-1]], default=STAGES[-1])
