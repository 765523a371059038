"""What a store keeps of fuel (gateway/core/fuel_limits.py FuelBooks), over the dicts of its books in memory."""

from typing import Any

from gateway.core.fuel_limits import CardLimits, DayHold, DayUse, read_limits
from gateway.core.fuel_rules import Fuel, read_prices, read_set


class MemoryFuel:
    """`books`: a MemoryBooks; what head office sent lies with its bodies, so that its undo log covers it."""

    def __init__(self, books: Any):
        self._books = books

    def told(self) -> Fuel:
        prices, rules = self._body("fuel_prices"), self._body("fuel_rules")
        return Fuel(
            read_prices(prices) if prices else (),
            tuple(read_set(one) for one in rules.get("sets", ())),
            prices.get("version", 0),
            rules.get("version", 0),
        )

    def keep_prices(self, body: dict) -> None:
        read_prices(body)
        self._newer("fuel_prices", body)

    def keep_rules(self, body: dict) -> None:
        for one in body["sets"]:
            read_set(one)
        self._newer("fuel_rules", body)

    def limits(self, card: str) -> CardLimits:
        told = self._body("limits/" + card)
        return read_limits(told) if told else CardLimits(card)

    def keep_limits(self, told: dict) -> None:
        read_limits(told)
        self._newer("limits/" + told["card"], told)

    def use(self, card: str, day: str) -> DayUse:
        mine = [one for one in self._books.day_holds.values() if (one.card, one.day) == (card, day)]
        elsewhere = self._body(f"elsewhere/{card}/{day}")
        there = elsewhere.get("ml", 0), elsewhere.get("cents", 0)
        return DayUse(sum(one.ml for one in mine), sum(one.cents for one in mine), *there)

    def hold(self, hold: str) -> DayHold | None:
        return self._books.day_holds.get(hold)

    def put_hold(self, one: DayHold) -> None:
        self._books.put(self._books.day_holds, one.hold, one)

    def drop_hold(self, hold: str) -> None:
        self._books.drop(self._books.day_holds, hold)

    def empty_holds(self) -> list[DayHold]:
        return [one for one in self._books.day_holds.values() if one.open and not (one.ml or one.cents)]

    def promised_holds(self) -> list[DayHold]:
        return [one for one in self._books.day_holds.values() if one.open and one.promised]

    def put_elsewhere(self, card: str, day: str, ml: int, cents: int) -> None:
        self._books.put(self._books.bodies, f"elsewhere/{card}/{day}", {"ml": ml, "cents": cents})

    def _body(self, name: str) -> dict:
        return self._books.bodies.get(name, {})

    def _newer(self, name: str, body: dict) -> None:
        if int(body.get("version", 0)) >= self._body(name).get("version", 0):
            self._books.put(self._books.bodies, name, body)
