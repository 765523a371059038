"""The display reads its own picture back, whatever the colours, sizes and the order the pixels came in."""

import asyncio
import io
import struct
from pathlib import Path

import pytest
from PIL import Image

from hardware.emulators.display import CASET, COLMOD, DISPON, INVON, MADCTL, RAMWR, RASET, SLPOUT, Display
from hardware.emulators.screen_text import Font, read_strip

FONT_PATH = Path(__file__).parents[2] / "firmware/text/font16.bin"
FONT = Font.load(FONT_PATH)
BLACK, WHITE, BLUE, YELLOW = 0x0000, 0xFFFF, 0x001F, 0xFFE0


def display(*commands: tuple[int, bytes]) -> Display:
    shown = Display(str(FONT_PATH))
    for code, data in commands or ON:
        command(shown, code, data)
    return shown


ON = ((SLPOUT, b""), (COLMOD, b"\x55"), (MADCTL, b"\x60"), (INVON, b""), (DISPON, b""))


def command(shown: Display, code: int, data: bytes = b"", pieces: int = 100000) -> None:
    shown._receive(False, bytes([code]))
    for i in range(0, len(data), pieces):
        shown._receive(True, data[i : i + pieces])


def paint(shown: Display, x: int, y: int, width: int, height: int, pixels: bytes, pieces: int = 100000) -> None:
    command(shown, CASET, struct.pack(">HH", x, x + width - 1))
    command(shown, RASET, struct.pack(">HH", y, y + height - 1))
    command(shown, RAMWR, pixels, pieces)


def write(
    shown: Display, row: int, column: int, text: str, ink: int = BLACK, ground: int = WHITE, scale: int = 1
) -> None:
    for char in text:
        width = FONT.widths[char]
        rows = FONT.glyphs[char]
        pixels = b"".join(
            struct.pack(">H", ink if row_bits >> (8 * width - 1 - x // scale) & 1 else ground)
            for row_bits in rows
            for _ in range(scale)
            for x in range(8 * width * scale)
        )
        paint(shown, column * 8, row * 16, 8 * width * scale, 16 * scale, pixels, pieces=77)
        column += width * scale


def test_reads_ascii_and_chinese_in_any_colours():
    shown = display()
    paint(shown, 0, 0, 320, 240, struct.pack(">H", WHITE) * 320 * 240)
    write(shown, 0, 0, "Total 12.50")
    write(shown, 2, 3, "请刷卡 Tap card", YELLOW, BLUE)
    write(shown, 3, 0, "余额：88.00元", WHITE, BLACK)
    write(shown, 14, 39, "~")
    lines = shown.text()
    assert len(lines) == 15
    assert lines[0] == "Total 12.50"
    assert lines[2] == "   请刷卡 Tap card"
    assert lines[3] == "余额：88.00元"
    assert lines[14] == " " * 39 + "~"
    assert lines[1] == lines[4] == ""


def test_reads_double_size_in_the_line_where_it_starts():
    shown = display()
    write(shown, 5, 4, "41.30", WHITE, BLACK, scale=2)
    write(shown, 5, 0, "Sum", WHITE, BLACK)
    write(shown, 8, 0, "合计", WHITE, BLACK, scale=2)
    assert shown.text()[5] == "Sum 41.30" and shown.text()[6] == ""
    assert shown.text()[8] == "合计"


def test_every_glyph_of_the_font_reads_as_itself_or_its_twin():
    shown = display()
    chars = [char for char in FONT.glyphs if any(FONT.glyphs[char])]
    for start in range(0, len(chars), 300):
        part = chars[start : start + 300]
        paint(shown, 0, 0, 320, 240, bytes(320 * 240 * 2))
        for i, char in enumerate(part):
            write(shown, i // 20, i % 20 * 2, char, WHITE, BLACK)
        read = "".join("".join(shown.text()).split())
        assert read == FONT.canonical("".join(part))


def test_a_picture_in_a_cell_is_no_letter():
    shown = display()
    paint(shown, 8, 16, 8, 16, bytes(range(256)))
    assert shown.text()[1] == " \ufffd"


@pytest.mark.parametrize("missing", [SLPOUT, DISPON, MADCTL, COLMOD])
def test_nothing_shows_until_the_panel_is_set_up(missing: int):
    shown = display(*[step for step in ON if step[0] != missing])
    write(shown, 0, 0, "A")
    assert shown.text()[0] != "A"


def test_madctl_turns_the_picture():
    shown = display(*ON[:2], (MADCTL, b"\xa0"), *ON[3:])
    write(shown, 14, 39, "A", WHITE, BLACK)
    pixels = shown.panel.pixels()
    assert any(pixels[: 16 * 640]) and not any(pixels[16 * 640 :]), "turned by half: the last cell is the first"
    assert shown.text()[0] != "A"


def test_png_has_the_colours_and_needs_invon():
    for steps, wanted in ((ON, (0, 0, 255)), (ON[:3] + ON[4:], (255, 255, 0))):
        shown = display(*steps)
        paint(shown, 0, 0, 320, 240, struct.pack(">H", BLUE) * 320 * 240)
        image = Image.open(io.BytesIO(shown.png()))
        assert image.size == (320, 240) and image.getpixel((160, 120)) == wanted


def test_wait_text_sees_what_comes_and_tells_what_is_there():
    async def play() -> None:
        shown = display()
        port = await shown.listen()
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        glyph = b"".join(
            struct.pack(">H", WHITE if bits >> 7 - x & 1 else BLACK) for bits in FONT.glyphs["A"] for x in range(8)
        )
        for code, data in ((CASET, b"\x00\x00\x00\x07"), (RASET, b"\x00\x00\x00\x0f"), (RAMWR, glyph)):
            writer.write(bytes([0, 0, 1, code]) + bytes([1, len(data) >> 8, len(data) & 255]) + data)
        assert (await shown.wait_text("A", 2))[0] == "A"
        with pytest.raises(TimeoutError, match="'B' not shown within 0.05 s; the screen says:\nA"):
            await shown.wait_text("B", 0.05)
        await shown.close()

    asyncio.run(play())


def test_a_printed_strip_is_read():
    rows = [0] * 16
    for char in "合计 8":
        width = FONT.widths[char]
        for y in range(16):
            rows[y] = rows[y] << 12 * width | FONT.glyphs[char][y] << 2 * width
    assert read_strip(tuple(row << 12 * 26 for row in rows), 384, FONT) == "合计 8"
