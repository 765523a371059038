"""Where a block holds already, what could still be spent where it does not, and what was spent before it did.

All by head office's books: what a store that is cut off has credited or spent meanwhile is not known yet.
"""

import json
from typing import NamedTuple

from sqlalchemy import Connection, Row

from hq_server.blocks import store
from hq_server.fleet.store import gateways_with_life
from hq_server.floats.store import open_grants
from hq_server.ledger.store import debts_of, held
from hq_server.members.store import member_row
from hq_server.rules.changes import message as rules_that_count

STORED = ("principal", "bonus")


class Waiting(NamedTuple):
    """A store that has not acknowledged: what of the account it can still spend, and lend where the rules let it."""

    store: str
    heard_at_s: int
    status: str
    stored_cents: int
    points: int
    lend_cents: int


class Standing(NamedTuple):
    """A line of the deny list and how far it has come."""

    number: int
    kind: str
    subject: str
    account: str
    status: str
    reason: str
    who: str
    at_s: int
    ended_at_s: int
    stores: int
    acknowledged: int
    spendable_cents: int
    spendable_points: int
    lend_cents: int
    waiting: list[Waiting]


class Gap(NamedTuple):
    """A spend at a store before the block held there. cents: stored value."""

    event: int
    store: str
    terminal: str
    at_s: int
    received_at_s: int
    cents: int
    points: int


def standings(connection: Connection, rows: list[Row]) -> list[Standing]:
    """Of these lines of the list."""
    told = store.told_of(connection, [row.number for row in rows])
    gateways = {row.store: row for row in gateways_with_life(connection)}
    return [_standing(connection, row, told[row.number], gateways) for row in rows]


def _standing(connection: Connection, row: Row, told: list[Row], gateways: dict[str, Row]) -> Standing:
    living = [one for one in told if one.store in gateways]
    late = [one for one in living if not one.acked_at_s]
    waiting = _waiting(connection, row.account, late, gateways) if late and row.status != "active" else []
    return Standing(
        **{name: getattr(row, name) for name in Standing._fields[:9]},
        stores=len(living),
        acknowledged=len(living) - len(late),
        spendable_cents=sum(one.stored_cents for one in waiting),
        spendable_points=sum(one.points for one in waiting),
        lend_cents=sum(one.lend_cents for one in waiting),
        waiting=waiting,
    )


def _waiting(connection: Connection, account: str, late: list[Row], gateways: dict[str, Row]) -> list[Waiting]:
    here, coming = held(connection, [account])[account], _coming(connection, account, late)
    lend = _lend_cents(connection, account, [one.store for one in late])
    found = []
    for one in late:
        gateway, more = gateways[one.store], coming.get(one.store, {})
        cents, points = (
            sum(here.get((one.store, asset), 0) + more.get(asset, 0) for asset in assets)
            for assets in (STORED, ("points",))
        )
        found.append(Waiting(one.store, gateway.heartbeat_at_s, gateway.status, cents, points, lend[one.store]))
    return sorted(found, key=lambda one: (-one.stored_cents, one.store))


def _coming(connection: Connection, account: str, late: list[Row]) -> dict[str, dict[str, int]]:
    """store -> asset -> what was granted to it, is on its way, and comes before the block does."""
    numbers = {one.store: one.n for one in late}
    found: dict[str, dict[str, int]] = {}
    for grant in open_grants(connection, account):
        if grant.store in numbers and (not numbers[grant.store] or grant.n < numbers[grant.store]):
            mine = found.setdefault(grant.store, {})
            for one in json.loads(grant.slices):
                mine[one["asset"]] = mine.get(one["asset"], 0) + one["amount"]
    return found


def _lend_cents(connection: Connection, account: str, stores: list[str]) -> dict[str, int]:
    """store -> what it may still lend the member while it is cut off, by the chain's rules; mostly nothing."""
    levels = (rules_that_count(connection).get("offline") or {}).get("levels") or {}
    member = member_row(connection, account)
    limit_cents = levels.get(member.level, levels.get("*", 0)) if member and levels else 0
    lent = {line.holder: -amount for line, amount in debts_of(connection, [account])[account] if _lent(line)}
    return {code: max(0, limit_cents - lent.get(code, 0)) if limit_cents else 0 for code in stores}


def _lent(line) -> bool:
    return line.book == "offline_credit"


def spent_in_the_gap(connection: Connection, row: Row) -> list[Gap]:
    """Spends of the account between the block and each store's acknowledgement, as far as they have arrived.

    By the stores' clocks, set right by what they were ahead when last heard. The account is what an event names: where
    a member has a second card, its spends are listed too.
    """
    acked = {one.store: one.acked_at_s for one in store.told_of(connection, [row.number])[row.number]}
    ahead = {one.store: one.clock_ahead_s for one in gateways_with_life(connection)}
    earliest_s = row.at_s + min([0, *ahead.values()])
    found: dict[int, Gap] = {}
    for one in store.spent_since(connection, row.account, earliest_s):
        at_s = one.at_s - ahead.get(one.store, 0)
        until_s = acked.get(one.store, 0) or row.ended_at_s
        if at_s >= row.at_s and one.store in acked and (not until_s or at_s <= until_s):
            before = found.get(one.id) or Gap(one.id, one.store, one.terminal, at_s, one.received_at_s, 0, 0)
            found[one.id] = _with(before, one.tender, one.amount)
    return list(found.values())


def _with(gap: Gap, tender: str, amount: int) -> Gap:
    return gap._replace(points=gap.points + amount) if tender == "points" else gap._replace(cents=gap.cents + amount)


def told_as(standing: Standing, gap: list[Gap]) -> dict:
    """For programs."""
    waiting = [one._asdict() for one in standing.waiting]
    spent = {"cents": sum(one.cents for one in gap), "points": sum(one.points for one in gap)}
    return standing._asdict() | {"waiting": waiting, "gap": {**spent, "events": [one._asdict() for one in gap]}}
