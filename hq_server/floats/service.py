"""Float at a tap, and placing: the transactions around vault/asking.py and vault/placing.py, and the waiting between.

A tap is answered within WAIT_S whatever other stores do.
"""

import time

from fastapi.concurrency import run_in_threadpool

from hq_server.bootstrap import Hq
from hq_server.floats import rules, store
from hq_server.vault import asking, moves, placing, refunds
from hq_server.vault.asking import Wanted

PLACE_EVERY_S = 0.5


async def ask(hq: Hq, store_code: str, wanted: Wanted) -> dict:
    """Grants what can be had within WAIT_S. Raises HqError('id_conflict')."""
    until_s = time.monotonic() + rules.WAIT_S
    with hq.bells.waiter(moves.topic(wanted.account), refunds.topic(wanted.request)) as waiter:
        recalls = await run_in_threadpool(_begin, hq, store_code, wanted)
        while recalls and time.monotonic() < until_s:
            await waiter.wait(until_s - time.monotonic())
            waiter.again()
            if await run_in_threadpool(_all_home, hq, recalls):
                break
    return await run_in_threadpool(_finish, hq, store_code, wanted, bool(recalls))


def place_due(hq: Hq) -> int:
    """Looks at the accounts that are due; how many."""
    with hq.db.read() as connection:
        if not store.any_due(connection):
            return 0
    with hq.vault() as vault:
        return placing.place_due(vault)


def _begin(hq: Hq, store_code: str, wanted: Wanted) -> list[str]:
    with hq.vault() as vault:
        return asking.begin(vault, store_code, wanted)


def _all_home(hq: Hq, recalls: list[str]) -> bool:
    with hq.db.read() as connection:
        return asking.all_home(hq.vault_on(connection), recalls)


def _finish(hq: Hq, store_code: str, wanted: Wanted, recalled: bool) -> dict:
    if recalled:
        with hq.vault() as vault:
            asking.rest(vault, store_code, wanted)
    with hq.db.read() as connection:
        return asking.answer(hq.vault_on(connection), wanted)
