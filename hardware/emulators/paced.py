"""A reader whose serial line is as slow as a real one: bytes take their time, both ways.

For measurements. Sockets and pseudo terminals have no speed; here each byte holds the line for its ten bits.
"""

import asyncio

from hardware.emulators.pn532 import Pn532
from hardware.emulators.reader import Reader

BITS_PER_BYTE = 10  # 8N1
RF_BIT_S = 1 / 105_938  # ISO 14443 at 13.56 MHz / 128
RF_FRAME_S = 0.0007  # both frames' starts and ends, CRC and PCB bytes, the guard time between: 6 bytes and 86 us


def air_s(sent_bytes: int, received_bytes: int) -> float:
    """Time on the air of one exchange at 106 kbit/s, nine bits a byte; the card itself takes no time here."""
    return (sent_bytes + received_bytes) * 9 * RF_BIT_S + RF_FRAME_S


class PacedReader(Reader):
    """Counts what goes over the line: `to_chip`, `to_host` in bytes, `exchanges` of the chip."""

    def __init__(self, baud: int = 115_200, card_s: float = 0.0) -> None:
        super().__init__(Pn532())
        self._byte_s = BITS_PER_BYTE / baud
        self._card_s = card_s
        self.chip.air_s = self._in_the_air_s
        self.to_chip = self.to_host = 0
        self.air_total_s = 0.0
        self._heard_until_s = self._said_until_s = 0.0

    def reset_counts(self) -> None:
        self.to_chip = self.to_host = 0
        self.air_total_s = 0.0
        self.chip.exchanges = 0

    def _in_the_air_s(self, sent_bytes: int, received_bytes: int) -> float:
        took_s = air_s(sent_bytes, received_bytes) + self._card_s
        self.air_total_s += took_s
        return took_s

    @property
    def line_s(self) -> float:
        """What the bytes so far have held the line for."""
        return (self.to_chip + self.to_host) * self._byte_s

    def _receive(self, data: bytes) -> None:
        """The chip hears it when the last byte is through."""
        self.to_chip += len(data)
        loop = asyncio.get_running_loop()
        self._heard_until_s = max(loop.time(), self._heard_until_s) + len(data) * self._byte_s
        loop.call_at(self._heard_until_s, self._heard, data)

    def _heard(self, data: bytes) -> None:
        self._say(self.chip.feed(data))
        self._set_timer()

    def _due(self) -> None:
        self._say(self.chip.poll())
        self._set_timer()

    def _say(self, data: bytes) -> None:
        if not data:
            return
        self.to_host += len(data)
        loop = asyncio.get_running_loop()
        self._said_until_s = max(loop.time(), self._said_until_s) + len(data) * self._byte_s
        loop.call_at(self._said_until_s, self.line.write, data)
