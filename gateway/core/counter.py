"""The counter: requests in, answers out. Lanes, repeats, and requests that wait for what head office may send.

    request(asked)      -> the answer, or nothing: it waits, or its answer is on the way
    concerned(heard)    -> which of the waiting are to be decided again, each by again(key, final)
    heard_from(name)    -> the same, of a terminal that may have answered this start: until it has, its requests wait
    late()              -> whose time is over: again(key, final=True)

Everything is written in the caller's transaction; answers leave after its commit. What waits is written nowhere: a
crash forgets it, and the terminal's repeat starts it again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.core import adjusting, fuelling, lanes, money, refunding, witness
from gateway.core.asked import Asked, Outcome, Request, Told, Wait, refused
from gateway.core.books import LaneKey, Reply
from gateway.core.inbox import Heard
from gateway.core.lanes import Lane
from gateway.core.trade import Trade

WITNESS = Wait("", "", "witness")
WAITING_MAX = 256  # requests waiting at once; one more is decided without waiting

DECIDE: dict[str, Callable[[Trade, Request], Outcome | Wait]] = {
    "pay": money.pay,
    "top_up": money.top_up,
    "refund": refunding.refund,
    "adjust": adjusting.adjust,
    "hold": fuelling.hold,
    "start": fuelling.start,
    "capture": fuelling.capture,
    "release": fuelling.release,
    "void": fuelling.void,
}


@dataclass
class Waiting:
    """A request that was not decided at once, until when it may wait, and for what."""

    asked: Asked
    digest: bytes
    wait: Wait
    until_ms: int


class Counter:
    """One store's requests. `seal` turns an answer into what is sent and kept; `wait_ms`: how long one may wait."""

    def __init__(
        self,
        trade: Trade,
        seal: Callable[[Asked, Told], Reply],
        wait_ms: int = 1500,
        turned_away: Callable[[str, str], None] = lambda terminal, reason: None,
    ):
        self._trade, self._seal, self._wait_ms, self._turned_away = trade, seal, wait_ms, turned_away
        self._waiting: dict[LaneKey, Waiting] = {}

    def request(self, asked: Asked) -> list[Reply]:
        """At most one answer."""
        key, digest = asked.lane, asked.digest()
        waiting = self._waiting.get(key)
        if waiting is not None:
            if asked.request != waiting.asked.request:
                return [self._seal(asked, refused(asked, "lane_busy"))]
            if asked.message != "void":
                return []  # the same again: its answer is on the way
            del self._waiting[key]
        last = self._trade.books.lane(key)
        verdict = lanes.judge(last, asked.request.sequence, asked.message, digest)
        if verdict == lanes.REPEAT and last:
            return [last.reply]
        if verdict == lanes.NEW:
            full = len(self._waiting) >= WAITING_MAX
            if self._awaited(asked) and not full:
                # What it has seen comes first: a disk set back once more would lose an answer that no record tells of.
                return self._waits(asked, digest, WITNESS)
            return self._decide(asked, digest, last, final=full)
        self._turned_away(asked.name, verdict)
        return [self._seal(asked, refused(asked, verdict))]

    def concerned(self, heard: Heard) -> list[tuple[LaneKey, bool]]:
        """(key, final) of what waits for these accounts or wishes; an answered wish for value ends the waiting."""
        return [
            (key, waiting.wait.wish in heard.answered and waiting.wait.what == "value")
            for key, waiting in self._waiting.items()
            if waiting.wait.account in heard.accounts or waiting.wait.wish in heard.answered
        ]

    def heard_from(self, terminal: str) -> list[tuple[LaneKey, bool]]:
        """(key, final) of what waits for this terminal's own answer to the start."""
        waiting = [key for key, one in self._waiting.items() if (one.asked.name, one.wait) == (terminal, WITNESS)]
        return [(key, False) for key in waiting if not self._awaited(self._waiting[key].asked)]

    def late(self) -> list[LaneKey]:
        """What has waited too long, by the monotonic clock."""
        now_ms = self._trade.clock.now_ms()
        return [key for key, waiting in self._waiting.items() if now_ms >= waiting.until_ms]

    def due_ms(self) -> list[int]:
        """When each wait ends, on the monotonic clock."""
        return [waiting.until_ms for waiting in self._waiting.values()]

    def again(self, key: LaneKey, final: bool) -> list[Reply]:
        """Decides a waiting request with what is here now; it goes on waiting only until its first time is over."""
        waiting = self._waiting.pop(key, None)
        if waiting is None:
            return []
        last = self._trade.books.lane(key)
        if waiting.wait == WITNESS:  # heard, or it has had its time: what it asks for may be waited for now
            return self._decide(waiting.asked, waiting.digest, last, False)
        replies = self._decide(waiting.asked, waiting.digest, last, final, waiting.wait.what)
        if key in self._waiting:
            self._waiting[key].until_ms = waiting.until_ms
        return replies

    def _decide(self, asked: Asked, digest: bytes, last: Lane | None, final: bool, waited: str = "") -> list[Reply]:
        if self._trade.fenced():
            # In no event: a chain that was set back must not grow a second branch.
            return [self._kept(asked, digest, Outcome(refused(asked, "fenced"), "refused", 0))]
        end = DECIDE[asked.message](self._trade, Request(asked, last, final, waited))
        if isinstance(end, Outcome):
            return [self._kept(asked, digest, end)]
        return self._waits(asked, digest, end)

    def _waits(self, asked: Asked, digest: bytes, wait: Wait) -> list[Reply]:
        until_ms = self._trade.clock.now_ms() + self._wait_ms
        self._waiting[asked.request[:3]] = Waiting(asked, digest, wait, until_ms)
        return []

    def _awaited(self, asked: Asked) -> bool:
        """Whether this start has still to hear what the terminal has seen."""
        return asked.name in self._trade.awaited and not self._trade.fenced()

    def _kept(self, asked: Asked, digest: bytes, end: Outcome) -> Reply:
        """The sealed answer, kept with its lane: a repeat gets it unchanged."""
        values = witness.answered(self._trade, asked.name, end.told.values)
        reply = self._seal(asked, Told(end.told.message, values))
        lane = Lane(asked.request.sequence, asked.message, digest, end.outcome, end.seq, reply)
        self._trade.books.put_lane(asked.lane, lane)
        return reply
