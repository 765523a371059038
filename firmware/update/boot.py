"""The start of a board, before any image: which slot, and what if it does not run. Copied by cable, never updated.

/main.py            main(machine), then the image's own main() (tools/flash.py)
/lib/starter.mpy    this module with slots.py and net/slots.py, linked (tools/flash.py)
/update             state.0 .1, key (modulus of the release key, 384 bytes)
/slot0 /slot1       manifest of what is in them; the image too, where there is no ROMFS partition
/hold               if it is there, nothing is started once: a cable is about to work

The image is imported by /main.py and not from here, so that nothing of this module stays in the heap. Imported from a
function of this module, 15 KB of the loader's own objects stayed too: the collector is a conservative one.
"""

import os
import sys
import time

from firmware.update.slots import State, is_whole, places, size_of

FOLDER = "/update"
HOLD = "/hold"
IDENTITY = "/data/terminal.json"
WATCHDOG_MS = 8000  # as hal.py has it
PAUSE_MS = 2000  # before a board that cannot start tries again: time for Ctrl-C


def main(machine, broken=None, root: str = "") -> bool:
    """Chooses the image of this start; with `broken`, what an image raised that could not even begin."""
    sys.modules.pop("starter", None)
    if broken is None:
        return choose(machine, root)
    fell(broken, machine, root)
    return False


def choose(machine, root: str) -> bool:
    """Puts the image of this start first among the places for modules; False when the board stays at its prompt."""
    if held(root + HOLD):
        print("hold")
        return False
    if size_of(root + IDENTITY) < 0:
        print("not enrolled")
        return False
    state = State(root + FOLDER)
    slot = state.choose()
    print("slot=%d trial=%d number=%d" % (slot, state.trial >= 0, state.number))
    if state.trial >= 0:
        machine.WDT(timeout=WATCHDOG_MS)  # an image on trial may hang before it has a watchdog of its own
    place = places(root).mount(slot)
    if place:
        sys.path.insert(0, place)
    return True


def fell(broken, machine, root: str) -> None:
    """The image could not begin; starts the board again, with the other image after a few times."""
    sys.print_exception(broken)
    state = State(root + FOLDER)
    state.fell(is_whole(root, 1 - state.current))
    time.sleep_ms(PAUSE_MS)  # pyright: ignore
    machine.reset()


def held(path: str) -> bool:
    """Whether this one start belongs to the cable."""
    try:
        os.remove(path)
    except OSError:
        return False
    return True
