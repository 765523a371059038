"""A store asks for float at a tap: what the pool has is granted at once, what it lacks is recalled and waited for.

Answered within WAIT_S whatever other stores do; asked again under the same id it answers with the same grants.
"""

import json
import time

from fastapi.concurrency import run_in_threadpool
from msgspec import Struct
from sqlalchemy import Connection, Row

from hq_server.bootstrap import Hq
from hq_server.errors import conflict
from hq_server.fleet import store as fleet
from hq_server.fleet.rules import gateway_state
from hq_server.floats import moves, rules, store
from hq_server.ledger import store as books
from hq_server.members.store import member_row
from hq_server.outbox import store as outboxes
from hq_server.outbox.post import as_messages
from protocol.ledger.entries import HQ, SUSPENSE, TRANSIT

STORED = ("principal", "bonus")
NOT_STORES = (HQ, TRANSIT, SUSPENSE)


class FloatWanted(Struct):
    """What a store lacks of an account, by asset; principal and bonus together are stored value."""

    request: str
    account: str
    want: dict[str, int]

    def missing(self) -> dict[str, int]:
        """stored and points, as they are granted."""
        wanted = {"stored": sum(self.want.get(asset, 0) for asset in STORED), "points": self.want.get("points", 0)}
        return {asset: amount for asset, amount in wanted.items() if amount > 0}


async def ask(hq: Hq, store_code: str, wanted: FloatWanted) -> dict:
    """Grants what can be had within WAIT_S. Raises HqError('id_conflict')."""
    until_s = time.monotonic() + rules.WAIT_S
    with hq.bells.waiter(moves.topic(wanted.account)) as waiter:
        recalls = await run_in_threadpool(_begin, hq, store_code, wanted)
        while recalls and time.monotonic() < until_s:
            await waiter.wait(until_s - time.monotonic())
            waiter.again()
            if await run_in_threadpool(_all_home, hq, recalls):
                break
    if recalls:
        await run_in_threadpool(_grant_rest, hq, store_code, wanted)
    return await run_in_threadpool(_answer, hq, wanted)


def _begin(hq: Hq, store_code: str, wanted: FloatWanted) -> list[str]:
    """Grants from the pool and recalls the rest; the recalls to wait for."""
    now_s = hq.now_s()
    with hq.db.write() as connection:
        if _seen(connection, store_code, wanted):
            return []
        reason = _refusal(connection, wanted.account)
        _note(connection, store_code, wanted, reason, now_s)
        if reason:
            return []
        missing = _grant(connection, hq, store_code, wanted, wanted.missing(), now_s)
        recalls = _recall(connection, hq, store_code, wanted, missing, now_s)
        store.set_request(connection, wanted.request, status="open" if recalls else "done")
    return recalls


def _seen(connection: Connection, store_code: str, wanted: FloatWanted) -> bool:
    row = store.request_row(connection, wanted.request)
    if row is None:
        return False
    if (row.store, row.account, row.want) != (store_code, wanted.account, _want_text(wanted)):
        raise conflict("id_conflict", "this request came before with other parameters")
    return True


def _note(connection: Connection, store_code: str, wanted: FloatWanted, reason: str, now_s: int) -> None:
    gateway = fleet.gateway_row(connection, store_code)
    assert gateway is not None
    store.add_request(
        connection,
        request=wanted.request, store=store_code, incarnation=gateway.incarnation, account=wanted.account,
        want=_want_text(wanted), reason=reason, status="done", created_at_s=now_s,
    )


def _want_text(wanted: FloatWanted) -> str:
    return json.dumps(wanted.want, sort_keys=True)


def _refusal(connection: Connection, account: str) -> str:
    """Why nothing is granted, or ''."""
    member = member_row(connection, account)
    if member is None:
        return "unknown_account"
    return "" if member.status == "active" else member.status


def _grant(
    connection: Connection, hq: Hq, store_code: str, wanted: FloatWanted, want: dict[str, int], now_s: int
) -> dict[str, int]:
    """Grants from the pool; what is still missing."""
    granted = moves.grant(connection, hq.post, store_code, wanted.account, want, now_s, wanted.request)
    got = {"stored": sum(granted.get(asset, 0) for asset in STORED), "points": granted.get("points", 0)}
    return {asset: amount - got[asset] for asset, amount in want.items() if amount > got[asset]}


