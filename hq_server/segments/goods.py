"""What is told of goods from their figures: ABC classes, preference index, goods bought together."""

from collections import Counter
from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

import numpy as np

A_PERCENT, B_PERCENT = 80, 95


def abc_classes(amounts: np.ndarray) -> np.ndarray:
    """A, B or C of amounts in falling order: A up to 80 % of the sum of all, B up to 95 %, the rest C.

    Goods that bring nothing or less are C and count for nothing in the sum. The first is A though it alone is more.
    """
    positive = np.maximum(amounts, 0).astype(np.int64)
    cumulated, total = np.cumsum(positive) * 100, int(positive.sum())
    classes = np.where(cumulated <= A_PERCENT * total, "A", np.where(cumulated <= B_PERCENT * total, "B", "C"))
    classes = np.where(positive > 0, classes, "C").astype(object)
    if len(classes) and positive[0] > 0:
        classes[0] = "A"
    return classes


def preference_index(part: np.ndarray, of_segment: int, whole: np.ndarray, of_all: int) -> np.ndarray:
    """100 * share in the segment / share overall; nan where the whole has nothing of it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        index = 100 * (part / of_segment) / (whole / of_all)
    return np.where(whole > 0, index, np.nan)


class Pair(NamedTuple):
    """Two goods that are in the same baskets. Confidence of b with a is together / a's baskets."""

    first: str
    second: str
    together: int
    with_first: int
    with_second: int
    baskets: int

    @property
    def lift(self) -> float:
        """How much more often than by chance."""
        return self.together * self.baskets / (self.with_first * self.with_second)


def bought_together(baskets: Iterable[Iterable[str]], least: int = 2) -> list[Pair]:
    """Pairs in at least so many baskets, most often first, then by code. For data that fits in memory."""
    single: Counter[str] = Counter()
    both: Counter[tuple[str, str]] = Counter()
    number = 0
    for basket in baskets:
        codes = sorted(set(basket))
        number += 1
        single.update(codes)
        both.update(combinations(codes, 2))
    kept = sorted((-count, pair) for pair, count in both.items() if count >= least)
    return [Pair(*pair, -count, single[pair[0]], single[pair[1]], number) for count, pair in kept]
