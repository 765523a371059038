"""How the store is, from its database alone: for head office's heartbeat and the status page."""

import sqlite3
import time

from gateway.closed import DAMAGED
from gateway.store import db as database
from gateway.store import forecourt, holds, ledger, meta, outbox, refused, terminals, updates
from protocol.ledger.holds import IN_SUSPENSE

ONLINE_S = 150  # a terminal says hello each minute; twice and a half of that without a word is gone
VERSION = "0.1.0"
DISK_LOW_BYTES = 200_000_000  # a busy month
UNANSWERED_MAX = 20  # requests in a terminal's journal that wait for an answer: a lane has one at a time
HOLDS_TOLD = 64  # a station of sixteen terminals with all nozzles at work; of more, head office sees the oldest
CRYING = ("bad_mac", "unknown_key", "terminal_revoked", "id_conflict")  # what nobody sends by accident


def heartbeat(db: sqlite3.Connection, closed: str = "") -> dict:
    """What head office is told every few seconds. closed: why the sale process sells nothing now, by its word."""
    head_seq, booked_seq = outbox.head(db, meta.get(db, "incarnation")).seq, meta.get_int(db, "booked_seq")
    return {
        "incarnation": meta.get(db, "incarnation"),
        "head_seq": head_seq,
        "booked_seq": booked_seq,
        "outbox": head_seq - booked_seq,
        "terminals": terminal_states(db),
        "clock_s": int(time.time()),
        "alarms": alarms(db) + _closed(closed),
        "holds": open_holds(db),
        "version": VERSION,
    }


def open_holds(db: sqlite3.Connection) -> list[dict]:
    """What is set aside at nozzles, or has been let go by attendants; the oldest HOLDS_TOLD."""
    found = sorted(holds.at_pumps(db), key=lambda one: one.at_s)[:HOLDS_TOLD]
    suspended_s = forecourt.suspended_s(db, [one.hold for one in found if one.state == IN_SUSPENSE])
    names = ("hold", "terminal", "nozzle", "account", "card", "code", "cents", "ml", "state", "at_s")
    return [
        {name: getattr(one, name) for name in names} | {"suspended_s": suspended_s.get(one.hold, 0)} for one in found
    ]


def terminal_states(db: sqlite3.Connection) -> list[dict]:
    """Each terminal with when it was last heard (the store's clock) and what it said of itself."""
    now_s, states, said = int(time.time()), terminals.states(db), updates.said(db)
    for state in states:
        state["online"] = bool(state["online"]) and abs(now_s - state["last_seen_s"]) < ONLINE_S
        if state["terminal"] in said:
            state["update"] = said[state["terminal"]]
    return states


def alarms(db: sqlite3.Connection) -> list[dict]:
    """What somebody should look at, as kind and detail."""
    found = _low_on_disk(db)
    if meta.get(db, "fenced"):
        found.append({"kind": "fenced", "detail": meta.get(db, "fenced")})
    if meta.get_int(db, "slow_disk_ms"):
        found.append({"kind": "disk_slow", "detail": f"{meta.get_int(db, 'slow_disk_ms')} ms for one commit"})
    if meta.get(db, "awaited"):
        found.append({"kind": "witness_awaited", "detail": meta.get(db, "awaited")})
    for client, reason, count in refused.all_counts(db):
        if reason in CRYING:
            found.append({"kind": reason, "terminal": client, "detail": f"{count} times"})
    for state in terminals.states(db):
        if state["unanswered"] > UNANSWERED_MAX:
            detail = f"{state['unanswered']} requests without an answer"
            found.append({"kind": "journal_filling", "terminal": state["terminal"], "detail": detail})
    used_up = [name for name, amount in ledger.rights(db).items() if not amount]
    return found + [{"kind": "right_used_up", "detail": name} for name in used_up]


def _closed(why: str) -> list[dict]:
    return [{"kind": "store_damaged" if why.startswith(DAMAGED) else "store_closed", "detail": why}] if why else []


def _low_on_disk(db: sqlite3.Connection) -> list[dict]:
    free = database.free_bytes(db)
    return [{"kind": "disk_low", "detail": f"{free // 1_000_000} MB free"}] if 0 <= free < DISK_LOW_BYTES else []


def report(db: sqlite3.Connection, closed: str = "") -> dict:
    """The whole status: heartbeat, who the store is, its last sales, what was turned away."""
    configuration = meta.get_json(db, "configuration")
    told = {"store": meta.get(db, "store"), "name": configuration.get("name", "")} | heartbeat(db, closed)
    told |= {"currency": configuration.get("currency", "EUR"), "exponent": configuration.get("exponent", 2)}
    told["receipts"] = meta.get_int(db, "receipt")
    told["deny_list"] = {"number": meta.get_int(db, "deny_list"), "age_s": _age_s(db)}
    told["sales"] = [_sale(event) for event in outbox.last_of_kinds(db, ("sale", "top_up", "void", "refusal"), 20)]
    told["rights"] = ledger.rights(db)
    told["turned_away"] = [
        {"client": client, "reason": reason, "count": count} for client, reason, count in refused.all_counts(db)
    ]
    return told


def _age_s(db: sqlite3.Connection) -> int | None:
    """How long head office has not been heard, by this store's clock: so old is the deny list; None: never heard."""
    heard_s = meta.get_int(db, "heard_at_s")
    return max(0, int(time.time()) - heard_s) if heard_s else None


def _sale(event: dict) -> dict:
    """One line of the status page: ids and amounts, never a name."""
    names = ("seq", "kind", "at_s", "business_date", "receipt", "reason", "offline", "tenders", "outcome")
    told = {name: event.get(name) for name in names}
    told["terminal"] = event["request"]["terminal"]
    tenders = event.get("tenders") or {}
    told["total_cents"] = sum(tenders.get(name, 0) for name in ("principal", "bonus", "points_value", "cash"))
    if event["kind"] == "top_up":
        told["total_cents"] = tenders.get("principal", 0)
    return told
