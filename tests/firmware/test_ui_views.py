"""Every view in both languages: each text of the language files fits the place that its view gives it."""

from firmware.flows.flow import DIR
from firmware.text.catalogue import load
from firmware.ui.cells import cells, wrap
from firmware.ui.screen import COLUMNS
from firmware.ui.views import DIR as VIEWS
from firmware.ui.views import Views
from tests.firmware.days import DAYS, play
from tests.firmware.desk import Desk


class Ruler(Views):
    """Views that remember which texts they showed and which did not fit."""

    def place(self, row, column, width, style, text, key):
        self.used.add(key)
        if style[0] == "~":
            tight = len(wrap(text, COLUMNS - 2)) > width
        else:
            tight = key and cells(text) * (2 if style[1:] == "*" else 1) > width
        if tight or column + width > COLUMNS:
            self.tight.append((self.texts.language, text, width))


def test_every_text_fits_its_place():
    for language in ("zh", "en"):
        for app in DAYS:
            ruler = ruled(app, language)
            assert ruler.tight == [], ruler.tight


def test_every_view_of_the_tables_has_been_drawn():
    for app in DAYS:
        drawn = ruled(app, "en").used
        wanted = [key for key in load("en") if key.startswith(app + ".") and "." in key]
        titles = titles_of(app)
        titles = [key for key in wanted if key.partition(".")[2] in titles]
        missing = [key for key in titles if key not in drawn]
        assert missing == [], missing


def titles_of(app: str) -> list:
    """The states of the app's table, and the view that an empty basket has."""
    return sorted({row[0].partition(".")[0] for row in rows_of(app)} - {"any", "part"}) + (
        ["ready"] if app == "pos" else []
    )


def rows_of(app: str) -> list:
    """(state.event, handler) of a flow's table."""
    with open(DIR + "/" + app + ".txt") as file:
        return [line.split(" ") for line in file.read().splitlines()]


def test_tables_are_sorted_and_name_handlers_and_states_that_exist():
    for app in DAYS:
        flow = Desk(app).flow
        rows = rows_of(app)
        assert [row[0] for row in rows] == sorted([row[0] for row in rows])
        for name, handler in rows:
            state = name.partition(".")[0]
            if state == "part":
                assert hasattr(flow.part(handler), "see_" + name.partition(".")[2]), name
            elif not hasattr(flow, handler):
                part, _, function = handler.rpartition(".")
                assert hasattr(flow.part(part or flow.table.get("part." + state)), function), handler


def test_layouts_are_sorted_by_view():
    for app in DAYS:
        with open(VIEWS + "/" + app + ".txt") as file:
            names = [line.partition(" ")[0] for line in file.read().splitlines()]
        assert names == sorted(names)


_ruled = {}


def ruled(app: str, language: str) -> Ruler:
    """A day at the till, measured once."""
    if (app, language) not in _ruled:
        _ruled[app, language] = _measured(app, language)
    return _ruled[app, language]


def _measured(app: str, language: str) -> Ruler:
    desk = Desk(app, language)
    ruler = Ruler(app, desk.texts, desk.screen)
    ruler.used, ruler.tight = set(), []
    desk.views = ruler
    play(desk, DAYS[app], lambda: None)
    return ruler
