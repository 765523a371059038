"""Wiring drawings and parts lists from the pin maps.

python -m hardware.draw            writes hardware/wiring/<board>-<app>.svg and hardware/bom/<board>-<app>.csv
python -m hardware.draw --check    writes nothing; exit 1 if a file lags behind its source
"""

import csv
import io
import sys
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from hardware.boards.catalogue import APPS, BOARDS, lacks, offered, pin_map, plug
from hardware.boards.model import Board, bus_of, wires
from hardware.boards.modules import MODULES, Module

HERE = Path(__file__).resolve().parent
WIDTH = 1040
BOARD_X, BOARD_RIGHT, MODULE_X, MODULE_RIGHT = 40, 330, 690, 1000
TOP, ROW, HEAD, GAP, FOOT = 104, 26, 34, 26, 22
INK, FAINT, PAPER, LINE = "#1f2933", "#66727f", "#ffffff", "#c8d0d8"
BOARD_FILL, BOARD_HEAD = "#e9f1ea", "#2f6f4f"
MODULE_FILL, MODULE_HEAD = "#f3f5f8", "#3c5a80"
COLOURS = {
    "3V3": "#d9480f", "5V": "#c92a2a", "GND": "#343a40",
    "tx": "#1c7ed6", "rx": "#2f9e44", "sck": "#7048e8", "mosi": "#1c7ed6", "cs": "#0c8599", "dc": "#e67700",
    "reset": "#868e96", "light": "#f08c00", "scl": "#7048e8", "sda": "#1c7ed6", "int": "#ae3ec9", "pin": "#ae3ec9",
}  # fmt: skip
FONT = "font-family='DejaVu Sans, Noto Sans, Arial, sans-serif'"


class Wire(NamedTuple):
    """One wire: print and header position at the board, what it carries, print at the module."""

    at_board: str
    position: str
    carries: str
    colour: str
    at_module: str


def module_wires(board: Board, part: str) -> list[Wire]:
    """Supply, ground, then the signals of one module."""
    module, pins = MODULES[part], plug(board, part) or {}
    found = [
        Wire(module.supply, board.power[module.supply], module.supply, COLOURS[module.supply], module.supply_pin),
        Wire("GND", board.power["GND"], "GND", COLOURS["GND"], "GND"),
    ]
    for signal, gpio in wires(pins):
        carries = f"{bus_of(pins)} {signal}" if bus_of(pins) else "pwm"
        found.append(Wire(f"GPIO{gpio}", board.headers[gpio], carries, COLOURS[signal], module.pins[signal]))
    return found


