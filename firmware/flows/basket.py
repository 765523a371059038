"""The lines of a basket, packed: 200 of them in 6 to 12 KB, taken from the heap a few lines at a time.

The gateway holds the basket that counts. Here is what the screen and the receipt need, and the codes, so that the
gateway can be told again. A line's place is its number on the wire, so a line taken out stays as an empty place.

A line is its length (1 byte), then quantity, unit price and amount (7 bits a byte, lowest first, the top bit says that
more follow), the code (its length, then digits two in a byte; with 128 added to the length: as it is), the name.
"""

from binascii import hexlify, unhexlify
from collections import namedtuple

from protocol.ids import is_digits
from protocol.messages import BASKET_LINES_MAX

BASKET_MAX = 2147483647
CHUNK = 8  # lines in one piece: small pieces find room in a heap that has been in use for weeks
CODE_BYTES = 24
NAME_BYTES = 32  # longer names are cut, at a whole letter
KEPT_FOR_REPRINT = 64  # lines kept of the last receipt once the next sale begins
AS_IT_IS = 128

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
        qty_milli = values["qty_milli"]
        packed = _pack(code, values["name"], (qty_milli, values["price_milli"], values["amount_cents"]))
        while len(self.chunks) * CHUNK < number:
            self.chunks.append(bytes(CHUNK))  # lines of no bytes
        chunk, at = self._place(number)
        self.chunks[(number - 1) // CHUNK] = chunk[:at] + packed + chunk[at + 1 + chunk[at] :]
        self.used = max(self.used, number)
        self.lines += (qty_milli > 0) - (had_milli > 0)
        self.items_milli += qty_milli - had_milli
        self.total_cents = values["total_cents"]
        while self.used and not self._counts(self.used):
            self.used -= 1

    def line(self, number: int) -> Line:
        """A line by its number; quantity 0 says that it was taken out."""
        chunk, at = self._place(number)
        end = at + 1 + chunk[at]
        if end == at + 1:
            return Line(number, "", "", 0, 0, 0)
        qty_milli, at = _read(chunk, at + 1)
        price_milli, at = _read(chunk, at)
        amount_cents, at = _read(chunk, at)
        code, at = _read_code(chunk, at)
        return Line(number, code, chunk[at:end].decode(), qty_milli, price_milli, amount_cents)

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

    def shorten(self, kept: int = KEPT_FOR_REPRINT):
        """Lets go of all but the first lines (a multiple of CHUNK): only a second print may follow."""
        if self.used > kept:
            self.dropped += self.used - kept
            self.used = kept
            self.chunks = self.chunks[: kept // CHUNK]

    def _place(self, number: int) -> tuple:
        chunk = self.chunks[(number - 1) // CHUNK]
        at = 0
        for _ in range((number - 1) % CHUNK):
            at += 1 + chunk[at]
        return chunk, at

    def _counts(self, number: int) -> bool:
        chunk, at = self._place(number)
        return chunk[at] > 0 and chunk[at + 1] > 0


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


def _pack(code: str, name: str, numbers: tuple) -> bytes:
    packed = bytearray(1)
    for number in numbers:
        while number > 127:
            packed.append(number & 127 | 128)
            number >>= 7
        packed.append(number)
    if is_digits(code):
        packed.append(len(code))
        packed.extend(unhexlify("0" + code if len(code) & 1 else code))
    else:
        raw = code.encode()
        packed.append(len(raw) | AS_IT_IS)
        packed.extend(raw)
    packed.extend(_cut(name.encode(), NAME_BYTES))
    packed[0] = len(packed) - 1
    return bytes(packed)


def _read(chunk: bytes, at: int) -> tuple:
    number = shift = 0
    while chunk[at] > 127:
        number |= (chunk[at] & 127) << shift
        shift += 7
        at += 1
    return number | chunk[at] << shift, at + 1


def _read_code(chunk: bytes, at: int) -> tuple:
    size = chunk[at]
    at += 1
    if size >= AS_IT_IS:
        end = at + size - AS_IT_IS
        return chunk[at:end].decode(), end
    end = at + (size + 1) // 2
    return hexlify(chunk[at:end]).decode()[size & 1 :], end


def _cut(raw: bytes, size: int) -> bytes:
    if len(raw) <= size:
        return raw
    while raw[size] & 0xC0 == 0x80:
        size -= 1
    return raw[:size]
