"""Replays real baskets as taps: each household walks into its stores in the order of its year, one place at a time.

A visit: the customer holds the card to the store's reader and reads the balance; tops up at the pos if what the card is
known to hold in all is less than the basket costs; then the attendant scans and takes the card. Where the store can
approve only a part, that part is taken and the rest in cash. Value gets onto cards in no other way. The rule of top-ups
(the data has none): the missing amount and 40.00 more, rounded up to the next 20.00.

At the petrol station petrol is pumped first, for the prepaid amount or until the tank has taken as much. Where the
store can approve only a part the customer takes that; where it is nothing they drive on without.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from protocol.money import line_amount_cents, up
from tools.chain import DISPENSERS, PIN, Chain, Store
from tools.households import GRADES, MILLI, Basket, Fuel
from tools.motorist import Motorist
from tools.robots import Attendant, Customer, Eyes

BY_STAFF_CARD = "0002"  # where the attendant signs on with a card; at the others with number and PIN
TOP_UP_STEP_CENTS = 2000
TOP_UP_SPARE_CENTS = 4000


@dataclass
class Tally:
    """What the robots have seen so far."""

    baskets: int = 0
    lines: int = 0
    taps: int = 0
    top_ups: int = 0
    approved: int = 0
    fills: int = 0
    refusals: Counter = field(default_factory=Counter)
    by_store: Counter = field(default_factory=Counter)
    now: dict[str, str] = field(default_factory=dict)


class Replay:
    """`await Replay(chain).run()`; `tally` shows how far it is, `passed(n)` is awaited after each basket."""

    def __init__(self, chain: Chain, passed=None):
        self.chain = chain
        self.tally = Tally()
        self._passed = passed
        self._prices = {goods.code: goods.price_milli for goods in chain.plan.goods}
        self._served = {basket.number: asyncio.Event() for basket in chain.plan.baskets}
        self._earlier = _earlier_visits(chain.plan.baskets)
        self._at_till: dict[str, tuple[Customer, Attendant]] = {}
        self._at_pump: dict[str, Motorist] = {}

    async def open_tills(self) -> None:
        """Attendants sign on at every store."""
        for store in self.chain.stores.values():
            self._at_till[store.code] = self._people(store)
        await asyncio.gather(*(attendant.signs_on() for _, attendant in self._at_till.values()))

    async def run(self) -> Tally:
        """All baskets of the plan, all stores at once."""
        await asyncio.gather(*(self._day(code) for code in self.chain.stores))
        return self.tally

    def _people(self, store: Store) -> tuple[Customer, Attendant]:
        eyes = {
            app: Eyes(one.name, app, one.bench, self.chain.language(store.code)) for app, one in store.terminals.items()
        }
        if "pump" in eyes:
            self._at_pump[store.code] = Motorist(eyes["pump"])
        card = self.chain.staff_cards[store.code][0] if store.code == BY_STAFF_CARD else None
        return Customer(eyes["reader"]), Attendant(eyes["pos"], store.operator, PIN, card)

    async def _day(self, code: str) -> None:
        for basket in self.chain.plan.baskets:
            if basket.store != code:
                continue
            if basket.number in self._earlier:
                await self._served[self._earlier[basket.number]].wait()
            await self._visit(code, basket)
            self._served[basket.number].set()
            self.tally.baskets += 1
            self.tally.by_store[code] += 1
            if self._passed is not None:
                await self._passed(self.tally)

    async def _visit(self, code: str, basket: Basket) -> None:
        customer, attendant = self._at_till[code]
        card = self.chain.members[basket.household].card
        petrol = ", petrol" if basket.fuel else ""
        self.tally.now[code] = f"household {basket.household}, {len(basket.lines)} lines{petrol}"
        seen = await customer.looks_up(card)
        self.tally.taps += 1
        known_cents = seen.here_cents if seen.in_all_cents is None else seen.in_all_cents
        total_cents = sum(line_amount_cents(qty, self._prices[goods]) for goods, qty in basket.lines)
        total_cents += sum(self._cost_cents(one) for one in basket.fuel)
        if known_cents < total_cents:
            self.tally.top_ups += 1
            self.tally.taps += 1
            self._note(await attendant.tops_up(card, top_up_cents(total_cents - known_cents)))
        for one in basket.fuel:
            number = one.nozzle + len(GRADES) * (basket.number % DISPENSERS)
            filled = await self._at_pump[code].fills(card, number, one.cents, one.ml or None)
            self._count(filled.paid_cents > 0, filled.refusals)
            self.tally.fills += filled.paid_cents > 0
        if basket.lines:
            outcome = await attendant.sells(basket.lines, card)
            self.tally.lines += len(basket.lines)
            self._count(outcome.paid, outcome.refusals)

    def _cost_cents(self, one: Fuel) -> int:
        return one.cents or up(one.ml * self._prices[GRADES[one.nozzle - 1]], MILLI * MILLI)

    def _count(self, paid: bool, refusals: tuple[str, ...]) -> None:
        self.tally.taps += 1
        self.tally.approved += paid and not refusals
        for reason in refusals:
            self._note(reason)

    def _note(self, reason: str) -> None:
        if reason:
            self.tally.refusals[reason] += 1


def top_up_cents(missing_cents: int) -> int:
    """What a customer pays in who lacks that much: it and 40.00 more, in full twenties."""
    return -(-(missing_cents + TOP_UP_SPARE_CENTS) // TOP_UP_STEP_CENTS) * TOP_UP_STEP_CENTS


def _earlier_visits(baskets: tuple[Basket, ...]) -> dict[int, int]:
    """Basket -> the one that its household must have carried home before."""
    last: dict[int, int] = {}
    earlier: dict[int, int] = {}
    for basket in baskets:
        if basket.household in last:
            earlier[basket.number] = last[basket.household]
        last[basket.household] = basket.number
    return earlier

