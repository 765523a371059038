"""Draws every view of the terminals, in both languages, as the display shows it: docs/screens/.

    python -m tools.screens [FOLDER]

The pictures come from the real flows, views, texts and glyphs, driven through a day at the till by the table below;
tests/firmware/desk.py plays the gateway. Each view once as <language>/<view>.png, all together as <language>.png.
"""

import sys
from pathlib import Path

from PIL import Image, ImageOps

from firmware.ui.screen import COLUMNS, ROWS
from tests.firmware.desk import Desk

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screens"
SIZE = (COLUMNS * 8, ROWS * 16)
SCALE = 2
SHEET_COLUMNS = 4
GAP = 8

# app -> (events in the words of the desk, '*': a picture is kept under the view's name, or the name after it)
DAYS = {
    "reader": """
        start *; welcome *; card_placed *; tapped ann *; card_placed; card card_unreadable *; card_placed; tapped staff *
    """,
    "pos": """
        start *; welcome *; key 4 2 ok 1 2 *; key 3 4 ok *; answer; tap ann *; key back
        scan 690; answer; scan 12; answer; key 3 f1; scan 77; answer; scan 9; answer; key 1 2 3 *
        key back back back f4 *; key back; key ok 1 5 points *; key back; key card *
        decline insufficient_float 1200 *; key card cash; approve *; key ok
        scan 77; answer; key cash cash back *; undo voided *; key ok
        key menu *; key 1 *; tap ann; key 5 0 *; key ok *; key ok *; decline issue_limit *
        key ok 5 0 ok ok; approve *; key menu 2 *; key back menu 5 *; answer *
    """,
}


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for language in ("zh", "en"):
        pictures = {name: picture for app in DAYS for name, picture in day(app, language).items()}
        (folder / language).mkdir(parents=True, exist_ok=True)
        for name, picture in pictures.items():
            picture.resize((SIZE[0] * SCALE, SIZE[1] * SCALE)).save(folder / language / (name + ".png"), optimize=True)
        sheet(list(pictures.values())).save(folder / (language + ".png"), optimize=True)
        print("%s: %d views" % (language, len(pictures)))
    return 0


def day(app: str, language: str) -> dict[str, Image.Image]:
    """View's name -> picture, one bit per pixel."""
    desk = Desk(app, language)
    pictures = {}
    for words in DAYS[app].replace("\n", ";").split(";"):
        event, star, _ = words.strip().partition("*")
        if event:
            for one in desk.events(event.strip()):
                desk.give(one)
        if star:
            pictures[desk.shown] = picture(desk)
    return pictures


def picture(desk: Desk) -> Image.Image:
    """The frame buffer, dark letters on light."""
    return ImageOps.invert(Image.frombytes("1", SIZE, bytes(desk.screen.buffer)))


def sheet(pictures: list[Image.Image]) -> Image.Image:
    """All pictures side by side."""
    rows = (len(pictures) + SHEET_COLUMNS - 1) // SHEET_COLUMNS
    width, height = SIZE[0] + GAP, SIZE[1] + GAP
    whole = Image.new("L", (SHEET_COLUMNS * width + GAP, rows * height + GAP), 150)
    for at, one in enumerate(pictures):
        whole.paste(one, (GAP + at % SHEET_COLUMNS * width, GAP + at // SHEET_COLUMNS * height))
    return whole


if __name__ == "__main__":
    sys.exit(main())
