"""How often members come, and who is late: purchase cycles and members at risk. One row per member.

A cycle is (last - first purchase day) / (purchase days - 1), and exists from two purchase days on; who has bought on
one day only is measured by the median of the chain.
"""

from typing import NamedTuple

import numpy as np

LATE_AFTER_CYCLES = 2


class Days(NamedTuple):
    """Days as numbers (of an epoch that is the same for all): first and last purchase, and on how many days."""

    first: np.ndarray
    last: np.ndarray
    count: np.ndarray


class Cycles(NamedTuple):
    """Days between purchases of each member (nan: bought on one day only); mean and median of those that have one."""

    days: np.ndarray
    mean: float
    median: float


def cycles(days: Days) -> Cycles:
    """The cycle of each member, and the chain's."""
    has_one = days.count >= 2
    own = np.full(len(days.count), np.nan)
    own[has_one] = (days.last - days.first)[has_one] / (days.count[has_one] - 1)
    if not has_one.any():
        return Cycles(own, np.nan, np.nan)
    return Cycles(own, float(own[has_one].mean()), float(np.median(own[has_one])))


def at_risk(days: Days, as_of: int, k: float = LATE_AFTER_CYCLES) -> np.ndarray:
    """Whether a member has been away for more than k cycles."""
    found = cycles(days)
    usual = np.where(np.isnan(found.days), found.median, found.days)
    return (as_of - days.last) > k * usual  # nan where nobody has a cycle: nobody is late
