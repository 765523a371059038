"""Twenty stores and head office in one process: the production core over memory; lines are cut, nothing else fails.

    chain.pay(store, account, cents)      -> the reply `receipt` or `refused`, as a terminal gets it
    chain.top_up(store, account, cents)
    chain.at(epoch seconds), chain.cut(store), chain.mend(store)

Whatever can travel has travelled before the next call: events, messages, requests for float, placement. A store whose
line is cut hears and says nothing.
"""

import json
import random
from collections.abc import Callable, Iterable
from typing import Any

from gateway.core import inbox
from gateway.core.asked import Asked, Told
from gateway.core.books import Tap
from gateway.core.counter import Counter
from gateway.core.pricing import BasketLine
from gateway.core.trade import Trade
from hq_server.ingest.rules import read_batch
from hq_server.vault import asking, book, booking, lives, placing
from hq_server.vault.books import Message
from tools.simulation.memory_books import MemoryBooks
from tools.simulation.memory_vault import MemoryVault

RIGHT = 10**11  # issuing rights are not what this measures
COVER = {"principal": RIGHT, "bonus": RIGHT, "points": RIGHT}
RULES = {"version": 1, "earn": {"points_per_100_cents": 1}, "point_value_milli": 1000}
EVENTS_AT_ONCE = 1000
MESSAGES_AT_ONCE = 1000
LANE = 0


class Time:
    """One clock for all."""

    boot = "1"

    def __init__(self, now_s: int) -> None:
        self.s = now_s

    def now_s(self) -> int:
        return self.s

    def now_ms(self) -> int:
        return self.s * 1000


class Shop:
    """A store's sale process, with one till."""

    def __init__(self, code: str, incarnation: str, time: Time, ids: Callable[[int], bytes]) -> None:
        self.code, self.up = code, True
        self.till = code + "-pos1"
        self.books = MemoryBooks(code, incarnation)
        self.trade = Trade(self.books, time, ids)
        self.counter = Counter(self.trade, lambda asked, told: told)
        self._time, self._sequence = time, 0

    def hear(self, work: Callable[[], inbox.Heard]) -> list[Told]:
        """Something from head office, and the answers that waited for it."""
        return self.trade.transaction(
            lambda: [told for key, final in self.counter.concerned(work()) for told in self.counter.again(key, final)]
        )

    def too_late(self) -> list[Told]:
        """Two seconds later: what came was not enough, the request is decided with what is here."""
        self._time.s += 2
        late = self.counter.late()
        return self.trade.transaction(lambda: [told for key in late for told in self.counter.again(key, True)])

    def ask(self, message: str, account: str, **values: int | str) -> list[Told]:
        """A request of the till after a tap; no answer: it waits for float."""
        self._sequence += 1
        tap = "%016x" % self._sequence
        ids = {"j": "%08x" % int(self.code), "l": LANE, "n": self._sequence, "operator": "1", "shift": 1, "at_s": 0}
        told = {**ids, "account": account, "tap": tap, **values}
        if message == "pay":
            told["basket"] = self._sequence
        asked = Asked(self.till, message, told, self.frame(message, told))
        return self.trade.transaction(lambda: self._tapped(asked, tap))

    def frame(self, message: str, values: dict) -> bytes:
        """What the till sent: nobody looks at its seal here."""
        return json.dumps({"n": values["n"], "account": values["account"], "k": 1}, separators=(",", ":")).encode()

    def _tapped(self, asked: Asked, tap: str) -> list[Told]:
        now_ms = self._time.now_ms()
        account, cents = asked.values["account"], asked.values.get("total_cents", 0)
        self.books.note_tap(Tap(tap, self.till, "member", account, "0001:" + account[:14], self._time.boot, now_ms))
        if cents:
            line = BasketLine("1", "goods", 1000, cents * 1000, cents, "A", 0)
            self.books.note_basket(asked.request[:3], asked.values["basket"], (line,))
        return self.counter.request(asked)


