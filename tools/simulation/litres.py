"""Every litre is somewhere: what a totaliser has counted is in events, or in evidence that its terminal still has.

Per nozzle and life of a gateway, after each commit:  first total + booked by totals + gaps = the total that it knows
At each authorise: one for each hold, kept in flash before, noted by the gateway, bounded by it.
At rest: the totaliser is what the gateway knows. A gap is an alarm: it is there only where something was lost or leaks.
"""

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from protocol.money import MILLI, line_amount_cents

if TYPE_CHECKING:
    from tools.simulation.pumps import Stand
    from tools.simulation.store import Store
    from tools.simulation.world import World

KINDS = ("sale", "fill", "fuel_gap", "drive_off")
NEAR_ML = 20  # firmware/flows/pump_nozzle.py: that near, the pump's own figures hold
Place = tuple[str, int]


class Litres:
    """What pumps gave, and what has become of it."""

    def __init__(self, world: "World"):
        self.world = world
        self.authorised: Counter[str] = Counter()
        self.bound_ml: dict[tuple[str, int], int] = {}
        self.excused: dict[str, set[str]] = {}  # terminal -> why litres of it may be a gap
        self.touched: set[Place] = set()
        self.booked: dict[tuple[str, Place], int] = {}  # life, nozzle -> litres in its events since it knew a total

    def excuse(self, terminal: str, why: str) -> None:
        """From now on litres of this terminal's nozzles may be found without a sale."""
        self.excused.setdefault(terminal, set()).add(why)

    # at the pump

    def kept(self, stand: "Stand", number: int, record: dict | None) -> None:
        """Flash knows this of a nozzle."""
        self.world.summary.happened["record_kept" if record else "record_dropped"] += 1

    def ordered(self, stand: "Stand", hose: int) -> None:
        """A dispenser is told to let a hose go, whether it takes that or not."""
        hold = (stand.terminal.flash.nozzles.get(hose) or {}).get("hold")
        if hold:
            self.authorised[hold] += 1
            if self.authorised[hold] > 1:
                self._wrong(stand, f"{hold} was told to let hose {hose} go {self.authorised[hold]} times")

    def begins(self, stand: "Stand", hose: int) -> None:
        """A dispenser has taken an authorise."""
        record = stand.terminal.flash.nozzles.get(hose)
        if not record or "after_ml" in record:
            self._wrong(stand, f"hose {hose} was let go, and flash knows of no hold")
            return
        self._noted(stand, record["hold"])
        self._bounded(stand, hose, record)

    def _noted(self, stand: "Stand", hold: str) -> None:
        store = self.world.store_of(stand.terminal)
        kept = store.books.pump_hold(hold)
        if self._sound(store) and (kept is None or kept.state == "open") and len(self._lives(store)) == 1:
            self._wrong(stand, f"{hold} was let go before its gateway had noted it")

    def _bounded(self, stand: "Stand", hose: int, record: dict) -> None:
        one = stand.dispenser
        if one.preset is None or not one.preset[1]:
            self._wrong(stand, f"hose {hose} was let go without a bound")
            return
        kind, value = one.preset
        ml = value * MILLI * MILLI // max(1, one.prices[hose - 1]) if kind == "cents" else value
        if line_amount_cents(ml, record["price_milli"]) > record["cents"] + 1:
            self._wrong(stand, f"hose {hose} may give {ml} ml for a hold of {record['cents']}")
        self.bound_ml[stand.terminal.name, hose] = one.totals_ml[hose - 1] + ml

    def leaked(self, stand: "Stand", hose: int, ml: int) -> None:
        """Nobody let that flow."""
        self.bound_ml[stand.terminal.name, hose] = self.bound_ml.get((stand.terminal.name, hose), 0) + ml

    def flowed(self, stand: "Stand", hose: int) -> None:
        """Some more has come out."""
        one = stand.dispenser
        bound_ml = self.bound_ml.get((stand.terminal.name, hose), 0) + one.slips_ml
        if one.totals_ml[hose - 1] > bound_ml and not one.stuck:
            self._wrong(stand, f"hose {hose} gave {one.totals_ml[hose - 1] - bound_ml} ml more than it was let")

    # in the books

    def happened(self, store: "Store", event: Any) -> None:
        """An event of a store that may tell of litres is durable."""
        told = json.loads(event.line)
        if event.kind == "fuel_gap":
            self._gap(store, told)
        elif event.kind == "drive_off":
            self._given_up(told)
        elif "fuel" in told and "terminal" in (told.get("request") or told):
            self._delivered(store, told)

    def _gap(self, store: "Store", told: dict) -> None:
        self._count(store, (told["terminal"], told["nozzle"]), told["ml"])
        self.world.summary.happened["gap_" + told["why"]] += 1
        excused = self.excused.get(told["terminal"]) or len(self._lives(store)) > 1
        if not excused and self._sound(store):
            self.world.truth.wrong(f"{told['ml']} ml at nozzle {told['nozzle']} of {told['terminal']} are in no sale")

    def _delivered(self, store: "Store", told: dict) -> None:
        fuel, terminal = told["fuel"], (told.get("request") or told)["terminal"]
        said = "total_after_ml" not in fuel
        counted_ml = fuel["ml"] if said else fuel["total_after_ml"] - fuel["total_before_ml"]
        self._count(store, (terminal, fuel["nozzle"]), counted_ml)
        if abs(fuel["ml"] - counted_ml) > NEAR_ML:
            self.world.truth.wrong(f"{told['transfer']} takes {fuel['ml']} ml, its totals say {counted_ml}")
        cost_cents = line_amount_cents(fuel["ml"], told["lines"][0]["price_milli"])
        if abs(cost_cents - fuel["amount_cents"]) > 1:
            self.world.truth.wrong(f"{told['transfer']}: {fuel['ml']} ml for {fuel['amount_cents']}")
        self._set_aside(store, told, fuel)

    def _set_aside(self, store: "Store", told: dict, fuel: dict) -> None:
        """What lies within the hold was set aside, and nobody lets it go while its pump gives."""
        kept = store.books.pump_hold(told["hold"])
        if kept is None or not kept.account or kept.got_cents > kept.cents:
            return
        if told.get("over_cents") and not self.excused.get(kept.terminal) and self._sound(store):
            self.world.truth.wrong(f"{told['hold']} had set {kept.cents} aside, {told['over_cents']} of it was let go")

    def _given_up(self, told: dict) -> None:
        total_cents = sum(line["amount_cents"] for line in told["lines"])
        if sum(row[2] for row in told["entries"]) != total_cents:
            self.world.truth.wrong(f"fill {told['fill']} of {total_cents} was given up, and nobody bears it")

    def _count(self, store: "Store", place: Place, ml: int) -> None:
        key = (store.books.incarnation, place)
        self.booked[key] = self.booked.get(key, 0) + ml
        self.touched.add(place)

    def check(self, store: "Store") -> None:
        """After a commit: the nozzles that were spoken of."""
        touched, self.touched = self.touched, set()
        for place in sorted(touched):
            known, key = store.books.nozzle_total(*place), (store.books.incarnation, place)
            if known is None or not self._sound(store):
                continue
            first = self._first(key, known.total_ml - self.booked[key])
            if first + self.booked[key] != known.total_ml:
                more_ml = known.total_ml - first - self.booked[key]
                self.world.truth.wrong(f"nozzle {place[1]} of {place[0]} counted {more_ml} ml that no event tells of")

    def _first(self, key: tuple[str, Place], total_ml: int) -> int:
        firsts: dict = self.__dict__.setdefault("firsts", {})
        return firsts.setdefault(key, total_ml)

    def at_rest(self) -> None:
        """Everything that was pumped is in the books of its store."""
        for stand in self.world.pumps.values():
            store = self.world.store_of(stand.terminal)
            for number in stand.numbers:
                known = store.books.nozzle_total(stand.terminal.name, number + 1)
                total_ml = stand.dispenser.totals_ml[number - 1]
                if known and self._sound(store) and known.total_ml != total_ml:
                    self._wrong(stand, f"hose {number} has counted {total_ml} ml, the books say {known.total_ml}")

    def _sound(self, store: "Store") -> bool:
        life = self.world.truth.lives.get(store.books.incarnation)
        return life is not None and not life.harm and not life.ended

    def _lives(self, store: "Store") -> list:
        return [life for life in self.world.truth.lives.values() if life.store == store.code]

    def _wrong(self, stand: "Stand", what: str) -> None:
        self.world.truth.wrong(f"{stand.terminal.name}: {what}")
