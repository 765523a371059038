"""What gateways and terminals ask of the fleet: the authority, enrolment, signs of life."""

import logging
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from hq_server.alarms.changes import gateway_tells
from hq_server.alarms.store import raise_alarm
from hq_server.backup.store import safe_seq
from hq_server.bootstrap import Hq
from hq_server.errors import HqError
from hq_server.fleet import enrolment, store, terminals
from hq_server.fleet.peer import Gateway, the_gateway
from hq_server.fleet.rules import twin_problem
from hq_server.fleet.schemas import GatewayEnrolment, Heartbeat, TerminalEnrolment, TerminalLife, TerminalUpdate
from hq_server.fuel import open_holds
from hq_server.ingest.store import last_fill
from hq_server.outbox import kinds
from hq_server.releases import store as releases
from hq_server.vault import lives
from hq_server.web_tools import answer, body_bytes, decoded, the_hq

router = APIRouter()
log = logging.getLogger(__name__)

ENROLMENT_MAX_BYTES = 65536
TIMES_MAX = 99_999_999_999
FILLS_OPEN = timedelta(days=60)  # a new gateway goes on after the numbers of fills of so long


@router.get("/gateway/v1/ca")
async def get_authority(hq: Hq = Depends(the_hq)) -> Response:
    """The chain's root; the asker checks its fingerprint."""
    return answer({"ca_pem": hq.keys.authority.pem, "fingerprint": hq.keys.authority.fingerprint})


@router.post("/gateway/v1/enrol")
async def post_gateway(request: Request, hq: Hq = Depends(the_hq)) -> Response:
    """A gateway's one-time code for its certificates; the only request besides a terminal's without a certificate."""
    body = decoded(await body_bytes(request, ENROLMENT_MAX_BYTES), GatewayEnrolment)
    return answer(await run_in_threadpool(_enrol_gateway, hq, body))


def _enrol_gateway(hq: Hq, body: GatewayEnrolment) -> dict:
    with hq.db.write() as connection:
        told = enrolment.enrol_gateway(connection, hq.keys, body, hq.now_s())
        store.set_gateway(connection, told["store"], version=body.version[:24])
        lives.begin(hq.vault_on(connection), told["store"], body.incarnation)
        since = datetime.fromtimestamp(hq.now_s(), UTC) - FILLS_OPEN
        told["last_fill"] = last_fill(connection, told["store"], since.strftime("%Y-%m-%d"))
    told["hq_life"] = hq.life
    log.info("store %s: gateway enrolled as %s", told["store"], body.incarnation)
    return told


@router.post("/terminal/v1/enrol")
async def post_terminal(request: Request, hq: Hq = Depends(the_hq)) -> Response:
    """A terminal's one-time code for its certificate and its two keys, handed out this once."""
    body = decoded(await body_bytes(request, ENROLMENT_MAX_BYTES), TerminalEnrolment)
    if bool(body.csr_pem) == bool(body.public_key):
        raise HqError("malformed", "want csr_pem or public_key")
    return answer(await run_in_threadpool(_enrol_terminal, hq, body))


def _enrol_terminal(hq: Hq, body: TerminalEnrolment) -> dict:
    with hq.db.write() as connection:
        told = enrolment.enrol_terminal(connection, hq.keys, hq.sealer, body, hq.now_s())
        terminals.terminal_enrolled(connection, hq.post, hq.keys, hq.sealer, told["terminal"])
    return told


@router.post("/gateway/v1/heartbeat")
async def post_heartbeat(
    request: Request, gateway: Gateway = Depends(the_gateway), hq: Hq = Depends(the_hq)
) -> Response:
    """A sign of life; answers with head office's clock and how far it has booked."""
    body = decoded(await body_bytes(request), Heartbeat)
    return answer(await run_in_threadpool(_heartbeat, hq, gateway, body))


def _heartbeat(hq: Hq, gateway: Gateway, body: Heartbeat) -> dict:
    now_s = hq.now_s()
    with hq.db.write() as connection:
        before = store.gateway_row(connection, gateway.store)
        ahead_s = _bounded(body.clock_s - now_s) if body.clock_s else 0
        lives.beat(
            hq.vault_on(connection), gateway.store, head_seq=_bounded(body.head_seq), outbox=_bounded(body.outbox),
            clock_ahead_s=ahead_s, version=body.version[:24],
        )
        _note_terminals(connection, gateway.store, body, now_s, ahead_s)
        gateway_tells(connection, gateway.store, body.alarms, now_s)
        if body.holds is not None:
            open_holds.note(connection, gateway.store, body.holds, ahead_s)
        if twin_problem(before, body, gateway.incarnation):
            raise_alarm(connection, "twin_seen", gateway.store, twin_problem(before, body, gateway.incarnation), now_s)
        if before is not None and kinds.learnt(before.version, body.version):
            hq.vault_on(connection).snapshot(gateway.store, gateway.incarnation)
        life = store.incarnation_row(connection, gateway.incarnation)
        safe = safe_seq(connection, gateway.incarnation)
    booked_seq = life.cursor_seq if life else 0
    backed = {"safe_seq": safe or 0, "unbacked": safe is None}
    return {"at_s": now_s, "booked_seq": booked_seq, **backed, "status": gateway.status}


def _note_terminals(connection, store_code: str, body: Heartbeat, now_s: int, ahead_s: int) -> None:
    """Terminals' states; when they were last heard is put on head office's clock."""
    mine = {row.terminal: row for row in store.terminals(connection, store_code)}
    for one in body.terminals:
        row = mine.get(one.terminal)
        if row is None:
            continue
        seen_at_s = max(0, _bounded(one.last_seen_s - ahead_s)) if one.last_seen_s else row.seen_at_s
        values = {"online": one.online, "seen_at_s": seen_at_s}
        if one.free_heap is not None:
            values["heap_free"] = _bounded(one.free_heap)
        if one.firmware is not None:
            values["firmware"] = one.firmware[:24]
        if any(getattr(row, name) != value for name, value in values.items()):
            store.set_terminal(connection, one.terminal, **values)
        if one.update is not None:
            releases.put_running(connection, one.terminal, _running(row.store, one, one.update))


def _running(store_code: str, one: TerminalLife, said: TerminalUpdate) -> dict:
    """What a terminal runs and loads, within the bounds of its columns."""
    numbers = {name: _bounded(getattr(said, name)) for name in ("number", "failed", "loading", "loaded")}
    return {"store": store_code, "board": one.board[:24], "kind": said.kind[:8], "why": said.why[:12], **numbers}


def _bounded(number: int) -> int:
    return max(-TIMES_MAX, min(TIMES_MAX, number))
