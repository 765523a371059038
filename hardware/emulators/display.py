"""An ST7789 display, 320x240 in landscape, on a write-only SPI: keeps the picture, gives PNG, reads its text back.

The glass is mounted so that MADCTL = 0x60 (MV + MX) shows an upright picture, and it is an IPS panel: without INVON
the colours come out inverted, as on the real thing (Sitronix ST7789V data sheet 9.1).
"""

import asyncio
import io
import time

from hardware.emulators.bus import SpiPort
from hardware.emulators.screen_text import Font, read_lines

WIDTH, HEIGHT = 320, 240
SWRESET, SLPIN, SLPOUT, INVOFF, INVON, DISPOFF, DISPON = 0x01, 0x10, 0x11, 0x20, 0x21, 0x28, 0x29
CASET, RASET, RAMWR, MADCTL, COLMOD, RAMWRC = 0x2A, 0x2B, 0x2C, 0x36, 0x3A, 0x3C
MADCTL_MY, MADCTL_MX, MADCTL_MV, MADCTL_BGR = 0x80, 0x40, 0x20, 0x08
UPRIGHT = MADCTL_MV | MADCTL_MX
RGB565 = 0x05
POLL_S = 0.02


class Panel:
    """The chip without a bus: `receive(is_data, payload)` in, pixels out."""

    def __init__(self) -> None:
        self.frames = 0  # memory writes begun since power-up
        self._reset()

    def _reset(self) -> None:
        self.awake = self.on = self.inverted = False
        self.madctl, self.colmod = 0, 0x66
        self._command, self._parameters = 0, b""
        self._odd = b""
        self._clear()

    def _clear(self) -> None:
        self._memory = bytearray(WIDTH * HEIGHT * 2)
        self._window = [0, self._width() - 1, 0, WIDTH + HEIGHT - self._width() - 1]
        self._column = self._row = 0

    def receive(self, is_data: bool, payload: bytes) -> None:
        if is_data:
            self._take_data(payload)
            return
        for code in payload:
            self._take_command(code)

    def _take_command(self, code: int) -> None:
        self._command, self._parameters = code, b""
        if code == SWRESET:
            self._reset()
        elif code in (SLPIN, SLPOUT):
            self.awake = code == SLPOUT
        elif code in (DISPOFF, DISPON):
            self.on = code == DISPON
        elif code in (INVOFF, INVON):
            self.inverted = code == INVON
        elif code == RAMWR:
            self._column, self._row, self._odd = self._window[0], self._window[2], b""
            self.frames += 1

    def _take_data(self, payload: bytes) -> None:
        if self._command in (RAMWR, RAMWRC):
            self._write_pixels(payload)
            return
        self._parameters = (self._parameters + payload)[:8]
        if self._command in (CASET, RASET) and len(self._parameters) == 4:
            self._set_window(0 if self._command == CASET else 2, self._parameters)
        elif self._command == MADCTL and self._parameters:
            self._set_madctl(self._parameters[0])
        elif self._command == COLMOD and self._parameters:
            self.colmod = self._parameters[0]

    def _set_window(self, at: int, four: bytes) -> None:
        start, end = four[0] << 8 | four[1], four[2] << 8 | four[3]
        limit = self._width() if at == 0 else WIDTH + HEIGHT - self._width()
        if start <= end < limit:
            self._window[at : at + 2] = [start, end]

    def _set_madctl(self, value: int) -> None:
        turned = (value ^ self.madctl) & (MADCTL_MV | MADCTL_MX | MADCTL_MY)
        self.madctl = value
        if turned:  # what was drawn under another orientation is not kept: no driver turns a drawn picture
            self._clear()

    def _width(self) -> int:
        return WIDTH if self.madctl & MADCTL_MV else HEIGHT

    def _write_pixels(self, payload: bytes) -> None:
        """Fill the window row by row, wrapping at its end; pixels may be split over records."""
        if self.colmod & 0x07 != RGB565:
            return
        data = self._odd + payload
        self._odd = data[len(data) & ~1 :]
        left, right, top, bottom = self._window
        at, end = 0, len(data) & ~1
        while at < end:
            size = min((right - self._column + 1) * 2, end - at)
            start = (self._row * self._width() + self._column) * 2
            self._memory[start : start + size] = data[at : at + size]
            at += size
            self._column += size // 2
            if self._column > right:
                self._column = left
                self._row = top if self._row == bottom else self._row + 1

    def visible(self) -> bool:
        return self.awake and self.on and bool(self.madctl & MADCTL_MV)

    def pixels(self) -> bytes:
        """320x240 pixels as the eye sees them, RGB565 big-endian; black while asleep or off."""
        if not self.visible():
            return bytes(WIDTH * HEIGHT * 2)
        rows = [bytes(self._memory[i : i + WIDTH * 2]) for i in range(0, len(self._memory), WIDTH * 2)]
        turned = self.madctl ^ UPRIGHT
        if turned & MADCTL_MX:  # rows and columns are exchanged: MX turns the picture upside down
            rows.reverse()
        if turned & MADCTL_MY:
            rows = [mirrored(row) for row in rows]
        return b"".join(rows)


