"""The registers of a made-up chain: members, stores, goods, attendants, as reports see them.

    FactBase(Folder(directory), registers.of(plan))
"""

import datetime as dt

import numpy as np
import pyarrow as pa

from hq_server.reports import register
from tools.generated.facts import OPERATOR
from tools.generated.plan import Plan

REGIONS = ("North", "South", "East", "West", "Centre")
LEVELS, LEVEL_SHARES = ("regular", "silver", "gold"), (0.8, 0.16, 0.04)
CATEGORIES = ("dairy", "bakery", "fruit", "drinks", "household", "snacks", "frozen", "care")
GENDERS = ("female", "male", "")
OLDEST, YOUNGEST = dt.date(1945, 1, 1), dt.date(2008, 1, 1)


def of(plan: Plan) -> dict[str, pa.Table]:
    """Name -> table. Half of all members were there before the first month; the others join during it all."""
    chance = np.random.default_rng([plan.size.seed, 2])
    homes = pa.array(plan.stores).take(pa.array(np.arange(plan.size.members) % plan.size.stores))
    joined, levels = _joined(plan, chance), _levels(plan, chance)
    members = _members(plan, chance, homes, joined, levels)
    return {
        "members": members, "member_changes": _changes(members),
        "stores": _table(register.STORES, plan.stores, [f"Store {code}" for code in plan.stores],
                         [REGIONS[n % len(REGIONS)] for n in range(plan.size.stores)], ["UTC"] * plan.size.stores),
        "goods": _table(register.GOODS, plan.goods, [f"商品 {code}" for code in plan.goods],
                        [f"Item {code}" for code in plan.goods],
                        [CATEGORIES[n % len(CATEGORIES)] for n in range(plan.size.goods)], ["piece"] * plan.size.goods),
        "heirs": register.HEIRS.empty_table(),
        "operators": _table(register.OPERATORS, [OPERATOR], ["Kim"], ["attendant"]),
    }  # fmt: skip


def _joined(plan: Plan, chance: np.random.Generator) -> np.ndarray:
    """Days since 1970."""
    first = _day(plan.months[0])
    late = first + chance.integers(0, 30 * plan.size.months, plan.size.members)
    early = first - chance.integers(1, 1000, plan.size.members)
    return np.where(chance.random(plan.size.members) < 0.5, early, late)


def _levels(plan: Plan, chance: np.random.Generator) -> pa.Array:
    return pa.array(LEVELS).take(pa.array(chance.choice(len(LEVELS), plan.size.members, p=LEVEL_SHARES)))


def _members(
    plan: Plan, chance: np.random.Generator, homes: pa.Array, joined: np.ndarray, levels: pa.Array
) -> pa.Table:
    count = plan.size.members
    birthdays = chance.integers(_day(OLDEST), _day(YOUNGEST), count)
    columns = {
        "account": pa.array(plan.accounts), "level": levels, "status": pa.repeat("active", count), "home": homes,
        "joined_date": _dates(joined), "joined_at": homes, "channel": pa.repeat("store", count),
        "tags": pa.array([[]] * count, pa.list_(pa.string())), "birthday": _dates(birthdays),
        "gender": pa.array(GENDERS).take(pa.array(chance.integers(0, len(GENDERS), count))),
    }  # fmt: skip
    told = [columns.get(field.name, pa.nulls(count, field.type)) for field in register.MEMBERS]
    return pa.Table.from_arrays(told, schema=register.MEMBERS)


def _changes(members: pa.Table) -> pa.Table:
    count = members.num_rows
    arrays = [members["account"], members["joined_date"], members["joined_at"], members["channel"], members["level"]]
    return pa.Table.from_arrays([*arrays, pa.repeat(pa.scalar(1, pa.int8()), count)], schema=register.CHANGES)


def _table(schema: pa.Schema, *columns: list) -> pa.Table:
    return pa.Table.from_arrays([pa.array(column) for column in columns], schema=schema)


def _dates(days: np.ndarray) -> pa.Array:
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def _day(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days
