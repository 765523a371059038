"""Which slot runs and which is tried, in one record; and the two places where an image may lie.

The record is the only switch: it lies in two copies with a CRC (net/slots.py), so a cut of power leaves the old word or
the new one. A slot is whole when its folder has `manifest`, which goes first when the slot is emptied and comes last.
"""

import os
from hashlib import sha256

from firmware.net.slots import Slots, make_folder, sync

TRIES = 3  # starts of a new image without a welcome from the gateway, then the old one is back
FALLS = 3  # starts in a row that never came as far as a loop; then the other slot, if it is whole
BLOCK_BYTES = 4096
MARK_BYTES = 8 * BLOCK_BYTES  # of a ROMFS slot, after which the progress is noted: what a cut of power costs
HASH_BYTES = 1024
MANIFEST = "manifest"
_NAMES = ("current", "trial", "tries", "falls", "number", "trial_number", "trial_least", "least", "failed")


class State:
    """`current` 0 or 1, `trial` the slot on trial or -1, `number` of the release that runs (0: copied by cable),
    `least` that may be installed, `failed` the release that was given up last and `why`."""

    def __init__(self, folder: str):
        self._slots = Slots(folder + "/state")
        self.current = self.tries = self.falls = self.number = self.trial_number = self.trial_least = 0
        self.least = self.failed = 0
        self.trial = -1
        self.why = ""
        words = self._slots.value.decode().split(" ")
        if len(words) > len(_NAMES):
            for at in range(len(_NAMES)):
                setattr(self, _NAMES[at], int(words[at]))
            self.why = words[len(_NAMES)]

    def _write(self) -> None:
        words = ["%d" % getattr(self, name) for name in _NAMES] + [self.why]
        self._slots.write(" ".join(words).encode())

    def running(self) -> int:
        """The slot that this start was given to, once choose() has been asked."""
        return self.current if self.trial < 0 else self.trial

    def choose(self) -> int:
        """The slot for this start; counts a trial's starts down and ends it after the last."""
        if self.trial >= 0 and self.tries == 0:
            self.give_up(self.trial_number, "trial")
        elif self.trial >= 0:
            self.tries -= 1
            self._write()
        return self.running()

    def begin(self, number: int, least: int) -> None:
        """From the next start on the other slot is tried."""
        self.trial, self.tries = 1 - self.current, TRIES
        self.trial_number, self.trial_least = number, least
        self._write()

    def confirm(self) -> None:
        """The trial is well: it is the current one from now on."""
        self.current, self.trial = self.trial, -1
        self.number, self.least = self.trial_number, max(self.least, self.trial_least)
        self.failed, self.falls, self.why = 0, 0, ""
        self._write()

    def give_up(self, number: int, why: str) -> None:
        """This release is not taken; `why` is one word."""
        self.trial, self.failed, self.why = -1, number, why
        self._write()

    def well(self) -> None:
        """The image runs after all."""
        self.falls = 0
        self._write()

    def fell(self, other_is_whole: bool) -> None:
        """The image did not even begin to run."""
        self.falls += 1
        if self.trial < 0 and self.falls >= FALLS and other_is_whole:
            self.current, self.number, self.falls = 1 - self.current, 0, 0
        self._write()


def folder_of(root: str, slot: int) -> str:
    """Where a slot's manifest lies, and its files where they are not in ROMFS."""
    return "%s/slot%d" % (root, slot)


def is_whole(root: str, slot: int) -> bool:
    """Whether everything of this slot's image is there."""
    return size_of(folder_of(root, slot) + "/" + MANIFEST) >= 0


def size_of(path: str) -> int:
    """Bytes of a file, -1 if there is none."""
    try:
        return os.stat(path)[6]
    except OSError:
        return -1


def empty(root: str, slot: int) -> None:
    """Takes everything out of a slot, its wholeness first."""
    folder = folder_of(root, slot)
    try:
        os.remove(folder + "/" + MANIFEST)
        sync()
    except OSError:
        pass  # it was not whole
    remove_tree(folder)
    make_folder(folder)


def remove_tree(path: str) -> None:
    """A folder with all that is in it, unless there is none."""
    try:
        names = os.listdir(path)
    except OSError:
        return
    for name in names:
        below = path + "/" + name
        if os.stat(below)[0] & 0x4000:
            remove_tree(below)
        else:
            os.remove(below)
    os.rmdir(path)


