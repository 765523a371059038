"""Chips without their buses: keys, scanner lines, lines for the printer, certificates."""

from binascii import unhexlify

from firmware.drivers.keypad import key_name
from firmware.drivers.printer import PICTURE_BYTES, RASTER, draw, qr_bytes
from firmware.drivers.scanner import Lines
from firmware.net.clock import DAY_S, validity, within


def test_keys():
    # event -> key
    for event, name in ((0x81, "1"), (0x01, ""), (0x80, ""), (0x9F, "."), (0xA4, "ok"), (0xA3, ""), (0xFF, "")):
        assert key_name(event) == name, event


def test_scanned_lines():
    lines = Lines()
    assert lines.feed(b"690") == [] and lines.feed(b"1\r\n") == ["6901"]
    assert lines.feed(b"x" * 25 + b"\r12\xff\r7\r") == ["7"]


class Square:
    """A font in which every glyph is black."""

    glyphs = b"\xff" * 32

    def fetch(self, code: int) -> int:
        return 0


def test_a_line_with_chinese_is_drawn():
    drawn = bytearray(PICTURE_BYTES)
    for line, row in (("合1", "0ffff03fc000"), ("1合2", "3fc0ffff03fc"), ("合合", "0ffff00ffff0")):
        draw(line, Square(), drawn)
        assert drawn.startswith(RASTER) and len(drawn) == len(RASTER) + 48 * 16
        assert drawn[len(RASTER) : len(RASTER) + 6] == unhexlify(row), line
        assert drawn[-48:-42] == unhexlify(row), line


def test_a_code_says_how_long_it_is():
    code = qr_bytes("0001-pos1/5f3a09c1/0/17")
    assert b"\x1d(k\x1a\x001P00001-pos1/5f3a09c1/0/17\x1d(k" in code and code.endswith(b"1Q0\x1ba\x00")


def test_years_of_a_certificate():
    der = b"\x30\x1e\x17\x0d260101000000Z\x18\x0f20560101000000Z" + bytes(20)
    start_s, end_s = validity(der)
    assert (start_s, end_s) == (1767225600, 2713910400)
    # the gateway says -> what TLS is told
    for at_s, wanted in ((0, start_s + DAY_S), (2000000000, 2000000000), (4000000000, end_s - DAY_S)):
        assert within(at_s, (start_s, end_s)) == wanted
