"""A card's day in any order: three stores that head office answers, holds that end, fills, lost and late words.

Whatever comes in whatever order, what was had and what may still come stays within the limit, and at rest nothing of it
is kept for nobody; also where head office is set back to a backup on the way. A seed that fails is named by the test.
"""

import random

import msgspec
import pytest
from sqlalchemy import Connection

from gateway.core import fuel_day, fuel_limits
from gateway.core.fuel_limits import CardLimits
from gateway.core.trade import Trade
from hq_server.fuel import changes, days, schemas, store
from hq_server.fuel.schemas import FuelAsked
from hq_server.ingest.rules import Batch, Header, Told, read_event
from hq_server.outbox.post import Post
from hq_server.recovery import store as recovery
from tests.hq_server.conftest import NOW_S
from tools.simulation.memory_books import MemoryBooks

CARD, DAY_ML, STEPS = "0001:04A1B2C3D4E501", 100_000, 60


class Clock:
    """Stands still."""

    boot = "here"

    def now_s(self) -> int:
        return NOW_S

    def now_ms(self) -> int:
        return 0


class Said(Post):
    """Head office's pen that keeps what it wrote."""

    def __init__(self):
        self.said: list[dict] = []

    def send(self, connection: Connection, store_code: str, kind: str, values: dict, about: str = "") -> int:
        self.said.append(values)
        return len(self.said)


class Store:
    """One store's core over books in memory; `upto`: events that have been uploaded."""

    def __init__(self, code: str):
        self.code, self.n, self.upto = code, 0, 0
        self.trade = Trade(MemoryBooks(code, "ab" * 16), Clock(), random.Random(1).randbytes)
        self.trade.line.told(True, 0)
        self.limits = CardLimits(CARD, day_ml=DAY_ML)
        self.open: list[str] = []
        self.to_meet = False  # head office was restored, and this store has not yet said what it was promised

    def meets(self) -> None:
        if self.to_meet:
            fuel_day.tell_kept(self.trade)
            self.trade.write_event("hq_met")
            self.to_meet = False

    def wish(self, ml: int) -> dict:
        self.n += 1
        wish = fuel_day.wish(self.trade, self.limits, f"{self.code}-pump1/5f3a09c1/0/{self.n}", ml, 0)
        assert wish is not None
        return wish

    def hold(self, hold: str, ml: int) -> None:
        """As much as may be; nothing is refused."""
        fuel = self.trade.books.fuel
        left = fuel_limits.room(self.limits, self.code, fuel.use(CARD, self.trade.today()), fuel.hold(hold))
        stop = fuel_limits.bound(ml, ml, True, 1_000_000, left)
        if isinstance(stop, fuel_limits.Bound):
            fuel_day.set_aside(self.trade, self.limits, hold, stop.ml, stop.cents)
            self.open.append(hold)
        else:
            fuel_day.ended(self.trade, hold)

    def close(self, hold: str, share: float) -> None:
        self.open.remove(hold)
        known = self.trade.books.fuel.hold(hold)
        assert known is not None
        ml = int(known.ml * share)
        if ml:
            day = fuel_day.taken(self.trade, hold, ml, 0, True)
            fuel = {"ml": ml, "amount_cents": 0, "last": True, **day}
            self.trade.write_event("sale", transfer=hold + "/done", hold=hold, fuel=fuel)
        else:
            fuel_day.ended(self.trade, hold)

    def used_ml(self) -> int:
        return self.trade.books.fuel.use(CARD, self.trade.today()).ml

    def told(self, from_seq: int) -> tuple[Told, ...]:
        """What it has written from there on."""
        assert isinstance(self.trade.books, MemoryBooks)
        return tuple(read_event(event.line, "") for event, _ in self.trade.books.events_after(from_seq))


