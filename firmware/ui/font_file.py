"""Glyphs where flash is not mapped: read from the file, the Latin ones and a few more kept in memory. See font.py."""

import struct
from array import array

from firmware.ui.font import GLYPH, LATIN_FIRST, LATIN_LAST, MAGIC, UNKNOWN

NARROW = 16
SLOTS = 24  # other glyphs kept; when full, the one fetched longest ago goes
_LATIN_BYTES = (LATIN_LAST - LATIN_FIRST + 1) * NARROW


class FontFile:
    """The same as font.Font."""

    def __init__(self, file):
        self.file = file
        magic, self.count = struct.unpack("<4sH", file.read(6))
        if magic != MAGIC:
            raise ValueError("not a font file")
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
            return (UNKNOWN - LATIN_FIRST) * NARROW
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
