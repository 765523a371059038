"""Soon after something happened to an account: its value is placed anew, and the stores it goes to hear its figures.

One look for many events. A gateway that is far behind with its messages is not given more of them: its accounts stay
noted until it has caught up.
"""

from hq_server.floats import rules, spread
from hq_server.vault import accounts, moves, owing, recovery, targets
from hq_server.vault.asking import NOT_STORES, STORED
from hq_server.vault.books import Vault
from hq_server.vault.lives import answers
from hq_server.vault.rows import Visits
from protocol.ledger.entries import HQ

ACCOUNTS_AT_ONCE = 200
BACKLOG_MAX = 2000
ASKED_S = 3  # a request is answered within less

Held = dict[tuple[str, str], int]


def place_due(vault: Vault) -> int:
    """Looks at the accounts that are due; how many are done. In recovery they stay due."""
    if recovery.waits(vault):
        return 0
    accounts = vault.take_due(ACCOUNTS_AT_ONCE)
    behind = {row.store for row in vault.enrolled() if vault.backlog(row.incarnation) > BACKLOG_MAX}
    later: set[str] = set()
    told: dict[str, list[str]] = {}
    for account in accounts:
        if vault.asked_lately(account, vault.now_s - ASKED_S):
            later.add(account)  # what comes home now is for the tap that asked for it
            continue
        visits = vault.visits(account)
        place(vault, account, visits)
        for one in visits:
            later.add(account) if one.store in behind else told.setdefault(one.store, []).append(account)
    for store, some in told.items():
        vault.tell_figures(store, some)
    vault.add_due(later)
    return len(accounts) - len(later)


def place(vault: Vault, account: str, visits: list[Visits]) -> None:
    """Grants and recalls by policy. A member who may not pay gets nothing sent ahead."""
    recovery.make_good(vault, account)
    short_cents = owing.settle(vault, account)
    if short_cents:
        owing.recall_owed(vault, account, short_cents)
    member = vault.member(account)
    if member is None or member.status != "active":
        accounts.follow(vault, account, member.status if member else "")
        return
    here = vault.held(account)
    pool_cents, floats = sum(here.get((HQ, asset), 0) for asset in STORED), _floats(vault, account, here)
    chances = spread.chances(member.home, [spread.Visits(*one) for one in visits], vault.now_s)
    plan = spread.plan(pool_cents, floats, chances, member.usual_cents)
    for move in plan.grants:
        if answers(vault.gateway(move.store), vault.now_s):
            moves.grant(vault, move.store, account, {"stored": move.cents})
    if plan.recalls:
        waiting = {row.store for row in vault.open_recalls(account)}
        for move in plan.recalls:
            if move.store not in waiting and answers(vault.gateway(move.store), vault.now_s):
                _recall(vault, account, here, move)
    target = spread.targets(pool_cents + sum(floats.values()), chances, member.usual_cents)
    targets.aim(vault, member, floats, target)


def _floats(vault: Vault, account: str, here: Held) -> dict[str, int]:
    """store -> stored value there or on its way there."""
    floats: dict[str, int] = {}
    for (holder, asset), amount in here.items():
        if asset in STORED and holder not in NOT_STORES:
            floats[holder] = floats.get(holder, 0) + amount
    for row in vault.open_grants(account):
        coming = sum(one.amount for one in row.slices if one.asset in STORED)
        floats[row.store] = floats.get(row.store, 0) + coming
    return floats


def _recall(vault: Vault, account: str, here: Held, move: spread.Move) -> None:
    principal, bonus = here.get((move.store, "principal"), 0), here.get((move.store, "bonus"), 0)
    for asset, amount in rules.split_recall(move.cents, principal, bonus).items():
        moves.recall(vault, move.store, account, asset, amount)