def mirrored(row: bytes) -> bytes:
    out = bytearray(len(row))
    out[0::2], out[1::2] = row[-2::-2], row[::-2]
    return bytes(out)


class Display:
    """The panel on its SPI port. `font` is the path of the firmware's font16.bin, needed to read text back."""

    def __init__(self, font_path: str | None = None) -> None:
        self.panel = Panel()
        self.bus = SpiPort(self._receive)
        self._font_path = font_path
        self._font: Font | None = None
        self._changed = True
        self._lines: list[str] = []

    async def listen(self) -> int:
        return await self.bus.listen()

    async def close(self) -> None:
        await self.bus.close()

    def _receive(self, is_data: bool, payload: bytes) -> None:
        self._changed = True
        self.panel.receive(is_data, payload)

    def png(self) -> bytes:
        """The picture as the eye sees it."""
        from PIL import Image

        raw = self.panel.pixels()
        image = Image.frombytes("RGB", (WIDTH, HEIGHT), rgb888(raw, not self.panel.inverted and self.panel.visible()))
        if self.panel.madctl & MADCTL_BGR:
            red, green, blue = image.split()
            image = Image.merge("RGB", (blue, green, red))
        out = io.BytesIO()
        image.save(out, "PNG")
        return out.getvalue()

    def text(self) -> list[str]:
        """Fifteen lines as read from the pixels; a cell that is no glyph of the font reads as U+FFFD."""
        if self._font is None:
            if self._font_path is None:
                raise RuntimeError("Display needs font_path to read its text")
            self._font = Font.load(self._font_path)
        if self._changed:
            self._changed = False
            self._lines = read_lines(self.panel.pixels(), self._font)
        return self._lines

    def shows(self, needle: str) -> bool:
        """Whether one line holds the needle (glyphs that look alike count as one)."""
        lines = self.text()
        assert self._font is not None
        wanted = self._font.canonical(needle)
        return any(wanted in line for line in lines)

    async def wait_text(self, needle: str, timeout_s: float = 5.0) -> list[str]:
        """The lines, once one of them holds the needle; raises TimeoutError that tells what was shown instead."""
        deadline = time.monotonic() + timeout_s
        while not self.shows(needle):
            if time.monotonic() > deadline:
                shown = "\n".join(self.text()).strip()
                raise TimeoutError(f"{needle!r} not shown within {timeout_s} s; the screen says:\n{shown}")
            await asyncio.sleep(POLL_S)
        return self.text()


def rgb888(raw: bytes, inverted: bool) -> bytes:
    """RGB565 big-endian to RGB888, with full scale kept full."""
    out = bytearray(len(raw) // 2 * 3)
    high, low = raw[0::2], raw[1::2]
    out[0::3] = bytes((h & 0xF8) | h >> 5 for h in high)
    out[1::3] = bytes((h & 7) << 5 | (lo & 0xE0) >> 3 | (h & 6) >> 1 for h, lo in zip(high, low, strict=True))
    out[2::3] = bytes((lo & 0x1F) << 3 | (lo & 0x1C) >> 2 for lo in low)
    return bytes(255 - value for value in out) if inverted else bytes(out)
