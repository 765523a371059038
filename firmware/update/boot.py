"""The start of a board, before any image: which slot, and what if it does not run. Copied by cable, never updated.

/main.py            hands machine.reset to main()
/lib/starter.mpy    this module with slots.py and net/slots.py, linked (tools/flash.py)
/update             state.0 .1, key (modulus of the release key, 384 bytes)
/slot0 /slot1       manifest of what is in them; the image too, where there is no ROMFS partition
/hold               if it is there, nothing is started once: a cable is about to work
"""

import os
import sys
import time

from firmware.update.slots import State, is_whole, places

FOLDER = "/update"
HOLD = "/hold"
PAUSE_MS = 2000  # before a board that cannot start tries again: time for Ctrl-C


def main(reset, root: str = "") -> None:
    """Starts an image; returns only when a cable wants the board. `reset()` starts the board again."""
    if held(root + HOLD):
        print("hold")
        return
    state = State(root + FOLDER)
    slot = state.choose()
    print("slot=%d trial=%d number=%d" % (slot, state.trial >= 0, state.number))
    try:
        start(places(root).mount(slot))
    except Exception as broken:
        sys.print_exception(broken)
        state.fell(is_whole(root, 1 - state.current))
        time.sleep_ms(PAUSE_MS)  # pyright: ignore
        reset()


def held(path: str) -> bool:
    """Whether this one start belongs to the cable."""
    try:
        os.remove(path)
    except OSError:
        return False
    return True


def start(path: str) -> None:
    """Runs the image that lies there. Raises ImportError and whatever its modules raise."""
    if not path:
        raise ImportError("no image")
    sys.path.insert(0, path)
    sys.modules.pop("starter", None)  # its names stay, its code may go
    __import__("tapwell").main()
