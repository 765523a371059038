"""A desk's reader without a line: our PN532 host and the emulated chip, byte for byte, in one thread."""

import time

from hardware.emulators.desfire import Card
from hardware.emulators.pn532 import Pn532 as Chip
from tools.desk.readers import Pn532Reader
from tools.pn532_host import Pn532

EXCHANGE = b"\xd4\x40"  # InDataExchange


class Table:
    """The reader with what lies on it. `away_after`: exchanges after which the card is taken away, once.

    `pile`: cards that come one after the other, each as the one before is finished.
    """

    def __init__(self, *pile: Card):
        self.chip, self.waiting, self.away_after, self.exchanges = Chip(), b"", 0, 0
        self.pile = list(pile)
        self.reader = Pn532Reader(Pn532(self._write, self._read))
        self.next()

    def next(self) -> None:
        self.chip.remove()
        if self.pile:
            self.chip.place(self.pile.pop(0))

    def lay(self, card: Card) -> None:
        self.chip.remove()
        self.chip.place(card)

    def _write(self, data: bytes) -> None:
        self.exchanges += EXCHANGE in data
        if self.away_after and self.exchanges == self.away_after:
            self.away_after = 0
            self.chip.remove()
        self.waiting += self.chip.feed(data)

    def _read(self, timeout_s: float) -> bytes:
        if not self.waiting:
            due_s = self.chip.due_s()
            time.sleep(max(0.0, min(timeout_s, (due_s or 0.0) - self.chip.now_s())) if due_s else 0.0)
            self.waiting += self.chip.poll()
        data, self.waiting = self.waiting, b""
        return data
