"""The lines of a basket, packed: 200 of them in 16 KB, taken from the heap four at a time.

The gateway holds the basket that counts. Here is what the screen and the receipt need, and the codes, so that the
gateway can be told again. A line's place is its number on the wire, so a line taken out stays as an empty place.
"""

import struct
from collections import namedtuple

from protocol.messages import BASKET_LINES_MAX

BASKET_MAX = 2147483647
CHUNK = 4  # small pieces find room in a heap that has been in use for weeks
CODE_BYTES = 24
NAME_BYTES = 32  # longer names are cut, at a whole letter
KEPT_FOR_REPRINT = 60  # lines kept of the last receipt once the next sale begins
_LINE = "<24s32sIQQ"
_SIZE = struct.calcsize(_LINE)

Line = namedtuple("Line", ("number", "code", "name", "qty_milli", "price_milli", "amount_cents"))


class Basket:
    """Numbers on the wire begin at 1. `number` is the basket's own number on the wire."""

    def __init__(self, number: int):
        self.number = number
        self.used = 0
        self.lines = 0
        self.items_milli = 0
        self.total_cents = 0
        self.dropped = 0
        self.chunks = []

    def next_number(self) -> int:
        """Where the next scan goes; 0 when the basket is full."""
        return self.used + 1 if self.used < BASKET_LINES_MAX else 0

    def write(self, number: int, code: str, values: dict):
        """Takes over a line as the gateway priced it."""
        had_milli = self.line(number).qty_milli if number <= self.used else 0
        while len(self.chunks) * CHUNK < number:
            self.chunks.append(bytearray(CHUNK * _SIZE))
        chunk, at = self._place(number)
        name = _cut(values["name"].encode(), NAME_BYTES)
        qty_milli, price_milli, amount_cents = values["qty_milli"], values["price_milli"], values["amount_cents"]
        struct.pack_into(_LINE, chunk, at, code.encode(), name, qty_milli, price_milli, amount_cents)
        self.used = max(self.used, number)
        self.lines += (qty_milli > 0) - (had_milli > 0)
        self.items_milli += qty_milli - had_milli
        self.total_cents = values["total_cents"]
        while self.used and self.line(self.used).qty_milli == 0:
            self.used -= 1

    def line(self, number: int) -> Line:
        """A line by its number; quantity 0 says that it was taken out."""
        chunk, at = self._place(number)
        code, name, qty_milli, price_milli, amount_cents = struct.unpack_from(_LINE, chunk, at)
        return Line(number, _text(code), _text(name), qty_milli, price_milli, amount_cents)

    def before(self, number: int) -> int:
        """The number of the nearest line above; 0 if there is none."""
        number -= 1
        while number > 0 and not self._counts(number):
            number -= 1
        return number

    def after(self, number: int) -> int:
        """The number of the nearest line below; 0 if there is none."""
        number += 1
        while number <= self.used and not self._counts(number):
            number += 1
        return number if number <= self.used else 0

    def shorten(self):
        """Lets go of all but the first lines: the sale is over, only a second print may follow."""
        if self.used > KEPT_FOR_REPRINT:
            self.dropped = self.used - KEPT_FOR_REPRINT
            self.used = KEPT_FOR_REPRINT
            self.chunks = self.chunks[: KEPT_FOR_REPRINT // CHUNK]

    def _place(self, number: int) -> tuple:
        return self.chunks[(number - 1) // CHUNK], (number - 1) % CHUNK * _SIZE

    def _counts(self, number: int) -> bool:
        return self.line(number).qty_milli > 0


def quantity(qty_milli: int) -> str:
    """1000 -> '1', 512 -> '0.512', 1500 -> '1.5'."""
    whole, part = divmod(qty_milli, 1000)
    return str(whole) if not part else ("%d.%03d" % (whole, part)).rstrip("0")


def parse_quantity(text: str) -> int:
    """'3' -> 3000, '0.512' -> 512; -1 for anything else, and for more than fits on the wire."""
    whole, _, part = text.partition(".")
    if not (whole or part) or len(part) > 3 or len(whole) > 5 or not (whole + part).isdigit():
        return -1
    while len(part) < 3:
        part += "0"
    return int((whole or "0") + part)


def _text(raw: bytes) -> str:
    return raw.rstrip(b"\x00").decode()


def _cut(raw: bytes, size: int) -> bytes:
    if len(raw) <= size:
        return raw
    while raw[size] & 0xC0 == 0x80:
        size -= 1
    return raw[:size]
