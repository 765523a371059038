"""What the simulator breaks a million times, seen once for real: Mosquitto, gateways and head office as installed.

Sockets are cut between real processes and every process is killed at moments that nobody chose, while tills sell. Then
everything is up again, and what the tills were told equals what head office has booked, to the cent.
TAPWELL_SEED=n repeats a run's dice; the moments are the machine's own.
"""

import asyncio
import os
import random
import threading
import time

import pytest

from tests.end_to_end.quick_till import QuickTill
from tests.end_to_end.town import Town, until
from tools.chain import Store
from tools.trouble import Trouble

SEED = int(os.environ.get("TAPWELL_SEED") or random.randrange(10**6))
FAULTS = 16
MEMBERS = 4
PAUSE_S = 1.0


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    made = Town(tmp_path_factory.mktemp("faults"), MEMBERS)
    try:
        yield made.open()
    finally:
        made.close()


# ---- everything is killed under load


class Trade(threading.Thread):
    """A till with its attendant: sells, tops up, gives up, signs on again, whatever happens around it."""

    def __init__(self, town: Town, till: QuickTill, seed: int, cards: list[threading.Lock]) -> None:
        super().__init__(daemon=True)
        self.town, self.till, self.dice, self.cards = town, till, random.Random(seed), cards
        self.operator = town.store(till.name[:4]).operator
        self.ends = threading.Event()
        self.approved = 0

    def run(self) -> None:
        while not self.ends.is_set():
            message, values = self._serves()
            self.approved += message in ("receipt", "topped_up")
            if message in ("receipt", "topped_up", "void_answer"):
                continue
            if values.get("reason") in ("not_signed_on", "no_shift"):
                self.till.signs_on(self.operator, "4711")
            time.sleep(0.02)

    def _serves(self):
        """One customer. A card is in one place at a time."""
        household = self.dice.randrange(len(self.cards))
        patience_s = self.dice.choice([0.05, 1, 5, 20])
        basket = self.dice.choice([(("4001", 1000),), (("4001", 3000), ("4002", 750))])
        with self.cards[household]:
            card = self.town.card(household)
            what = self.dice.randrange(10)
            if what < 3:
                return self.till.tops_up(card, self.dice.choice([500, 1000]), patience_s)
            if what == 3:
                return self.till.sells(basket, None, patience_s=patience_s)
            return self.till.sells(basket, card, self.dice.choice([None, None, 150]), patience_s)


def trouble_of(town: Town, dice: random.Random) -> Trouble:
    """Everything that may happen to a chain, and to its tills."""
    made = Trouble(town.chain, dice, PAUSE_S)

    async def till_cut(store: Store) -> None:
        till = town.till(store.code, dice.choice([1, 2]))
        await asyncio.to_thread(till.cut_power)
        await asyncio.sleep(dice.random())
        till.power_on()

    made.kinds["power of a till cut"] = till_cut
    return made


def test_whatever_is_killed_under_load_both_sides_agree_to_the_cent(town):
    dice = random.Random(SEED)
    print(f"TAPWELL_SEED={SEED}")
    for household in range(MEMBERS):
        assert town.till("0001").tops_up(town.card(household), 2000)[0] == "topped_up"
    cards = [threading.Lock() for _ in range(MEMBERS)]
    trades = [Trade(town, till, dice.randrange(10**9), cards) for till in town.all_tills()]
    trouble = trouble_of(town, dice)
    for trade in trades:
        trade.start()
    for _ in range(FAULTS):
        town.run(trouble.happens())
    town.run(trouble.all_up())
    before = {trade: trade.approved for trade in trades}
    until(lambda: all(trade.approved > before[trade] for trade in trades), "every till sells again", 60)
    for trade in trades:
        trade.ends.set()
    for trade in trades:
        trade.join(60)
    town.comes_to_rest()
    audit = town.audit()
    print(trouble.seen, sum(trade.approved for trade in trades), "approved")
    assert audit.wrong == [], f"seed {SEED}: {trouble.seen}\n" + "\n".join(audit.wrong)
    assert not trouble.missing()
