"""An image as one ROMFS file, run in place: code and tables stay in flash, the heap holds only what moves.

A board whose MicroPython has a ROMFS partition mounts it at /rom by itself (`mpremote romfs deploy FILE`). On a host,
`run` maps the file into the process, outside the interpreter's heap as flash is, and the interpreter mounts it there:

    python -m tools.romfs IMAGE.romfs HEAPSIZE
"""

import contextlib
import ctypes
import io
import mmap
import os
import sys
from pathlib import Path

from mpremote.romfs import make_romfs

ROOT = Path(__file__).resolve().parent.parent
SHIMS = ROOT / "hardware" / "emulators" / "upy"
BOOT = SHIMS / "boot_rom.py"


def write(image: Path) -> Path:
    """The ROMFS file of an image folder, beside it; made anew when the folder is newer."""
    target = image.parent / (image.name + ".romfs")
    stamp = image.parent / (image.name + ".hash")
    if target.exists() and stamp.exists() and target.stat().st_mtime_ns > stamp.stat().st_mtime_ns:
        return target
    with contextlib.redirect_stdout(io.StringIO()):
        made = make_romfs(str(image) + "/", mpy_cross=False)
    fresh = target.with_suffix(".new%d" % os.getpid())
    fresh.write_bytes(made[0] if isinstance(made, tuple) else made)
    fresh.replace(target)
    return target


def run(rom: Path, heapsize: str) -> int:
    """Maps the file, then becomes the interpreter. The map lives as long as the process."""
    with rom.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(mapped))
    os.environ["TAPWELL_ROM"] = "%d %d" % (address, len(mapped))
    os.environ["MICROPYPATH"] = "%s:.frozen" % SHIMS
    from micropython_unix import main

    sys.argv = ["micropython", "-X", "heapsize=" + heapsize, str(BOOT)]
    return main()


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[2]))
