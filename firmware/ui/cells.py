"""Texts measured in cells: a Latin letter fills one cell, a Chinese one two. Screen and receipt lay out by this."""

WIDE_FROM = 0x2E80


def cells(text: str) -> int:
    """How many cells a text fills."""
    count = 0
    for letter in text:
        count += 2 if ord(letter) >= WIDE_FROM else 1
    return count


def clip(text: str, width: int) -> str:
    """The longest beginning of a text that fits into that many cells."""
    used = 0
    for at, letter in enumerate(text):
        used += 2 if ord(letter) >= WIDE_FROM else 1
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


_NEVER_FIRST = "，。；：！？、）」%"


def _pieces(text: str) -> list:
    pieces = []
    for letter in text:
        last = pieces[-1][-1] if pieces else " "
        breaks = last == " " or ord(last) >= WIDE_FROM or ord(letter) >= WIDE_FROM
        if pieces and (letter == " " or letter in _NEVER_FIRST or not breaks):
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces
