"""Reads text back from pixels: a grid of 40x15 cells of 8x16, decoded by exact glyph look-up.

Any two colours per glyph, either polarity; full-width glyphs take two cells; glyphs drawn at twice the size (aligned
to the grid) are read in the line they start in.
"""

import struct
from hashlib import blake2b
from pathlib import Path

COLUMNS, ROWS = 40, 15
CELL_W, CELL_H = 8, 16
LINE_BYTES = COLUMNS * CELL_W * 2
UNKNOWN = "\ufffd"
GLYPH_BYTES = 32
MAGIC = b"TWF1"
BAND_BYTES = CELL_H * LINE_BYTES
SEEN_MAX = 5000  # lines remembered; all are forgotten when there are more

Bitmap = tuple[int, ...]  # one int per pixel row


class Font:
    """Glyphs of a font file, looked up by bitmap. Format: TWF1, u16 n, n u16 code points, n widths, n x 32 bytes."""

    def __init__(self, glyphs: dict[str, Bitmap], widths: dict[str, int]) -> None:
        self.glyphs, self.widths = glyphs, widths
        self._by_bitmap: dict[tuple[int, Bitmap], str] = {}
        self._canonical: dict[int, str] = {}
        self.seen: dict[bytes, tuple[str, tuple[int, ...]]] = {}  # band of pixels -> its line, columns it takes below
        self.cells: dict[bytes, Bitmap | None] = {}  # raw pixels -> bits, as far as they were met
        for char in sorted(glyphs):
            if any(glyphs[char]):  # an empty glyph is a space, whatever its name
                first = self._by_bitmap.setdefault((widths[char], glyphs[char]), char)
                if first != char:
                    self._canonical[ord(char)] = first

    @classmethod
    def load(cls, path: str | Path) -> "Font":
        """Raises ValueError when the file is not of this format."""
        data = Path(path).read_bytes()
        if data[:4] != MAGIC:
            raise ValueError(f"{path}: not a TWF1 font")
        (count,) = struct.unpack_from("<H", data, 4)
        codes = struct.unpack_from(f"<{count}H", data, 6)
        flags = data[6 + 2 * count : 6 + 3 * count]
        start = 6 + 3 * count
        glyphs = {}
        for i, code in enumerate(codes):
            raw = data[start + GLYPH_BYTES * i : start + GLYPH_BYTES * (i + 1)]
            glyphs[chr(code)] = unpack(raw, flags[i])
        return cls(glyphs, {chr(code): flags[i] for i, code in enumerate(codes)})

    def find(self, width: int, bitmap: Bitmap) -> str | None:
        """The character with this bitmap, drawn as it is or inverted."""
        return self._by_bitmap.get((width, bitmap)) or self._by_bitmap.get((width, inverted(bitmap, width * CELL_W)))

    def canonical(self, text: str) -> str:
        """Each character by the first one that looks the same."""
        return text.translate(self._canonical)


def unpack(raw: bytes, width: int) -> Bitmap:
    """Sixteen pixel rows of a stored glyph, most significant bit left."""
    return tuple(int.from_bytes(raw[width * y : width * y + width], "big") for y in range(CELL_H))


def inverted(bitmap: Bitmap, bits: int) -> Bitmap:
    return tuple(row ^ ((1 << bits) - 1) for row in bitmap)


def read_lines(pixels: bytes, font: Font) -> list[str]:
    """Fifteen strings, trailing blanks taken off."""
    reader = _Reader(pixels, font)
    return [_remembered(reader, pixels, font, row).rstrip() for row in range(ROWS)]


def _remembered(reader: "_Reader", pixels: bytes, font: Font, row: int) -> str:
    """A line as it was read before, where it and the one below (glyphs of twice the size) have not changed."""
    band = blake2b(pixels[row * BAND_BYTES : (row + 2) * BAND_BYTES], digest_size=16)
    band.update(repr(sorted(column for taken_row, column in reader.taken if taken_row == row)).encode())
    key = band.digest()
    if key not in font.seen:
        if len(font.seen) >= SEEN_MAX:
            font.seen.clear()
        line = reader.line(row)
        font.seen[key] = line, tuple(column for taken_row, column in reader.taken if taken_row == row + 1)
    line, below = font.seen[key]
    reader.taken.update((row + 1, column) for column in below)
    return line


