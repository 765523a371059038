"""Texts: the same keys in both languages, sorted for the binary search, every reason told, every letter in the font."""

from firmware.text import DIR, LANGUAGES, Texts
from firmware.text.catalogue import load
from firmware.ui.cells import WIDE_FROM, cells, wrap
from firmware.ui.font import open_font
from protocol.errors import REASONS

NOTE_CELLS, NOTE_ROWS = 38, 2  # a reason may stand on any view, in the two rows above the keys


def test_both_languages_have_the_same_keys_and_places():
    zh, en = load("zh"), load("en")
    assert sorted(zh) == sorted(en)
    for key in zh:
        assert zh[key].count("%s") == en[key].count("%s") and zh[key].strip() == zh[key], key


def test_lines_are_sorted_by_key():
    for language in LANGUAGES:
        with open(DIR + "/" + language + ".txt", "rb") as file:
            keys = [line.partition(b" ")[0] for line in file.read().splitlines()]
        assert keys == sorted(keys)
        assert len(keys) == len(set(keys))


def test_every_key_is_found_by_the_search():
    for language in LANGUAGES:
        texts = Texts(language)
        for key, text in load(language).items():
            assert texts(key) == text
            assert key in texts
        assert "no.such" not in texts


def test_every_reason_says_what_to_do_in_two_lines():
    for language in LANGUAGES:
        texts = load(language)
        for code in list(REASONS) + ["other", "journal_full"]:
            lines = wrap(texts["reason." + code].replace("%s", "a_reason_of_24_characters"), NOTE_CELLS)
            assert len(lines) <= NOTE_ROWS, (language, code, lines)


def test_every_letter_has_its_glyph_in_its_width():
    font = open_font(DIR + "/font16.bin")
    for language in LANGUAGES:
        letters = set("".join(load(language).values()))
        for letter in letters:
            assert font.has(ord(letter)), letter
            font.file.seek(6 + 2 * font.count + font._find(ord(letter)))
            wide = font.file.read(1)[0] == 2
            assert wide == (ord(letter) >= WIDE_FROM), letter


def test_wrapping_never_loses_a_letter_and_never_overflows():
    for text in list(load("zh").values()) + list(load("en").values()):
        for width in (10, 17, 38):
            lines = wrap(text, width)
            assert "".join(lines).replace(" ", "") == text.replace(" ", "")
            for line in lines:
                assert cells(line) <= width


def test_the_other_language():
    texts = Texts("zh")
    assert texts("pos.ready") == "可以收银" and texts.other() == "en"
    texts.use("en")
    assert texts("pos.ready") == "Ready to sell" and texts("receipt.number", 12) == "Receipt 12"
    assert Texts("fr").language == "en"
