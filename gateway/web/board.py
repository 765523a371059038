"""The board: the forecourt's state as one object, put together from live nozzles and the store's database."""

import sqlite3
import time
from collections.abc import Callable
from typing import Any

from gateway.clock import Clock
from gateway.config import Config
from gateway.core.trade import Clocks
from gateway.store import fills, forecourt, fuel_shifts, holds, meta
from gateway.store.fuel_shifts import FuelShift
from gateway.web import view
from gateway.web.console import Console
from gateway.web.sessions import Session
from protocol.ledger.holds import CLOSED

SALES_SHOWN = 12
TENDERS = ("principal", "bonus", "coupon", "points_value", "cash", "receivable")


class Board:
    """Reads the database anew for each state: what it says is never older than a commit."""

    def __init__(
        self,
        config: Config,
        reader: Callable[[], sqlite3.Connection],
        console: Console,
        line: Callable[[], tuple[bool, str]],
        clock: Clocks | None = None,
    ):
        self._config, self._reader, self._console, self._line = config, reader, console, line
        self._clock = clock or Clock()
        self._sales: tuple[int, list[dict]] = (-1, [])

    def store(self) -> str:
        """Code and name, for the title."""
        return f"{self._config.store}"

    def state(self, language: str, session: Session | None) -> dict[str, Any]:
        """What the page draws; without a session pumps only, and nobody's name."""
        self._console.look()
        up, closed = self._line()
        told: dict[str, Any] = {"store": self._config.store, "hq_up": up, "now_s": int(time.time()), "closed": closed}
        try:
            db = self._reader()
        except sqlite3.DatabaseError:
            return told | _nothing("damaged")
        try:
            return told | self._read(db, language, session, closed)
        except sqlite3.DatabaseError:
            return told | _nothing("damaged")
        finally:
            db.close()

    def closed_shift(self, number: str, language: str) -> dict[str, Any] | None:
        """One closed shift with the words for its nozzles and people; None where there is none."""
        db = self._reader()
        try:
            shift = fuel_shifts.get(db, int(number)) if number.isascii() and number.isdigit() else None
            if shift is None or not shift.closed_s:
                return None
            chain = meta.get_json(db, "configuration")
            return {
                "shift": shift, "told": shift.told, "grades": forecourt.grades(db, language),
                "names": forecourt.attendants(db), "store": self._config.store, "name": chain.get("name", ""),
                "currency": chain.get("currency", "EUR"), "exponent": chain.get("exponent", 2),
                "timezone": chain.get("timezone", "UTC"),
            }  # fmt: skip
        finally:
            db.close()

    def _read(self, db: sqlite3.Connection, language: str, session: Session | None, closed: str) -> dict[str, Any]:
        chain = meta.get_json(db, "configuration")
        told: dict[str, Any] = {"name": chain.get("name", ""), "gateway": self._gateway(db, closed)}
        told |= {"currency": chain.get("currency", "EUR"), "exponent": chain.get("exponent", 2)}
        told["timezone"] = chain.get("timezone", "UTC")
        shown, said = _shown(db, language, self._clock), self._console.nozzles()
        silent_s = {terminal: self._console.silent_s(terminal) for terminal in said}
        told["nozzles"] = view.nozzles(shown, said, silent_s, session is not None)
        told |= {"waiting": [], "unpaid": [], "sales": [], "shift": None, "last_shift": 0, "me": None, "csrf": ""}
        if session is None:
            return told
        told["me"] = {"operator": session.operator, "name": session.name, "role": session.role}
        told["csrf"] = session.csrf
        told |= {"waiting": view.waiting(shown, said, silent_s), "unpaid": view.unpaid(shown)}
        told["sales"] = self._last_sales(db, shown, language)
        return told | _shifts(fuel_shifts.last(db, 2), shown)

    def _gateway(self, db: sqlite3.Connection, closed: str) -> str:
        if closed:
            return "closed"
        if meta.get(db, "fenced"):
            return "fenced"
        return "up" if self._console.there() else "away"

    def _last_sales(self, db: sqlite3.Connection, shown: view.Shown, language: str) -> list[dict]:
        """Read from events only when there is a new one."""
        head = forecourt.head_seq(db)
        if head != self._sales[0]:
            self._sales = head, forecourt.last_sales(db, SALES_SHOWN)
        events = self._sales[1]
        accounts = [event["account"] for event in events if event.get("account")]
        who = {**forecourt.displays(db, accounts), **shown.names}
        grades = forecourt.grades(db, language)
        return [_sale(event, who, grades) for event in events]


def _nothing(why: str) -> dict[str, Any]:
    return {
        "name": "", "gateway": why, "currency": "", "exponent": 2, "timezone": "UTC", "nozzles": [],
        "waiting": [], "unpaid": [], "sales": [], "shift": None, "last_shift": 0, "me": None, "csrf": "",
    }  # fmt: skip


def _shown(db: sqlite3.Connection, language: str, clock: Clocks) -> view.Shown:
    open_holds = [one for one in holds.at_pumps(db) if one.state != CLOSED]
    accounts = [one.account for one in open_holds if one.account]
    suspended = [one.hold for one in open_holds if one.state == view.IN_SUSPENSE]
    unpaid = fills.unpaid(db)
    return view.Shown(
        tuple(open_holds),
        forecourt.suspended_s(db, suspended),
        tuple(unpaid),
        forecourt.locked(db, unpaid, clock.boot, clock.now_ms()),
        fuel_shifts.totals(db),
        forecourt.grades(db, language),
        forecourt.attendants(db),
        forecourt.displays(db, accounts),
    )


def _shifts(last: list[FuelShift], shown: view.Shown) -> dict[str, Any]:
    """The open shift, and the last one that can be printed."""
    open_now = next((one for one in last if not one.closed_s), None)
    closed = next((one for one in last if one.closed_s), None)
    told = None
    if open_now:
        by = shown.names.get(open_now.opened_by, open_now.opened_by)
        told = {"shift": open_now.shift, "opened_s": open_now.opened_s, "by": by}
    return {"shift": told, "last_shift": closed.shift if closed else 0}


def _sale(event: dict, who: dict[str, str], grades: dict[str, str]) -> dict[str, Any]:
    """One line of the last sales, with what its receipt says."""
    fuel = event.get("fuel") or {}
    line = next((one for one in event.get("lines", []) if one["code"] in grades), (event.get("lines") or [{}])[0])
    tenders = event.get("tenders") or {}
    return {
        "kind": event["kind"], "receipt": event.get("receipt") or 0, "fill": event.get("fill") or line.get("fill") or 0,
        "at_s": event["at_s"], "terminal": event.get("terminal") or event.get("request", {}).get("terminal", ""),
        "n": fuel.get("nozzle") or 0, "grade": grades.get(line.get("code", ""), line.get("code", "")),
        "ml": line.get("qty_milli", 0), "price_milli": line.get("price_milli", 0),
        "cents": line.get("amount_cents", event.get("total_cents", 0)),
        "who": who.get(event.get("account", ""), "") or who.get(event.get("operator", ""), ""),
        "tenders": [[name, tenders[name]] for name in TENDERS if tenders.get(name)],
        "earned": event.get("earned_points", 0), "offline": bool(event.get("offline")),
        "before_ml": fuel.get("total_before_ml", 0), "after_ml": fuel.get("total_after_ml", 0),
        "saved_cents": event.get("saved_cents", 0),
    }  # fmt: skip
