"""The lines of a basket, packed: 200 of them in 6 to 12 KB, of which a board's heap holds two pages.

The gateway holds the basket that counts. Here is what the screen and the receipt need, and the codes, so that the
gateway can be told again. A line's place is its number on the wire, so a line taken out stays as an empty place.

A line is its length (1 byte), then quantity, unit price and amount (7 bits a byte, lowest first, the top bit says that
more follow), the code (its length, then digits two in a byte; with 128 added to the length: as it is), the name.

A page is never made anew while lines come: pieces that grow line by line leave holes in a heap, each a little too small
for the next. It is how far it is full (2 bytes), then the lines. The last one stays, and one more; the others wait in
flash (shelf.py), where a basket of some twenty lines never comes.
"""

from binascii import hexlify, unhexlify
from collections import namedtuple

from firmware.flows.shelf import PAGE_BYTES
from protocol.ids import is_digits
from protocol.messages import BASKET_LINES_MAX

BASKET_MAX = 2147483647
PAGES_HELD = 2  # in memory at once, where there is a shelf
LINES_AT = 2
CODE_BYTES = 24
NAME_BYTES = 32  # longer names are cut, at a whole letter
AS_IT_IS = 128

Line = namedtuple("Line", ("number", "code", "name", "qty_milli", "price_milli", "amount_cents"))


class Basket:
    """Numbers on the wire begin at 1. `number` is the basket's own number on the wire.

    pages: the bytes of each, None where it lies on the shelf alone. counts: the lines in each. slots: where on the
    shelf each has its place, doubled, and one more while what lies there is not what counts.
    """

    def __init__(self, number: int, shelf=None):
        self.number = number
        self.shelf = shelf
        self.used = 0
        self.lines = 0
        self.items_milli = 0
        self.total_cents = 0
        self.dropped = 0
        self.held = 0
        self.pages = []
        self.counts = []
        self.slots = []
        self.made = 0
        self.recent = 0

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
        raw = bytes(page[at + 1 : at + 1 + page[at]])
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

    def put_away(self):
        """A sale that is over: if it lies in flash in part, all of it does from now on."""
        if self.made <= PAGES_HELD or self.shelf is None:
            return
        for at, page in enumerate(self.pages):
            if page and self._away(at):
                self.pages[at] = None

    def let_go(self):
        """The heap is full: of a sale that is over only its figures stay."""
        self.dropped, self.used, self.held = self.used, 0, 0
        self.pages, self.counts, self.slots = [], [], []

    def _place(self, number: int) -> tuple:
        """The page of a line, and where in it the line begins."""
        index, before = self._index(number)
        page, at = self._page(index), LINES_AT
        for _ in range(number - 1 - before):
            at += 1 + page[at]
        return page, at

    def _index(self, number: int) -> tuple:
        """Which page a line is in, and how many lines are in those before it."""
        index = before = 0
        while number > before + self.counts[index]:
            before += self.counts[index]
            index += 1
        return index, before

    def _page(self, index: int) -> bytearray:
        page = self.pages[index]
        if page is None:
            page = self._memory()
            self.shelf.read(self.slots[index] >> 1, page)
            self.pages[index] = page
        self.recent = index
        return page

    def _memory(self) -> bytearray:
        """Room for a page: that of one which goes onto the shelf, never the last, rather not that just used."""
        held = [at for at in range(len(self.pages) - 1) if self.pages[at]]
        if self.shelf is None or len(held) < PAGES_HELD - 1:
            return bytearray(PAGE_BYTES)
        at = held[len(held) > 1 and held[0] == self.recent]
        if not self._away(at):
            return bytearray(PAGE_BYTES)  # flash takes no more: what was bought stays in memory
        page, self.pages[at] = self.pages[at], None
        return page

    def _away(self, at: int) -> bool:
        """Whether what counts of a page lies on the shelf now."""
        if self.slots[at] & 1:
            try:
                self.shelf.write(self.slots[at] >> 1, self.pages[at])
            except OSError:
                return False
            self.slots[at] &= ~1
        return True

    def _counts(self, number: int) -> bool:
        page, at = self._place(number)
        return page[at] > 0 and page[at + 1] > 0

    def _add(self, packed: bytes):
        last = len(self.pages) - 1
        if last < 0 or _full(self.pages[last]) + len(packed) > PAGE_BYTES:
            last += 1
            self._insert(last, 0, b"")
        page, at = self.pages[last], _full(self.pages[last])
        page[at : at + len(packed)] = packed
        _fill(page, at + len(packed))
        self.counts[last] += 1
        self.slots[last] |= 1
        self.held += 1

    def _insert(self, index: int, lines: int, raw: bytes):
        page = self._memory()
        page[LINES_AT : LINES_AT + len(raw)] = raw
        _fill(page, LINES_AT + len(raw))
        self.pages.insert(index, page)
        self.counts.insert(index, lines)
        self.slots.insert(index, self.made * 2 + 1)
        self.made += 1

    def _replace(self, number: int, packed: bytes):
        index, before = self._index(number)
        page, at = self._place(number)
        rest = bytes(page[at + 1 + page[at] : _full(page)])
        end = at + len(packed) + len(rest)
        self.slots[index] |= 1
        if end <= PAGE_BYTES:
            page[at:end] = packed + rest
            _fill(page, end)
            return
        after = before + self.counts[index] - number
        split = LINES_AT + len(packed) + len(rest) <= PAGE_BYTES
        if not split:  # then little stands before it
            page[at : at + len(packed)] = packed
            at += len(packed)
        _fill(page, at)
        self.counts[index] = number - before - split
        self._insert(index + 1, after + split, packed + rest if split else rest)


def _full(page: bytearray) -> int:
    return page[0] << 8 | page[1]


def _fill(page: bytearray, end: int):
    page[0], page[1] = end >> 8, end & 255


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
