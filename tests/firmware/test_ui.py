"""The screen: only what changed is drawn, large letters and dark rows, the cells' bytes as the font has them."""

from firmware.text import DIR
from firmware.ui.cells import apart, cells, centred, clip
from firmware.ui.font import Font
from firmware.ui.screen import Screen

FONT = DIR + "/font16.bin"


def drawn(work) -> Screen:
    screen = Screen(Font(FONT))
    screen.begin()
    work(screen)
    screen.end()
    return screen


def cell(screen: Screen, row: int, column: int) -> bytes:
    """The 16 bytes of a cell."""
    pixels = screen.picture()
    return bytes([pixels[(row * 16 + line) * 40 + column] for line in range(16)])


def test_a_letter_is_its_glyph():
    screen = drawn(lambda s: s.put(3, 5, 10, "A中"))
    font = screen.font
    at = font.fetch(ord("A"))
    assert cell(screen, 3, 5) == bytes(font.glyphs[at : at + 16])
    at = font.fetch(ord("中"))
    assert cell(screen, 3, 6) == bytes([font.glyphs[at + 2 * line] for line in range(16)])
    assert cell(screen, 3, 8) == bytes(16)
    assert screen.row_text(3) == "     A中"


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
    twice, once = large.picture(), small.picture()
    for y in range(32):
        for x in range(16):
            bit = twice[y * 40 + x // 8] >> (7 - x % 8) & 1
            assert bit == once[y // 2 * 40] >> (7 - x // 2) & 1
    assert large.row_text(0) == "8" and large.row_text(1) == ""


def test_only_changed_rows_are_dirty():
    screen = drawn(lambda s: s.put(2, 0, 40, "one"))
    assert show(screen, "one") is None
    assert show(screen, "two") == (32, 48)
    assert show(screen, "") == (32, 48)
    assert screen.picture() == bytes(9600)


def show(screen: Screen, text: str):
    """The dirty rows of a picture with this text in row 2."""
    screen.begin()
    screen.put(2, 0, 40, text)
    return screen.end()


def test_places_clip_and_align():
    screen = drawn(lambda s: s.put(0, 0, 5, "中文字", ">"))
    assert screen.row_text(0) == " 中文"
    assert drawn(lambda s: s.put(0, 0, 40, "1.00", ">", True)).row_text(0) == " " * 32 + "1.00"
    assert drawn(lambda s: s.put(0, 0, 11, "abc", "^")).row_text(0) == "    abc"


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
