"""Head office set back again and again at moments that nobody chose, over memory: at rest nothing is missing or double.

The decisions are the production's (hq_server/vault); stores are SmallShops, messages arrive late and in parts.
"""

import copy
import json
import random

import pytest

from hq_server.ingest.rules import read_batch
from hq_server.vault import asking, book, lives, moves, placing, recovery, remembering
from hq_server.vault.asking import Wanted
from hq_server.vault.booking import Gap, book_batch
from protocol.ledger.entries import from_rows
from tests.hq_server.little_gateway import LittleGateway
from tests.hq_server.small_shop import SmallShop
from tools.simulation.memory_vault import MemoryVault

STORES = ("0001", "0002", "0003")
MEMBERS = ("a1" * 16, "b2" * 16)
COVER = {"principal": 10_000_00, "bonus": 10_000_00, "points": 1_000_000}
DAY, STEPS = "2026-11-16", 120


class Store(LittleGateway):
    """A little gateway in the same process."""

    def __init__(self, world: "World", code: str, number: str):
        self.world, self.shop = world, SmallShop(code, number * 32)
        self.cursor, self.seen, self.heard = 0, set(), []
        world.do(lambda vault: vault.found_store(code))
        world.do(lambda vault: lives.begin(vault, code, number * 32))

    def hear(self, most: int) -> int:
        """Takes so many messages at most; how many there were."""
        if self.life != self.world.vault.office().life:
            self.world.do(lambda vault: remembering.listen(vault, self.shop.store, self.cursor, self.life))
        found = self.world.vault.messages_after(self.shop.incarnation, self.cursor, most)
        self.world.do(lambda vault: vault.acknowledge(self.shop.incarnation, self.cursor))
        for message in found:
            body = message.body
            assert body["hq"] == self.life or (body["kind"], body["was"]) == ("restored", self.life)
            self.cursor = message.n
            self._obey(body | {"order": {"body": json.dumps(body), "sig": ""}})
        return len(found)

    def tell(self) -> None:
        """Tells what it has written; from where head office says that it knows no more."""
        self.world.do(lambda vault: lives.beat(vault, self.shop.store))
        while self.shop.lines:
            batch = read_batch(self.shop.batch())
            try:
                self.world.do(lambda vault, batch=batch: book_batch(vault, self.shop.store, batch))
            except Gap as gap:
                self.shop.again_after(gap.upto)


