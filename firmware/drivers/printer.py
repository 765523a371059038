"""ESC/POS receipt printer, 58 mm: 384 dots, 32 columns of 12 (Epson ESC/POS reference).

Lines of ASCII go as text. A line with Chinese goes as a raster picture of our own glyphs (GS v 0): the code tables of
cheap printers differ (GBK, GB18030, Big5 or none at all), and a table from Unicode to GBK would not fit the heap.
"""

import asyncio

from firmware.ui.cells import WIDE_FROM, code_points

INIT = b"\x1b@"
CUT = b"\x1bd\x03\x1dV\x00"
ASK_PAPER = b"\x10\x04\x04"  # DLE EOT 4, real-time status of the roll
PAPER_OUT = 0x60
ASCII_LAST = 126
COLUMN_DOTS = 12
COLUMNS = 32
ROW_BYTES = COLUMN_DOTS * COLUMNS // 8
GLYPH_ROWS = 16
RASTER = b"\x1dv0\x00" + bytes((ROW_BYTES, 0, GLYPH_ROWS, 0))
ANSWER_MS = 500
PICTURE_BYTES = len(RASTER) + ROW_BYTES * GLYPH_ROWS
WAIT_MS = 20
PIECE_BYTES = 128  # what the line does not take at once is kept by the stream: no more than this


class Printer:
    """`font` gives the glyphs: firmware.ui.font. One line's picture lies in lent memory: a heap in use may have no such
    piece. A line that was under way when it went is drawn anew and goes on where it was.
    """

    def __init__(self, stream, font, lend):
        self._stream = stream
        self._font = font
        self._taken = 0
        lend(PICTURE_BYTES, self.take)

    def take(self, memory) -> None:
        """Other memory, None while there is none."""
        self._taken += 1
        self._picture = memory

    async def print(self, lines) -> bool:  # noqa: A003
        """Prints and cuts; `lines.qr`, where there is one, comes below as a QR code.

        False when the printer does not answer or has no paper.
        """
        if not await self._has_paper():
            return False
        await self._send(INIT)
        for line in lines:
            raw = line.encode() + b"\n"
            if max(raw) <= ASCII_LAST:
                await self._send(raw)
            else:
                await self._send_picture(line)
        code = getattr(lines, "qr", "")
        if code:
            await self._send(qr_bytes(code))
        await self._send(CUT)
        return await self._has_paper()

    async def _has_paper(self) -> bool:
        await self._send(ASK_PAPER)
        try:
            status = await asyncio.wait_for_ms(self._stream.read(16), ANSWER_MS)
        except asyncio.TimeoutError:
            return False
        return bool(status) and not status[-1] & PAPER_OUT

    async def _send(self, data: bytes) -> None:
        for at in range(0, len(data), PIECE_BYTES):
            self._stream.write(data[at : at + PIECE_BYTES])
            await self._stream.drain()

    async def _send_picture(self, line: str) -> None:
        drawn = 0
        for at in range(0, PICTURE_BYTES, PIECE_BYTES):
            while self._picture is None:
                await asyncio.sleep_ms(WAIT_MS)
            if drawn != self._taken:
                drawn = self._taken
                self._draw(line)
            self._stream.write(self._piece(at))
            await self._stream.drain()

    def _draw(self, line: str) -> None:
        draw(line, self._font, self._picture)

    def _piece(self, at: int) -> bytes:
        return bytes(self._picture[at : at + PIECE_BYTES])


def qr_bytes(text: str) -> bytes:
    """Prints a QR code: model 2, six dots a module, in the middle (GS ( k, functions 165, 167, 180, 181)."""
    raw = text.encode()
    size = len(raw) + 3
    store = b"\x1d(k" + bytes((size & 255, size >> 8)) + b"1P0" + raw
    return b"\x1ba\x01\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x06" + store + b"\x1d(k\x03\x001Q0\x1ba\x00"


def draw(line: str, font, picture):
    """What prints this line as a picture: letters where the printer's own would stand."""
    for at in range(len(picture)):
        picture[at] = RASTER[at] if at < len(RASTER) else 0
    column = 0
    for code in code_points(line):
        wide = 2 if code >= WIDE_FROM else 1
        if column + wide > COLUMNS:
            break
        _glyph(font, font.fetch(code), wide, picture, column)
        column += wide


def _glyph(font, source: int, wide: int, picture: bytearray, column: int):
    # A narrow glyph is 8 of 12 dots, two from the left; a wide one 16 of 24, four from the left.
    glyphs = font.glyphs
    at = len(RASTER) + column * COLUMN_DOTS // 8
    shift = 8 - 2 * wide - 4 * (column & 1)
    for line in range(source, source + GLYPH_ROWS * wide, wide):
        bits = glyphs[line] if wide == 1 else glyphs[line] << 8 | glyphs[line + 1]
        bits <<= shift
        for byte in range(wide, -1, -1):
            picture[at + byte] |= bits & 255
            bits >>= 8
        at += ROW_BYTES
