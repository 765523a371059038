"""Soon after something happened to an account: its value is placed anew, and the stores it goes to hear its figures.

One look for many events. A gateway that is far behind with its messages is not given more of them: its accounts stay
noted until it has caught up.
"""

import logging

from sqlalchemy import Connection

from hq_server.bootstrap import Hq
from hq_server.fleet import store as fleet
from hq_server.floats import moves, rules, store
from hq_server.floats.service import NOT_STORES, STORED, answers
from hq_server.ledger import store as books
from hq_server.members import store as members
from hq_server.members.telling import member_messages
from hq_server.outbox import store as outboxes
from protocol.ledger.entries import HQ

log = logging.getLogger(__name__)

ACCOUNTS_AT_ONCE = 200
BACKLOG_MAX = 2000
EVERY_S = 0.5


def place_due(hq: Hq) -> int:
    """Looks at the accounts that are due; how many."""
    with hq.db.read() as connection:
        if not store.any_due(connection):
            return 0
    now_s = hq.now_s()
    with hq.db.write() as connection:
        accounts = store.take_due(connection, ACCOUNTS_AT_ONCE)
        behind = _behind(connection)
        later: set[str] = set()
        told: dict[str, list[str]] = {}
        for account in accounts:
            _place(connection, hq, account, now_s)
            for row in members.visits(connection, account):
                (later.add(account) if row.store in behind else told.setdefault(row.store, []).append(account))
        for store_code, some in told.items():
            hq.post.send_many(connection, store_code, "member", member_messages(connection, some, now_s))
        store.add_due(connection, later, now_s)
    return len(accounts) - len(later)


def _place(connection: Connection, hq: Hq, account: str, now_s: int) -> None:
    """Grants and recalls by policy. A member who may not pay gets nothing sent ahead."""
    member = members.member_row(connection, account)
    if member is None or member.status != "active":
        return
    here = books.held(connection, [account])[account]
    others = [row.store for row in members.visits(connection, account) if row.store != member.home]
    pool = sum(here.get((HQ, asset), 0) for asset in STORED)
    plan = rules.plan(pool, _floats(connection, account, here), member.home, others, member.usual_cents)
    for move in plan.grants:
        if _reachable(connection, move.store, now_s):
            moves.grant(connection, hq.post, move.store, account, {"stored": move.cents}, now_s)
    waiting = {row.store for row in store.open_recalls(connection, account)}
    for move in plan.recalls:
        if move.store not in waiting and _reachable(connection, move.store, now_s):
            _recall(connection, hq, account, here, move, now_s)


def _floats(connection: Connection, account: str, here: dict[tuple[str, str], int]) -> dict[str, int]:
    """store -> stored value there or on its way there."""
    floats: dict[str, int] = {}
    for (holder, asset), amount in here.items():
        if asset in STORED and holder not in NOT_STORES:
            floats[holder] = floats.get(holder, 0) + amount
    for row in store.open_grants(connection, account):
        floats[row.store] = floats.get(row.store, 0) + store.stored_of_grant(row)
    return floats


def _reachable(connection: Connection, store_code: str, now_s: int) -> bool:
    gateway = fleet.gateway_row(connection, store_code)
    return gateway is not None and answers(gateway, now_s)


def _recall(connection: Connection, hq: Hq, account: str, here: dict, move: rules.Move, now_s: int) -> None:
    principal, bonus = here.get((move.store, "principal"), 0), here.get((move.store, "bonus"), 0)
    for asset, amount in rules.split_recall(move.cents, principal, bonus).items():
        moves.recall(connection, hq.post, move.store, account, asset, amount, now_s)


def _behind(connection: Connection) -> set[str]:
    """Stores with too many messages waiting already."""
    enrolled = fleet.enrolled_gateways(connection)
    return {row.store for row in enrolled if outboxes.backlog(connection, row.incarnation) > BACKLOG_MAX}
