"""Fuel prices and rules as head office last sent them, cards' limits, and what was had of them day by day."""

import json
import sqlite3
from collections.abc import Callable
from functools import lru_cache

from gateway.core.fuel_limits import CardLimits, DayHold, DayUse, read_limits
from gateway.core.fuel_rules import Fuel, read_prices, read_set
from gateway.store import meta

KEEP_DAYS = 40  # of closed holds: longer than a hold can hang in suspense before two people close it


class SqliteFuel:
    """The core's fuel books; `db` gives the connection of the books they belong to."""

    def __init__(self, db: Callable[[], sqlite3.Connection]):
        self._db = db

    def told(self) -> Fuel:
        return _told(meta.get(self._db(), "fuel_prices"), meta.get(self._db(), "fuel_rules"))

    def keep_prices(self, body: dict) -> None:
        read_prices(body)
        _put_newer(self._db(), "fuel_prices", body)

    def keep_rules(self, body: dict) -> None:
        for one in body["sets"]:
            read_set(one)
        _put_newer(self._db(), "fuel_rules", body)

    def limits(self, card: str) -> CardLimits:
        row = self._db().execute("SELECT document FROM card_limits WHERE card = ?", (card,)).fetchone()
        return read_limits(json.loads(row[0])) if row else CardLimits(card)

    def keep_limits(self, told: dict) -> None:
        read_limits(told)
        self._db().execute(
            "INSERT INTO card_limits VALUES (?, ?, ?) ON CONFLICT (card) DO UPDATE"
            " SET version = excluded.version, document = excluded.document"
            " WHERE excluded.version >= card_limits.version",
            (told["card"], int(told.get("version", 0)), json.dumps(told)),
        )

    def use(self, card: str, day: str) -> DayUse:
        here = "SELECT COALESCE(SUM(ml), 0), COALESCE(SUM(cents), 0) FROM day_holds WHERE card = ? AND day = ?"
        there = "SELECT ml, cents FROM day_elsewhere WHERE card = ? AND day = ?"
        elsewhere = self._db().execute(there, (card, day)).fetchone() or (0, 0)
        return DayUse(*self._db().execute(here, (card, day)).fetchone(), *elsewhere)

    def hold(self, hold: str) -> DayHold | None:
        row = self._db().execute(f"SELECT {COLUMNS} FROM day_holds WHERE hold = ?", (hold,)).fetchone()
        return _day_hold(row) if row else None

    def put_hold(self, one: DayHold) -> None:
        """Also drops the card's closed holds of long ago."""
        self._db().execute(f"INSERT OR REPLACE INTO day_holds ({COLUMNS}) VALUES ({PLACES})", one)
        for table, closed in (("day_holds", "AND open = 0"), ("day_elsewhere", "")):
            old = f"DELETE FROM {table} WHERE card = ? AND day < date(?, ?) {closed}"
            self._db().execute(old, (one.card, one.day, f"-{KEEP_DAYS} days"))

    def drop_hold(self, hold: str) -> None:
        self._db().execute("DELETE FROM day_holds WHERE hold = ?", (hold,))

    def empty_holds(self) -> list[DayHold]:
        rows = self._db().execute(f"SELECT {COLUMNS} FROM day_holds WHERE open AND ml = 0 AND cents = 0")
        return [_day_hold(row) for row in rows]

    def promised_holds(self) -> list[DayHold]:
        rows = self._db().execute(f"SELECT {COLUMNS} FROM day_holds WHERE open AND promised ORDER BY hold")
        return [_day_hold(row) for row in rows]

    def put_elsewhere(self, card: str, day: str, ml: int, cents: int) -> None:
        self._db().execute("INSERT OR REPLACE INTO day_elsewhere VALUES (?, ?, ?, ?)", (card, day, ml, cents))


COLUMNS = ", ".join(DayHold._fields)
PLACES = ", ".join("?" * len(DayHold._fields))


@lru_cache(maxsize=2)
def _told(prices_text: str, rules_text: str) -> Fuel:
    """Read once for as long as they stay the same: a fill asks several times, and rules may be long."""
    prices, rules = json.loads(prices_text or "{}"), json.loads(rules_text or "{}")
    return Fuel(
        read_prices(prices) if prices else (),
        tuple(read_set(one) for one in rules.get("sets", ())),
        prices.get("version", 0),
        rules.get("version", 0),
    )


def _day_hold(row: tuple) -> DayHold:
    one = DayHold(*row)
    return one._replace(promised=bool(one.promised), open=bool(one.open))


def _put_newer(db: sqlite3.Connection, name: str, body: dict) -> None:
    if int(body["version"]) >= meta.get_json(db, name).get("version", 0):
        meta.put_json(db, name, body)
