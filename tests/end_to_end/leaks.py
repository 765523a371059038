"""Looks for card keys where none may be: in the memory of running processes, on terminals' flash, in logs."""

import base64
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

CHUNK_BYTES = 1 << 18
EMPTY = bytes(CHUNK_BYTES + 64)
WRITABLE = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) rw")


def needles(keys: Iterable[bytes]) -> list[bytes]:
    """A key as bytes, in hex of both cases, and in base64."""
    forms = [[key, key.hex().encode(), key.hex().upper().encode(), base64.b64encode(key)[:20]] for key in keys]
    return [form for of_key in forms for form in of_key]


def in_files(folder: Path, sought: list[bytes]) -> list[str]:
    """Files under a folder that hold one of them."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if _holds(path.read_bytes(), sought)]


def in_memory(pid: int, sought: list[bytes]) -> bool:
    """Whether what a process may write to holds one of them. Raises OSError when it may not be looked at."""
    return any(_holds(piece, sought) for piece in _pieces(pid))


def _pieces(pid: int) -> Iterator[bytes]:
    with open("/proc/%d/mem" % pid, "rb", buffering=0) as memory:
        for line in Path("/proc/%d/maps" % pid).read_text().splitlines():
            found = WRITABLE.match(line)
            if found:
                start, end = (int(word, 16) for word in found.groups())
                yield from _piece(memory, start, end)


def _piece(memory, start: int, end: int) -> Iterator[bytes]:
    for at in range(start, end, CHUNK_BYTES):
        try:
            memory.seek(at)
            piece = memory.read(min(CHUNK_BYTES + 64, end - at))  # a key may lie across two pieces
        except OSError:  # a page that was given back meanwhile
            return
        if piece != EMPTY[: len(piece)]:  # most of what a process has reserved it never touched
            yield piece


def _holds(data: bytes, sought: list[bytes]) -> bool:
    return any(needle in data for needle in sought)


def descendants(pid: int) -> dict[int, str]:
    """Processes that this one has started, and theirs: number -> command line."""
    found: dict[int, str] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and _parent(int(entry)) == pid:
            words = Path("/proc/%s/cmdline" % entry).read_bytes().replace(b"\0", b" ").decode(errors="replace")
            found |= {int(entry): words} | descendants(int(entry))
    return found


def _parent(pid: int) -> int:
    try:
        return int(Path("/proc/%d/stat" % pid).read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError):
        return -1
