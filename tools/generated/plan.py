"""What happened at a made-up chain, month by month, the same for the same seed: whole columns, no row by row.

    stores      0001, 0002 ...; the first sells most (weights fall like 1 / (n + 3))
    members     each has a home store and buys there nine times of ten; a few buy much, most little
    sales       some each day of the year, more on Saturdays, between 8 and 22 by the store's clock (UTC); six of ten
                with a member's card, paid in cash; one line to ten, few goods sell most
    voids       each VOID_EVERYth sale of a store is taken back a second later
"""

import datetime as dt
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

import numpy as np
import pyarrow as pa

VOID_EVERY = 97
LINES_MEAN = 3.0
MEMBERS_SHARE, HOME_SHARE = 0.6, 0.9
OPENS_S, CLOSES_S = 8 * 3600, 22 * 3600
DAY_S = 86400
WEEK = np.array([0.9, 0.9, 0.95, 1.0, 1.15, 1.3, 0.8])  # Monday to Sunday
COUNTS, SALES = 0, 1  # streams of chance of a month


class Size(NamedTuple):
    """How large, how long, and which of all such chains. lines: sale lines, about."""

    lines: int
    stores: int = 200
    members: int = 500_000
    goods: int = 5_000
    months: int = 24
    first: str = "2024-12"
    seed: int = 1


class Sales(NamedTuple):
    """Sales of some stores in one month, by store and time. line_*: of all lines, sale after sale.

    member: -1 for none. number: of the store's sales since the beginning, from 1. lines: how many each has.
    """

    store: np.ndarray
    at_s: np.ndarray
    member: np.ndarray
    number: np.ndarray
    voided: np.ndarray
    lines: np.ndarray
    line_goods: np.ndarray
    line_pieces: np.ndarray


class Plan:
    """A made-up chain."""

    def __init__(self, size: Size):
        self.size = size
        self.months = [_month_after(size.first, n) for n in range(size.months)]

    @cached_property
    def accounts(self) -> list[str]:
        return [sha256(f"{self.size.seed}/{n}".encode()).hexdigest()[:32] for n in range(self.size.members)]

    @cached_property
    def account_texts(self) -> pa.Array:
        """The same as a column; the first is nobody's."""
        return pa.array(["", *self.accounts], pa.string())

    @cached_property
    def stores(self) -> list[str]:
        return [f"{n + 1:04d}" for n in range(self.size.stores)]

    @cached_property
    def goods(self) -> list[str]:
        return [str(10_000 + n) for n in range(self.size.goods)]

    @cached_property
    def price_cents(self) -> np.ndarray:
        """Of each product."""
        return 50 + np.arange(self.size.goods, dtype=np.int64) * 7919 % 2950

    @cached_property
    def counts(self) -> list[np.ndarray]:
        """Per month: sales by store and day."""
        return [self._counts(month) for month in range(self.size.months)]

    @cached_property
    def sold_before(self) -> np.ndarray:
        """(month, store): sales of the store before that month."""
        sold = np.array([counts.sum(axis=1) for counts in self.counts])
        return np.vstack([np.zeros_like(sold[:1]), np.cumsum(sold, axis=0)])

    def _counts(self, month: int) -> np.ndarray:
        size, first = self.size, self.months[month]
        days = np.arange((_month_after(self.size.first, month + 1) - first).days)
        weights = 1 / (np.arange(size.stores) + 3)
        weekdays = WEEK[(first.weekday() + days) % 7]
        mean = size.lines / LINES_MEAN / size.months / len(days) * weights / weights.sum()
        return self._chance(month, COUNTS).poisson(np.outer(mean, weekdays / weekdays.mean()))

    def _chance(self, month: int, stream: int, part: int = 0) -> np.random.Generator:
        return np.random.default_rng([self.size.seed, month, stream, part])

    def sales(self, month: int, first_store: int, last_store: int) -> Sales:
        """Sales of stores first..last (without last) in a month."""
        counts = self.counts[month][first_store:last_store]
        chance = self._chance(month, SALES, first_store)
        stores = np.repeat(np.arange(first_store, last_store), counts.sum(axis=1))
        midnight_s = int(dt.datetime.combine(self.months[month], dt.time(), dt.UTC).timestamp())
        days = np.concatenate([np.repeat(np.arange(len(row)), row) for row in counts]) if len(stores) else stores
        at_s = midnight_s + days * DAY_S + _times(chance, len(stores))
        at_s = at_s[np.lexsort((at_s, stores))]
        number = _numbers(counts.sum(axis=1), self.sold_before[month][first_store:last_store])
        lines = np.minimum(chance.geometric(1 / LINES_MEAN, len(stores)), 10)
        goods = (self.size.goods * chance.random(lines.sum()) ** 2.5).astype(np.int64)
        pieces = np.minimum(chance.geometric(0.7, lines.sum()), 9)
        member = self._members(chance, stores)
        return Sales(stores, at_s, member, number, number % VOID_EVERY == 0, lines, goods, pieces)

    def _members(self, chance: np.random.Generator, stores: np.ndarray) -> np.ndarray:
        """Who bought: of the store's own members mostly, those with low numbers often."""
        size, count = self.size, len(stores)
        rank = (size.members // size.stores * chance.random(count) ** 3).astype(np.int64)
        home = np.where(chance.random(count) < HOME_SHARE, stores, chance.integers(0, size.stores, count))
        return np.where(chance.random(count) < MEMBERS_SHARE, rank * size.stores + home, -1)

    def home(self, member: int) -> str:
        return self.stores[member % self.size.stores]


def _times(chance: np.random.Generator, count: int) -> np.ndarray:
    """Seconds of the day: two waves, at noon and in the evening."""
    wave = np.where(chance.random(count) < 0.45, 12.5, 18.0) * 3600 + chance.normal(0, 5400, count)
    return np.clip(wave, OPENS_S, CLOSES_S - 2).astype(np.int64)


def _numbers(counts: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Each store's sales numbered on."""
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    return np.arange(counts.sum()) - starts + np.repeat(before, counts) + 1


def _month_after(first: str, months: int) -> dt.date:
    year, month = map(int, first.split("-"))
    return dt.date(year + (month - 1 + months) // 12, (month - 1 + months) % 12 + 1, 1)