def _recall(
    connection: Connection, hq: Hq, store_code: str, wanted: FloatWanted, missing: dict[str, int], now_s: int
) -> list[str]:
    """Asks the stores that have it, those with most of it first, as far as they answer at all."""
    if not missing:
        return []
    waiting = _on_their_way(connection, wanted.account, store_code, now_s)
    here = books.held(connection, [wanted.account])[wanted.account]
    recalls = []
    for other in _others(connection, here, store_code, now_s):
        for asset, amount in _parts(here, other, missing).items():
            number = moves.recall(
                connection, hq.post, other, wanted.account, asset, amount, now_s, wanted.request
            )
            recalls += [number] if number else []
    return recalls or waiting


def _on_their_way(connection: Connection, account: str, store_code: str, now_s: int) -> list[str]:
    """Recalls of before that may still be answered in time."""
    found = []
    for row in store.open_recalls(connection, account):
        gateway = fleet.gateway_row(connection, row.store)
        if row.store != store_code and gateway and answers(gateway, now_s):
            found.append(row.recall)
    return found


def _others(connection: Connection, here: dict[tuple[str, str], int], store_code: str, now_s: int) -> list[str]:
    """Stores with something of the account whose gateway answers now, the one with most first."""
    amounts: dict[str, int] = {}
    for (holder, _), amount in here.items():
        if holder not in NOT_STORES and holder != store_code:
            amounts[holder] = amounts.get(holder, 0) + amount
    there = {code: fleet.gateway_row(connection, code) for code in amounts}
    answering = [code for code, row in there.items() if row and answers(row, now_s)]
    return sorted(answering, key=lambda code: (-amounts[code], code))


def answers(gateway: Row, now_s: int) -> bool:
    return gateway_state(gateway.status, gateway.heartbeat_at_s, now_s) == "up"


def _parts(here: dict[tuple[str, str], int], other: str, missing: dict[str, int]) -> dict[str, int]:
    """What to ask of one store; `missing` goes down by it."""
    parts = rules.split_recall(
        missing.get("stored", 0), here.get((other, "principal"), 0), here.get((other, "bonus"), 0)
    )
    missing["stored"] = missing.get("stored", 0) - sum(parts.values())
    points = min(missing.get("points", 0), here.get((other, "points"), 0))
    if points:
        parts["points"] = points
        missing["points"] -= points
    return parts


def _all_home(hq: Hq, recalls: list[str]) -> bool:
    with hq.db.read() as connection:
        return store.all_answered(connection, recalls)


def _grant_rest(hq: Hq, store_code: str, wanted: FloatWanted) -> None:
    """Grants what has come home meanwhile."""
    with hq.db.write() as connection:
        got = _granted(store.grants_of_request(connection, wanted.request))
        missing = {asset: amount - got[asset] for asset, amount in wanted.missing().items() if amount > got[asset]}
        if missing:
            _grant(connection, hq, store_code, wanted, missing, hq.now_s())
        store.set_request(connection, wanted.request, status="done")


def _granted(rows: list[Row]) -> dict[str, int]:
    got = {"stored": 0, "points": 0}
    for one in (one for row in rows for one in json.loads(row.slices)):
        got["stored" if one["asset"] in STORED else "points"] += one["amount"]
    return got


def _answer(hq: Hq, wanted: FloatWanted) -> dict:
    with hq.db.read() as connection:
        row = store.request_row(connection, wanted.request)
        assert row is not None
        numbers = [grant.n for grant in store.grants_of_request(connection, wanted.request)]
        messages = outboxes.messages_by_number(connection, row.incarnation, numbers)
        here = books.held(connection, [wanted.account])[wanted.account]
    pool = {asset: here.get((HQ, asset), 0) for asset in (*STORED, "points")}
    return {"messages": as_messages(messages), "pool": pool, "reason": row.reason or None}
