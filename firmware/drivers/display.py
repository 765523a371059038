"""ST7789, 320x240 in landscape, text row by text row through a strip of a few pixel rows (Sitronix ST7789V, 9.1).

The strip is 1.3 KB instead of the 150 KB of a whole picture; framebuf colours it natively, with a palette of two. It is
lent memory, as the screen's is: what cannot be drawn is drawn later.
"""

import asyncio

import framebuf

WIDTH, HEIGHT = 320, 240
TEXT_ROWS = 16  # pixel rows that the screen paints at once
STRIP_ROWS = 2
SPI_BAUD = 40000000
WAIT_MS = 20
PAPER, INK = 0xFFFF, 0x0000  # equal in both byte orders: framebuf's is little, the chip's is big endian
UPRIGHT = 0x60  # MADCTL: MV + MX

SWRESET, SLPOUT, INVON, DISPON = 0x01, 0x11, 0x21, 0x29
CASET, RASET, RAMWR, MADCTL, COLMOD = 0x2A, 0x2B, 0x2C, 0x36, 0x3A
# command, its data, how long the chip needs afterwards in ms
INIT = (
    (SWRESET, b"", 150),
    (SLPOUT, b"", 120),
    (COLMOD, b"\x55", 0),
    (MADCTL, bytes((UPRIGHT,)), 0),
    (INVON, b"", 0),
    (CASET, bytes((0, 0, (WIDTH - 1) >> 8, (WIDTH - 1) & 255)), 0),
)


class Display:
    """`screen` paints text rows into its `pixels`: firmware.ui.screen.Screen. `select` and `reset` may be None."""

    def __init__(self, spi, dc, select, reset, light, screen, lend):
        self._spi = spi
        self._dc = dc
        self._select = select
        self._reset = reset
        self._light = light
        self._screen = screen
        self._palette = framebuf.FrameBuffer(bytearray(4), 2, 1, framebuf.RGB565)
        self._palette.pixel(0, 0, PAPER)
        self._palette.pixel(1, 0, INK)
        self._taken = 0
        lend(WIDTH * STRIP_ROWS * 2, self.take)

    def take(self, memory) -> None:
        """Other memory, None while there is none; the screen has taken its own before."""
        # by number: what a sleeping coroutine has touched it keeps, so the memory is only named where nothing waits
        self._taken += 1
        self._bytes = memory
        self._source = self._strip = None
        if memory is not None:
            self._source = framebuf.FrameBuffer(self._screen.pixels, WIDTH, TEXT_ROWS, framebuf.MONO_HLSB)
            self._strip = framebuf.FrameBuffer(memory, WIDTH, STRIP_ROWS, framebuf.RGB565)

    async def ready(self) -> None:
        """Until there is memory to draw in."""
        while self._bytes is None:
            await asyncio.sleep_ms(WAIT_MS)

    async def start(self) -> None:
        """Resets the chip, shows the buffer, then turns the light on: no flash of noise."""
        if self._reset is not None:
            self._reset(0)
            await asyncio.sleep_ms(10)
            self._reset(1)
        for command, data, wait_ms in INIT:
            self._write(command, data)
            await asyncio.sleep_ms(wait_ms)
        await self.ready()
        while not await self.flush(0, HEIGHT):
            await self.ready()
        self._write(DISPON, b"")
        if self._light is not None:
            self._light(1)

    async def flush(self, first: int, end: int) -> bool:
        """Sends these pixel rows, both multiples of 16; other tasks run between two text rows.

        False when the memory went away meanwhile: the picture is to be made anew.
        """
        self._write(RASET, bytes((0, first, 0, end - 1)))
        self._write(RAMWR, b"")
        taken = self._taken
        for top in range(first, end, TEXT_ROWS):
            if self._taken != taken or self._bytes is None:
                return False
            self._row(top // TEXT_ROWS)
            await asyncio.sleep_ms(0)
        return True

    def _row(self, row: int) -> None:
        self._screen.paint(row)
        for at in range(0, TEXT_ROWS, STRIP_ROWS):
            self._strip.blit(self._source, 0, -at, -1, self._palette)  # pyright: ignore[reportArgumentType]
            self._data(self._bytes)  # goes on where the last strip ended: the chip allows a pause (8.4.4)

    def _write(self, command: int, data) -> None:
        self._dc(0)
        self._send(bytes((command,)))
        if data:
            self._data(data)

    def _data(self, data) -> None:
        self._dc(1)
        self._send(data)

    def _send(self, data) -> None:
        if self._select is not None:
            self._select(0)
        self._spi.write(data)
        if self._select is not None:
            self._select(1)
