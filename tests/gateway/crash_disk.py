"""A disk whose power can be cut: real SQLite writes through it, and every image a cut could leave can be laid out.

apsw lets a file system of our own stand under SQLite. This one passes everything on to the real one and writes down
each write, truncation, sync, creation and deletion. `Journal.image` then makes the files as a cut after the n-th of
them may leave them:

    synced          is there
    not synced      is there, lost, or torn (between sectors or inside one), each write by the dice, in any order
    made, deleted   after the folder was synced for certain, before by the dice

A sync that fails (`Faults`) is the trap it is in real systems: the page cache goes on showing what may not be on the
disk, and no later sync will write it.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import apsw

SECTOR = 512
MADE = apsw.SQLITE_OPEN_CREATE
# SQLite syncs the folder with the first sync of a new log or journal.
WITH_FOLDER = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_SUPER_JOURNAL


class Step(NamedTuple):
    """One thing asked of the disk: write, truncate, sync, sync_failed, make, delete, sync_folder."""

    kind: str
    name: str = ""
    at: int = 0
    data: bytes = b""


class Mark(NamedTuple):
    """What was known to be durable once `steps` had been done."""

    steps: int
    what: object


@dataclass
class Faults:
    """What the disk refuses now: `syncs` and `writes` are SQLite's result codes, 0 for none."""

    syncs: int = 0
    writes: int = 0

    def mend(self) -> None:
        self.syncs = self.writes = 0


@dataclass
class Journal:
    """All that was asked of the disk, from the files it began with."""

    before: dict[str, bytes] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    def mark(self, what: object) -> None:
        self.marks.append(Mark(len(self.steps), what))

    def durable(self, steps: int) -> list:
        """What had been marked before the cut."""
        return [mark.what for mark in self.marks if mark.steps <= steps]

    def image(self, steps: int, dice: random.Random, kept: float = 0.5) -> dict[str, bytes]:
        """The files after a cut. kept: how likely an unsynced write is there; 1 is a killed process, 0 loses all."""
        disk = _Platter(self.before, dice, kept)
        for step in self.steps[:steps]:
            disk.play(step)
        return disk.cut()


class CrashDisk(apsw.VFS):
    """Registered under `name` for as long as it lives."""

    def __init__(self, name: str, folder: Path, sync_slowly: Callable[[], None] = lambda: None):
        self.journal = Journal({file.name: file.read_bytes() for file in folder.iterdir() if file.name[-4:] != "-shm"})
        self.faults, self.name, self.sync_slowly = Faults(), name, sync_slowly
        super().__init__(name, "unix")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path is None:
            return apsw.VFSFile("unix", name, flags)  # a temporary table is nobody's after a cut
        new = flags[0] & MADE and not Path(path).exists()
        if new:
            self._may_write()
            self.journal.steps.append(Step("make", Path(path).name))
        return _File(self, Path(path).name, name, flags, bool(new and flags[0] & WITH_FOLDER))

    def xDelete(self, filename: str, syncdir: bool) -> None:
        self._may_write()
        super().xDelete(filename, syncdir)
        self.journal.steps.append(Step("delete", Path(filename).name))
        if syncdir:
            self.journal.steps.append(Step("sync_folder"))

    def written_anew(self, path: Path) -> None:
        """Notes a file that was written and synced past SQLite."""
        self.journal.steps.append(Step("write", path.name, 0, path.read_bytes()))
        self.journal.steps.append(Step("sync", path.name))

    def _may_write(self) -> None:
        if self.faults.writes:
            raise _trouble(self.faults.writes)


