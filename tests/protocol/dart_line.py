"""A controller and small pumps on one line, on which time passes from one thing due to the next."""

from protocol.clock import TICKS_PERIOD
from protocol.dart.control import Control
from tests.protocol.small_pump import SmallBus

START_MS = TICKS_PERIOD - 3000  # ticks wrap in the middle of each test


class Line:
    """Time passes from one thing due to the next. `spoil(data, to_pump)` -> the pieces that arrive, and how late."""

    def __init__(self, *pumps, control=None, **how):
        self.pumps = pumps
        self.bus = SmallBus(pumps)
        self.control = control or Control({pump.address: len(pump.prices_raw) for pump in pumps}, how)
        self.now_ms = START_MS
        self.passed_ms = 0
        self.spoil = lambda data, to_pump: [(data, 0)]
        self.answer_ms = 15
        self.echo = False
        self.coming = []
        self.sent = []

    def side(self, at: int = 0):
        return self.control.side(self.pumps[at].address)

    def run(self, until, limit_ms: int = 20000) -> bool:
        """Until until() is true. False: it did not become so."""
        end_ms = self.passed_ms + limit_ms
        while self.passed_ms < end_ms:
            if until():
                return True
            self._step()
        return False

    def rest(self, ms: int) -> None:
        self.run(lambda: False, ms)

    def order(self, order, *values, at: int = 0) -> str | None:
        """Given, and waited for."""
        address = self.pumps[at].address
        self.control.order(address, order, *values)
        assert self.run(lambda: self.control.result(address) is not None)
        return self.control.result(address)

    def known(self) -> None:
        assert self.run(lambda: not any(job.side.silent for job in self.control.jobs))

    def _step(self) -> None:
        out = self.control.due(self.now_ms)
        if out:
            self._says(out)
        self.coming.sort()
        wait_ms = max(1, self.control.wait_ms(self.now_ms))
        if self.coming and self.coming[0][0] <= self.passed_ms + wait_ms:
            at_ms, _, data, to_pump = self.coming.pop(0)
            self._pass(max(0, at_ms - self.passed_ms))
            self._arrives(data, to_pump)
        else:
            self._pass(wait_ms)

    def _pass(self, ms: int) -> None:
        self.passed_ms += ms
        self.now_ms = (self.now_ms + ms) % TICKS_PERIOD

    def _says(self, data: bytes) -> None:
        self.sent.append(data)
        if self.echo:
            self._on_its_way(data, 0, False)
        for piece, late_ms in self.spoil(data, True):
            self._on_its_way(piece, len(data) + late_ms, True)

    def _arrives(self, data: bytes, to_pump: bool) -> None:
        if not to_pump:
            self.control.received(data, self.now_ms)
            return
        answer = self.bus.received(data)
        for piece, late_ms in self.spoil(answer, False) if answer else ():
            self._on_its_way(piece, self.answer_ms + len(piece) + late_ms, False)

    def _on_its_way(self, data: bytes, ms: int, to_pump: bool) -> None:
        self.coming.append((self.passed_ms + ms, len(self.coming), data, to_pump))