class _Reader:
    """One look at the screen; remembers which cells belong to a double-size glyph above."""

    def __init__(self, pixels: bytes, font: Font) -> None:
        self._pixels, self._font = pixels, font
        self.taken: set[tuple[int, int]] = set()

    def line(self, row: int) -> str:
        out, column = "", 0
        while column < COLUMNS:
            char, cells = self._glyph(row, column)
            out += char
            column += cells
        return out

    def _glyph(self, row: int, column: int) -> tuple[str, int]:
        """The character that starts in this cell and how many columns it takes."""
        if (row, column) in self.taken:
            return " ", 1
        single = self._bitmap(row, column, 1, 1)
        for width in (2, 1):
            double = self._double(row, column, width)
            if double is not None:
                return double, 2 * width
        if column + 1 < COLUMNS and (wide := self._bitmap(row, column, 2, 1)) is not None:
            char = self._font.find(2, wide)
            if char is not None:
                return char, 2
        if single is None:
            return UNKNOWN, 1
        if not any(single):
            return " ", 1
        return self._font.find(1, single) or UNKNOWN, 1

    def _double(self, row: int, column: int, width: int) -> str | None:
        if row + 2 > ROWS or column + 2 * width > COLUMNS:
            return None
        big = self._bitmap(row, column, 2 * width, 2)
        small = halved(big, 2 * width * CELL_W) if big is not None and any(big) else None
        char = self._font.find(width, small) if small is not None else None
        if char is not None:
            self.taken.update((row + 1, column + i) for i in range(2 * width))
        return char

    def _bitmap(self, row: int, column: int, wide: int, high: int) -> Bitmap | None:
        """Cells as bits: 0 = the colour of the top left pixel; None with more than two colours."""
        size, first = wide * CELL_W * 2, row * CELL_H * LINE_BYTES + column * CELL_W * 2
        lines = [self._pixels[first + y * LINE_BYTES : first + y * LINE_BYTES + size] for y in range(high * CELL_H)]
        key = b"".join(lines) + bytes((wide,))
        known = self._font.cells
        if key not in known:
            if len(known) >= SEEN_MAX:
                known.clear()
            known[key] = bits_of(lines)
        return known[key]


def bits_of(lines: list[bytes]) -> Bitmap | None:
    """Pixel rows of two bytes a pixel as bits: 0 = the colour of the first pixel; None with more than two colours."""
    ground = lines[0][:2]
    ink: set[bytes] = set()
    rows = []
    for line in lines:
        bits = 0
        for x in range(0, len(line), 2):
            pixel = line[x : x + 2]
            bits = bits << 1 | (pixel != ground)
            if pixel != ground:
                ink.add(pixel)
        rows.append(bits)
    return tuple(rows) if len(ink) < 2 else None


def halved(bitmap: Bitmap, bits: int) -> Bitmap | None:
    """Half the size in both directions, or None where a 2x2 block is not of one colour."""
    out = []
    for upper, lower in zip(bitmap[0::2], bitmap[1::2], strict=True):
        if upper != lower:
            return None
        row = 0
        for shift in range(bits - 2, -1, -2):
            pair = upper >> shift & 3
            if pair in (1, 2):
                return None
            row = row << 1 | pair & 1
        out.append(row)
    return tuple(out)


def read_strip(rows: Bitmap, dots: int, font: Font, cell: int = 12) -> str:
    """A printed picture of one line: glyphs in the middle of cells of 12 dots (wide ones of 24)."""
    if len(rows) != CELL_H:
        return UNKNOWN
    out, column = "", 0
    while column < dots // cell:
        for width in (2, 1):
            glyph = _cut(rows, dots - cell * (column + width), cell * width, CELL_W * width)
            char = font.find(width, glyph) if glyph is not None and any(glyph) else None
            if char is not None:
                break
        else:
            width, char = 1, " " if _cut(rows, dots - cell * (column + 1), cell, 0) is not None else UNKNOWN
        out += char or UNKNOWN
        column += width
    return out.rstrip()


def _cut(rows: Bitmap, shift: int, wide: int, ink: int) -> Bitmap | None:
    """`ink` bits in the middle of a field `wide` dots wide; None where the margins are not empty."""
    if shift < 0:
        return None
    margin = (wide - ink) // 2
    fields = [row >> shift & ((1 << wide) - 1) for row in rows]
    middle = tuple(field >> margin & ((1 << ink) - 1) for field in fields)
    same = all(field == bits << margin for field, bits in zip(fields, middle, strict=True))
    return middle if same else None
