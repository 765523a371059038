"""Holds that are open at nozzles: what each store's heartbeat says of them, how old that is, and what to do.

    state shown   the store says          its terminal    do
    open          open                    -               nothing: it ends within five minutes
    running       running                 is heard        nothing: the pump counts
    unheard       running                 is not heard    the terminal's power: the pump goes on to its preset
    totals        suspense                is heard        the pump's power and cable: its totals close it
    suspense      suspense                is not heard    the terminal's power; else two people at the store
    last_known    any, by a silent store  -               the line: the store goes on by itself
"""

from typing import Any

from sqlalchemy import Connection

from hq_server.fleet import store as fleet
from hq_server.fleet.rules import gateway_state
from hq_server.fleet.schemas import OpenHold
from hq_server.fuel import store
from protocol.ids import is_account
from protocol.ledger.holds import IN_SUSPENSE, OPEN, RUNNING

STATES = (OPEN, RUNNING, IN_SUSPENSE)
HOLDS_MAX = 64  # of one store; a gateway tells the oldest
NUMBER_MAX = 999_999_999_999


def note(connection: Connection, code: str, told: list[OpenHold], ahead_s: int) -> None:
    """What a heartbeat says; written only where it differs from what is known. ahead_s: of the store's clock."""
    rows = [_row(code, one, ahead_s) for one in told[:HOLDS_MAX] if one.state in STATES and _is_of(code, one)]
    rows = list({one["hold"]: one for one in rows}.values())
    known = {one.hold: dict(one._mapping) for one in store.open_holds(connection, code)}
    if any(_differs(known.get(one["hold"]), one) for one in rows) or len(rows) != len(known):
        store.set_open_holds(connection, code, rows)


def told(connection: Connection, now_s: int, code: str = "") -> list[dict[str, Any]]:
    """Those of a store, or of all, with how they stand and when that was said."""
    lives = {one.store: one for one in fleet.gateways_with_life(connection)}
    terminals = {one.terminal: one for one in fleet.terminals(connection, code or None)}
    found = []
    for row in store.open_holds(connection, code):
        life, terminal = lives.get(row.store), terminals.get(row.terminal)
        heard = life is not None and gateway_state(life.status, life.heartbeat_at_s, now_s) == "up"
        shown = shown_state(row.state, heard, bool(terminal and terminal.online))
        more = {"shown": shown, "heard_at_s": life.heartbeat_at_s if life else 0}
        found.append(dict(row._mapping) | more | {"terminal_seen_s": terminal.seen_at_s if terminal else 0})
    return found


def shown_state(state: str, store_heard: bool, terminal_heard: bool) -> str:
    """As the table says."""
    if not store_heard:
        return "last_known"
    if state == RUNNING:
        return "running" if terminal_heard else "unheard"
    if state == IN_SUSPENSE:
        return "totals" if terminal_heard else "suspense"
    return "open"


def _is_of(code: str, one: OpenHold) -> bool:
    """A store tells of its own terminals, within the bounds of the columns."""
    mine = one.hold.startswith(code + "-") and one.terminal.startswith(code + "-")
    return mine and len(one.hold) <= 96 and len(one.terminal) <= 20 and (not one.account or is_account(one.account))


def _row(code: str, one: OpenHold, ahead_s: int) -> dict[str, Any]:
    texts = {"account": one.account, "card": one.card[:25], "code": one.code[:24], "state": one.state}
    numbers = {name: max(0, min(NUMBER_MAX, getattr(one, name))) for name in ("nozzle", "cents", "ml")}
    times = {
        name: max(0, at - ahead_s) if at else 0 for name, at in (("at_s", one.at_s), ("suspended_s", one.suspended_s))
    }
    return {"hold": one.hold, "store": code, "terminal": one.terminal} | texts | numbers | times


def _differs(known: dict[str, Any] | None, one: dict[str, Any]) -> bool:
    """Times move with the clocks' difference, by a second or two: they are kept as they were told first."""
    names = ("terminal", "nozzle", "account", "card", "code", "cents", "ml", "state")
    return known is None or any(known[name] != one[name] for name in names)
