"""Every view in both languages: each text of the language files fits the place that its view gives it."""

from firmware.text import load
from firmware.ui.cells import cells, wrap
from firmware.ui.screen import COLUMNS
from firmware.ui.views import Views
from tests.firmware.days import DAYS, play
from tests.firmware.desk import Desk


class Ruler(Views):
    """Views that remember which texts they showed and which did not fit."""

    def label(self, row, column, width, key, *values, align="<", big=False):
        self.used.add(key)
        if cells(self.texts(key, *values)) * (2 if big else 1) > width or column + width > COLUMNS:
            self.tight.append((self.texts.language, key, width))
        super().label(row, column, width, key, *values, align=align, big=big)

    def lines(self, row, rows, text, align="<"):
        if len(wrap(text, COLUMNS - 2)) > rows:
            self.tight.append((self.texts.language, text, rows))
        super().lines(row, rows, text, align)


def test_every_text_fits_its_place():
    for language in ("zh", "en"):
        for app in DAYS:
            ruler = ruled(app, language)
            assert ruler.tight == [], ruler.tight


def test_every_view_of_the_tables_has_been_drawn():
    for app in DAYS:
        drawn = ruled(app, "en").used
        wanted = [key for key in load("en") if key.startswith(app + ".") and "." in key]
        titles = [key for key in wanted if key.partition(".")[2] in titles_of(app)]
        missing = [key for key in titles if key not in drawn]
        assert missing == [], missing


def titles_of(app: str) -> list:
    """The states of the app's table, and the view that an empty basket has."""
    return [state for state in Desk(app).flow.TABLE if state] + (["ready"] if app == "pos" else [])


def ruled(app: str, language: str) -> Ruler:
    """A day at the till, measured."""
    desk = Desk(app, language)
    ruler = Ruler(app, desk.texts, desk.screen)
    ruler.used, ruler.tight = set(), []
    desk.views = ruler
    play(desk, DAYS[app], lambda: None)
    return ruler
