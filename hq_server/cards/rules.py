"""Key sets of cards, as a desk says what it made one with: '1:3 2:1' is set 3 of region 1 and set 1 of region 2."""

import re
from collections.abc import Iterable

TEXT = re.compile(r"(\d{1,3}:\d{1,3}( \d{1,3}:\d{1,3})*)?")


def is_key_sets(text: str) -> bool:
    """Whether a text says key sets; '' where it is not known."""
    return len(text) <= 40 and bool(TEXT.fullmatch(text))


def read(text: str) -> dict[int, int]:
    """purpose -> number of the set."""
    return {int(purpose): int(number) for purpose, number in (part.split(":") for part in text.split())}


def newest(known: Iterable[str]) -> dict[int, int]:
    """purpose -> the highest set that any card was made with."""
    found: dict[int, int] = {}
    for text in known:
        for purpose, number in read(text).items():
            found[purpose] = max(number, found.get(purpose, 0))
    return found


def older(text: str, than: dict[int, int]) -> dict[int, int]:
    """purpose -> number, of the sets of a card that a later one has taken the place of."""
    return {purpose: number for purpose, number in read(text).items() if number < than.get(purpose, 0)}
