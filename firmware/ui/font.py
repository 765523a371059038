"""Glyphs from font16.bin, read where they lie: a ROMFS file is memory, so no letter of it costs the heap anything.

File: 'TWF1', u16 n, n sorted u16 code points, n width flags (1: wide), n x 32 bytes; little endian.
A wide glyph is 16 rows of two bytes, a narrow one 16 rows of one byte and 16 bytes unused; the leftmost pixel is bit 7.
All Latin letters are there, one after the other.
"""

MAGIC = b"TWF1"
GLYPH = 32
LATIN_FIRST, LATIN_LAST = 0x20, 0x7E
UNKNOWN = 0x3F  # '?', for what the font lacks


def open_font(path: str):
    """The font of this file, in place where the file system has it mapped."""
    file = open(path, "rb")
    try:
        return Font(memoryview(file))  # pyright: ignore[reportArgumentType] # of a ROMFS file: its place in flash
    except TypeError:
        from firmware.ui.font_file import FontFile

        return FontFile(file)


class Font:
    """`at = font.fetch(code)`: the glyph's bytes begin at font.glyphs[at]. `data` is the whole file."""

    def __init__(self, data):
        if bytes(data[:4]) != MAGIC:
            raise ValueError("not a font file")
        self.glyphs = data
        self.count = self._two(4)
        self.first = 6 + 3 * self.count
        self.latin = self._at(LATIN_FIRST)

    def fetch(self, code: int) -> int:
        """Where the glyph lies in `glyphs`; a letter that the font lacks is shown as '?'."""
        if LATIN_FIRST <= code <= LATIN_LAST:
            return self.latin + (code - LATIN_FIRST) * GLYPH
        return self._at(code) or self._at(UNKNOWN)

    def has(self, code: int) -> bool:
        """Whether the font has this letter."""
        return self._at(code) > 0

    def _at(self, code: int) -> int:
        low, high = 0, self.count
        while low < high:
            middle = (low + high) // 2
            found = self._two(6 + 2 * middle)
            if found == code:
                return self.first + GLYPH * middle
            if found < code:
                low = middle + 1
            else:
                high = middle
        return 0

    def _two(self, at: int) -> int:
        return self.glyphs[at] | self.glyphs[at + 1] << 8
