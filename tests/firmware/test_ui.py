"""The screen: only what changed is drawn, large letters and dark rows, the cells' bytes as the font has them."""

from firmware.text import DIR
from firmware.ui.cells import apart, cells, centred, clip
from firmware.ui.font import Font, open_font
from firmware.ui.screen import Screen
from tests.firmware.seen import FONT as SHARED
from tests.firmware.seen import picture, row_text

FONT = DIR + "/font16.bin"


def drawn(work) -> Screen:
    screen = Screen(SHARED)
    screen.begin()
    work(screen)
    screen.end()
    return screen


def cell(screen: Screen, row: int, column: int) -> bytes:
    """The 16 bytes of a cell."""
    screen.paint(row)
    return bytes([screen.pixels[line * 40 + column] for line in range(16)])


def test_a_letter_is_its_glyph():
    screen = drawn(lambda s: s.put(3, 5, 10, "A中"))
    font = screen.font
    at = font.fetch(ord("A"))
    assert cell(screen, 3, 5) == bytes(font.glyphs[at : at + 16])
    at = font.fetch(ord("中"))
    assert cell(screen, 3, 6) == bytes([font.glyphs[at + 2 * line] for line in range(16)])
    assert cell(screen, 3, 8) == bytes(16)
    assert row_text(screen, 3) == "     A中"


def test_a_dark_row_is_inverted_to_its_ends():
    plain = drawn(lambda s: s.put(1, 0, 40, "Sale"))

    def dark(screen):
        screen.bar(1)
        screen.put(1, 0, 40, "Sale")

    screen = drawn(dark)
    for column in range(40):
        assert cell(screen, 1, column) == bytes([byte ^ 255 for byte in cell(plain, 1, column)])


def test_large_letters_double_each_pixel():
    small = drawn(lambda s: s.put(0, 0, 40, "8"))
    large = drawn(lambda s: s.put(0, 0, 40, "8", "<", True))
    twice, once = picture(large), picture(small)
    for y in range(32):
        for x in range(16):
            bit = twice[y * 40 + x // 8] >> (7 - x % 8) & 1
            assert bit == once[y // 2 * 40] >> (7 - x // 2) & 1
    assert row_text(large, 0) == "8" and row_text(large, 1) == ""


def test_only_changed_rows_are_dirty():
    screen = drawn(lambda s: s.put(2, 0, 40, "one"))
    assert show(screen, "one") is None
    assert show(screen, "two") == (32, 48)
    assert show(screen, "") == (32, 48)
    assert picture(screen) == bytes(9600)


def show(screen: Screen, text: str):
    """The dirty rows of a picture with this text in row 2."""
    screen.begin()
    screen.put(2, 0, 40, text)
    return screen.end()


def test_places_clip_and_align():
    screen = drawn(lambda s: s.put(0, 0, 5, "中文字", ">"))
    assert row_text(screen, 0) == " 中文"
    assert row_text(drawn(lambda s: s.put(0, 0, 40, "1.00", ">", True)), 0) == " " * 32 + "1.00"
    assert row_text(drawn(lambda s: s.put(0, 0, 11, "abc", "^")), 0) == "    abc"


def test_letters_the_font_lacks_are_question_marks():
    screen = drawn(lambda s: s.put(0, 0, 4, "\u0e01"))
    at = screen.font.fetch(ord("?"))
    assert cell(screen, 0, 0) == bytes(screen.font.glyphs[at : at + 16])


def test_more_letters_than_slots_are_still_right():
    text = "会员卡充值查看上一张小票重新打印上一张小票签退本店可用全部门店合计"
    screen = drawn(lambda s: [s.put(row, 0, 40, text[row : row + 20]) for row in range(15)])
    again = drawn(lambda s: s.put(14, 0, 40, text[14:34]))
    for column in range(40):
        assert cell(screen, 14, column) == cell(again, 14, column)


def test_texts_measured_in_cells():
    assert cells("a中") == 3
    assert clip("a中文", 4) == "a中"
    assert apart("苹果", "7.98", 12) == "苹果    7.98"
    assert apart("a long name indeed", "7.98", 12) == "a long  7.98"
    assert centred("ab", 6) == "  ab"


def test_a_mapped_font_and_a_file_give_the_same_glyphs():
    letters = "Aa?~ ö中余额"
    with open(FONT, "rb") as file:
        head = file.read(6)
        count = head[4] | head[5] << 8
        places = file.read(3 * count)
        codes = [places[2 * at] | places[2 * at + 1] << 8 for at in range(count)]
        kept = sorted({ord(letter) for letter in letters if ord(letter) in codes} | set(range(0x20, 0x7F)))
        data = head[:4] + len(kept).to_bytes(2, "little") + b"".join([code.to_bytes(2, "little") for code in kept])
        data += bytes(len(kept))
        for code in kept:
            file.seek(6 + 3 * count + 32 * codes.index(code))
            data += file.read(32)
    mapped, read = Font(memoryview(data)), open_font(FONT)
    for letter in letters + "\u2fff":
        code = ord(letter)
        size = 32 if code > 0x2E80 and mapped.has(code) else 16
        places = [(font.fetch(code), font.glyphs) for font in (mapped, read)]
        assert len({bytes(glyphs[at : at + size]) for at, glyphs in places}) == 1, letter
        assert mapped.has(code) == read.has(code)
