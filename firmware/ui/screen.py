"""320x240 pixels, one bit each, seen as 40x15 text cells. Only cells that change are drawn.

What is kept is the letter in each cell; pixels are made one text row at a time, when the display driver sends them
(framebuf.MONO_HLSB: 40 bytes a row, bit 7 is the leftmost pixel): 640 bytes instead of the 9600 of a whole picture.
A figure may be drawn at twice the size; it then fills two cells for each one, on two rows.

All of it is lent memory (firmware/hal.py): while a handshake of TLS has it, nothing can be drawn, and what the panel
shows stays there. In new memory every cell counts as changed.
"""

from firmware.ui.cells import WIDE_FROM, cells, clip, code_points

COLUMNS, ROWS = 40, 15
LINE_BYTES = 40
CELL_HIGH = 16
_CELLS = COLUMNS * ROWS
_PIXELS = LINE_BYTES * CELL_HIGH
_BLANK = 0x20

# what a cell shows of its glyph: which quarter (x 0..3, y 0..1), at which size, inverted or not
_Y, _BIG, _INVERSE = 4, 8, 16
_PUT = 32  # something was put there since the last end()
_DOUBLED = bytes([0x00, 0x03, 0x0C, 0x0F, 0x30, 0x33, 0x3C, 0x3F, 0xC0, 0xC3, 0xCC, 0xCF, 0xF0, 0xF3, 0xFC, 0xFF])


def own(size: int, take):
    """Memory that nobody wants back; a board's is firmware.hal.lend."""
    take(bytearray(size))


class Screen:
    """begin(), any number of bar() and put(), then end(): what was not put is blank. paint(row) fills `pixels`."""

    def __init__(self, font, lend=own):
        self.font = font
        self.inverse_rows = 0
        self.dirty_rows = 0
        lend(_PIXELS + 3 * _CELLS, self.take)

    def take(self, memory):
        """Other memory, None while there is none: the pixels of a row, then of each cell its letter and its look."""
        self.pixels = memory
        if memory is None:
            self.looks = self.low = self.high = None
            return
        whole = memoryview(memory)
        self.pixels = whole[:_PIXELS]
        self.looks = whole[_PIXELS : _PIXELS + _CELLS]
        self.low = whole[_PIXELS + _CELLS : _PIXELS + 2 * _CELLS]
        self.high = whole[_PIXELS + 2 * _CELLS :]

    def begin(self):
        """Starts a new picture."""
        self.inverse_rows = 0

    def bar(self, row: int):
        """This row is light on dark. Say so before anything is put there."""
        self.inverse_rows |= 1 << row

    def put(self, row: int, column: int, width: int, text: str, align: str = "<", big: bool = False):
        """A text into its place of that many cells, clipped there; align is '<', '^' or '>'."""
        scale = 2 if big else 1
        text = clip(text, width // scale)
        room = width - scale * cells(text)
        column += room if align == ">" else room // 2 if align == "^" else 0
        for code in code_points(text):
            parts = scale * (2 if code >= WIDE_FROM else 1)
            for part in range(parts):
                if big:
                    self._cell(row, column + part, code, _BIG | part)
                    self._cell(row + 1, column + part, code, _BIG | _Y | part)
                else:
                    self._cell(row, column + part, code, part)
            column += parts

    def end(self) -> tuple | None:
        """Blanks the rest; the changed pixel rows as (first, end), or None when nothing changed."""
        for row in range(ROWS):
            self._blank(row)
        if not self.dirty_rows:
            return None
        first = 0
        while not self.dirty_rows >> first & 1:
            first += 1
        last = ROWS - 1
        while not self.dirty_rows >> last & 1:
            last -= 1
        self.dirty_rows = 0
        return first * CELL_HIGH, (last + 1) * CELL_HIGH

    def _blank(self, row: int):
        # 600 cells a picture, most of them blank as before: no call for each
        low, high, looks = self.low, self.high, self.looks
        blank = _INVERSE if self.inverse_rows >> row & 1 else 0
        for at in range(row * COLUMNS, (row + 1) * COLUMNS):
            if looks[at] & _PUT:
                looks[at] &= ~_PUT
            elif low[at] != _BLANK or looks[at] != blank or high[at]:
                low[at], high[at], looks[at] = _BLANK, 0, blank
                self.dirty_rows |= 1 << row

    def _code(self, at: int) -> int:
        return self.low[at] | self.high[at] << 8 or _BLANK

    def _cell(self, row: int, column: int, code: int, look: int):
        at = row * COLUMNS + column
        if self.inverse_rows >> row & 1:
            look |= _INVERSE
        if self.low[at] | self.high[at] << 8 != code or self.looks[at] & ~_PUT != look:
            self.low[at], self.high[at] = code & 255, code >> 8
            self.dirty_rows |= 1 << row
        self.looks[at] = look | _PUT

    def paint(self, row: int):
        """The pixels of one text row."""
        for column in range(COLUMNS):
            at = row * COLUMNS + column
            self._draw(column, self._code(at), self.looks[at])

    def _draw(self, at: int, code: int, look: int):
        glyphs = self.font.glyphs
        source = self.font.fetch(code)
        step = 2 if code >= WIDE_FROM else 1
        part = look & 3
        flip = 0xFF if look & _INVERSE else 0
        if look & _BIG:
            source += (8 * step if look & _Y else 0) + part // 2
            shift = 0 if part & 1 else 4
            for line in range(CELL_HIGH):
                bits = glyphs[source + line // 2 * step] >> shift & 15
                self.pixels[at + line * LINE_BYTES] = _DOUBLED[bits] ^ flip
            return
        source += part
        for line in range(CELL_HIGH):
            self.pixels[at + line * LINE_BYTES] = glyphs[source + line * step] ^ flip
