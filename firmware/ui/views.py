"""From a view's name and values to cells on the screen. Every view has its title in the bar on top.

A view is one small function in reader_views.py or pos_views.py; only the app's own file is loaded. label() says
how many cells a text of the language files may fill there: the tests draw every view in every language and find what
does not fit.
"""

from firmware.ui.cells import wrap
from firmware.ui.screen import COLUMNS, ROWS

LAST = ROWS - 1


class Views:
    """show(view, params) -> the changed pixel rows as (first, end), or None."""

    def __init__(self, app: str, texts, screen):
        self.screen = screen
        self.texts = texts
        if app == "reader":
            from firmware.ui import reader_views as views
        else:
            from firmware.ui import pos_views as views
        self.views = views

    def show(self, view: str, params: dict) -> tuple | None:
        """Draws a view as a flow asked for it."""
        self.screen.begin()
        self.screen.bar(0)
        self.screen.put(0, 34, 5, params["clock"], ">")
        if not params["link"]:
            self.label(0, 24, 9, "no_link", align=">")
        self.label(0, 1, 22, view)
        getattr(self.views, view.replace(".", "_"))(self, params)
        return self.screen.end()

    def put(self, row: int, column: int, width: int, text: str, align: str = "<", big: bool = False):
        """A value into its place."""
        self.screen.put(row, column, width, text, align, big)

    def label(self, row: int, column: int, width: int, key: str, *values, align: str = "<", big: bool = False):
        """A text of the language files into its place, which it must fit."""
        self.screen.put(row, column, width, self.texts(key, *values), align, big)

    def lines(self, row: int, rows: int, text: str, align: str = "<"):
        """A longer text, wrapped over some rows."""
        for at, line in enumerate(wrap(text, COLUMNS - 2)[:rows]):
            self.screen.put(row + at, 1, COLUMNS - 2, line, align)

    def long_label(self, row: int, rows: int, key: str, align: str = "<"):
        """A longer text of the language files, wrapped over some rows."""
        self.lines(row, rows, self.texts(key), align)

    def hints(self, key: str, *values):
        """What the keys do here, in the bar at the bottom."""
        self.screen.bar(LAST)
        self.label(LAST, 1, COLUMNS - 2, key, *values)

    def pair(self, row: int, key: str, value: str):
        """A named figure on a row of its own."""
        self.label(row, 1, 22, key)
        self.put(row, 24, 15, value, ">")

    def figure(self, row: int, key: str, value: str):
        """A named figure at twice the size, on two rows."""
        self.label(row, 1, 13, key)
        self.put(row, 15, 24, value, ">", True)
