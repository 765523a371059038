"""The lines of a basket, packed: 200 of them in 6 to 12 KB, taken from the heap page by page.

The gateway holds the basket that counts. Here is what the screen and the receipt need, and the codes, so that the
gateway can be told again. A line's place is its number on the wire, so a line taken out stays as an empty place.

A line is its length (1 byte), then quantity, unit price and amount (7 bits a byte, lowest first, the top bit says that
more follow), the code (its length, then digits two in a byte; with 128 added to the length: as it is), the name.

A page is never made anew while lines come: pieces that grow line by line leave holes in a heap, each a little too small
for the next. It is the number of lines in it (1 byte), how far it is full (2 bytes), the lines.
"""

from binascii import hexlify, unhexlify
from collections import namedtuple

from protocol.ids import is_digits
from protocol.messages import BASKET_LINES_MAX

BASKET_MAX = 2147483647
PAGE_BYTES = 512
LINES_AT = 3
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
        self.held = 0
        self.pages = []

    def next_number(self) -> int:
        """Where the next scan goes; 0 when the basket is full."""
        return self.used + 1 if self.used < BASKET_LINES_MAX else 0

    def write(self, number: int, code: str, values: dict):
        """Takes over a line as the gateway priced it."""
        had_milli = self.line(number).qty_milli if number <= self.used else 0
        qty_milli = values["qty_milli"]
        packed = _pack(code, values["name"], (qty_milli, values["price_milli"], values["amount_cents"]))
        while self.held + 1 < number:
            self._add(b"\x00")  # lines of no bytes
        if number > self.held:
            self._add(packed)
        else:
            self._replace(number, packed)
        self.used = max(self.used, number)
        self.lines += (qty_milli > 0) - (had_milli > 0)
        self.items_milli += qty_milli - had_milli
        self.total_cents = values["total_cents"]
        while self.used and not self._counts(self.used):
            self.used -= 1

    def line(self, number: int) -> Line:
        """A line by its number; quantity 0 says that it was taken out."""
        page, at = self._place(number)
        raw = bytes(self.pages[page][at + 1 : at + 1 + self.pages[page][at]])
        if not raw:
            return Line(number, "", "", 0, 0, 0)
        qty_milli, at = _read(raw, 0)
        price_milli, at = _read(raw, at)
        amount_cents, at = _read(raw, at)
        code, at = _read_code(raw, at)
        return Line(number, code, raw[at:].decode(), qty_milli, price_milli, amount_cents)

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
        """Lets go of all but the first lines: only a second print may follow."""
        if self.used > kept:
            self.dropped += self.used - kept
            self.used = kept
            self.pages = self.pages[: self._place(kept)[0] + 1] if kept else []
            self.held = sum([page[0] for page in self.pages])

    def _place(self, number: int) -> tuple:
        page = 0
        while number > self.pages[page][0]:
            number -= self.pages[page][0]
            page += 1
        lines, at = self.pages[page], LINES_AT
        for _ in range(number - 1):
            at += 1 + lines[at]
        return page, at

    def _counts(self, number: int) -> bool:
        page, at = self._place(number)
        return self.pages[page][at] > 0 and self.pages[page][at + 1] > 0

    def _add(self, packed: bytes):
        if not self.pages or _full(self.pages[-1]) + len(packed) > PAGE_BYTES:
            self.pages.append(_page(0, b""))
        page, at = self.pages[-1], _full(self.pages[-1])
        page[at : at + len(packed)] = packed
        _fill(page, page[0] + 1, at + len(packed))
        self.held += 1

    def _replace(self, number: int, packed: bytes):
        index, at = self._place(number)
        page = self.pages[index]
        rest = bytes(page[at + 1 + page[at] : _full(page)])
        lines, end = page[0], at + len(packed) + len(rest)
        if end <= PAGE_BYTES:
            page[at:end] = packed + rest
            _fill(page, lines, end)
            return
        before = number - 1 - sum([other[0] for other in self.pages[:index]])
        _fill(page, before, at)
        if LINES_AT + len(packed) + len(rest) <= PAGE_BYTES:
            new = [_page(lines - before, packed + rest)]
        else:
            new = [_page(1, packed), _page(lines - before - 1, rest)]
        self.pages = self.pages[: index + (before > 0)] + new + self.pages[index + 1 :]


def _page(lines: int, raw: bytes) -> bytearray:
    page = bytearray(PAGE_BYTES)
    page[LINES_AT : LINES_AT + len(raw)] = raw
    _fill(page, lines, LINES_AT + len(raw))
    return page


def _full(page: bytearray) -> int:
    return page[1] << 8 | page[2]


def _fill(page: bytearray, lines: int, end: int):
    page[0], page[1], page[2] = lines, end >> 8, end & 255


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


def _read(raw: bytes, at: int) -> tuple:
    number = shift = 0
    while raw[at] > 127:
        number |= (raw[at] & 127) << shift
        shift += 7
        at += 1
    return number | raw[at] << shift, at + 1


def _read_code(raw: bytes, at: int) -> tuple:
    size = raw[at]
    at += 1
    if size >= AS_IT_IS:
        end = at + size - AS_IT_IS
        return raw[at:end].decode(), end
    end = at + (size + 1) // 2
    return hexlify(raw[at:end]).decode()[size & 1 :], end


def _cut(raw: bytes, size: int) -> bytes:
    if len(raw) <= size:
        return raw
    while raw[size] & 0xC0 == 0x80:
        size -= 1
    return raw[:size]
