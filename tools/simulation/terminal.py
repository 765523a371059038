"""A terminal: the firmware's own link, lanes and witness (firmware/net) over a flash in memory and a plain seal."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from firmware.net import lanes, witness
from firmware.net.lanes import Lanes
from firmware.net.link import Link
from protocol.ids import LANES
from tools.simulation.schedule import Schedule

TICK_MS = 2001  # a request is repeated after 2 s at the earliest (firmware/net/lanes.py)


class NoGarbage:
    """A board cleans its heap while it waits; in here that takes 17 ms of a whole process each time."""

    @staticmethod
    def collect() -> None:
        """Nothing."""


class Frame(bytes):
    """What lies on the wire: the bytes, and beside them what an opened seal would give."""

    values: dict[str, Any]


class PlainSeal:
    """In the place of firmware/net/seal.py: frames are not encrypted here, the letter is a look into head office."""

    def __init__(self, me: str, letter_is_right: Callable[[dict], bool]):
        self.me, self.letter_is_right = me, letter_is_right

    def make(self, message: str, values: dict) -> tuple[str, Frame]:
        frame = Frame(json.dumps(values, separators=(",", ":")).encode()[:-1] + b',"k":1}')
        frame.values = values
        return message, frame

    def open(self, topic: str, frame: Any) -> tuple[str, dict]:
        return topic, frame


class Flash:
    """What outlives a restart: the journal (firmware/net/journal.py) and the witness record."""

    def __init__(self, number: str):
        self.number = number
        self.last = [0] * LANES
        self.booked = [0] * LANES
        self.open: dict[int, tuple] = {}
        self.starts = 0
        self.answers: dict[tuple[int, int], tuple[str, dict]] = {}
        self.asked: dict[tuple[int, int], tuple[str, Frame]] = {}
        self.record = b""
        self.last_answer: dict[str, Any] = {}
        self.told = None  # read by Terminal.start instead
        self.nozzles: dict[int, dict | None] = {}  # firmware/pump_task.py keeps them in slots

    def request(self, lane: int, sequence: int, message: str, frame: Frame) -> None:
        self.last[lane] = sequence
        self.open[lane] = (sequence, message, frame, False)
        self.asked[lane, sequence] = (message, frame)

    def void(self, lane: int, sequence: int, frame: Frame) -> None:
        self.open[lane] = (*self.open[lane][:3], True)

    def answer(self, lane: int, sequence: int, message: str, frame: dict) -> None:
        del self.open[lane]
        self.answers[lane, sequence] = (message, frame)
        self.last_answer = frame

    def note_booked(self, booked: list) -> None:
        self.booked = [max(*pair) for pair in zip(self.booked, booked, strict=True)] if booked else self.booked


class Slot:
    """The two-slot record of the witness."""

    def __init__(self, flash: Flash):
        self._flash = flash
        self.value = flash.record

    def write(self, value: bytes) -> None:
        self._flash.record = value


class FlashWitness(witness.Witness):
    """The firmware's witness over this flash."""

    def __init__(self, flash: Flash, now_ms: int):
        files, witness.Slots = witness.Slots, lambda path: Slot(flash)
        try:
            super().__init__("", now_ms)
        finally:
            witness.Slots = files


