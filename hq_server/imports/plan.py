"""What a file would do, worked out before anything is changed."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


def _nothing() -> None:
    return None


@dataclass
class Plan:
    """Counts of added, changed, same; notes (text keys below import.note) that are worth a look; how it is done."""

    counts: Counter = field(default_factory=Counter)
    notes: Counter = field(default_factory=Counter)
    apply: Callable[[], object] = _nothing

    def count(self, what: str) -> None:
        self.counts[what] += 1
