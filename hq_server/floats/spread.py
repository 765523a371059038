"""Where a member's stored value should lie, by the stores the member goes to: pure.

The next purchase is at store s with probability p(s), and what is paid from stored value is taken as exponentially
distributed around the usual basket u. What a store lacks then is refused while its line is cut, so the amounts a(s) are
chosen for the smallest sum of p(s) * exp(-a(s) / u). By Lagrange every store that gets anything gets

    a(s) = u * (log p(s) + c)        c so that the sum is what there is (water filling)

Nothing more goes to any store once a purchase in a thousand would be short there; what is over stays in head office's
pool. Moves smaller than half a usual basket are not worth a message. `make bench BENCH=coverage` measures the result.
"""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

DAY_S = 86_400
VISITED_DAYS = 90  # a store not visited for so long holds nothing
HALF_LIFE_DAYS = 30
HOME_VISITS = 0.5  # a home store counts as visited, so that a new member has a place
ENOUGH = math.log(1000)
USUAL_CENTS_MIN = 100
USUAL_CENTS = 5000  # before the first sale


class Visits(NamedTuple):
    """How often a member was at a store, and when last (epoch seconds)."""

    store: str
    count: int
    last_at_s: int


class Move(NamedTuple):
    """So much stored value towards a store (grant) or home from it (recall)."""

    store: str
    cents: int


class Plan(NamedTuple):
    """What to do now; recalls come back into the pool and are granted by a later look."""

    grants: tuple[Move, ...]
    recalls: tuple[Move, ...]


def usual(before_cents: int, sale_cents: int) -> int:
    """The running mean of what a member pays from stored value at a time."""
    return max(USUAL_CENTS_MIN, (7 * before_cents + sale_cents) // 8)


def chances(home: str, visits: Iterable[Visits], now_s: int) -> dict[str, float]:
    """Store -> how likely the next purchase is there; they add up to one. Empty for who has neither home nor visits."""
    weights = {home: HOME_VISITS} if home else {}
    for one in visits:
        days = max(0, now_s - one.last_at_s) / DAY_S
        if days <= VISITED_DAYS:
            weights[one.store] = weights.get(one.store, 0) + one.count * 0.5 ** (days / HALF_LIFE_DAYS)
    total = sum(weights.values())
    return {store: weight / total for store, weight in weights.items()}


def targets(total_cents: int, chance: Mapping[str, float], usual_cents: int) -> dict[str, int]:
    """Store -> what should lie there; together at most what there is."""
    likely = sorted(((p, store) for store, p in chance.items() if p > 0), key=lambda one: (-one[0], one[1]))
    if not likely or total_cents <= 0:
        return {}
    usual_cents = max(usual_cents, USUAL_CENTS_MIN)
    served = _served([math.log(p) for p, _ in likely], total_cents / usual_cents)
    level = (total_cents / usual_cents - sum(math.log(p) for p, _ in likely[:served])) / served
    target = {store: max(0, int(usual_cents * (math.log(p) + min(level, ENOUGH)))) for p, store in likely[:served]}
    if level <= ENOUGH:
        target[likely[0][1]] += total_cents - sum(target.values())  # the cents that rounding left
    return target


def _served(logs: list[float], baskets: float) -> int:
    """How many of the stores, the likeliest first, get anything at all."""
    for count in range(len(logs), 1, -1):
        if logs[count - 1] + (baskets - sum(logs[:count])) / count > 0:
            return count
    return 1


def plan(pool_cents: int, floats: Mapping[str, int], chance: Mapping[str, float], usual_cents: int) -> Plan:
    """What to grant from the pool and what to recall. floats: store -> stored value there or on its way there."""
    target = targets(pool_cents + sum(floats.values()), chance, usual_cents)
    least = max(usual_cents, USUAL_CENTS_MIN) // 2
    grants, left = [], pool_cents
    for store, cents in target.items():
        part = min(cents - floats.get(store, 0), left)
        if part >= least or 0 < part == cents:
            grants.append(Move(store, part))
            left -= part
    over = [Move(store, cents - target.get(store, 0)) for store, cents in sorted(floats.items())]
    recalls = [one for one in over if one.cents >= least or (one.cents > 0 and one.store not in target)]
    return Plan(tuple(grants), tuple(recalls))
