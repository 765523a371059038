"""Makes firmware/text/font16.bin, the glyphs of the terminals' screens, from GNU Unifont.

    python -m tools.fonts                  needs Debian's package `unifont` (its font as a table of hex bitmaps)

Holds ASCII, the signs and full-width forms of GB2312 (rows 1 and 3), its 3,755 everyday characters (level 1, rows 16
to 55, so that names of members and goods can be shown) and every character of the screens' own texts.

File, little endian: b"TWF1", u16 n, n sorted u16 code points, n bytes width (1: 8 x 16, 2: 16 x 16 pixels), n x 32
bytes of bitmap, row by row, the leftmost pixel in the highest bit; a narrow glyph uses the first 16 bytes.
"""

import struct
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXTS = ROOT / "firmware" / "text"
FONT = TEXTS / "font16.bin"
UNIFONT = Path("/usr/share/unifont/unifont.hex")
MAGIC = b"TWF1"
GLYPH_BYTES = 32


def main() -> int:
    if not UNIFONT.exists():
        print("fonts: %s is missing; as root: apt-get install -y unifont" % UNIFONT, file=sys.stderr)
        return 1
    glyphs = read_unifont(UNIFONT.read_text(encoding="ascii"))
    data = pack({code: glyphs[code] for code in wanted()})
    FONT.write_bytes(data)
    print("%s: %d glyphs, %d bytes" % (FONT.relative_to(ROOT), struct.unpack_from("<H", data, 4)[0], len(data)))
    return 0


def wanted() -> list[int]:
    """Code points the font has to hold, sorted."""
    everyday = {ord(char) for char in gb2312((1, 3, *range(16, 56)))}
    return sorted(everyday | set(range(0x20, 0x7F)) | characters_of_texts())


def gb2312(rows) -> str:
    """All characters of these rows; row 55 ends early and cells without a character are left out."""
    cells = (bytes((0xA0 + row, 0xA0 + cell)) for row in rows for cell in range(1, 95))
    return "".join(cell.decode("gb2312", errors="ignore") for cell in cells)


def characters_of_texts() -> set[int]:
    """Every printable character of the screens' text files."""
    files = [*TEXTS.glob("*.txt"), *TEXTS.glob("*.py")]
    return {ord(char) for file in files for char in file.read_text(encoding="utf-8") if char.isprintable()}


def read_unifont(text: str) -> dict[int, bytes]:
    """Code point -> 16 bytes (8 x 16) or 32 bytes (16 x 16); one line is `4E00:<hex>`."""
    pairs = (line.split(":") for line in text.splitlines())
    return {int(code, 16): bytes.fromhex(bitmap) for code, bitmap in pairs}


def pack(glyphs: dict[int, bytes]) -> bytes:
    """The font file. Code points above 0xFFFF do not fit."""
    codes = sorted(glyphs)
    head = MAGIC + struct.pack("<H%dH" % len(codes), len(codes), *codes)
    widths = bytes(len(glyphs[code]) // 16 for code in codes)
    return head + widths + b"".join(glyphs[code].ljust(GLYPH_BYTES, b"\0") for code in codes)


def unpack(data: bytes) -> dict[int, bytes]:
    """What pack() was given."""
    count = struct.unpack_from("<H", data, 4)[0]
    codes = struct.unpack_from("<%dH" % count, data, 6)
    widths = data[6 + 2 * count : 6 + 3 * count]
    first = 6 + 3 * count
    starts = (first + GLYPH_BYTES * n for n in range(count))
    return {code: data[at : at + 16 * width] for code, width, at in zip(codes, widths, starts, strict=True)}


if __name__ == "__main__":
    sys.exit(main())
