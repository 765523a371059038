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
COLUMN_DOTS = 12
COLUMNS = 32
ROW_BYTES = COLUMN_DOTS * COLUMNS // 8
GLYPH_ROWS = 16
RASTER = b"\x1dv0\x00" + bytes((ROW_BYTES, 0, GLYPH_ROWS, 0))
ANSWER_MS = 500


class Printer:
    """`font` gives the glyphs: firmware.ui.font.Font."""

    def __init__(self, stream, font):
        self._stream = stream
        self._font = font

    async def print(self, lines) -> bool:  # noqa: A003
        """Prints and cuts. False when the printer does not answer or has no paper."""
        if not await self._has_paper():
            return False
        await self._send(INIT)
        for line in lines:
            await self._send(line_bytes(line, self._font))
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
        self._stream.write(data)
        await self._stream.drain()


def line_bytes(line: str, font) -> bytes:
    """What prints this line: text and a line feed, or a raster picture."""
    raw = line.encode()
    return raster(line, font) if max(raw + b"\n") > 126 else raw + b"\n"


def raster(line: str, font) -> bytes:
    """The line as a picture, letters where the printer's own would stand."""
    rows = [0] * GLYPH_ROWS
    columns = 0
    for code in code_points(line):
        wide = 2 if code >= WIDE_FROM else 1
        if columns + wide > COLUMNS:
            break
        at = font.fetch(code)
        for y in range(GLYPH_ROWS):
            bits = int.from_bytes(font.glyphs[at + y * wide : at + y * wide + wide], "big")
            rows[y] = rows[y] << (COLUMN_DOTS * wide) | bits << (2 * wide)
        columns += wide
    rest = COLUMN_DOTS * (COLUMNS - columns)
    return RASTER + b"".join([(row << rest).to_bytes(ROW_BYTES, "big") for row in rows])
