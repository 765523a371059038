"""The start of a board, before any image: which slot, and what if it does not run. It is copied by cable, never updated.

    /main.py            from starter import main; main()
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


def main(root: str = "") -> None:
    """Starts an image; returns only when a cable wants the board."""
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
        again()


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


def again() -> None:
    """Starts the board once more."""
    import machine

    time.sleep_ms(PAUSE_MS)
    machine.reset()
