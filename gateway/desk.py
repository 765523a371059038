"""The desk: frames in, one transaction, frames out. Everything a store says passes here; no socket is known here.

    take(batch)  ->  frames to publish once it has returned: everything is committed then
    tick()       ->  the same for what time brings: waits that end, the head told each minute

Per message a part of the transaction: bad input or a bug in one never touches the others of its batch.
"""

import json
import logging
import sqlite3
from collections.abc import Callable, Iterable
from functools import partial
from itertools import groupby

from gateway import closed
from gateway.core import hold_life, upkeep
from gateway.core.asked import Asked, Told
from gateway.core.books import LaneKey
from gateway.core.counter import DECIDE, Counter
from gateway.doorman import Doorman
from gateway.handlers import QUESTIONS, console, hello, pumps, testimony, uplink
from gateway.handlers.asked import Opened
from gateway.shop import Shop
from gateway.store import db as database
from gateway.store import pruning, terminals
from gateway.store.pages import NotAlone
from protocol import datagram, quick, topics
from protocol.errors import Theirs
from protocol.messages import MESSAGES, UP

log = logging.getLogger("gateway.desk")

HEAD_EVERY_MS = 60_000
TRY_EVERY_MS = 1_000  # while the disk takes nothing
SLOW_MS = 1_000  # a transaction that takes longer is told as an alarm: cards that wear out begin like that
Frame = tuple[str, bytes]
Arrived = tuple[str, bytes | None]  # None: too long to be kept