def wiring(board: Board, app: str) -> str:
    """The drawing: board left, modules right, one row per wire."""
    parts, y = [], TOP + HEAD
    for part in pin_map(board.name, app):
        rows = module_wires(board, part)
        parts += _module(MODULES[part], y, len(rows))
        for i, wire in enumerate(rows):
            parts += _wire(wire, y + HEAD + ROW * i + ROW // 2)
        y += HEAD + ROW * len(rows) + GAP
    bottom = y - GAP + 14
    return _page(
        board, app, bottom, _block(BOARD_X, TOP, BOARD_RIGHT, bottom, BOARD_FILL, BOARD_HEAD, board.title) + parts
    )


def _page(board: Board, app: str, bottom: int, parts: list[str]) -> str:
    foot = [*board.notes, *(f"Source: {source}" for source in board.sources)]
    height = bottom + 30 + FOOT * len(foot)
    title = f"{app} on {board.title}"
    size = f"viewBox='0 0 {WIDTH} {height}' width='{WIDTH}' height='{height}'"
    return "\n".join([
        f"<svg xmlns='http://www.w3.org/2000/svg' {size} {FONT}>",
        f"<title>{escape(title)}</title>",
        f"<rect width='{WIDTH}' height='{height}' fill='{PAPER}'/>",
        _text(BOARD_X, 44, title, 22, INK, bold=True),
        _text(BOARD_X, 70, "Made from hardware/boards by hardware/draw.py. One row is one wire.", 13, FAINT),
        *parts,
        *[_text(BOARD_X, bottom + 30 + FOOT * i, line, 12, FAINT) for i, line in enumerate(foot)],
        "</svg>\n",
    ])  # fmt: skip


def _module(module: Module, y: int, rows: int) -> list[str]:
    bottom = y + HEAD + ROW * rows + 8
    note = _text(MODULE_RIGHT - 14, bottom - 12, module.note, 10.5, FAINT, "end") if module.note else ""
    return [*_block(MODULE_X, y, MODULE_RIGHT, bottom, MODULE_FILL, MODULE_HEAD, module.title), note]


def _block(left: int, top: int, right: int, bottom: int, fill: str, head: str, title: str) -> list[str]:
    """A box with rounded corners and a coloured head."""
    wide = right - left
    return [
        f"<rect x='{left}' y='{top}' width='{wide}' height='{bottom - top}' rx='8' fill='{fill}' stroke='{LINE}'/>",
        f"<path d='M{left} {top + HEAD - 6}v-{HEAD - 14}q0-8 8-8h{wide - 16}q8 0 8 8v{HEAD - 14}z' fill='{head}'/>",
        _text(left + 14, top + 19, title, 14, PAPER, bold=True),
    ]


def _wire(wire: Wire, y: int) -> list[str]:
    middle = (BOARD_RIGHT + MODULE_X) // 2
    return [
        f"<path d='M{BOARD_RIGHT} {y}H{MODULE_X}' stroke='{wire.colour}' stroke-width='3' fill='none'/>",
        f"<circle cx='{BOARD_RIGHT}' cy='{y}' r='5' fill='{PAPER}' stroke='{wire.colour}' stroke-width='2.5'/>",
        f"<circle cx='{MODULE_X}' cy='{y}' r='5' fill='{PAPER}' stroke='{wire.colour}' stroke-width='2.5'/>",
        _text(BOARD_X + 14, y + 4, wire.position, 12, FAINT),
        _text(BOARD_RIGHT - 16, y + 4, wire.at_board, 13, INK, "end", bold=True),
        f"<rect x='{middle - 46}' y='{y - 9}' width='92' height='18' rx='9' fill='{PAPER}' stroke='{wire.colour}'/>",
        _text(middle, y + 4, wire.carries, 11.5, wire.colour, "middle"),
        _text(MODULE_X + 16, y + 4, wire.at_module, 13, INK, bold=True),
    ]


def _text(x: float, y: float, says: str, size: float, colour: str, anchor: str = "start", bold: bool = False) -> str:
    weight = " font-weight='600'" if bold else ""
    return (
        f"<text x='{x}' y='{y}' font-size='{size}' fill='{colour}' text-anchor='{anchor}'{weight}>{escape(says)}</text>"
    )


def bom(board: Board, app: str) -> str:
    """What to buy, as CSV."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["quantity", "part", "buy", "supply", "note"])
    rows.writerow([1, "board", board.title, "USB 5V", f"{board.chip}; plugs: USB cable and a 5 V 2 A supply"])
    used = pin_map(board.name, app)
    for part in used:
        module = MODULES[part]
        rows.writerow([1, part, module.buy, module.supply, module.note])
    count = sum(len(module_wires(board, part)) for part in used)
    rows.writerow([count, "wire", "Jumper wire", "", "one per row of the wiring drawing"])
    return out.getvalue()


def outputs() -> dict[Path, str]:
    """Every file that is made, and its text."""
    made = {}
    for board, app in offered():
        made[HERE / "wiring" / f"{board}-{app}.svg"] = wiring(BOARDS[board], app)
        made[HERE / "bom" / f"{board}-{app}.csv"] = bom(BOARDS[board], app)
    made[HERE / "boards" / "FITS.md"] = fits_table()
    return made


def fits_table() -> str:
    """Which app runs on which board, and what keeps the others from it."""
    lines = ["# Boards and apps", "", "Made from `hardware/boards` by `python -m hardware.draw`.", ""]
    lines += ["| board | heap | flash | " + " | ".join(APPS) + " |", "|---|---|---|" + "---|" * len(APPS)]
    for name, board in BOARDS.items():
        cells = [_verdict(board, app) for app in APPS]
        size = f"{board.heap_bytes // 1024} KB | {board.flash_bytes // 1024} KB"
        lines.append(f"| {board.title} (`{name}`) | {size} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _verdict(board: Board, app: str) -> str:
    missing = lacks(board, APPS[app])
    without = [part for part in APPS[app].optional if part not in board.pins]
    if missing:
        return "no: " + ", ".join(missing)
    drawing = f"[wiring](../wiring/{board.name}-{app}.svg)"
    return f"{drawing}, without {', '.join(without)}" if without else drawing


def stale() -> list[Path]:
    """Files that lag behind their source."""
    return [path for path, text in outputs().items() if not path.exists() or path.read_text("utf-8") != text]


def main() -> None:
    lagging = stale()
    if "--check" in sys.argv[1:]:
        for path in lagging:
            print(f"{path.relative_to(HERE.parent)} lags behind hardware/boards: run python -m hardware.draw")
        sys.exit(1 if lagging else 0)
    for path in lagging:
        path.parent.mkdir(exist_ok=True)
        path.write_text(outputs()[path], "utf-8")
        print("wrote", path.relative_to(HERE.parent))


if __name__ == "__main__":
    main()
