"""The desk: frames in, one transaction, frames out. Everything a store says passes here; no socket is known here.

    take(batch)  ->  frames to publish once it has returned: everything is committed then
    tick()       ->  the same for what time brings: waits that end, the head told each minute

Per message a savepoint: bad input or a bug in one never touches the others of its batch.
"""

import json
import logging
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256

from gateway.core import lanes
from gateway.core.lanes import Lane
from gateway.doorman import Doorman
from gateway.handlers import QUESTIONS, REQUESTS, hello, uplink
from gateway.handlers.asked import Asked, Outcome, Request, Told, Wait, refused
from gateway.shop import Shop
from gateway.store import terminals
from protocol import codec, datagram, topics
from protocol.errors import Theirs
from protocol.messages import MESSAGES, UP

log = logging.getLogger("gateway.desk")

HEAD_EVERY_MS = 60_000
PENDING_MAX = 256  # requests waiting for float at once; one more is decided without waiting
Frame = tuple[str, bytes]
Arrived = tuple[str, bytes | None]  # None: too long to be kept


@dataclass
class Waiting:
    """A request that was not decided at once, until when it may wait, and for what."""

    asked: Asked
    digest: bytes
    wait: Wait
    until_ms: int


class Desk:
    """One store's sale path. `pending_ms`: how long a request may wait for float."""

    def __init__(self, shop: Shop, pending_ms: int = 1500):
        self.shop = shop
        self.doorman = Doorman(shop.db)
        self._pending_ms = pending_ms
        self._waiting: dict[tuple, Waiting] = {}
        self._terminals: dict[str, terminals.Terminal | None] = {}
        self._seen: dict[str, int] = {}
        # At once after a start: a terminal that has seen a higher head answers with its testimony.
        self._head_due_ms = shop.clock.now_ms()
        self._told_seq = shop.head().seq
        self._out: list[Frame] = []
        self._again: list[tuple[tuple, bool]] = []

    def take(self, batch: Iterable[Arrived]) -> list[Frame]:
        """Handles frames in order within one transaction. Raises sqlite3.Error when the disk does not take it."""
        return self._transaction(lambda: self._each(batch))

    def tick(self) -> list[Frame]:
        """Ends waits that took too long and tells the head when it is due."""
        now_ms = self.shop.clock.now_ms()
        late = [key for key, waiting in self._waiting.items() if now_ms >= waiting.until_ms]
        heads_due = now_ms >= self._head_due_ms
        if not late and not heads_due:
            return []
        return self._transaction(lambda: self._tick(late, heads_due))

    def tell_time(self, asked_in: bytes) -> bytes | None:
        """The sealed answer to a sealed `time_ask` that came by UDP; None for anything that does not open."""
        try:
            topic, frame = datagram.unpack(asked_in)
            client, direction, message = topics.parse(topic)
            if (direction, message) != (topics.UP, "time_ask"):
                return None
            asked = self._open(client, topic, message, frame)
        except Theirs:
            return None
        topic, answer = self._sealed(asked.terminal, hello.time_ask(self.shop, asked), asked.values["k"])
        return datagram.pack(topic, answer)

    def due_ms(self) -> int:
        """When tick has something to do next, on the monotonic clock."""
        return min([self._head_due_ms, *[waiting.until_ms for waiting in self._waiting.values()]])

    def online(self) -> dict[str, int]:
        """terminal -> wall clock when it was last heard."""
        return dict(self._seen)

    def _transaction(self, work: Callable[[], None]) -> list[Frame]:
        self._out = []
        self.shop.wants.clear()
        self.shop.db.execute("BEGIN IMMEDIATE")
        try:
            work()
            self.doorman.write_counts()
            self.shop.db.execute("COMMIT")
        except BaseException:
            self.shop.db.rollback()
            self._terminals.clear()
            self.shop.forget_rules()
            raise
        return self._out + self._for_uplink()

    def _tick(self, late: list[tuple], heads_due: bool) -> None:
        for key in late:
            self._guarded("", lambda key=key: self._decide_again(key, final=True))
        if heads_due:
            self._head_due_ms = self.shop.clock.now_ms() + HEAD_EVERY_MS
            terminals.note_seen(self.shop.db, self._seen)
            for name in terminals.names(self.shop.db):
                self._tell_head(name)

    def _each(self, batch: Iterable[Arrived]) -> None:
        for topic, payload in batch:
            self._guarded(topic, lambda topic=topic, payload=payload: self._one(topic, payload))
            while self._again:
                key, final = self._again.pop()
                self._guarded("", lambda key=key, final=final: self._decide_again(key, final))

    def _guarded(self, topic: str, work: Callable[[], None]) -> None:
        """Runs one message's work in its savepoint."""
        db = self.shop.db
        mark, wants = len(self._out), len(self.shop.wants)
        db.execute("SAVEPOINT message")
        try:
            work()
        except Theirs as wrong:
            self._undo(mark, wants)
            self._turn_away(topic, wrong)
        except Exception as wrong:
            if isinstance(wrong, sqlite3.DatabaseError) and not isinstance(wrong, sqlite3.IntegrityError):
                raise  # the disk, not the message: the whole batch is taken back and comes again
            # A bug must not stop the other terminals: nothing of this message is written, all of it is in the log.
            log.exception("message on %s", topic)
            self._undo(mark, wants)
            self._turn_away(topic, Theirs("busy", "an error of the gateway's own"))
        db.execute("RELEASE message")

    def _undo(self, mark: int, wants: int) -> None:
        self.shop.db.execute("ROLLBACK TO message")
        del self._out[mark:]
        del self.shop.wants[wants:]
        self._terminals.clear()
        self.shop.forget_rules()

    def _one(self, topic: str, payload: bytes | None) -> None:
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
        asked = self._open(client, topic, message, payload)
        self._seen[client] = self.shop.clock.now_s()
        if message in REQUESTS:
            self._request(asked)
        else:
            self._say(asked.terminal, QUESTIONS[message](self.shop, asked), asked.values["k"])
        if message == "hello":
            del self._terminals[client]  # its journal number is news

    def _open(self, client: str, topic: str, message: str, payload: bytes) -> Asked:
        """The opened frame of a known, active terminal. Raises Theirs."""
        terminal = self.terminal(client)
        if terminal is None:
            raise Theirs("unknown_key", "no terminal " + client)
        if terminal.status != "active":
            raise Theirs("terminal_revoked", client)
        if message not in MESSAGES or MESSAGES[message][0] != UP:
            raise Theirs("unknown_message", message)
        values = codec.open_sealed(topic, message, payload, terminal.keys.get)
        return Asked(terminal, message, values, payload)

    def terminal(self, name: str) -> terminals.Terminal | None:
        """A terminal by name, read once until head office says something new about terminals."""
        if name not in self._terminals:
            self._terminals[name] = terminals.get(self.shop.db, name)
        return self._terminals[name]

    def _request(self, asked: Asked) -> None:
        key, digest = asked.request[:3], digest_of(asked)
        waiting = self._waiting.get(key)
        if waiting is not None and not self._steps_aside(asked, digest, waiting):
            return
        last = terminals.lane(self.shop.db, asked.request)
        verdict = lanes.judge(last, asked.request.sequence, asked.message, digest)
        if verdict == lanes.REPEAT and last:
            self._out.append((last.topic, last.reply))
        elif verdict == lanes.NEW:
            self._handle(asked, digest, last, final=len(self._waiting) >= PENDING_MAX)
        else:
            self.doorman.count(asked.name, verdict)
            self._say(asked.terminal, refused(asked, verdict), asked.values["k"])

    def _steps_aside(self, asked: Asked, digest: bytes, waiting: Waiting) -> bool:
        """Whether the waiting request of this lane makes room for this one: only its own void does that."""
        if asked.request != waiting.asked.request:
            self._say(asked.terminal, refused(asked, "lane_busy"), asked.values["k"])
            return False
        if asked.message != "void":
            return False  # the same request again: its answer is on the way
        del self._waiting[asked.request[:3]]
        return True

    def _handle(self, asked: Asked, digest: bytes, last: Lane | None, final: bool) -> None:
        if self.shop.fenced():
            self._finish(asked, digest, Outcome(refused(asked, "fenced"), "refused", 0))
            return
        end = REQUESTS[asked.message](self.shop, Request(asked, last, final))
        if isinstance(end, Wait):
            until_ms = self.shop.clock.now_ms() + self._pending_ms
            self._waiting[asked.request[:3]] = Waiting(asked, digest, end, until_ms)
        else:
            self._finish(asked, digest, end)

    def _finish(self, asked: Asked, digest: bytes, end: Outcome) -> None:
        """Keeps the answer with its lane and says it; a void keeps the digest of what it voids out of the way."""
        topic, frame = self._sealed(asked.terminal, end.told, asked.values["k"])
        lane = Lane(asked.request.sequence, asked.message, digest, end.outcome, end.seq, topic, frame)
        terminals.put_lane(self.shop.db, asked.request, lane)
        self._out.append((topic, frame))

    def _decide_again(self, key: tuple, final: bool) -> None:
        waiting = self._waiting.pop(key, None)
        if waiting is None:
            return
        last = terminals.lane(self.shop.db, waiting.asked.request)
        self._handle(waiting.asked, waiting.digest, last, final)
        again = self._waiting.get(key)
        if again is not None:
            again.until_ms = waiting.until_ms

    def _from_uplink(self, message: str, payload: bytes) -> None:
        heard = uplink.hear(self.shop, message, payload)
        if heard.terminals:
            self._terminals.clear()
        for key, waiting in list(self._waiting.items()):
            if waiting.wait.account in heard.accounts or waiting.wait.wish in heard.answered:
                self._again.append((key, waiting.wait.wish in heard.answered))

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

    def _say(self, terminal: terminals.Terminal, told: Told, key_number: int) -> None:
        self._out.append(self._sealed(terminal, told, key_number))

    def _sealed(self, terminal: terminals.Terminal, told: Told, key_number: int) -> Frame:
        topic = topics.down(terminal.terminal, told.message)
        return topic, codec.seal(topic, told.message, told.values, key_number, terminal.keys[key_number])

    def _for_uplink(self) -> list[Frame]:
        """After the commit: wishes for float, and that there is something to fetch."""
        to = self.shop.store + "-uplink"
        frames = [(topics.down(to, "want"), json.dumps(want).encode()) for want in self.shop.wants]
        seq = self.shop.head().seq
        if seq != self._told_seq:
            self._told_seq = seq
            frames.append((topics.down(to, "head"), json.dumps({"seq": seq}).encode()))
        return frames


def digest_of(asked: Asked) -> bytes:
    """What makes two frames of one id the same request: all but the seal, so a repeat may come under a newer key."""
    return sha256(asked.message.encode() + b"\n" + asked.frame[: asked.frame.rfind(b',"k":')]).digest()