class Terminal:
    """One till. `send(name, message, frame)` is its way to the gateway; `told(terminal, event)` hears what it shows."""

    def __init__(
        self, name: str, schedule: Schedule, dice: Random, send: Callable, told: Callable, letter_is_right: Callable
    ):
        self.name, self._schedule, self._dice, self._send, self._told = name, schedule, dice, send, told
        setattr(lanes, "gc", NoGarbage)  # noqa: B010  pyright knows no other module in this place
        self._seal = PlainSeal(name, lambda values: letter_is_right(name, values))
        self.flash = Flash(self._journal_number())
        self.lost_flashes: list[Flash] = []
        self._hellos: list[Frame] = []
        self._pending: list[tuple] | None = None
        self._ticking = False
        self._life = 0
        self.on = False
        self.cut: Callable[[], None] = lambda: None  # its pumps' app is gone, and may begin again
        self.begun: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Power on: what lies unanswered in the journal is voided."""
        now_ms = self._schedule.now_ms
        self.cut()
        self.on = True
        self.flash.starts += 1
        self._life += 1
        seen = FlashWitness(self.flash, now_ms)
        last = self.flash.last_answer
        if last.get("incarnation") == seen.incarnation:
            seen.note(last.get("seq", 0), True, now_ms)  # the journal tells of a head that the record has missed
        self.lanes = Lanes(self._seal, self.flash, self._out, self._emit, lambda: now_ms // 1000)
        self.link = Link(
            self._seal, self._out, self._emit, seen, self.flash, self.lanes, self._hello, lambda at_s: None
        )
        pending, life = [], self._life
        self._pending = pending
        self.lanes.resume()
        self.link.up(now_ms)
        self._keep_ticking()
        self._pending = None
        self.begun()
        for event in pending:
            if life == self._life:
                self._emit(event)

    def switch_off(self, for_ms: int) -> None:
        """Dark for a while: it hears nothing and says nothing."""
        if self.on:
            self.on = False
            self.cut()
            self._schedule.after(for_ms, self.wake)

    def wake(self) -> None:
        """On again, unless somebody was quicker."""
        if not self.on:
            self.start()

    @property
    def ready(self) -> bool:
        """Whether it can serve somebody now."""
        return self.on and self.link.ready

    def lose_flash(self) -> None:
        """A new flash chip: another journal number, no memory."""
        self.lost_flashes.append(self.flash)
        self.flash = Flash(self._journal_number())
        self.start()

    def request(self, lane: int, message: str, values: dict) -> None:
        if not self.on:
            self._schedule.after(TICK_MS, self.request, lane, message, values)
            return
        self.lanes.request(lane, message, values, self._schedule.now_ms)
        self._keep_ticking()

    def give_up(self, lane: int, sequence: int) -> None:
        """The customer has left: if that request is still open, it is voided."""
        there = self.lanes.open.get(lane)
        if self.on and there is not None and there.sequence == sequence:
            self.lanes.give_up(lane, self._schedule.now_ms)
            self._keep_ticking()

    def send_again(self, lane: int) -> None:
        """The very same frame once more, unasked."""
        there = self.lanes.open.get(lane)
        if self.on and there is not None:
            self._out(*there.packet)

    def hear(self, message: str, values: Any) -> None:
        """Something came from the gateway."""
        if not self.on:
            return
        if message == "testify":
            self._testify(values["life"])
            return
        self.link.frame(message, values, self._schedule.now_ms)
        if message == "head":
            self.link.tick(self._schedule.now_ms)

    def say_hello(self) -> None:
        """The connection came back."""
        if self.on:
            self.link.up(self._schedule.now_ms)

    def has_seen(self, incarnation: str) -> int:
        """The highest head of that life in this terminal's flash."""
        record = self.flash.record
        return int.from_bytes(record[16:], "big") if record[:16].hex() == incarnation else 0

    def _testify(self, life: str) -> None:
        """What the journal holds with an answer and is not known to be booked."""
        flash = self.flash
        pairs = [
            (*flash.asked[lane, sequence], *answer)
            for (lane, sequence), answer in sorted(flash.answers.items())
            if sequence > flash.booked[lane]
        ]
        frame = Frame(b"{}")
        frame.values = {"life": life, "pairs": pairs}
        self._out("testimony", frame)

    def sealed(self, message: str, values: dict) -> tuple[str, Frame]:
        """A frame as this terminal would make it."""
        return self._seal.make(message, values)

    def busy(self, lane: int) -> bool:
        return lane in self.lanes.open

    def _journal_number(self) -> str:
        return "%08x" % self._dice.getrandbits(32)

    def _hello(self) -> dict:
        return {}

    def old_hello(self, dice: Random) -> Frame | None:
        """A hello of before, byte for byte."""
        return dice.choice(self._hellos) if self._hellos else None

    def _out(self, topic: str, frame: Frame) -> bool:
        message = topic.rpartition("/")[2]
        if message == "hello":
            self._hellos.append(frame)
        self._send(self.name, message, frame)
        return True

    def _emit(self, event: tuple) -> None:
        if self._pending is not None:
            self._pending.append(event)  # the app hears it once it has begun
        else:
            self._told(self, event)

    def _keep_ticking(self) -> None:
        if not self._ticking:
            self._ticking = True
            self._schedule.after(TICK_MS, self._tick, self._life)

    def _tick(self, life: int) -> None:
        self._ticking = False
        if not self.on:
            return
        self.link.tick(self._schedule.now_ms)
        if self.lanes.open or not self.link.ready:
            self._keep_ticking()
