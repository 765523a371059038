"""POST /gateway/v1/events: a store's event log arrives."""

import logging

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from hq_server.alarms.store import raise_alarm
from hq_server.bootstrap import Hq
from hq_server.errors import HqError
from hq_server.fleet.peer import Gateway, the_gateway
from hq_server.fuel import days
from hq_server.ingest import rules
from hq_server.vault.booking import Booked, Gap, book_batch, refuse_and_fence
from hq_server.vault.scene import Violation
from hq_server.web_tools import answer, body_bytes, the_hq

router = APIRouter()
log = logging.getLogger(__name__)


@router.post("/gateway/v1/events")
async def post_events(
    request: Request, gateway: Gateway = Depends(the_gateway), hq: Hq = Depends(the_hq)
) -> Response:
    """Books a batch: exactly once by gateway, incarnation and sequence. 409 says why not and where to go on."""
    try:
        body = await body_bytes(request)
        booked = await run_in_threadpool(ingest, hq, gateway.store, body)
    except Gap as gap:
        return answer({"reason": "gap", "upto": gap.upto, "head": gap.head}, 409)
    except HqError as wrong:
        await run_in_threadpool(_note_refusal, hq, gateway.store, wrong)
        raise
    return answer({"upto": booked.upto, "head": booked.head})


def ingest(hq: Hq, store_code: str, body: bytes) -> Booked:
    """Reads and books a batch in one transaction. Raises Gap, HqError; a violation fences the incarnation."""
    batch = rules.read_batch(body)
    if not rules.is_gateway_of(batch.header.gateway, store_code):
        raise HqError("not_allowed", "events of " + batch.header.gateway, 403)
    try:
        with hq.db.write() as connection:
            booked = book_batch(hq.vault_on(connection), store_code, batch)
            days.follow(connection, store_code, batch, hq.now_s())
            return booked
    except Violation as wrong:
        with hq.vault() as vault:
            refuse_and_fence(vault, store_code, batch.header.incarnation, wrong)
        log.error("store %s fenced: %s", store_code, wrong.detail)
        raise HqError(wrong.reason, wrong.detail, 409) from wrong


def _note_refusal(hq: Hq, store_code: str, wrong: HqError) -> None:
    """Bad input is logged once and counted."""
    with hq.db.write() as connection:
        fresh = raise_alarm(connection, "batch_" + wrong.reason, store_code, wrong.detail, hq.now_s())
    if fresh:
        log.warning("batch of store %s refused: %s", store_code, wrong)