class Chain:
    def __init__(self, hq, seed: int):
        self.hq, self.dice = hq, random.Random(seed)
        self.stores = [Store(code) for code in ("0001", "0002", "0003")]
        self.post = Said()
        self.backup: tuple[list, list[int]] | None = None
        self.restores = 0
        with hq.db.write() as connection:
            changes.put_limits(connection, hq.post, CARD, schemas.CardLimits(day_ml=DAY_ML), "test", NOW_S)

    def ask(self, one: Store, wish: dict) -> dict:
        with self.hq.db.write() as connection:
            days.ask(connection, self.post, one.code, msgspec.convert(wish, FuelAsked), NOW_S)
        return self.post.said[-1]

    def upload(self, one: Store) -> None:
        """What is new, sometimes with something told before."""
        again = self.dice.choice((0, 0, 0, 2))
        one.meets()
        batch = Batch(Header(one.code, "1" * 32, 1, "0" * 64), one.told(max(0, one.upto - again)))
        with self.hq.db.write() as connection:
            days.follow(connection, one.code, batch, NOW_S)
            if self.restores:
                recovery.put_awaited(connection, one.code, status="reported")
        one.upto += len(one.told(one.upto))

    def back_up(self) -> None:
        with self.hq.db.read() as connection:
            rows = [dict(row._mapping) for row in connection.execute(store.day_hold.select())]
        self.backup = rows, [one.upto for one in self.stores]

    def restore(self) -> None:
        """To what the last backup knows; every store is to be heard again."""
        rows, upto = self.backup or ([], [0, 0, 0])
        self.restores += 1
        with self.hq.db.write() as connection:
            connection.execute(store.day_hold.delete())
            for row in rows:
                connection.execute(store.day_hold.insert().values(**row))
            recovery.add_office(connection, life=f"{self.restores:032x}", was="", backup="", began_at_s=NOW_S)
            for one in self.stores:
                recovery.put_awaited(connection, one.code, incarnation="1" * 32, status="awaited")
        for one, known in zip(self.stores, upto, strict=True):
            one.upto, one.to_meet = known, True

    def kept_ml(self) -> int:
        """What head office has promised and heard of."""
        with self.hq.db.read() as connection:
            return sum(ml for ml, _ in store.day_by_store(connection, CARD, self.stores[0].trade.today()).values())

    def step(self, restores: bool = False) -> None:
        one, what = self.dice.choice(self.stores), self.dice.random()
        if restores and what < 0.08:
            self.back_up() if what < 0.04 else self.restore()
        elif what < 0.4:
            one.meets()
            wish = one.wish(self.dice.randrange(1_000, 90_000))
            word = self.ask(one, wish)
            if self.dice.random() < 0.2:
                word = self.ask(one, wish)  # asked again: the same
            fuel_day.allowed(one.trade, word)
            one.hold(wish["hold"], wish["ml"])
        elif what < 0.7 and one.open:
            one.close(self.dice.choice(one.open), self.dice.choice((0, 0.3, 1)))
        else:
            self.upload(one)


@pytest.mark.parametrize("seed", range(12))
def test_no_more_than_the_limit_whatever_the_order(hq, seed):
    chain = Chain(hq, seed)
    for _ in range(STEPS):
        chain.step()
        assert max(chain.kept_ml(), used_ml(chain)) <= DAY_ML, f"seed {seed}"
    at_rest(chain, seed)


@pytest.mark.parametrize("seed", range(6))
def test_no_more_than_the_limit_also_where_head_office_forgets(hq, seed):
    chain = Chain(hq, seed)
    for _ in range(2 * STEPS):
        chain.step(restores=True)
        assert used_ml(chain) <= DAY_ML, f"seed {seed}"
    at_rest(chain, seed)


def used_ml(chain: Chain) -> int:
    return sum(one.used_ml() for one in chain.stores)


def at_rest(chain: Chain, seed: int) -> None:
    for one in chain.stores:
        for hold in list(one.open):
            one.close(hold, 0)
        chain.upload(one)
    assert chain.kept_ml() == used_ml(chain), f"seed {seed}"
