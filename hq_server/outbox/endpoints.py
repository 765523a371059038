"""GET /gateway/v1/messages: one long-lived request fetches what head office has to say; `after` acknowledges."""

import time

from fastapi import APIRouter, Depends, Query, Response
from fastapi.concurrency import run_in_threadpool

from hq_server.blocks import store as blocks
from hq_server.bootstrap import Hq
from hq_server.errors import HqError
from hq_server.fleet.peer import Gateway, the_gateway
from hq_server.fleet.rules import HEARD
from hq_server.outbox import store
from hq_server.outbox.post import as_messages, topic
from hq_server.vault.book import LIFE
from hq_server.vault.recovery import REASON, unheard
from hq_server.vault.remembering import listen
from hq_server.web_tools import answer, the_hq

router = APIRouter()

MESSAGES_AT_ONCE = 200
WAIT_MAX_S = 60


@router.get("/gateway/v1/messages")
async def get_messages(
    after: int = Query(0, ge=0),
    wait_s: float = Query(25, ge=0, le=WAIT_MAX_S),
    life: str = Query("", max_length=32),
    gateway: Gateway = Depends(the_gateway),
    hq: Hq = Depends(the_hq),
) -> Response:
    """Messages after a number, at once or as soon as there is one.

    life: of head office, as the gateway knows it; '' is not told. Raises HqError: fenced,
    other_head_office, recovery 409.
    """
    if gateway.status not in HEARD:
        raise HqError("fenced", "enrol this gateway again", 409)
    until_s = time.monotonic() + wait_s
    rows = await run_in_threadpool(first_look, hq, gateway, after, life)
    with hq.bells.waiter(topic(gateway.store)) as waiter:
        while not rows:
            rows = await run_in_threadpool(_look, hq, gateway.incarnation, after)
            left_s = until_s - time.monotonic()
            if rows or left_s <= 0 or hq.bells.silent:
                break
            await waiter.wait(left_s)
            waiter.again()
    return answer({"messages": as_messages(rows), "upto": rows[-1].n if rows else after})


def first_look(hq: Hq, gateway: Gateway, after: int, life: str) -> list:
    """What is there now, after `after` was acknowledged; a gateway that knows another life is heard anew."""
    incarnation = gateway.incarnation
    if life != hq.life and (life or hq.life != LIFE):
        _hear(hq, gateway, after, life)
    with hq.db.read() as connection:
        head = store.head_row(connection, incarnation)
    if head is not None and head.acked_n < after <= head.last_n:
        with hq.db.write() as connection:
            store.acknowledge(connection, incarnation, after)
            blocks.acknowledged(connection, incarnation, after, hq.now_s())
    return _look(hq, incarnation, after)


def _hear(hq: Hq, gateway: Gateway, after: int, life: str) -> None:
    """A gateway knows another life of head office. Raises HqError: other_head_office, recovery 409."""
    with hq.vault() as vault:
        if life:
            listen(vault, gateway.store, after, life)
        elif unheard(vault, gateway.store, gateway.incarnation):
            raise HqError(REASON, "this gateway's program cannot report: update it", 409)


def _look(hq: Hq, incarnation: str, after: int) -> list:
    with hq.db.read() as connection:
        return store.messages_after(connection, incarnation, after, MESSAGES_AT_ONCE)