class World:
    """Three stores, two members, one head office that loses its memory."""

    def __init__(self, seed: int):
        self.dice = random.Random(seed)
        self.vault = MemoryVault(random.Random(f"{seed}/hq").randbytes, COVER)
        self.vault.now_s = 1_700_000_000
        self.do(book.open_journal)
        self.stores = [Store(self, code, str(number)) for number, code in enumerate(STORES, 1)]
        for member in MEMBERS:
            self.do(lambda vault, member=member: vault.add_member(member, self.dice.choice(STORES)))
        for store in self.stores:
            store.hear(1000), store.tell()
        self.images: list[dict] = []
        self.restores = 0

    def do(self, work):
        self.vault.begin()
        try:
            done = work(self.vault)
            self.vault.commit()
        except BaseException:
            self.vault.rollback()
            raise
        return done

    # what happens

    def top_up(self, store: Store, member: str) -> None:
        store.shop.top_up(DAY, 1, member, self.dice.randint(1, 50) * 100, self.dice.choice([0, 500]))

    def sale(self, store: Store, member: str) -> None:
        free = sum(one.amount for one in store.shop.holding(member).slices if one.asset in ("principal", "bonus"))
        if free >= 1:
            store.shop.sale(DAY, 1, {"4004": 1000}, member, stored_cents=min(free, 890))

    def hear(self, store: Store, member: str) -> None:
        store.hear(self.dice.randint(1, 8))

    def tell(self, store: Store, member: str) -> None:
        store.tell()

    def ask(self, store: Store, member: str) -> None:
        wanted = Wanted(self.dice.randbytes(16).hex(), member, {"principal": self.dice.randint(1, 40) * 100})
        self.do(lambda vault: asking.begin(vault, store.shop.store, wanted))
        self.do(lambda vault: asking.rest(vault, store.shop.store, wanted))

    def recall(self, store: Store, member: str) -> None:
        cents = self.dice.randint(1, 50) * 100
        self.do(lambda vault: moves.recall(vault, store.shop.store, member, "principal", cents))

    def place(self, store: Store, member: str) -> None:
        self.vault.now_s += 5
        self.do(placing.place_due)

    def backup(self, store: Store, member: str) -> None:
        self.images = [*self.images[-1:], copy.deepcopy(self.vault.image())]

    def restore(self, store: Store, member: str) -> None:
        if self.images:
            self.vault.restore(copy.deepcopy(self.dice.choice(self.images)))
            self.vault.party = {}
            for line, left in self.vault.balance.items():
                if left:
                    self.vault.party.setdefault(line.party, {})[line] = left
            self.restores += 1
            self.do(lambda vault: remembering.begin(vault, f"{self.restores:032x}", "b" * 32))

    def set_aside(self, store: Store, member: str) -> None:
        for row in recovery.awaited(self.vault):
            if row.store == store.shop.store and row.status == recovery.AWAITED:
                self.do(lambda vault: remembering.set_aside(vault, store.shop.store, 5_00, "lin", "mo"))

    # what must be so

    def rest(self) -> None:
        for _ in range(40):
            for store in self.stores:
                while store.hear(1000):
                    pass
                store.tell()
            self.place(self.stores[0], "")

    def truth(self) -> dict[tuple[str, str], int]:
        """What members have by what stores have written: credited less spent, whatever head office knows."""
        found: dict[tuple[str, str], int] = {}
        for store in self.stores:
            for line in store.shop.written:
                event = json.loads(line)
                for one in from_rows(event["transfer"] or "-", event["entries"]):
                    for side, sign in ((one.debit, -1), (one.credit, 1)):
                        if side.book == "member" and "member" != (one.credit if sign < 0 else one.debit).book:
                            found[side.party, side.asset] = found.get((side.party, side.asset), 0) + sign * one.amount
        return {key: amount for key, amount in found.items() if amount}

    def booked(self) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        for line, left in self.vault.balance.items():
            if line.book == "member" and left:
                found[line.party, line.asset] = found.get((line.party, line.asset), 0) + left
        return found

    def losses(self) -> int:
        return -sum(left for line, left in self.vault.balance.items() if line.book == "loss")


COMMON = ("top_up", "sale", "sale", "hear", "hear", "hear", "tell", "tell", "ask", "ask", "recall", "place", "place")


def played(seed: int, *rare: str) -> World:
    world = World(seed)
    for _ in range(STEPS):
        what = world.dice.choice(rare) if world.dice.random() < 0.06 else world.dice.choice(COMMON)
        getattr(world, what)(world.dice.choice(world.stores), world.dice.choice(MEMBERS))
    world.restore(world.stores[0], "") if not world.restores else None
    world.rest()
    return world


@pytest.mark.parametrize("seed", range(25))
def test_at_rest_nothing_is_missing_and_nothing_double(seed):
    world = played(seed, "backup", "restore")
    assert not recovery.waits(world.vault)
    assert world.losses() == 0 and world.booked() == world.truth(), seed
    for store in world.stores:
        for member in MEMBERS:
            here = {one.lot: one.amount for one in store.shop.holding(member).slices if one.amount}
            there = {one.lot: one.amount for one in world.vault.holding(member, store.shop.store).slices}
            assert here == there, (seed, store.shop.store)


@pytest.mark.parametrize("seed", range(100, 110))
def test_what_was_not_waited_for_costs_no_more_than_its_cap(seed):
    world = played(seed, "backup", "restore", "set_aside")
    extra = {key: amount - world.truth().get(key, 0) for key, amount in world.booked().items()}
    assert sum(extra.values()) == world.losses() <= 5_00 * 3 * max(1, world.restores), (seed, world.losses())


def test_grants_during_recovery_are_found_out(monkeypatch):
    """The fault that all of this is about, planted: what one store has already goes to another as well."""
    monkeypatch.setattr(recovery, "waits", lambda vault: False)
    assert played(1018, "backup", "restore").losses() > 0
