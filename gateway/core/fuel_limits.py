"""What a card may have: grades and plates (exact everywhere), litres or amount a day. Pure.

A day's limit is a quantity that is shared like value: what other stores have used or been promised, as head office told
it last, and what this store has used or set aside, together stay below it. See hq_server/fuel/README.md.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from gateway.core.fuel_rules import Fuel, number, texts
from protocol.ledger.lots import Refusal
from protocol.ledger.vehicles import vehicle
from protocol.money import MILLI, down, up

ASKS = ("plate", "odometer")


class CardLimits(NamedTuple):
    """What head office has laid down for one card; empty grades or vehicles: any; day_ml, day_cents of 0: no limit.

    shares: store -> (ml, cents) of the day's limit, where the chain has dealt it out: then each store has only its own.
    stands_for: the first of the cards that took each other's place, '' for the card itself. The limit is one for all.
    """

    card: str
    grades: tuple[str, ...] = ()
    vehicles: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    day_ml: int = 0
    day_cents: int = 0
    shares: Mapping[str, tuple[int, int]] | None = None
    stands_for: str = ""

    @property
    def counts_as(self) -> str:
        """Under which card's number days are counted."""
        return self.stands_for or self.card

    @property
    def by_day(self) -> bool:
        return bool(self.day_ml or self.day_cents)

    @property
    def asked_of_hq(self) -> bool:
        """Whether a hold for it asks head office first, where that answers."""
        return self.by_day and self.shares is None


class DayUse(NamedTuple):
    """Of one card and one business date: taken or set aside here, and elsewhere as head office told it last."""

    ml: int = 0
    cents: int = 0
    elsewhere_ml: int = 0
    elsewhere_cents: int = 0


class DayHold(NamedTuple):
    """One hold's part in a card's day: set aside while it is open, taken once it is closed.

    card: as which it counts, see CardLimits. promised: head office keeps room for it and waits for its end; allowed_*:
    so much of it, None: no word, no limit. at_s: when head office's word came, by the store's clock.
    """

    hold: str
    card: str
    day: str
    ml: int = 0
    cents: int = 0
    promised: bool = False
    open: bool = True
    allowed_ml: int | None = None
    allowed_cents: int | None = None
    at_s: int = 0


class FuelBooks(Protocol):
    """What a store keeps of fuel, beside holds and goods; in the transaction of the books it belongs to."""

    def told(self) -> Fuel:
        """Prices and rules, those to come too."""
        ...

    def keep_prices(self, body: dict) -> None:
        """Takes over newer prices as head office sent them; an older version is left aside. Raises ValueError."""
        ...

    def keep_rules(self, body: dict) -> None:
        """Likewise newer rules."""
        ...

    def limits(self, card: str) -> CardLimits:
        """What a card may have; no limits for one that has none."""
        ...

    def keep_limits(self, told: dict) -> None:
        """A card's limits as head office sent them; an older version is left aside. Raises ValueError."""
        ...

    def use(self, card: str, day: str) -> DayUse:
        """What was had or set aside of the day of a card, as which others may count."""
        ...

    def hold(self, hold: str) -> DayHold | None:
        """A hold's part in its card's day, also closed; None where the card has no limit by the day."""
        ...

    def put_hold(self, one: DayHold) -> None: ...

    def drop_hold(self, hold: str) -> None: ...

    def empty_holds(self) -> list[DayHold]:
        """Those that are open and have nothing set aside: head office has spoken, nobody has decided."""
        ...

    def promised_holds(self) -> list[DayHold]:
        """Those that are open and for which head office keeps room."""
        ...

    def put_elsewhere(self, card: str, day: str, ml: int, cents: int) -> None:
        """What other stores have had or been promised of a card's day."""
        ...


class Room(NamedTuple):
    """What a card may still have today; None: as much as it likes."""

    ml: int | None = None
    cents: int | None = None


class Bound(NamedTuple):
    """Where a pump stops: at this amount or this volume, whichever comes first."""

    cents: int
    ml: int


def barred(limits: CardLimits, account: str, code: str, plate: str, odometer: int | None) -> Refusal | None:
    """Why this card may not have this grade in this car."""
    if limits.grades and code not in limits.grades:
        return Refusal("grade_not_allowed", code)
    if not plate and ("plate" in asks(limits)):
        return Refusal("plate_needed")
    if limits.vehicles and vehicle(account, plate) not in limits.vehicles:
        return Refusal("plate_differs")
    if odometer is None and "odometer" in limits.asks:
        return Refusal("odometer_needed")
    return None


def asks(limits: CardLimits) -> tuple[str, ...]:
    """What a terminal has to ask for: a card that is bound to plates always asks for the plate."""
    return tuple(one for one in ASKS if one in limits.asks or (one == "plate" and limits.vehicles))


def room(limits: CardLimits, store: str, use: DayUse, allowed: DayHold | None = None) -> Room:
    """What is left of the day for one more hold; allowed: what head office let this very hold have."""
    if not limits.by_day:
        return Room()
    day_ml, day_cents, elsewhere_ml, elsewhere_cents = limits.day_ml, limits.day_cents, *use[2:]
    if limits.shares is not None:
        mine = limits.shares.get(store, (0, 0))
        day_ml, day_cents = (mine[0] if day_ml else 0), (mine[1] if day_cents else 0)
        elsewhere_ml = elsewhere_cents = 0
    left_ml = max(0, day_ml - use.ml - elsewhere_ml) if limits.day_ml else None
    left_cents = max(0, day_cents - use.cents - elsewhere_cents) if limits.day_cents else None
    if allowed is None:
        return Room(left_ml, left_cents)
    return Room(_least(left_ml, allowed.allowed_ml), _least(left_cents, allowed.allowed_cents))


def bound(cents: int, ml: int, full: bool, price_milli: int, left: Room) -> Bound | Refusal:
    """Where the pump stops, within what is left of the day; full: as much as there is, else what was asked or nothing.

    ml of 0: by the amount alone. The volume is rounded down, the amount of a volume up.
    """
    ml = ml or (down(cents * MILLI * MILLI, price_milli) if price_milli else 0)
    most_cents = cents if left.cents is None else min(cents, left.cents)
    most_ml = ml if left.ml is None else min(ml, left.ml)
    if (most_cents, most_ml) == (cents, ml):
        return Bound(cents, ml)
    if price_milli:
        most_cents = min(most_cents, up(most_ml * price_milli, MILLI * MILLI))
        most_ml = min(most_ml, down(most_cents * MILLI * MILLI, price_milli))
    if full and most_cents > 0 and most_ml > 0:
        return Bound(most_cents, most_ml)
    return Refusal("day_limit", "", most_cents)


def read_limits(told: dict) -> CardLimits:
    """One card's limits as head office sent them. Raises ValueError."""
    shares = told.get("shares")
    return CardLimits(
        str(told["card"]),
        texts(told, "grades"),
        texts(told, "vehicles"),
        tuple(one for one in texts(told, "asks") if one in ASKS),
        number(told.get("day_ml", 0)),
        number(told.get("day_cents", 0)),
        None if shares is None else {str(one): (number(ml), number(cents)) for one, (ml, cents) in shares.items()},
        str(told.get("stands_for") or ""),
    )


def _least(one: int | None, other: int | None) -> int | None:
    return one if other is None else other if one is None else min(one, other)
