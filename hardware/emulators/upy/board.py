"""What a board's own MicroPython brings along, on a host: flash with littlefs at /, and two ROMFS partitions.

Flash is a host file, opened before `/` is taken away from the interpreter: from then on no path leads to the host. The
ROMFS partitions are memory that tools/virtual_board.py has mapped from a file, so code runs in place. A cut of power is
a SIGKILL; TAPWELL_TEAR=N makes the Nth write to flash a torn one: some of its bytes arrive, then the power is gone.
"""

import os
import sys

import uctypes
import vfs

BLOCK_BYTES = 4096
PARTITIONS = 0 if os.getenv("TAPWELL_NO_ROM") else 2
ROM_HEADER = b"\xd2\xcd\x31"

_tear = [int(os.getenv("TAPWELL_TEAR") or 0)]


def torn(size: int) -> int:
    """How many of so many bytes still arrive; -1: all of them, the power stays."""
    _tear[0] -= 1
    return int.from_bytes(os.urandom(2), "big") % (size + 1) if _tear[0] == 0 else -1


def cut() -> None:
    """The power goes: nothing more is done by this process, not even its own end."""
    os.system("kill -9 $PPID")


class Flash:
    """A NOR flash as a block device over an open host file: what is erased reads 0xff."""

    def __init__(self, file):
        self._file = file
        self._blocks = file.seek(0, 2) // BLOCK_BYTES

    def readblocks(self, block: int, into, offset: int = 0) -> None:
        self._file.seek(block * BLOCK_BYTES + offset)
        self._file.readinto(into)

    def writeblocks(self, block: int, data, offset: int = 0) -> None:
        if offset == 0 and len(data) == BLOCK_BYTES:
            self._erase(block)
        self._put(block * BLOCK_BYTES + offset, data)

    def ioctl(self, what: int, value: int):
        """4 blocks, 5 bytes of each, 6 erase one; the rest needs nothing."""
        if what == 6:
            self._erase(value)
        return self._blocks if what == 4 else BLOCK_BYTES if what == 5 else 0

    def _erase(self, block: int) -> None:
        self._put(block * BLOCK_BYTES, b"\xff" * BLOCK_BYTES)

    def _put(self, at: int, data) -> None:
        self._file.seek(at)
        arrive = torn(len(data))
        self._file.write(data if arrive < 0 else memoryview(data)[:arrive])
        self._file.flush()
        if arrive >= 0:
            cut()


def _partitions() -> list:
    address, size = [int(word) for word in os.getenv("TAPWELL_ROM").split(" ")]
    each = size // max(1, PARTITIONS)
    return [memoryview(uctypes.bytearray_at(address + each * number, each)) for number in range(PARTITIONS)]


_roms = _partitions()


def rom_ioctl(what: int, number: int = 0, *values):
    """1 how many, 2 one of them, 3 prepare (offset, size), 4 write (offset, data), 5 done, 6 block size; -19: none."""
    if what == 1:
        return PARTITIONS
    if not 0 <= number < PARTITIONS:
        return -19
    rom = _roms[number]
    if what == 2:
        return rom
    if what == 3:
        offset, size = values if len(values) == 2 else (0, values[0])
        _put(rom, offset, b"\xff" * min(size, len(rom) - offset))
    elif what == 4:
        _put(rom, *values)
    return {3: 256, 6: BLOCK_BYTES}.get(what, 0)


def _put(rom, offset: int, data) -> None:
    arrive = torn(len(data))
    count = len(data) if arrive < 0 else arrive
    rom[offset : offset + count] = memoryview(data)[:count]
    if arrive >= 0:
        cut()


# what board and keeper share: watchdog's timeout in ms, count of its feedings, 1 when a reset is wanted
_control = uctypes.bytearray_at(*[int(word) for word in os.getenv("TAPWELL_CONTROL").split(" ")])


def reset() -> None:
    """As machine.reset: at once, whatever runs."""
    _control[8] = 1
    cut()


class Watchdog:
    """As machine.WDT: once started it resets the board unless fed in time, whatever runs, a prompt too."""

    def __init__(self, timeout: int = 5000):
        _control[:4] = timeout.to_bytes(4, "little")
        self.feed()

    def feed(self) -> None:
        _control[4:8] = ((int.from_bytes(_control[4:8], "little") + 1) & 0xFFFFFFFF).to_bytes(4, "little")


class Vfs:
    """The module `vfs` with rom_ioctl, which this port's own lacks."""

    def __init__(self):
        for name in dir(vfs):
            if name[0] != "_":
                setattr(self, name, getattr(vfs, name))
        if PARTITIONS:
            self.rom_ioctl = rom_ioctl


def start(file) -> None:
    """Mounts what a board mounts before boot.py; flash that is no littlefs is formatted, and that is said."""
    sys.modules["vfs"] = Vfs()
    sys.modules["machine"].WDT = Watchdog
    sys.modules["machine"].reset = reset
    flash = Flash(file)
    vfs.umount("/")
    try:
        system = vfs.VfsLfs2(flash)
    except OSError:
        print("flash=formatted")
        vfs.VfsLfs2.mkfs(flash)
        system = vfs.VfsLfs2(flash)
    vfs.mount(system, "/")
    os.chdir("/")
    sys.path[:] = ["", "/lib", ".frozen"]
    if _roms and bytes(_roms[0][:3]) == ROM_HEADER:
        vfs.mount(vfs.VfsRom(_roms[0]), "/rom")
        sys.path[1:1] = ["/rom", "/rom/lib"]


def source(name: str) -> str:
    """What lies in flash under this name; '' if nothing."""
    try:
        with open(name) as file:
            return file.read()
    except OSError:
        return ""
