"""Draws every view of the terminals, in both languages, as the display shows it: docs/screens/.

    python -m tools.screens [FOLDER]

The pictures come from the real flows, views, texts and glyphs, driven through the days of tests/firmware/days.py,
where tests/firmware/desk.py plays the gateway. One file a view, <language>/<view>.png, and all together <language>.png.
"""

import sys
from pathlib import Path

from PIL import Image, ImageOps

from firmware.ui.screen import COLUMNS, ROWS
from tests.firmware.days import DAYS, play
from tests.firmware.desk import Desk
from tests.firmware.seen import picture as pixels

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screens"
SIZE = (COLUMNS * 8, ROWS * 16)
SCALE = 2
SHEET_COLUMNS = 4
GAP = 8


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

    def keep():
        pictures[desk.shown] = picture(desk)

    play(desk, DAYS[app], keep)
    return pictures


def picture(desk: Desk) -> Image.Image:
    """The frame buffer, dark letters on light."""
    return ImageOps.invert(Image.frombytes("1", SIZE, pixels(desk.screen)))


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
