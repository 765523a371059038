"""Texts measured in cells: a Latin letter fills one cell, a Chinese one two. Screen and receipt lay out by this.

Letters are looked at as code points: MicroPython keeps every letter that a loop over a text or text[i] takes out as a
name for ever, and a day of Chinese goods would fill the heap with them.
"""

WIDE_FROM = 0x2E80


def code_points(text: str):
    """Each letter's code point."""
    raw = text.encode()
    if len(raw) == len(text):  # ASCII alone, as most texts are
        return raw
    return _wide_points(raw + b"\x00")


def _wide_points(raw: bytes):
    code = 0
    for byte in raw:
        if byte & 0xC0 == 0x80:
            code = code << 6 | byte & 0x3F
            continue
        if code:
            yield code
        code = byte if byte < 0x80 else byte & (0x1F if byte < 0xE0 else 0x0F if byte < 0xF0 else 0x07)


def cells(text: str) -> int:
    """How many cells a text fills."""
    count = len(text)
    if count == len(text.encode()):
        return count
    count = 0
    for code in code_points(text):
        count += 2 if code >= WIDE_FROM else 1
    return count


def clip(text: str, width: int) -> str:
    """The longest beginning of a text that fits into that many cells."""
    if len(text) == len(text.encode()):
        return text[:width]
    used = 0
    for at, code in enumerate(code_points(text)):
        used += 2 if code >= WIDE_FROM else 1
        if used > width:
            return text[:at]
    return text


def apart(left: str, right: str, width: int) -> str:
    """One line: left text at the left (clipped if it must be), right text at the right end."""
    left = clip(left, max(0, width - cells(right) - 1))
    return left + " " * (width - cells(left) - cells(right)) + right


def centred(text: str, width: int) -> str:
    """One line with the text in its middle."""
    text = clip(text, width)
    return " " * ((width - cells(text)) // 2) + text


def wrap(text: str, width: int) -> list:
    """Lines of at most that many cells; breaks at spaces and anywhere after a wide letter."""
    lines = []
    line = ""
    for word in _pieces(text):
        if line and cells(line) + cells(word.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += word
        while cells(line.rstrip()) > width:
            lines.append(clip(line, width))
            line = line[len(lines[-1]) :]
    if line.rstrip():
        lines.append(line.rstrip())
    return lines


_NEVER_FIRST = "，。；：！？、）」%".encode()
_SPACE = 0x20


def _pieces(text: str) -> list:
    pieces = []
    start, last = 0, _SPACE
    for at, code in enumerate(code_points(text)):
        breaks = last == _SPACE or last >= WIDE_FROM or code >= WIDE_FROM
        if at and breaks and code != _SPACE and text[at : at + 1].encode() not in _NEVER_FIRST:
            pieces.append(text[start:at])
            start = at
        last = code
    if start < len(text):
        pieces.append(text[start:])
    return pieces
