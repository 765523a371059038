"""Where a member's stored value should lie: pure.

Usual baskets are dealt out like cards: two to the home store, one to each other store the member goes to, and once more
round; what is left stays in head office's pool. So the home store holds up to four, the others two. Moves smaller than
half a basket are not worth a message.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

ROUNDS = 2
BASKETS_HOME = 2  # each round
BASKETS_AWAY = 1
STORES_AWAY_MAX = 3
USUAL_CENTS_MIN = 100
USUAL_CENTS = 5000  # before the first sale
WAIT_S = 1.2  # a request for float waits at most that long for other stores' answers


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
    return max(USUAL_CENTS_MIN, (3 * before_cents + sale_cents) // 4)


def dealt(total_cents: int, home: str, others: Sequence[str], usual_cents: int) -> dict[str, int]:
    """Store -> what should lie there."""
    hands = {home: BASKETS_HOME} if home else {}
    hands.update({store: BASKETS_AWAY for store in others[:STORES_AWAY_MAX] if store != home})
    target = dict.fromkeys(hands, 0)
    for _ in range(ROUNDS):
        for store, baskets in hands.items():
            part = min(baskets * max(usual_cents, USUAL_CENTS_MIN), total_cents)
            target[store] += part
            total_cents -= part
    return target


def plan(
    pool_cents: int, floats: Mapping[str, int], home: str, others: Sequence[str], usual_cents: int
) -> Plan:
    """What to grant from the pool and what to recall. floats: store -> stored value there or on its way there."""
    target = dealt(pool_cents + sum(floats.values()), home, others, usual_cents)
    least = max(usual_cents, USUAL_CENTS_MIN) // 2
    grants, lacking, left = [], 0, pool_cents
    for store, cents in target.items():
        lack = cents - floats.get(store, 0)
        if lack < least and not (lack > 0 and not floats.get(store, 0)):
            continue
        part = min(lack, left)
        left -= part
        lacking += lack - part
        if part > 0:
            grants.append(Move(store, part))
    return Plan(tuple(grants), _recalls(floats, target, lacking, least))


def _recalls(floats: Mapping[str, int], target: Mapping[str, int], lacking: int, least: int) -> tuple[Move, ...]:
    """From stores that have more than their share: for others that lack it, or because it is far too much."""
    recalls = []
    for store, cents in sorted(floats.items()):
        excess = cents - target.get(store, 0)
        wanted = excess if excess >= 4 * least else min(excess, lacking)
        if wanted >= least:
            recalls.append(Move(store, wanted))
            lacking = max(0, lacking - wanted)
    return tuple(recalls)


def split_recall(cents: int, principal: int, bonus: int) -> dict[str, int]:
    """Which assets to ask a store for: principal first."""
    first = min(cents, principal)
    parts = {"principal": first, "bonus": min(cents - first, bonus)}
    return {asset: amount for asset, amount in parts.items() if amount > 0}


def refill(cover: int, outstanding: int) -> int:
    """How much issuing right to grant: up to the cover, once half of it is used."""
    return cover - outstanding if outstanding * 2 <= cover else 0
