"""What the forecourt page shows, from what nozzles say now and what the store's database has. Pure.

Whoever is not signed in sees pumps without names, and nothing else.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from gateway.core.pumped import Fill, NozzleTotal, PumpHold
from protocol.ledger.holds import IN_SUSPENSE
from protocol.money import line_amount_cents

STOPPED_ALL = "stop_all"  # the alarm of a nozzle whose terminal holds an emergency stop
SPEAKS_S = 150  # a terminal says hello each minute; twice and a half of that without a word is gone
SILENT = ("suspense", "down")  # its pump is not heard: what it shows is what it showed last
# state of a nozzle -> what an attendant may do to it
MAY = {
    "free": ("start",), "asked": ("stop",), "noting": ("stop",), "ready": ("stop",), "filling": ("suspend", "stop"),
    "stopped": ("resume", "stop"),
}  # fmt: skip


class Shown(NamedTuple):
    """What the database has for the page.

    locked: fills in an open basket; names: operator -> name; displays: account -> how a member is shown.
    """

    holds: tuple[PumpHold, ...] = ()
    suspended_s: Mapping[str, int] = {}
    fills: tuple[Fill, ...] = ()
    locked: frozenset[int] = frozenset()
    totals: tuple[NozzleTotal, ...] = ()
    grades: Mapping[str, str] = {}
    names: Mapping[str, str] = {}
    displays: Mapping[str, str] = {}


def nozzles(
    shown: Shown, said: Mapping[str, list[dict]], silent_s: Mapping[str, float], with_names: bool
) -> list[dict[str, Any]]:
    """One row per nozzle, terminal by terminal."""
    newest_last = sorted(shown.holds, key=lambda one: one.state != IN_SUSPENSE)  # one that runs is what is going on
    running = {(one.terminal, one.lane): one for one in newest_last}
    found = []
    for terminal in sorted(said):
        for row in said[terminal]:
            hold = running.get((terminal, row["n"] - 1)) if row["state"] != "free" else None
            online = silent_s.get(terminal, SPEAKS_S) < SPEAKS_S
            found.append(_nozzle(shown, terminal, row, hold, online, with_names))
    return found


def _nozzle(
    shown: Shown, terminal: str, row: dict, hold: PumpHold | None, online: bool, with_names: bool
) -> dict[str, Any]:
    stopped = row.get("alarm") == STOPPED_ALL
    busy = row.get("busy", 0) if row["state"] == "free" else 0  # its pump serves another nozzle
    may = MAY.get(row["state"], ()) if online and not (busy or stopped and row["state"] == "free") else ()
    told: dict[str, Any] = {name: row[name] for name in ("n", "code", "state", "lifted", "ml", "cents", "price_milli")}
    told |= {"terminal": terminal, "online": online, "total_ml": row["total_ml"], "stopped_all": stopped, "busy": busy}
    told |= {"alarm": "" if stopped else row.get("alarm", ""), "grade": shown.grades.get(row["code"], row["code"])}
    told |= {"kind": "", "who": "", "held_cents": 0, "list_milli": 0, "may": list(may)}
    if hold:
        told |= {"kind": _kind(hold), "list_milli": hold.list_milli, "held_cents": hold.cents}
        told["who"] = _who(shown, hold) if with_names else ""
    return told


def _kind(hold: PumpHold) -> str:
    return "member" if hold.account else "attendant"


def _who(shown: Shown, hold: PumpHold) -> str:
    return shown.displays.get(hold.account, "") if hold.account else shown.names.get(hold.operator, hold.operator)


def waiting(shown: Shown, said: Mapping[str, list[dict]], silent_s: Mapping[str, float]) -> list[dict[str, Any]]:
    """Sales that nobody can prove yet, with the totals around them and what to do about each."""
    live = {(terminal, row["n"]): row for terminal, rows in said.items() for row in rows}
    before = {(one.terminal, one.nozzle): one.total_ml for one in shown.totals}
    found = []
    for hold in shown.holds:
        if hold.state != IN_SUSPENSE:
            continue
        key = hold.terminal, hold.nozzle
        row = live.get(key)
        online = silent_s.get(hold.terminal, SPEAKS_S) < SPEAKS_S
        heard = row if row and online and row["state"] not in SILENT else None
        before_ml, now_ml = before.get(key), heard["total_ml"] if heard else None
        flowed_ml = now_ml - before_ml if before_ml is not None and now_ml is not None else None
        found.append({
            "hold": hold.hold, "terminal": hold.terminal, "n": hold.nozzle, "kind": _kind(hold),
            "grade": shown.grades.get(hold.code, hold.name), "who": _who(shown, hold),
            "held_cents": hold.cents, "price_milli": hold.price_milli, "before_ml": before_ml,
            "now_ml": now_ml, "flowed_ml": flowed_ml,
            "flowed_cents": line_amount_cents(flowed_ml, hold.price_milli) if flowed_ml else 0,
            "last_ml": row["ml"] if row and not heard else None,
            "last_cents": row["cents"] if row and not heard else 0,
            "since_s": shown.suspended_s.get(hold.hold, 0), "advice": _advice(online, row),
        })  # fmt: skip
    return found


def _advice(online: bool, row: dict | None) -> str:
    """Who can bring the proof: the terminal, the pump, or two people."""
    if not online or row is None:
        return "wake_terminal"
    if row["state"] in SILENT:
        return "wake_pump"
    return "close" if row["state"] == "free" else "wait"


def unpaid(shown: Shown) -> list[dict[str, Any]]:
    """What flowed without a member and waits to be paid for."""
    return [
        {
            "fill": one.fill, "terminal": one.terminal, "n": one.nozzle, "ml": one.ml, "cents": one.total_cents,
            "grade": shown.grades.get(one.code, one.name), "price_milli": one.price_milli, "at_s": one.at_s,
            "who": shown.names.get(one.operator, one.operator), "locked": one.fill in shown.locked,
        }
        for one in shown.fills
    ]  # fmt: skip
