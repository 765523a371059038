"""What an image costs on the heap when its modules are loaded into it, in the real MicroPython, beside the app's gate.

    python -m tools.heap [reader|pos|pump ...]

Objects are 64 bits wide here, so figures are above those of a board. A module's figure includes what it is the first
to import and the names (qstrs) that it is the first to use. Pools of names double when full: the step from the sixth to
the seventh, at about 1,270 names, costs 14 KB at once and falls on whichever module takes it.
"""

import os
import subprocess
import sys
from pathlib import Path

from tools import build_firmware, link
from tools.upy_test import MICROPYTHON

SHIMS = build_firmware.ROOT / "hardware" / "emulators" / "upy"
GATES_KB = {"reader": 128, "pos": 144, "pump": 128}  # micropython -X heapsize
ROOM = "600k"  # to measure in, so that a module that is too large is seen too
PROGRAM = """
import gc
import micropython
import sys
def used():
    gc.collect()
    return gc.mem_alloc()
last = used()
for module in sys.argv[1:]:
    __import__(module)
    now = used()
    print("%s\\t%d" % (module, now - last))
    last = now
print("all\\t%d" % last)
micropython.qstr_info()
"""


def measure(app: str, image: Path) -> list[tuple[str, int]]:
    """(module, bytes) in the order of import, the whole as ("all", bytes) last. Raises RuntimeError if one fails."""
    script = image.parent / (image.name + ".heap.py")
    script.write_text(PROGRAM)
    modules = ["asyncio", "machine", "network", link.ONE]
    environment = dict(os.environ, MICROPYPATH="%s:%s:.frozen" % (image, SHIMS))
    command = [MICROPYTHON, "-X", "heapsize=" + ROOM, script, *modules]
    done = subprocess.run(command, cwd=image, env=environment, capture_output=True, text=True, timeout=30)
    if done.returncode != 0:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-500:])
    lines = [line.split("\t") for line in done.stdout.splitlines() if "\t" in line]
    print(done.stdout.splitlines()[-1])
    return [(module, int(used)) for module, used in lines]


def main() -> int:
    for app in sys.argv[1:] or build_firmware.APPS:
        image = build_firmware.build(app, build_firmware.IMAGES / app)
        rows = measure(app, image)
        print("%s: %d bytes of %d after import" % (app, rows[-1][1], GATES_KB[app] * 1024))
        for module, used in rows[:-1]:
            print("%9d  %s" % (used, module))
    return 0


if __name__ == "__main__":
    sys.exit(main())
