"""All boards, all apps, and which app fits which board."""

from dataclasses import dataclass

from hardware.boards.esp32s3 import BOARD as ESP32S3
from hardware.boards.model import Board, Part
from hardware.boards.pico import PICO2W, PICOW

BOARDS = {board.name: board for board in (ESP32S3, PICO2W, PICOW)}
FILES_BYTES = 512 * 1024  # image, font and journal of any app


@dataclass(frozen=True)
class App:
    """`parts` it cannot do without, `optional` ones it uses when there.

    heap_bytes: the gate its tests run under; heap_with_tls_bytes: what it needs where TLS lives in the same heap
    (29,000 B while connecting, 17,000 + 6,000 B while connected). Both with a basket of 200 lines for the pos.
    """

    heap_bytes: int
    heap_with_tls_bytes: int
    parts: tuple[str, ...]
    optional: tuple[str, ...] = ()


APPS = {
    "reader": App(128 * 1024, 128 * 1024, ("pn532", "display", "keypad", "buzzer")),
    "pump": App(128 * 1024, 160 * 1024, ("pn532", "display", "keypad", "buzzer", "pump")),
    "pos": App(144 * 1024, 144 * 1024, ("pn532", "display", "keypad", "buzzer", "scanner"), ("printer",)),
}


PLUGS = {"pump": "scanner"}  # a part and the one whose plug it takes: no app has both


def plug(board: Board, part: str) -> Part | None:
    """Where a part is wired on this board."""
    return board.pins.get(part) or board.pins.get(PLUGS.get(part, ""))


def lacks(board: Board, app: App) -> list[str]:
    """Why this app does not fit this board, in words; empty = it fits."""
    found = [f"no {part}" for part in app.parts if plug(board, part) is None]
    needed = app.heap_with_tls_bytes if board.tls_in_heap else app.heap_bytes
    if board.heap_bytes < needed:
        found.append(f"heap of {board.heap_bytes // 1024} KB, {needed // 1024} KB needed")
    if board.flash_bytes < FILES_BYTES:
        found.append(f"flash of {board.flash_bytes // 1024} KB, {FILES_BYTES // 1024} KB needed")
    return found


def offered() -> list[tuple[str, str]]:
    """Every (board, app) that fits."""
    return [(board, app) for board in BOARDS for app in APPS if not lacks(BOARDS[board], APPS[app])]


def pin_map(board: str, app: str) -> dict[str, Part]:
    """The `pins` of terminal.json: only the parts this app uses and this board has."""
    wanted = APPS[app].parts + APPS[app].optional
    return {part: pins for part in wanted if (pins := plug(BOARDS[board], part)) is not None}
