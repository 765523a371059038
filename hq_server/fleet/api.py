"""Stores, terminals, alarms for people and programs: /api/v1."""

from fastapi import APIRouter, Depends, Query, Response

from hq_server.access.guard import Visitor, require
from hq_server.alarms import store as alarms
from hq_server.alarms.api import alarm_told
from hq_server.bootstrap import Hq
from hq_server.errors import not_found
from hq_server.fleet import enrolment, store, terminals
from hq_server.fleet.rules import gateway_state
from hq_server.fleet.schemas import NewStore, NewTerminal, StoreChange
from hq_server.ingest import store as events
from hq_server.ingest.telling import event_told
from hq_server.outbox.store import head_row
from hq_server.vault import lives, rights
from hq_server.web_tools import answer, decoded, the_body, the_hq

router = APIRouter(prefix="/api/v1", tags=["fleet"])

viewer = require("stores.view")
reader = require("ledger.view")
manager = require("fleet.manage")
PAGE_MAX = 1000


@router.get("/stores")
def get_stores(_: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    """Every store with its gateway's state and lag, its terminals and open alarms."""
    with hq.db.read() as connection:
        told = [_store(connection, row, hq.now_s()) for row in store.stores(connection)]
    return answer({"stores": told})


@router.get("/stores/{code}")
def get_store(code: str, _: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    """One store."""
    with hq.db.read() as connection:
        row = next((row for row in store.stores(connection) if row.code == code), None)
        if row is None:
            raise not_found("store " + code)
        lifes = [dict(life._mapping) for life in store.incarnations_of(connection, code)]
        told = {**_store(connection, row, hq.now_s()), "incarnations": lifes}
    return answer(told)


def _store(connection, row, now_s: int) -> dict:
    outbox = head_row(connection, row.incarnation or "")
    booked, head = row.cursor_seq or 0, row.head_seq or 0
    return {
        "code": row.code, "name": row.name, "region": row.region, "timezone": row.timezone,
        "gateway": {
            "state": gateway_state(row.status, row.heartbeat_at_s, now_s), "status": row.status,
            "incarnation": row.incarnation, "heartbeat_at_s": row.heartbeat_at_s, "version": row.version,
            "clock_ahead_s": row.clock_ahead_s, "head_seq": head, "booked_seq": booked,
            "lag_events": max(0, head - booked), "reason": row.reason or "",
            "messages_waiting": outbox.last_n - outbox.acked_n if outbox else 0,
        },
        "terminals": [_terminal(one) for one in store.terminals(connection, row.code)],
        "alarms": [alarm_told(one) for one in alarms.open_alarms(connection, row.code)],
    }


def _terminal(row) -> dict:
    names = ("terminal", "store", "app", "status", "serial", "key_number", "enrolled_at_s", "seen_at_s", "online")
    return {name: getattr(row, name) for name in (*names, "heap_free", "firmware")}


@router.post("/stores")
def post_store(raw: bytes = Depends(the_body), who: Visitor = Depends(manager), hq: Hq = Depends(the_hq)) -> Response:
    """A new store; the answer holds its gateway's one-time code."""
    new = decoded(raw, NewStore)
    with hq.db.write() as connection:
        code = enrolment.add_store(connection, new, hq.now_s())
        who.note(connection, "store_added", new.code)
    return answer({"store": new.code, "code": code, "ca_fingerprint": hq.keys.authority.fingerprint}, 201)


@router.patch("/stores/{code}")
def patch_store(
    code: str, raw: bytes = Depends(the_body), who: Visitor = Depends(manager), hq: Hq = Depends(the_hq)
) -> Response:
    """Changes what is named of a store: what it may credit and correct by itself, and what may be lost there."""
    change = decoded(raw, StoreChange)
    values = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not None}
    with hq.vault() as vault:
        if values and not store.set_store(vault.connection, code, **values):
            raise not_found("store " + code)
        rights.refill(vault, code)
        who.note(vault.connection, "store_changed", code, ", ".join(values))
    return answer({"store": code, **values})


@router.post("/stores/{code}/enrolment-code")
def post_store_code(code: str, who: Visitor = Depends(manager), hq: Hq = Depends(the_hq)) -> Response:
    """Another one-time code for a store's gateway."""
    with hq.db.write() as connection:
        fresh = enrolment.new_code(connection, "gateway", code, hq.now_s())
        who.note(connection, "gateway_code", code)
    return answer({"store": code, "code": fresh, "ca_fingerprint": hq.keys.authority.fingerprint}, 201)


@router.post("/stores/{code}/fence")
def post_fence(code: str, who: Visitor = Depends(manager), hq: Hq = Depends(the_hq)) -> Response:
    """Ends the store's gateway until it is enrolled again."""
    with hq.db.write() as connection:
        lives.fence(hq.vault_on(connection), code, "by " + who.name)
        who.note(connection, "gateway_fenced", code)
    return answer({"store": code, "status": "fenced"})


@router.get("/terminals")
def get_terminals(
    store_code: str = Query("", alias="store"), _: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)
) -> Response:
    """Terminals of a store or of all."""
    with hq.db.read() as connection:
        return answer({"terminals": [_terminal(row) for row in store.terminals(connection, store_code or None)]})


@router.post("/terminals")
def post_terminal(
    raw: bytes = Depends(the_body), who: Visitor = Depends(manager), hq: Hq = Depends(the_hq)
) -> Response:
    """A new terminal; the answer holds its one-time code."""
    new = decoded(raw, NewTerminal)
    with hq.db.write() as connection:
        code = enrolment.add_terminal(connection, new.terminal, new.app, hq.now_s())
        who.note(connection, "terminal_added", new.terminal)
    return answer({"terminal": new.terminal, "code": code}, 201)


@router.post("/terminals/{terminal}/enrolment-code")
def post_terminal_code(terminal: str, who: Visitor = Depends(manager), hq: Hq = Depends(the_hq)) -> Response:
    """Another one-time code for a terminal: new keys, old certificate ends."""
    with hq.db.write() as connection:
        fresh = enrolment.new_code(connection, "terminal", terminal, hq.now_s())
        who.note(connection, "terminal_code", terminal)
    return answer({"terminal": terminal, "code": fresh}, 201)


@router.post("/terminals/{terminal}/revoke")
def post_revoke(terminal: str, who: Visitor = Depends(manager), hq: Hq = Depends(the_hq)) -> Response:
    """Ends a terminal's certificate."""
    with hq.db.write() as connection:
        terminals.revoke_terminal(connection, hq.post, hq.keys, hq.sealer, terminal, "by " + who.name, hq.now_s())
        who.note(connection, "terminal_revoked", terminal)
    return answer({"terminal": terminal, "status": "revoked"})


@router.get("/terminals/{terminal}/requests")
def get_requests(
    terminal: str,
    after: int = Query(0, ge=0),
    limit: int = Query(200, ge=1, le=PAGE_MAX),
    _: Visitor = Depends(reader),
    hq: Hq = Depends(the_hq),
) -> Response:
    """Every booked event that answers a request of this terminal, in order of booking."""
    with hq.db.read() as connection:
        rows = events.events_page(connection, after, limit, terminal=terminal)
        told = event_told(connection, rows)
    return answer({"requests": told, "next": rows[-1].id if len(rows) == limit else None})