class _File(apsw.VFSFile):
    def __init__(self, disk: CrashDisk, name: str, path: str, flags: list[int], folder_too: bool):
        super().__init__("unix", path, flags)
        self._disk, self._name, self._folder_too = disk, name, folder_too

    def xWrite(self, data: bytes, offset: int) -> None:
        self._disk._may_write()
        super().xWrite(data, offset)
        self._disk.journal.steps.append(Step("write", self._name, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:
        self._disk._may_write()
        super().xTruncate(newsize)
        self._disk.journal.steps.append(Step("truncate", self._name, newsize))

    def xSync(self, flags: int) -> None:
        self._disk.sync_slowly()
        if self._disk.faults.syncs:
            self._disk.journal.steps.append(Step("sync_failed", self._name))
            raise _trouble(self._disk.faults.syncs)
        self._disk.journal.steps.append(Step("sync", self._name))
        if self._folder_too:
            self._disk.journal.steps.append(Step("sync_folder"))
            self._folder_too = False

    def xFileControl(self, op: int, ptr: int) -> bool:
        if op in (apsw.SQLITE_FCNTL_SIZE_HINT, apsw.SQLITE_FCNTL_MMAP_SIZE):
            return False  # by these SQLite would write behind our back
        return super().xFileControl(op, ptr)


def _trouble(code: int) -> Exception:
    wrong = apsw.exception_for(code)
    wrong.extendedresult = code
    return wrong


class _Inode:
    def __init__(self, data: bytes = b""):
        self.data = bytearray(data)
        self.waiting: list[Step] = []


class _Platter:
    """Files as they are on the disk, with what waits in memory beside."""

    def __init__(self, before: dict[str, bytes], dice: random.Random, kept: float):
        self._dice, self._kept = dice, kept
        self._files = {name: _Inode(data) for name, data in before.items()}  # as programs see them
        self._durable = dict(self._files)  # as the folder on the disk names them
        self._waiting: list[tuple[str, _Inode | None]] = []

    def play(self, step: Step) -> None:
        if step.kind == "make":
            self._names(step.name, _Inode())
        elif step.kind == "delete":
            self._names(step.name, None)
        elif step.kind == "sync_folder":
            self._durable, self._waiting = dict(self._files), []
        elif step.kind == "sync":
            self._settle(self._files[step.name], 1)
        elif step.kind == "sync_failed":
            self._settle(self._files[step.name], self._kept)
        else:
            self._files[step.name].waiting.append(step)

    def cut(self) -> dict[str, bytes]:
        for name, inode in self._waiting:
            if self._dice.random() < self._kept:
                _put(self._durable, name, inode)
        for inode in self._durable.values():
            self._settle(inode, self._kept)
        return {name: bytes(inode.data) for name, inode in self._durable.items()}

    def _names(self, name: str, inode: _Inode | None) -> None:
        _put(self._files, name, inode)
        self._waiting.append((name, inode))

    def _settle(self, inode: _Inode, kept: float) -> None:
        """What waits reaches the disk: all of it in order (1), or what the dice leave of it, in theirs."""
        steps, inode.waiting = inode.waiting, []
        if kept < 1:
            steps = [step for step in steps if self._dice.random() < kept]
            self._dice.shuffle(steps)
        for step in steps:
            if step.kind == "truncate":
                _resize(inode.data, step.at)
            else:
                _write(inode.data, step.at, self._torn(step) if kept < 1 else [(0, step.data)])

    def _torn(self, step: Step) -> list[tuple[int, bytes]]:
        """The parts of a write that arrive: most often all of it, else some of its sectors, or up to inside of one."""
        how = self._dice.random()
        if how < 0.6:
            return [(0, step.data)]
        if how < 0.8:
            end = self._dice.randrange(len(step.data) + 1)
            return [(0, step.data[:end])] if self._dice.random() < 0.5 else [(end, step.data[end:])]
        sectors = range(0, len(step.data), SECTOR)
        return [(at, step.data[at : at + SECTOR]) for at in sectors if self._dice.random() < 0.5]


def _put(folder: dict[str, _Inode], name: str, inode: _Inode | None) -> None:
    if inode is None:
        folder.pop(name, None)
    else:
        folder[name] = inode


def _resize(data: bytearray, size: int) -> None:
    del data[size:]
    data.extend(bytes(size - len(data)))


def _write(data: bytearray, at: int, parts: list[tuple[int, bytes]]) -> None:
    for offset, part in parts:
        if not part:
            continue
        start = at + offset
        if len(data) < start:
            _resize(data, start)
        data[start : start + len(part)] = part
