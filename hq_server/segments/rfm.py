"""RFM: three bits per member, keyed by bits and never by name, for the two sets of names in use collide.

    bit   good where            of
    R     r <  threshold        whole days since the last purchase
    F     f >= threshold        purchases in the window
    M     m >= threshold        what was spent in the window, or the mean of a purchase (m_basis)

Only members with a purchase in the window are classed; the others are `lapsed` and in none of the eight cells. The mean
is exact: values times their number are compared with their sum, whole numbers, so that no rounding moves a member (the
mean of a purchase is first rounded half up to 1/1000 of a minor unit).
"""

from typing import NamedTuple

import numpy as np

TOTAL, AVERAGE = "total", "avg_ticket"
MEAN, MEDIAN, FIXED = "mean", "median", "fixed"
LAPSED = "lapsed"
UP, DOWN, SAME, NEW, LOST = "up", "down", "same", "new", "lost"
QUANTILES = 5
MILLI = 1000


class Cell(NamedTuple):
    """One of the eight: its bits, its names in each set, what to do."""

    bits: str
    value: tuple[str, str]  # set "value" (重要价值 ...): zh, en
    rank: tuple[str, str]  # set "rank" (重要价值 ... 无价值): zh, en
    advice: tuple[str, str]


CELLS = (
    Cell("111", ("重要价值客户", "Important, value"), ("重要价值", "Important, value"),
         ("最好的客户：更好的服务，保持忠诚", "Best customers: better service, keep their loyalty")),
    Cell("011", ("重要保持客户", "Important, keep"), ("重要保持", "Important, keep"),
         ("买得多也买得贵但近来未到：问候、差异化服务、新品", "Bought much and dear, not lately: greet, serve apart")),
    Cell("101", ("重要发展客户", "Important, develop"), ("重要发展", "Important, develop"),
         ("单价高次数少：问候、满减券、高价值商品", "High spend, few visits: spend-over coupon")),
    Cell("001", ("重要挽留客户", "Important, win back"), ("重要挽留", "Important, win back"),
         ("高消费正在流失：促销消息、优惠券", "High spend, lapsing: message, coupon")),
    Cell("110", ("一般价值客户", "General, value"), ("一般重要", "General, important"),
         ("常来但花得少：组合销售提高单价", "Frequent, low spend: bundles")),
    Cell("010", ("一般保持客户", "General, keep"), ("一般挽留", "General, win back"),
         ("曾经常来、花得少、近来未到：唤醒", "Was frequent, low spend, now absent: wake up")),
    Cell("100", ("一般发展客户", "General, develop"), ("一般客户", "General"),
         ("新客或轻度客户：主推商品、二次消费券", "New or light: main range, coupon for a second purchase")),
    Cell("000", ("一般挽留客户", "General, win back"), ("无价值", "No value"),
         ("价值最低：促销或不投入", "Lowest value: promotion, or nothing")),
)  # fmt: skip
NAMINGS = ("value", "rank")


class Settings(NamedTuple):
    """How members are classed. `fixed`: thresholds of r (days), f, m (minor units) where the method is fixed."""

    m_basis: str = TOTAL
    method: str = MEAN
    fixed: tuple[int, int, int] = (0, 0, 0)


USUAL = Settings()


class Base(NamedTuple):
    """One row per member: days since the last purchase, purchases and net sales in the window (minor units)."""

    r_days: np.ndarray
    purchases: np.ndarray
    net_cents: np.ndarray


def name_of(bits: str, naming: str, language: str) -> str:
    """The name of a cell in a set of names; language zh or en. Raises KeyError for bits that are no cell."""
    cell = {cell.bits: cell for cell in CELLS}[bits]
    return getattr(cell, naming)[language != "zh"]


def segments(base: Base, settings: Settings = USUAL) -> np.ndarray:
    """The bits of each member ('111'), or `lapsed` for those without a purchase. Raises ValueError for a method."""
    bought = base.purchases > 0
    found = np.full(len(bought), LAPSED, dtype=object)
    if bought.any():
        bits = classed(Base(*(column[bought] for column in base)), settings)
        found[bought] = np.array(["".join(map(str, map(int, row))) for row in _CODES], dtype=object)[bits]
    return found


_CODES = [[code >> 2 & 1, code >> 1 & 1, code & 1] for code in range(8)]


def classed(base: Base, settings: Settings) -> np.ndarray:
    """R * 4 + F * 2 + M of each member, all of whom have bought."""
    r, f, m = (column.astype(np.int64) for column in base)
    r_limit, f_limit, m_limit = settings.fixed
    if settings.m_basis == AVERAGE:
        m, m_limit = (2 * m * MILLI + f) // (2 * f), m_limit * MILLI  # rounded half up
    r_good = _below(r, settings.method, r_limit)
    f_good, m_good = ~_below(f, settings.method, f_limit), ~_below(m, settings.method, m_limit)
    return r_good * 4 + f_good * 2 + m_good * 1


def _below(values: np.ndarray, method: str, fixed: int) -> np.ndarray:
    """Where a value is less than the threshold."""
    if method == FIXED:
        return values < fixed
    if method == MEAN:
        return values * len(values) < values.sum()
    if method == MEDIAN:
        middle = np.sort(values)[[(len(values) - 1) // 2, len(values) // 2]]
        return 2 * values < middle.sum()
    raise ValueError("method is mean, median or fixed, not " + method)


def scores(values: np.ndarray, best_is_low: bool = False) -> np.ndarray:
    """1 to 5 by quantile, 5 the best: how many fifths of all members lie below. Equal values score alike."""
    below = np.searchsorted(np.sort(values), values, "left")
    if best_is_low:
        below = len(values) - np.searchsorted(np.sort(values), values, "right")
    return 1 + below * QUANTILES // max(len(values), 1)


def score_sums(base: Base) -> np.ndarray:
    """R + F + M, 3 to 15, of members all of whom have bought."""
    return scores(base.r_days, best_is_low=True) + scores(base.purchases) + scores(base.net_cents)


def moved(before: dict[str, int], now: dict[str, int]) -> dict[str, str]:
    """Account -> up, down, same, new or lost, by the sums of two runs."""
    return {account: _direction(before.get(account), now.get(account)) for account in before | now}


def _direction(before: int | None, now: int | None) -> str:
    if before is None or now is None:
        return NEW if before is None else LOST
    return SAME if before == now else UP if now > before else DOWN
