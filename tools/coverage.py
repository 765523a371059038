"""What a day without head office costs: how many taps are approved beside what an all-knowing ledger would approve.

Pure parts of the coverage bench: when lines are cut, which kind of visit a tap is, how a household tops up, the score.
Stated, because the data does not decide them:

    cuts      Each store's line is cut now and then, by itself, a tenth of the time in all: for an hour, a day or three
              days.
    paying    Every basket is paid from stored value whenever the household has enough of it in the whole chain; a tap
              that even an all-knowing ledger would refuse is left out of every share.
    topping   After a visit, with less than two usual baskets left in the whole chain, the household tops up at the
              store where it stands, by the amount the run is for, in multiples of its usual basket.
    kind      home: the store it went to most in the last 90 days (the first visit of all makes one); known: visited in
              the last 90 days; new: any other.
"""

import bisect
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

DAY_S = 86_400
VISITED_S = 90 * DAY_S
CUT_SHARE = 0.1
HOME, KNOWN, NEW = "home", "known", "new"
KINDS = (HOME, KNOWN, NEW)
FIRST_USUAL_CENTS = 3000
LOW_BASKETS = 2


class Outages:
    """When each store's line is cut: spells of one length with chance gaps between them."""

    def __init__(self, stores: Iterable[str], from_s: int, to_s: int, cut_s: int, seed: int) -> None:
        dice = random.Random(f"{seed}/{cut_s}")
        self._starts = {store: list(self._spells(dice, from_s, to_s, cut_s)) for store in stores}
        self._cut_s = cut_s

    @staticmethod
    def _spells(dice: random.Random, from_s: int, to_s: int, cut_s: int):
        at_s = from_s
        while at_s < to_s:
            at_s += round(dice.expovariate(CUT_SHARE / (cut_s * (1 - CUT_SHARE))))
            yield at_s
            at_s += cut_s

    def up(self, store: str, at_s: int) -> bool:
        """Whether the store's line to head office stands."""
        starts = self._starts[store]
        last = bisect.bisect_right(starts, at_s) - 1
        return last < 0 or at_s >= starts[last] + self._cut_s

    def changes(self) -> list[tuple[int, str, bool]]:
        """(when, store, up) of all stores in order."""
        spells = [(at_s, store) for store, starts in self._starts.items() for at_s in starts]
        return sorted([(at, store, False) for at, store in spells] + [(at + self._cut_s, s, True) for at, s in spells])


@dataclass
class Habits:
    """What a household does: where it goes and what it usually pays."""

    seen: list[tuple[int, str]] = field(default_factory=list)
    usual_cents: int = FIRST_USUAL_CENTS

    def kind(self, store: str, at_s: int) -> str:
        """Which kind of visit this one is, before it is added."""
        self.seen = [one for one in self.seen if at_s - one[0] <= VISITED_S]
        often = Counter(name for _, name in self.seen)
        if not often or store == min(often, key=lambda name: (-often[name], name)):
            return HOME
        return KNOWN if store in often else NEW

    def visit(self, store: str, at_s: int, cents: int) -> None:
        self.seen.append((at_s, store))
        self.usual_cents = (7 * self.usual_cents + cents) // 8

    def tops_up_cents(self, left_cents: int, baskets: int) -> int:
        """What is paid in after a visit, in whole units of 10.00; 0 for nothing."""
        if left_cents >= LOW_BASKETS * self.usual_cents:
            return 0
        return max(1, -(-baskets * self.usual_cents // 1000)) * 1000


@dataclass
class Score:
    """Approved taps beside those that an all-knowing ledger approves, by line and kind of visit."""

    asked: Counter = field(default_factory=Counter)
    approved: Counter = field(default_factory=Counter)
    elsewhere_cents: int = 0  # what the refused had at places that could not be asked, summed over refusals

    def add(self, up: bool, kind: str, approved: bool, elsewhere_cents: int) -> None:
        self.asked[up, kind] += 1
        self.approved[up, kind] += approved
        self.elsewhere_cents += 0 if approved else elsewhere_cents

    @property
    def refused(self) -> int:
        return sum(self.asked.values()) - sum(self.approved.values())

    @property
    def stranded_cents(self) -> int:
        """What a refused member had elsewhere, on average."""
        return self.elsewhere_cents // max(1, self.refused)

    def share(self, kind: str, *lines: bool) -> float:
        """Approved share in percent over these states of the line."""
        asked = sum(self.asked[up, kind] for up in lines)
        return 100 * sum(self.approved[up, kind] for up in lines) / asked if asked else 100.0
