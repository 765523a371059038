"""What stands on a screen, for tests and tools: its letters, its pixels. And its font, read once for all of them."""

from firmware.text import DIR
from firmware.ui.font import open_font
from firmware.ui.screen import COLUMNS, ROWS, Screen

FONT = open_font(DIR + "/font16.bin")
PART = 7  # of a look: any part of a glyph but its first
PLAIN = (b"\x00", b"\x10")  # looks of rows of narrow letters, dark on light and light on dark


def row_text(screen: Screen, row: int) -> str:
    """What a row says; a letter at twice the size counts on its upper row only."""
    first, end = row * COLUMNS, (row + 1) * COLUMNS
    low, high, looks = [bytes(part[first:end]) for part in (screen.low, screen.high, screen.looks)]
    if high.count(b"\x00") == COLUMNS and COLUMNS in [looks.count(look) for look in PLAIN]:
        text = low.replace(b"\x00", b" ").decode()
    else:
        cells = [at for at in range(COLUMNS) if not looks[at] & PART]
        text = "".join([chr(low[at] | high[at] << 8 or 0x20) for at in cells])
    return text.rstrip()


def picture(screen: Screen) -> bytes:
    """All pixels, 9600 bytes."""
    rows = []
    for row in range(ROWS):
        screen.paint(row)
        rows.append(bytes(screen.pixels))
    return b"".join(rows)
