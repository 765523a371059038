"""The conversation with the gateway: hello and welcome, questions and their answers, heads; requests go to the lanes.

No I/O: `send(topic, frame) -> bool` and `emit(event)` are handed in, the clock comes with each call. Bound:
QUESTIONS_MAX questions are open; one more is answered `no_answer` at once, as is one asked while no gateway is there.
"""

import os
import sys

from firmware.room import tried
from protocol import codec
from protocol.clock import ticks_diff
from protocol.errors import Theirs
from protocol.messages import MESSAGES

QUESTIONS_MAX = 4
ANSWER_MS = 5000
TOLD = ("prices", "pump_do")  # what a gateway says by itself to a pump terminal
HELLO_AGAIN_MS = 3000  # while no welcome came
HELLO_EACH_MS = 60000  # afterwards: the testimony and the free heap stay fresh at the gateway
R_MAX = 2147483647


class Link:
    """`ready` while a gateway whose letter is right has welcomed this terminal over a live connection.

    `hello()` gives the values of that message; `witness` and `journal` are this terminal's records in flash; `lanes` is
    None in an app that makes no money requests; `learn_time(at_s)` hears the gateway's clock.
    """

    def __init__(self, seal, send, emit, witness, journal, lanes, hello, learn_time):
        self.seal = seal
        self.send = send
        self.emit = emit
        self.witness = witness
        self.journal = journal
        self.lanes = lanes
        self.hello = hello
        self.learn_time = learn_time
        self.ready = False
        self.card_key = 1
        self.bad_frames = 0
        self.foreign = 0
        self.last_bad = ""
        self._connected = False
        self._questions = {}
        self._r = int.from_bytes(os.urandom(3), "big")
        self._hello_r = 0
        self._asks = ""
        self._hello_ms = 0

    def up(self, now_ms: int) -> None:
        """The broker has us."""
        self._connected = True
        self._recall(now_ms)
        self._say_hello(now_ms)

    def down(self) -> None:
        """The connection is gone. Open questions run into their time; requests stay in the lanes."""
        self._connected = False
        self._leave()

    def ask(self, tag: str, message: str, values: dict, now_ms: int) -> None:
        """A question; answered by the event ("answer", tag, message, values), message "no_answer" when time is up."""
        self._r = self._r % R_MAX + 1
        if not self.ready or len(self._questions) >= QUESTIONS_MAX:
            self.emit(("answer", tag, "no_answer", {}))
            return
        values["r"] = self._r
        if message in ("set_line", "pump_state"):
            values["j"] = self.journal.number
        topic, frame = tried(self.seal.make, message, values)
        self._questions[self._r] = (tag, message, now_ms)
        self.send(topic, frame)

    def tell(self, message: str, values: dict) -> None:
        """What wants no answer; while no gateway or no room is there it is not said."""
        if not self.ready:
            return
        if message == "nozzles":  # a frame may come late: each row says which request it is younger than
            values["j"] = self.journal.number
            for row in values["nozzles"]:
                row["last"] = self.journal.last[row["n"] - 1]
        try:
            self.send(*tried(self.seal.make, message, values))
        except MemoryError:
            print("untold=" + message)  # whoever had to give back what he keeps says it again

    def tick(self, now_ms: int) -> None:
        """Questions whose time is up, hello when it is due, requests to be sent again."""
        for r in list(self._questions):
            tag, _message, asked_ms = self._questions[r]
            if ticks_diff(now_ms, asked_ms) > ANSWER_MS:
                del self._questions[r]
                self.emit(("answer", tag, "no_answer", {}))
        self.witness.tick(now_ms)
        wait_ms = HELLO_EACH_MS if self.ready else HELLO_AGAIN_MS
        if self._connected and ticks_diff(now_ms, self._hello_ms) > wait_ms:
            self._say_hello(now_ms)
        if self.ready and self.lanes is not None:
            self.lanes.tick(now_ms)

    def frame(self, topic: str, frame: bytes, now_ms: int) -> None:
        """Something arrived. What is broken, foreign or late is counted and changes nothing."""
        try:
            message, values = tried(self.seal.open, topic, frame)
        except Theirs as wrong:
            self.bad_frames += 1
            self.last_bad = str(wrong)
            return
        if message == "welcome":
            self._welcome(values, now_ms)
        elif message == "head":
            self._head(values, now_ms)
        elif message == "testify":
            self._testify(values)
        elif message in TOLD and self.ready:
            self.emit((message, values))
        elif "r" in values:
            self._answer(message, values)
        elif not self._outcome(message, values, frame, now_ms):
            self.foreign += 1

    def _recall(self, now_ms: int) -> None:
        """After a start: the last answer tells of a head that the record beside it may have missed."""
        if self.journal.told:
            values = codec.read(*self.journal.told)
            self.journal.told = None
            if values.get("incarnation") == self.witness.incarnation:
                self.witness.note(values.get("seq", 0), True, now_ms)

    def _say_hello(self, now_ms: int) -> None:
        self._hello_ms = now_ms
        self._r = self._hello_r = self._r % R_MAX + 1
        values = self.hello()
        values["r"] = self._r
        values["j"] = self.journal.number
        values["boots"] = self.journal.starts
        values["unanswered"] = len(self.journal.open)
        values["witness_seq"] = self.witness.seq
        if self._asks:
            values["answers"] = self._asks
        if self.witness.incarnation:
            values["witness_incarnation"] = self.witness.incarnation
        self.send(*tried(self.seal.make, "hello", values))

    def _welcome(self, values: dict, now_ms: int) -> None:
        if values["r"] != self._hello_r or not self._connected:
            self.foreign += 1
            return
        if values["incarnation"] != self.witness.incarnation and not self.seal.letter_is_right(values):
            # A copied or new database without head office's word for it: nothing it says counts.
            self._leave()
            self.emit(("gateway", "unknown"))
            return
        self.witness.accept(values["incarnation"], values["seq"], now_ms)
        came = not self.ready
        self.ready = True
        self.card_key = values.get("card_key", 1)
        self._told(values, now_ms)
        if came:
            self.emit(("link", "up"))
        self.emit(("welcome", values))
        if came and self.lanes is not None:
            self.lanes.up(now_ms)

    def _head(self, values: dict, now_ms: int) -> None:
        if values["incarnation"] != self.witness.incarnation:
            self._leave()
        elif not self.ready:
            return
        if not self.ready or values["seq"] < self.witness.seq or not values["selling"]:
            # Another life, a head below the one we have seen, or a store that waits for testimony: it shall hear ours.
            if ticks_diff(now_ms, self._hello_ms) > HELLO_AGAIN_MS:
                self._say_hello(now_ms)
        if self.ready:
            self.witness.note(values["seq"], False, now_ms)
            self._told(values, now_ms)
            self.emit(("head", values))

    def _told(self, values: dict, now_ms: int) -> None:
        self.journal.note_booked(values["booked"])
        self.learn_time(values["at_s"])
        asks = values.get("asks", "")
        if asks and asks != self._asks:  # this start of the gateway waits for what we have seen; said once, at once
            self._asks = asks
            self._say_hello(now_ms)

    def _testify(self, values: dict) -> None:
        """What the journal holds, for a gateway whose letter is right, as often as it asks."""
        if not self.ready:
            self.foreign += 1
            return
        from firmware.net import testimony

        del sys.modules["firmware.net.testimony"]  # wanted once in a store's life: it need not stay
        delattr(sys.modules["firmware.net"], "testimony")
        try:
            self.send(*tried(self.seal.make, "testimony", testimony.said(self.journal, values)))
        except MemoryError:
            self.bad_frames += 1  # a full basket lies there; asked again after the next hello

    def _answer(self, message: str, values: dict) -> None:
        question = self._questions.get(values["r"])
        if question is None or message not in MESSAGES[question[1]][1]:
            self.foreign += 1
            return
        del self._questions[values["r"]]
        self.emit(("answer", question[0], message, values))

    def _outcome(self, message: str, values: dict, frame: bytes, now_ms: int) -> bool:
        if self.lanes is None or not self.ready:
            return False
        if values.get("incarnation", self.witness.incarnation) != self.witness.incarnation:
            self._leave()
            return False
        if not self.lanes.answer(message, values, frame, now_ms):
            return False
        if "incarnation" in values:  # a refusal that was long on its way may be of the life before
            self.witness.note(values["seq"], True, now_ms)
        return True

    def _leave(self) -> None:
        if self.ready:
            self.ready = False
            self.emit(("link", "down"))
