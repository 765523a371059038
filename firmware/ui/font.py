"""Glyphs from font16.bin in flash: found by binary search, the Latin ones and a few more kept in memory.

File: 'TWF1', u16 n, n sorted u16 code points, n width flags (1: wide), n x 32 bytes; little endian.
A wide glyph is 16 rows of two bytes, a narrow one 16 rows of one byte and 16 bytes unused; the leftmost pixel is bit 7.
"""

import struct
from array import array

GLYPH = 32
NARROW = 16
LATIN_FIRST, LATIN_LAST = 0x20, 0x7E
SLOTS = 24  # other glyphs kept; when full, the one fetched longest ago goes
_LATIN_BYTES = (LATIN_LAST - LATIN_FIRST + 1) * NARROW


class Font:
    """`at = font.fetch(code)`: the glyph's bytes begin at font.glyphs[at]."""

    def __init__(self, path: str):
        self.file = open(path, "rb")
        magic, self.count = struct.unpack("<4sH", self.file.read(6))
        if magic != b"TWF1":
            raise ValueError("not a font file: " + path)
        self.glyphs = bytearray(_LATIN_BYTES + SLOTS * GLYPH)
        self.codes = array("H", bytes(2 * SLOTS))
        self.next = 0
        for code in range(LATIN_FIRST, LATIN_LAST + 1):
            self._read(code, (code - LATIN_FIRST) * NARROW, NARROW)

    def fetch(self, code: int) -> int:
        """Where the glyph lies in `glyphs`; a letter that the font lacks is shown as '?'."""
        if LATIN_FIRST <= code <= LATIN_LAST:
            return (code - LATIN_FIRST) * NARROW
        for slot in range(SLOTS):
            if self.codes[slot] == code:
                return _LATIN_BYTES + slot * GLYPH
        slot = self.next
        at = _LATIN_BYTES + slot * GLYPH
        if not self._read(code, at, GLYPH):
            return (0x3F - LATIN_FIRST) * NARROW
        self.next = (slot + 1) % SLOTS
        self.codes[slot] = code
        return at

    def has(self, code: int) -> bool:
        """Whether the font has this letter."""
        return self._find(code) >= 0

    def _read(self, code: int, at: int, size: int) -> bool:
        index = self._find(code)
        if index < 0:
            return False
        self.file.seek(6 + 3 * self.count + GLYPH * index)
        self.file.readinto(memoryview(self.glyphs)[at : at + size])
        return True

    def _find(self, code: int) -> int:
        low, high = 0, self.count
        while low < high:
            middle = (low + high) // 2
            self.file.seek(6 + 2 * middle)
            found = struct.unpack("<H", self.file.read(2))[0]
            if found == code:
                return middle
            if found < code:
                low = middle + 1
            else:
                high = middle
        return -1
