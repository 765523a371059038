"""What goes wrong between pumps and their controller, and how long bytes take: noise, lost, doubled, late, babble."""

import asyncio
import random
from collections.abc import Callable

BITS_PER_BYTE = 11  # 8O1
BABBLE_BYTES = 40


class LineFaults:
    """Switches, each until it is switched back. Parts are of the frames each way, 0 to 1; chance is seeded.

    `silent`: addresses that hear and say nothing. `babbles`: addresses that talk rubbish at whatever is on the line.
    `echo`: the adapter gives the controller its own bytes back, as two-wire adapters do.
    """

    def __init__(self, seed: int = 1) -> None:
        self.noise = self.lost = self.doubled = 0.0
        self.late_s = 0.0
        self.silent: set[int] = set()
        self.babbles: set[int] = set()
        self.echo = False
        self._chance = random.Random(seed)

    def heard(self, data: bytes) -> bytes:
        """What of the controller's bytes arrives at the pumps."""
        return b"" if self._happens(self.lost) else self._spoilt(data)

    def said(self, address: int, answer: bytes) -> bytes:
        """What of a pump's answer arrives at the controller."""
        if address in self.babbles:
            return self._chance.randbytes(self._chance.randint(1, BABBLE_BYTES))
        if not answer or address in self.silent or self._happens(self.lost):
            return b""
        return self._spoilt(answer) * (2 if self._happens(self.doubled) else 1)

    def _spoilt(self, data: bytes) -> bytes:
        if not data or not self._happens(self.noise):
            return data
        at = self._chance.randrange(len(data))
        return data[:at] + bytes((data[at] ^ 1 << self._chance.randrange(8),)) + data[at + 1 :]

    def _happens(self, part: float) -> bool:
        return part > 0 and self._chance.random() < part


class Pace:
    """A half-duplex line of `baud`: bytes take their time, both ways, one after another. 0: as fast as it goes."""

    def __init__(self, baud: int) -> None:
        self._byte_s = BITS_PER_BYTE / baud if baud else 0.0
        self._free_at_s = 0.0
        self.bytes = 0

    def run(self, data: bytes, then: Callable[[bytes], None], later_s: float = 0.0) -> None:
        """Hands `data` on when its last byte is through, `later_s` after whoever says it began to think."""
        if not self._byte_s and not later_s:
            then(data)
            return
        self.bytes += len(data)
        loop = asyncio.get_running_loop()
        self._free_at_s = max(loop.time() + later_s, self._free_at_s) + len(data) * self._byte_s
        loop.call_at(self._free_at_s, then, data)

    @property
    def line_s(self) -> float:
        """What the bytes so far have held the line for."""
        return self.bytes * self._byte_s