class Folders:
    """Images as folders /slot0 and /slot1; their modules are loaded into the heap."""

    kind = "files"

    def __init__(self, root: str):
        self.root = root

    def mount(self, slot: int) -> str:
        """Where the image of a slot is found, '' where there is none."""
        folder = folder_of(self.root, slot)
        return folder if size_of(folder + "/tapwell.mpy") > 0 else ""

    def room(self, slot: int) -> int:
        """Bytes that an image may have."""
        stat = os.statvfs(self.root or "/")
        return stat[0] * stat[3] * 7 // 8  # folders and half-filled blocks take the rest

    def writer(self, slot: int, path: str) -> "FolderWriter":
        """Goes on where the last one ended."""
        return FolderWriter(folder_of(self.root, slot), path)

    def digest(self, slot: int, path: str, size: int):
        """Yields now and then, the SHA-256 at last."""
        digest, left = sha256(), size
        with open(folder_of(self.root, slot) + "/" + path, "rb") as file:
            while left > 0:
                data = file.read(min(HASH_BYTES, left))
                if not data:
                    break
                digest.update(data)
                left -= len(data)
                yield None
        yield digest.digest()


class FolderWriter:
    """`at`: bytes that are there."""

    def __init__(self, folder: str, path: str):
        for at in range(len(path)):
            if path[at] == "/":
                make_folder(folder + "/" + path[:at])
        self.at = max(0, size_of(folder + "/" + path))
        self._file = open(folder + "/" + path, "ab")

    def write(self, data: bytes) -> None:
        """Appends; in flash after each block."""
        self._file.write(data)
        self.at += len(data)
        if self.at % BLOCK_BYTES < len(data):
            self._file.flush()
            sync()

    def close(self) -> None:
        self._file.close()
        sync()


class Roms:
    """Images in two ROMFS partitions, run in place. `ioctl` is vfs.rom_ioctl, `mounts` the module vfs."""

    kind = "rom"

    def __init__(self, root: str, vfs):
        self.root = root
        self._vfs = vfs

    def mount(self, slot: int) -> str:
        """Where the image of a slot is found, '' where there is none."""
        try:
            self._vfs.umount("/rom")
        except OSError:
            pass  # the first partition was empty
        try:
            self._vfs.mount(self._vfs.VfsRom(self._vfs.rom_ioctl(2, slot)), "/rom")
        except (OSError, ValueError):
            return ""
        return "/rom"

    def room(self, slot: int) -> int:
        """Bytes that an image may have."""
        return len(self._vfs.rom_ioctl(2, slot))

    def writer(self, slot: int, path: str) -> "RomWriter":
        """Goes on where the last one left its mark."""
        return RomWriter(self._vfs.rom_ioctl, slot, Slots(folder_of(self.root, slot) + "/mark"))

    def digest(self, slot: int, path: str, size: int):
        """Yields now and then, the SHA-256 at last."""
        digest, rom = sha256(), self._vfs.rom_ioctl(2, slot)
        for at in range(0, size, HASH_BYTES):
            digest.update(rom[at : min(size, at + HASH_BYTES)])
            yield None
        yield digest.digest()


class RomWriter:
    """`at`: bytes that are there; a block is erased just before its first byte is written."""

    def __init__(self, ioctl, slot: int, mark: Slots):
        self._ioctl, self._slot, self._mark = ioctl, slot, mark
        self.at = int.from_bytes(mark.value, "big")

    def write(self, data: bytes) -> None:
        """Appends; parts must divide a block, only the last may be shorter."""
        if self.at % BLOCK_BYTES == 0:
            self._ioctl(3, self._slot, self.at, BLOCK_BYTES)
        self._ioctl(4, self._slot, self.at, data + b"\xff" * (-len(data) % 256))
        self.at += len(data)
        if self.at % MARK_BYTES == 0:
            self._mark.write(self.at.to_bytes(4, "big"))

    def close(self) -> None:
        self._ioctl(5, self._slot)
        if self.at % BLOCK_BYTES:
            return  # the end of the file: its block is written again should it come to that
        self._mark.write(self.at.to_bytes(4, "big"))


def places(root: str = ""):
    """The slots that this board has: two ROMFS partitions if its MicroPython has them, folders if it has none."""
    import vfs

    count = vfs.rom_ioctl(1) if hasattr(vfs, "rom_ioctl") else 0
    if count >= 2:
        return Roms(root, vfs)
    place = Folders(root)
    if count == 1:
        place.kind = "one"  # one image in place and no second one to try: nobody makes a release for that
    return place
