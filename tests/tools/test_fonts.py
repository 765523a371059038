"""The font in flash is what the screens need."""

from tools import fonts


def test_the_font_holds_every_character_of_the_screens():
    held = fonts.unpack(fonts.FONT.read_bytes())
    assert [chr(code) for code in fonts.characters_of_texts() if code not in held] == []


def test_the_font_holds_everyday_chinese_and_ascii():
    held = fonts.unpack(fonts.FONT.read_bytes())
    level_1 = fonts.gb2312(range(16, 56))
    assert len(level_1) == 3755
    assert [char for char in level_1 if ord(char) not in held] == []
    assert [code for code in range(0x20, 0x7F) if code not in held] == []


def test_ascii_is_half_as_wide_as_chinese():
    held = fonts.unpack(fonts.FONT.read_bytes())
    assert len(held[ord("A")]) == 16
    assert len(held[ord("元")]) == 32


def test_glyphs_are_not_blank():
    held = fonts.unpack(fonts.FONT.read_bytes())
    assert [chr(code) for code, bitmap in held.items() if not any(bitmap)] == [" ", "\u3000"]


def test_what_is_packed_comes_out_again():
    glyphs = {0x41: bytes(range(16)), 0x5143: bytes(range(32))}
    packed = fonts.pack(glyphs)
    assert packed[:10] == b"TWF1\x02\x00\x41\x00\x43\x51"
    assert fonts.unpack(packed) == glyphs
