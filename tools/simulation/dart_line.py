"""A DART line in virtual time: the terminal's own controller (protocol/dart) and an emulated dispenser.

An exchange is one step of the schedule. A line on which nobody has anything to say sleeps until somebody has: a real
one is polled ten times a second, and hears the same EOT each time.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from hardware.emulators.dispenser import Dispenser
from hardware.emulators.pump_voice import Voice
from protocol.dart.control import Control
from protocol.dart.line import EOT, Decoder, encode
from protocol.dart.pump import Pump

if TYPE_CHECKING:
    from tools.simulation.world import World

LATE_MS = (130, 600)  # an answer that comes when nobody waits for it any more


class DartLine:
    """One dispenser's. `heard()` is called after each turn; `flow()` lets the physics come up to now."""

    def __init__(self, world: "World", dispenser: Dispenser, flow: Callable[[], None], heard: Callable[[], None]):
        self.world, self.dispenser, self._flow, self._tell = world, dispenser, flow, heard
        self.voice = Voice(dispenser)
        self.pump = Pump(dispenser.address, self.voice.heard, self.voice.news)
        self.control: Control | None = None
        self._decoder, self._quiet = Decoder(), encode(dispenser.address, EOT)
        self._life, self._awake, self._was_quiet, self._late_ms = 0, False, False, 0

    def plug(self, control: Control | None) -> None:
        """Another controller begins to talk (None: it has no power)."""
        self.control = control
        self._life += 1
        self._awake = self._was_quiet = False
        self.wake()

    def wake(self) -> None:
        """Somebody has something to say."""
        self._was_quiet = False
        if self.control is not None and not self._awake:
            self._awake = True
            self.world.schedule.after(1, self._turn, self._life)

    def power(self, on: bool) -> None:
        """The dispenser's."""
        self._flow()
        if on:
            self.voice.wake()
            self.pump.reset()
            self.dispenser.power_on()
        else:
            self.dispenser.power_off()
        self.wake()

    def _turn(self, life: int) -> None:
        control = self.control
        if life != self._life or control is None:
            return
        self._flow()
        now_ms = self.world.schedule.now_ms
        out = control.due(now_ms)
        if out:
            self._exchange(control, out, now_ms)
        self._tell()
        if life != self._life:
            return
        if self._sleeps(control):
            self._awake = False
        else:
            self.world.schedule.after(max(1, control.wait_ms(now_ms)), self._turn, life)

    def _exchange(self, control: Control, out: bytes, now_ms: int) -> None:
        """Bytes there, and what comes back."""
        answer = b""
        reached = self._on_the_way(out)
        if reached and self.dispenser.powered:
            self._decoder.reset()
            answer = b"".join([self.pump.received(frame) for frame in self._decoder.feed(reached)])
        self._was_quiet = answer == self._quiet
        answer = self._on_the_way(answer)
        if answer and self.world.chance.strikes("dart_late"):
            self._late_ms = now_ms + self.world.chance.dice.randint(*LATE_MS)
        if answer and self._late_ms > now_ms:  # what comes after it waits behind it
            self.world.schedule.after(self._late_ms - now_ms, self._late, self._life, answer)
        elif answer:
            control.received(answer, now_ms)

    def _late(self, life: int, answer: bytes) -> None:
        if life == self._life and self.control is not None:
            self.control.received(answer, self.world.schedule.now_ms)

    def _on_the_way(self, data: bytes) -> bytes:
        """Lost, spoilt, or twice one after the other."""
        chance = self.world.chance
        if not data or chance.strikes("dart_lose"):
            return b""
        if chance.strikes("dart_spoil"):
            at = chance.dice.randrange(len(data))
            return data[:at] + bytes((data[at] ^ 1 << chance.dice.randrange(8),)) + data[at + 1 :]
        return data * 2 if chance.strikes("dart_double") else data

    def _sleeps(self, control: Control) -> bool:
        job = control.jobs[0]
        side = job.side
        if job.steps is not None or job.waiting:
            return False
        if side.gone:
            return not self.dispenser.powered
        return self._was_quiet and not (side.silent or side.uncounted or side.moved)
