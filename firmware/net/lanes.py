"""Money requests, one open per lane, as protocol/sale.py's table has it: journalled, sent, repeated, voided, answered.

A request is sent again after AGAIN_FIRST_MS, then ever more slowly up to AGAIN_MAX_MS, and at once when the gateway is
back, always byte for byte the same. Nothing ends it but a sealed answer to its own id, and that lies in the journal
before it is shown.
"""

import gc

from firmware.net.journal import Full
from firmware.room import tried
from protocol import codec, topics
from protocol.clock import ticks_diff
from protocol.messages import MESSAGES
from protocol.sale import OPEN, REQUESTED, look, step

AGAIN_FIRST_MS = 2000
AGAIN_MAX_MS = 8000
LASTING = ("capture", "release")  # what has been delivered is told until it is heard, over any restart; never voided
NOT_FINAL = ("busy", "lane_busy", "unknown_key", "bad_mac")  # refusals after which the same request may be sent again
EVENTS = {
    "receipt": "approve",
    "topped_up": "approve",
    "refunded": "approve",
    "adjusted": "approve",
    "held": "approve",
    "started": "approve",
    "captured": "approve",
    "filled": "approve",
    "released": "approve",
    "refused": "refuse",
    "void_answer": "voided",
}


class Lane:
    """An open request: `state` of the sale table, `packet` = (topic, frame) to be sent."""

    def __init__(self, state: str, sequence: int, message: str, packet: tuple):
        self.state = state
        self.sequence = sequence
        self.message = message
        self.packet = packet
        self.sent_ms = 0
        self.again_ms = AGAIN_FIRST_MS


class Lanes:
    """`send(topic, frame) -> bool`, `emit(event)`, `now_s()` are handed in; see Link."""

    def __init__(self, seal, journal, send, emit, now_s):
        self.seal = seal
        self.journal = journal
        self.send = send
        self.emit = emit
        self.now_s = now_s
        self.open = {}

    def resume(self) -> None:
        """At start: what the journal holds without an answer was never shown, so it is voided. Emits "pending".

        What tells of a delivery (LASTING) is sent on instead.
        """
        for lane in list(self.journal.open):
            sequence, message, frame, _voided = self.journal.open[lane]
            self.open[lane] = Lane(REQUESTED, sequence, message, (topics.up(self.seal.me, message), frame))
            if message not in LASTING:
                self._void(lane, "restart", 0)
            self.emit(("pending", lane, message, codec.read(message, frame)))

    def request(self, lane: int, message: str, values: dict, now_ms: int) -> None:
        """Makes the id, journals, sends. Outcome: ("outcome", lane, message, values); ("journal", "full") when full."""
        if lane in self.open:
            self.emit(("outcome", lane, "refused", {"reason": "lane_busy"}))
            return
        sequence = self.journal.last[lane] + 1
        packet = self._seal(message, lane, sequence, values)
        try:
            self.journal.request(lane, sequence, message, packet[1])
        except Full:
            self.emit(("journal", "full"))
            self.emit(("outcome", lane, "refused", {"reason": "journal_full"}))
            return
        self.open[lane] = Lane(step(OPEN, "pay")[0], sequence, message, packet)
        self._send(self.open[lane], now_ms)
        gc.collect()  # while the gateway thinks: what the answer needs is there when it comes

    def give_up(self, lane: int, now_ms: int) -> None:
        """Nobody waits for the outcome any more: the id is voided until that is acknowledged."""
        if lane in self.open and self.open[lane].state == REQUESTED:
            self._void(lane, "give_up", now_ms)
            self._send(self.open[lane], now_ms)

    def up(self, now_ms: int) -> None:
        """The gateway is back: everything open is sent at once."""
        for open_lane in self.open.values():
            open_lane.again_ms = AGAIN_FIRST_MS
            self._send(open_lane, now_ms)

    def tick(self, now_ms: int) -> None:
        """Sends again what is due."""
        for open_lane in self.open.values():
            if ticks_diff(now_ms, open_lane.sent_ms) >= open_lane.again_ms:
                open_lane.again_ms = min(AGAIN_MAX_MS, open_lane.again_ms * 2)
                self._send(open_lane, now_ms)

    def answer(self, message: str, values: dict, frame: bytes, now_ms: int) -> bool:
        """A reply that bears a request id. False when it is late, foreign or not an end of what is open."""
        lane = values.get("l")
        open_lane = self.open.get(lane)
        if open_lane is None or values.get("j") != self.journal.number or values.get("n") != open_lane.sequence:
            return False
        if message not in MESSAGES[open_lane.message][1] or values.get("reason") in NOT_FINAL:
            return False
        found = look(open_lane.state, EVENTS[message])
        if found is None or "journal_answer" not in found[1]:
            return False
        try:
            self.journal.answer(lane, open_lane.sequence, message, frame)
        except Full:
            self.emit(("journal", "full"))  # not shown; it is asked again, and the gateway repeats its answer
            return False
        del self.open[lane]
        self.emit(("outcome", lane, message, values))
        return True

    def _void(self, lane: int, event: str, now_ms: int) -> None:
        open_lane = self.open[lane]
        packet = self._seal("void", lane, open_lane.sequence, {})
        try:
            self.journal.void(lane, open_lane.sequence, packet[1])
        except Full:
            pass  # a request without an answer is voided at the next start all the same
        open_lane.state = step(open_lane.state, event)[0]
        open_lane.packet = packet
        open_lane.again_ms = AGAIN_FIRST_MS
        open_lane.sent_ms = now_ms

    def _seal(self, message: str, lane: int, sequence: int, values: dict) -> tuple:
        full = {"j": self.journal.number, "l": lane, "n": sequence, "at_s": self.now_s()}
        full.update(values)
        return tried(self.seal.make, message, full)

    def _send(self, open_lane: Lane, now_ms: int) -> None:
        open_lane.sent_ms = now_ms
        self.send(*open_lane.packet)