class Chain:
    """All stores, enrolled; members join as they come."""

    def __init__(self, stores: Iterable[str], now_s: int, seed: int) -> None:
        ids = random.Random(seed).randbytes
        self.time = Time(now_s)
        self.vault = MemoryVault(ids, COVER)
        self.asked = 0  # requests for float
        self.shops: dict[str, Shop] = {}
        self.waited: list[Told] = []
        self._behind: set[str] = set()
        self._write(lambda vault: book.open_journal(vault))
        self.vault.lay_down_rules(RULES)
        for store in stores:
            self._enrol(store, ids)
        self.settle()

    def add_member(self, account: str) -> None:
        self._write(lambda vault: vault.add_member(account, ""))

    def at(self, now_s: int) -> None:
        """Time goes on; every store whose line stands gives a sign of life."""
        self.time.s = now_s
        self._beat(shop for shop in self.shops.values() if shop.up)

    def cut(self, store: str) -> None:
        shop = self.shops[store]
        shop.up = False
        shop.hear(lambda: inbox.line(shop.trade, False))

    def mend(self, store: str) -> None:
        self.shops[store].up = True
        self._beat([self.shops[store]])
        self._behind.add(store)
        self.settle()

    def pay(self, store: str, account: str, cents: int) -> Told:
        """A basket wholly from stored value."""
        shop = self.shops[store]
        values = {"lines": 1, "total_cents": cents, "stored_cents": cents, "points": 0, "points_cents": 0}
        told = shop.ask("pay", account, cash_cents=0, **values)
        return told[0] if told else self._wait(shop)

    def top_up(self, store: str, account: str, cents: int) -> Told:
        return self.shops[store].ask("top_up", account, amount_cents=cents, tender="cash")[0]

    def left_cents(self, account: str, store: str = "") -> int:
        """What an all-knowing ledger finds: of all holders, or of one store."""
        shops = [self.shops[store]] if store else list(self.shops.values())
        here = sum(_stored(shop, account) for shop in shops)
        if store:
            return here
        held = self.vault.held(account)
        return here + sum(held.get((holder, asset), 0) for holder in ("hq", "transit") for asset in asking.STORED)

    def settle(self, *dirty: str) -> None:
        """Carries what can be carried and places what is due, until there is nothing more."""
        self._behind.update(dirty)
        self._carry_all()
        while self.vault.any_due():
            self._write(placing.place_due)
            self._carry_all()

    # ---- one line

    def _carry_all(self) -> None:
        while ready := sorted(store for store in self._behind if self.shops[store].up):
            for store in ready:
                self._behind.discard(store)
                self._carry(self.shops[store])

    def _carry(self, shop: Shop) -> None:
        after = int(shop.books.value("booked_seq") or 0)
        events = shop.books.events_after(after, EVENTS_AT_ONCE)
        if events:
            header = {"gateway": shop.code, "incarnation": shop.books.incarnation, "from_seq": after + 1}
            header["prev_hash"] = shop.books.hash_at(after).hex()
            lines = [json.dumps(header).encode(), *(event.line for event, _ in events)]
            batch = read_batch(b"\n".join(lines) + b"\n")
            booked = self._write(lambda vault: booking.book_batch(vault, shop.code, batch))
            shop.hear(lambda: inbox.booked(shop.trade, booked.upto))
        cursor = int(shop.books.value("hq_cursor") or 0)
        messages = self.vault.messages_after(shop.books.incarnation, cursor, MESSAGES_AT_ONCE)
        for one in messages:
            self.waited = shop.hear(lambda one=one: inbox.from_hq(shop.trade, one.n, lambda: _body(one))) or self.waited
        if messages:
            self._write(lambda vault: vault.acknowledge(shop.books.incarnation, messages[-1].n))
        if events or messages:
            self._behind.add(shop.code)

    def _wait(self, shop: Shop) -> Told:
        """The wish goes to head office; other stores answer its recalls; the grant arrives."""
        self.asked += 1
        self.waited = []
        wish = shop.trade.wants[0]
        wanted = asking.Wanted(wish["request"], wish["account"], wish["want"])
        if self._write(lambda vault: asking.begin(vault, shop.code, wanted)):
            self._carry_all()  # placement looks each half second: the answers are faster
            self._write(lambda vault: asking.rest(vault, shop.code, wanted))
        self._carry_all()
        told = self.waited or shop.hear(lambda: inbox.want_answer(wish["request"]))
        return (told or shop.too_late())[0]

    def _enrol(self, store: str, ids: Callable[[int], bytes]) -> None:
        incarnation = ids(16).hex()
        self._write(lambda vault: vault.found_store(store))
        self._write(lambda vault: lives.begin(vault, store, incarnation))
        self.shops[store] = Shop(store, incarnation, self.time, ids)
        self._beat([self.shops[store]])

    def _beat(self, shops: Iterable[Shop]) -> None:
        for shop in shops:
            shop.trade.line.told(True, self.time.now_ms())
            self._write(lambda vault, store=shop.code: lives.beat(vault, store))

    def _write(self, work: Callable):
        """One transaction of head office."""
        self.vault.now_s = self.time.s
        self.vault.begin()
        result = work(self.vault)
        self.vault.commit()
        self._behind.update(topic.partition(":")[2] for topic in self.vault.rung if topic.startswith("outbox:"))
        return result


def _stored(shop: Shop, account: str) -> int:
    return sum(one.amount for one in shop.books.holding(account).slices if one.asset in asking.STORED)


def _body(message: Message) -> Any:
    """In memory a message's body is not text."""
    return message.body