class Desk:
    """One store's sale path. pending_ms: how long a request may wait for float; damage: why nothing may be written."""

    def __init__(self, shop: Shop, pending_ms: int = 1500, damage: str = ""):
        self.shop = shop
        self.doorman = Doorman(shop.db)
        self._counter = Counter(shop, self._answer, pending_ms, self.doorman.count)
        self._uplinks = topics.up(shop.store + "-uplink", "")
        self._terminals: dict[str, terminals.Terminal | None] = {}
        self._seen: dict[str, int] = {}
        self._priced: set[str] = set()  # pump terminals that know what all of their grades cost
        # At once after a start: a terminal that has seen a higher head answers with its testimony.
        self._head_due_ms = shop.clock.now_ms()
        self._told_seq = shop.head().seq
        self.closed = closed.DAMAGED + damage if damage else ""  # why the disk takes nothing now
        self.damaged, self._refused, self._slowest_ms = bool(damage), "", 0
        self._out: list[Frame] = []
        self._concerned: list[tuple[LaneKey, bool]] = []

    def take(self, batch: Iterable[Arrived]) -> list[Frame]:
        """Handles frames in order within one transaction.

        A disk that takes nothing closes the store: repeats get their answers, nothing else is decided. Raises
        sqlite3.Error for other troubles of the database.
        """
        batch = list(batch)
        if self.closed:
            return closed.answers(self, batch)
        try:
            return self._together_or_alone(batch)
        except sqlite3.DatabaseError as trouble:
            if not database.is_no_room(trouble):
                raise
            return self._close(str(trouble)) + closed.answers(self, batch)

    def tick(self) -> list[Frame]:
        """Ends waits that took too long and tells the head when it is due; tries the disk while the store is closed."""
        if self.closed:
            return self._try_again()
        if self._refused:
            return self._close(self._refused)
        late = self._counter.late()
        heads_due = self.shop.clock.now_ms() >= self._head_due_ms
        if not late and not heads_due:
            return []
        try:
            return self._transaction(lambda: self._tick(late, heads_due))
        except sqlite3.DatabaseError as trouble:
            if not database.is_no_room(trouble):
                raise
            return self._close(str(trouble))

    def disk_refuses(self, why: str) -> None:
        """Word from beside the sale thread: the disk would not take what is sold already. The next tick closes."""
        self._refused = why

    def _close(self, why: str) -> list[Frame]:
        log.error("closed: %s", why)
        self.closed, self._refused = why, ""
        self._head_due_ms = self.shop.clock.now_ms() + TRY_EVERY_MS
        return closed.heads(self) + [closed.for_uplink(self.shop.store, why)]

    def _try_again(self) -> list[Frame]:
        if self.shop.clock.now_ms() < self._head_due_ms:
            return []
        self._head_due_ms = self.shop.clock.now_ms() + (HEAD_EVERY_MS if self.damaged else TRY_EVERY_MS)
        if self.damaged:
            return closed.heads(self) + [closed.for_uplink(self.shop.store, self.closed)]
        if not database.takes_again(self.shop.db):
            return [closed.for_uplink(self.shop.store, self.closed)]  # it may have been started again meanwhile
        log.warning("open again")
        self.closed = ""
        return closed.heads(self) + [closed.for_uplink(self.shop.store, "")]

    def tell_time(self, asked_in: bytes) -> bytes | None:
        """The sealed answer to a sealed `time_ask` that came by UDP; None for anything that does not open."""
        try:
            topic, frame = datagram.unpack(asked_in)
            client, direction, message = topics.parse(topic)
            if (direction, message) != (topics.UP, "time_ask"):
                return None
            asked = self.opened(client, topic, message, frame)
        except Theirs:
            return None
        topic, answer = self._answer(asked, hello.time_ask(self.shop, asked))
        return datagram.pack(topic, answer)

    def due_ms(self) -> int:
        """When tick has something to do next, on the monotonic clock."""
        return min([self._head_due_ms, *([] if self.closed else self._counter.due_ms())])

    def online(self) -> dict[str, int]:
        """terminal -> wall clock when it was last heard."""
        return dict(self._seen)

    def _transaction(self, work: Callable[[], object]) -> list[Frame]:
        self._out = []
        began_ms = self.shop.clock.now_ms()
        try:
            seq = self.shop.transaction(lambda: self._to_the_end(work))
        except BaseException:
            self._terminals.clear()
            raise
        self._slowest_ms = max(self._slowest_ms, self.shop.clock.now_ms() - began_ms)
        return self._out + self._for_uplink(seq)

    def _to_the_end(self, work: Callable[[], object]) -> int:
        """What a transaction does; the head that it ends with."""
        work()
        seq = self.shop.head().seq
        self.doorman.write_counts()
        return seq

    def _tick(self, late: list[LaneKey], heads_due: bool) -> None:
        for key in late:
            self._guarded("", lambda key=key: self._again(key, final=True))
        if heads_due:
            self._head_due_ms = self.shop.clock.now_ms() + HEAD_EVERY_MS
            self._note_slow_disk()
            terminals.note_seen(self.shop.db, self._seen)
            for name in terminals.names(self.shop.db):
                self._tell_head(name)
            self._guarded("", lambda: upkeep.keep_up(self.shop))
            self._guarded("", lambda: hold_life.keep_up(self.shop))
            pruning.keep_up(self.shop.db, self.shop.clock.now_s())

    def _note_slow_disk(self) -> None:
        """For the status page and head office: the slowest transaction of the last minute, where it was felt."""
        slow_ms, self._slowest_ms = self._slowest_ms if self._slowest_ms >= SLOW_MS else 0, 0
        if slow_ms != self.shop.number("slow_disk_ms"):
            self.shop.books.keep("slow_disk_ms", str(slow_ms))


    def _together_or_alone(self, batch: list[Arrived]) -> list[Frame]:
        """All messages' rows together; one after the other if the database refuses some, so that only theirs fails."""
        try:
            return self._transaction(lambda: self._each(batch))
        except NotAlone:
            log.exception("once more, each message by itself")
        self.shop.books.pages.careful = True
        try:
            return self._transaction(lambda: self._each(batch))
        finally:
            self.shop.books.pages.careful = False

    def _each(self, batch: list[Arrived]) -> None:
        """One after the other; what is next to each other from terminals is opened first, to read together for all."""
        for from_uplink, some in groupby(batch, self._is_uplinks):
            arrived = list(some)
            together = len(arrived) > 1 and not from_uplink  # head office's word may change what opens after it
            early = self._opened_early(arrived) if together else [None] * len(arrived)
            for (topic, payload), opened in zip(arrived, early, strict=True):
                self._guarded(topic, partial(self._one, topic, payload, opened))
                while self._concerned:
                    self._guarded("", partial(self._again, *self._concerned.pop()))

    def _is_uplinks(self, arrived: Arrived) -> bool:
        return arrived[0].startswith(self._uplinks)

    def _opened_early(self, arrived: list[Arrived]) -> list[Opened | None]:
        """Requests that open; what does not is told why in its turn."""
        opened = [self._early(topic, payload) for topic, payload in arrived]
        self.shop.books.foresee(one for one in opened if one)
        return opened

    def _early(self, topic: str, payload: bytes | None) -> Opened | None:
        try:
            client, direction, message = topics.parse(topic)
            asks = payload is not None and direction == topics.UP and message in DECIDE
            return self.opened(client, topic, message, payload) if asks and payload else None
        except Theirs:
            return None

    def _guarded(self, topic: str, work: Callable[[], object]) -> None:
        """Runs one message's work in a part of its own."""
        mark, wants = len(self._out), len(self.shop.wants)
        try:
            with self.shop.books.part():
                work()
        except Theirs as wrong:
            self._undo(mark, wants)
            self._turn_away(topic, wrong)
        except sqlite3.DatabaseError:
            raise  # the disk, not the message: the whole batch is taken back and comes again
        except Exception:
            # A bug must not stop the other terminals: nothing of this message is written, all of it is in the log.
            log.exception("message on %s", topic)
            self._undo(mark, wants)
            self._turn_away(topic, Theirs("busy", "an error of the gateway's own"))

    def _undo(self, mark: int, wants: int) -> None:
        del self._out[mark:]
        del self.shop.wants[wants:]
        self._terminals.clear()
        self.shop.forget()

    def _one(self, topic: str, payload: bytes | None, opened: Opened | None) -> None:
        client, direction, message = topics.parse(topic)
        if payload is None:
            raise Theirs("oversized", topic)
        if direction != topics.UP:
            raise Theirs("unknown_message", topic)
        if client == self.shop.store + "-uplink":
            self._from_uplink(message, payload)
            return
        if message == "lost":  # the broker's word that a terminal is gone: a label, so it needs no seal
            self._seen.pop(client, None)
            terminals.note_lost(self.shop.db, client)
            return
        asked = opened or self.opened(client, topic, message, payload)
        self._seen[client] = self.shop.clock.now_s()
        if message in DECIDE:
            self._out += self._counter.request(asked)
        else:
            told = QUESTIONS[message](self.shop, asked)
            self._out += [self._answer(asked, told)] if told else []
        if message == "hello":
            del self._terminals[client]  # its journal number is news
            more = testimony.ask(self.shop, client)
            self._out += [self._answer(asked, more)] if more else []
            self._tell_prices(client)
            self._concerned += self._counter.heard_from(client)
        elif message == "nozzles":
            self._nozzles(asked)

    def opened(self, client: str, topic: str, message: str, payload: bytes) -> Opened:
        """The opened frame of a known, active terminal. Raises Theirs."""
        terminal = self.terminal(client)
        if terminal is None:
            raise Theirs("unknown_key", "no terminal " + client)
        if terminal.status != "active":
            raise Theirs("terminal_revoked", client)
        if message not in MESSAGES or MESSAGES[message][0] != UP:
            raise Theirs("unknown_message", message)
        values = quick.open_sealed(topic, message, payload, terminal.keys.get)
        return Opened(client, message, values, payload, terminal)

    def terminal(self, name: str) -> terminals.Terminal | None:
        """A terminal by name, read once until head office says something new about terminals."""
        if name not in self._terminals:
            self._terminals[name] = terminals.get(self.shop.db, name)
        return self._terminals[name]

    def _again(self, key: LaneKey, final: bool) -> None:
        self._out += self._counter.again(key, final)

    def _nozzles(self, asked: Opened) -> None:
        """Passed on to the forecourt page; a terminal whose grades were not known yet hears what they cost."""
        told = {"terminal": asked.name, "nozzles": asked.values["nozzles"]}
        self._out.append((topics.down(self.shop.store + "-uplink", "nozzles"), json.dumps(told).encode()))
        if asked.name not in self._priced:
            self._tell_prices(asked.name)

    def _tell_prices(self, name: str) -> None:
        terminal = self.terminal(name)
        told = pumps.prices(self.shop, name) if terminal and terminal.app == "pump" else None
        if terminal and terminal.keys and told:
            self._say(terminal, told, terminal.newest_key)
            self._priced |= {name} if name in self.shop.nozzles else set()

    def console(self, payload: bytes) -> list[Frame]:
        """A command of the forecourt page: what terminals shall do, and its answer. Raises Theirs."""
        now_s, hear = self.shop.clock.now_s(), console.hear_closed if self.closed else console.hear
        answer, orders = hear(self.shop, payload, {name: now_s - at_s for name, at_s in self._seen.items()})
        found = [(self.terminal(name), told) for name, told in orders]
        frames = [self.sealed(one, told, one.newest_key) for one, told in found if one and one.keys]
        done = topics.down(self.shop.store + "-uplink", "console_done"), json.dumps(answer).encode()
        return [*frames, done]

    def _from_uplink(self, message: str, payload: bytes) -> None:
        if message == "console":
            self._out += self.console(payload)
            return
        heard = uplink.hear(self.shop, message, payload)
        if heard.kind in ("terminal", "revocation"):
            self._terminals.clear()
        if heard.kind in ("fuel_prices", "goods"):
            self._priced.clear()
            for name in terminals.names_of(self.shop.db, "pump"):
                self._tell_prices(name)
        self._concerned += self._counter.concerned(heard)

    def _turn_away(self, topic: str, wrong: Theirs) -> None:
        """Counts and logs bad input, and answers it where there is a key to seal the answer with.

        The answer names no request: nobody has vouched for the ids in a frame that does not open.
        """
        client = topic.split("/")[1][:32] if topic.count("/") else ""
        self.doorman.count(client, wrong.reason, wrong.detail)
        terminal = self.terminal(client)
        if terminal is not None and terminal.keys:
            self._say(terminal, Told("refused", {"reason": wrong.reason}), terminal.newest_key)

    def _tell_head(self, name: str) -> None:
        terminal = self.terminal(name)
        if terminal is not None and terminal.keys and terminal.journal:
            values = hello.head_values(self.shop, name, terminal.journal)
            self._say(terminal, Told("head", values), terminal.newest_key)

    def _answer(self, asked: Asked, told: Told) -> Frame:
        """The sealed answer under the key of the question. An asked that waits has its terminal looked up again."""
        terminal = self.terminal(asked.name)
        if terminal is None:
            raise Theirs("unknown_key", "no terminal " + asked.name)
        return self.sealed(terminal, told, asked.values["k"])

    def _say(self, terminal: terminals.Terminal, told: Told, key_number: int) -> None:
        self._out.append(self.sealed(terminal, told, key_number))

    def sealed(self, terminal: terminals.Terminal, told: Told, key_number: int) -> Frame:
        topic = topics.down(terminal.terminal, told.message)
        return topic, quick.seal(topic, told.message, told.values, key_number, terminal.keys[key_number])

    def _for_uplink(self, seq: int) -> list[Frame]:
        """After the commit: wishes for float, and that there is something to fetch."""
        to = self.shop.store + "-uplink"
        frames = [(topics.down(to, "want"), json.dumps(want).encode()) for want in self.shop.wants]
        if seq != self._told_seq:
            self._told_seq = seq
            frames.append((topics.down(to, "head"), json.dumps({"seq": seq}).encode()))
        return frames
