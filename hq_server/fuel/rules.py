"""Rules of fuel at head office: which price counts when, what sets of rules may say, what a day has left. Pure."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from hq_server.errors import HqError

PLANNED, IN_FORCE, PAST = "planned", "in_force", "past"
ASK_FROM_BP = 1000  # a price that differs by more than this from the one before asks again; 1/100 percent
BP = 10_000
EARLIEST_ZONE_S = 14 * 3600  # where the date changes first


class Price(NamedTuple):
    """One version of a list price; store '': all; undoes: the version that it takes back, 0 for none."""

    version: int
    code: str
    store: str
    price_milli: int
    from_s: int
    at_s: int
    who: str
    undoes: int


class RuleSet(NamedTuple):
    """One version of all fuel rules; body: JSON."""

    version: int
    body: str
    from_s: int
    at_s: int
    who: str


class Left(NamedTuple):
    """What of a card's day a hold may have; None: there is no limit of that kind."""

    ml: int | None
    cents: int | None


def counts_at(rows: Iterable[Price], code: str, store: str, at_s: int) -> Price | None:
    """The price of a grade at a store ('': where no store differs) at a moment, or None before the first."""
    mine = [row for row in rows if row.code == code and row.store in ("", store) and row.from_s <= at_s]
    return max(mine, key=lambda row: (row.from_s, row.version), default=None)


def state(rows: list[Price], row: Price, now_s: int) -> str:
    """planned, in_force or past. A plan that a later version for the same moment and place replaced is past."""
    rivals = [one for one in rows if one.code == row.code and one.store in ("", row.store)]
    if row.from_s > now_s:
        replaced = any(one.from_s == row.from_s and one.version > row.version for one in rivals)
        return PAST if replaced else PLANNED
    counts = counts_at(rivals, row.code, row.store, now_s)
    return IN_FORCE if counts is not None and counts.version == row.version else PAST


def told_to(rows: list[Price], store: str, now_s: int) -> list[Price]:
    """What a store has to know: of each grade the price in force and all that follow, in the order of their time."""
    mine = [row for row in rows if row.store in ("", store)]
    in_force = {row.code: counts_at(mine, row.code, store, now_s) for row in mine}
    told = [row for row in mine if row.from_s > now_s or in_force[row.code] is row]
    return sorted(told, key=lambda row: (row.code, row.from_s, row.version))


def jumps(before_milli: int | None, price_milli: int, ask_from_bp: int) -> bool:
    """Whether a new price differs from the last by more than the chain lets pass unasked."""
    if before_milli is None:
        return False
    return abs(price_milli - before_milli) * BP > ask_from_bp * before_milli


def for_store(body: Mapping[str, Any], store: str) -> dict:
    """A set of rules as one store has it: member prices of other stores are left out."""
    kept = [one for one in body.get("member_prices", ()) if not one.get("stores") or store in one["stores"]]
    plain = [{name: value for name, value in one.items() if name != "stores"} for one in kept]
    return {**body, "member_prices": plain}


def left(
    limit: tuple[int, int], others: tuple[int, int], here: tuple[int, int], here_told: tuple[int, int]
) -> Left:
    """What a hold may still have; each argument is (ml, cents), a limit of 0 is none.

    others: had or promised at other stores; here: at the asking store as head office knows it, here_told: as it says
    itself. The larger of the two counts: either may lack what the other knows.
    """
    found = []
    for most, there, known, told in zip(limit, others, here, here_told, strict=True):
        found.append(max(0, most - there - max(known, told)) if most else None)
    return Left(*found)


def may_have_forgotten(day: str, began_at_s: int, unheard: Iterable[str], store: str) -> bool:
    """Whether a head office that was restored at began_at_s (0: never) may have promised some of a day elsewhere.

    unheard: stores that have not reported since. What the asking store was promised it says itself. A day that began
    after the restore, at the latest where the date changes first, was promised to nobody before.
    """
    first_free = dt.datetime.fromtimestamp(began_at_s + EARLIEST_ZONE_S, dt.UTC).date().isoformat()
    return bool(began_at_s) and day <= first_free and any(one != store for one in unheard)


def checked_shares(told: Mapping[str, Any], day_ml: int, day_cents: int) -> dict[str, list[int]]:
    """A day's limit dealt out to stores: never more than all of it. Raises HqError('bad_shares')."""
    shares = {str(store): [int(part) for part in parts] for store, parts in told.items()}
    for at, most in ((0, day_ml), (1, day_cents)):
        if any(parts[at] < 0 for parts in shares.values()) or (most and sum(p[at] for p in shares.values()) > most):
            raise HqError("bad_shares", "the shares of stores together are at most the limit")
    return shares


def parsed(text: str, default: Any) -> Any:
    """JSON that this head office wrote itself."""
    return json.loads(text) if text else default
