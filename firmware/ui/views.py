"""From a view's name and values to cells on the screen. Every view has its title in the bar on top.

What a view looks like is a table in flash, <app>.txt, one line a text:

    view row column width style [conditions] item
    style       < ^ > left, middle, right in its width, with * at twice the size; ~ ~^ wrapped over `width` rows
                bar: that row is light on dark; @: another group of lines, drawn from this row on;
                each: a group of lines for every item of a list, one row below the other
    conditions  ?name: only with such a value; !name: only without
    item        $name: a value; else a key of the language files, its places filled by the $names that follow

A text of the language files must fit its width: the tests draw every view in every language and find what does not.
"""

from firmware.text.lines import Lines
from firmware.ui.cells import wrap
from firmware.ui.screen import COLUMNS

DIR = __file__.rpartition("/")[0] or "."
TITLE_WIDTH = 22


class Views:
    """show(view, params) -> the changed pixel rows as (first, end), or None."""

    def __init__(self, app: str, texts, screen):
        self.screen = screen
        self.texts = texts
        self.layout = Lines(DIR + "/" + app + ".txt")

    def show(self, view: str, params: dict) -> tuple | None:
        """Draws a view as a flow asked for it."""
        self.screen.begin()
        self.group("frame", 0, params)
        self.place(0, 1, TITLE_WIDTH, "<", self.texts(view), view)
        self.group(view, 0, params)
        return self.screen.end()

    def group(self, name: str, top: int, values: dict):
        """The lines of a view or of a part of several views."""
        for line in self.layout.each(name):
            words = line.split(" ")
            while len(words) > 4 and words[4][0] in "?!":
                condition = words.pop(4)
                if bool(values.get(condition[1:])) != (condition[0] == "?"):
                    break
            else:
                self.line(top + int(words[0]), int(words[1]), int(words[2]), words[3], words[4:], values)

    def line(self, row: int, column: int, width: int, style: str, words: list, values: dict):
        """One line of the table whose conditions are met."""
        if style == "bar":
            self.screen.bar(row)
        elif style == "@":
            self.group(words[0], row, values)
        elif style == "each":
            for at, item in enumerate(values[words[0][1:]]):
                self.group(words[1], row + at, item if isinstance(item, dict) else {"it": item})
        elif words[0][0] == "$":
            self.place(row, column, width, style, str(values[words[0][1:]]), "")
        else:
            text = words[0] if words[0].isdigit() else self.texts(words[0], *[values[word[1:]] for word in words[1:]])
            self.place(row, column, width, style, text, words[0])

    def place(self, row: int, column: int, width: int, style: str, text: str, key: str):
        """A text into its place; key is '' where it is a value, which is clipped there."""
        if style[0] != "~":
            self.screen.put(row, column, width, text, style[0], style[1:] == "*")
            return
        for at, line in enumerate(wrap(text, COLUMNS - 2)[:width]):
            self.screen.put(row + at, 1, COLUMNS - 2, line, style[1:] or "<")
