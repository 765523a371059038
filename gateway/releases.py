"""Releases that this store offers its terminals: folders below DIR/releases, as `tools.release` makes them.

A gateway passes them on and vouches for nothing: a board checks the signature, and every byte by its hash. Where head
office has said what a terminal shall run, that very release is offered, once it is fetched (fetching.py), and none
where it wants none. A terminal of which it has said nothing is offered the highest number in DIR/releases that fits its
app, kind of slot and board, so taking a folder away offers the one before again.
"""

import logging
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from protocol.release import MANIFEST_MAX, PART_MAX, Release, Unfit, read

log = logging.getLogger("gateway.releases")

MANIFEST = "manifest"


@dataclass(frozen=True)
class Offered:
    """One folder with a whole release in it."""

    folder: Path
    release: Release
    manifest: bytes


@dataclass
class Releases:
    """`folder` None: there are none; `fetched`: those of head office. One is read once, until its manifest changes."""

    folder: Path | None = None
    fetched: Path | None = None
    _read: dict[Path, tuple[int, Offered | None]] = field(default_factory=dict)

    def offer(self, app: str, kind: str, board: str) -> Offered | None:
        """The newest of this machine's own for such a terminal."""
        return max(_fitting(self._in(self.folder), app, kind, board), key=lambda one: one.release.number, default=None)

    def wanted(self, digest: str, app: str, kind: str, board: str) -> Offered | None:
        """The release with that manifest, if it is here and fits."""
        fitting = _fitting(self._all(), app, kind, board)
        return next((one for one in fitting if sha256(one.manifest).hexdigest() == digest), None)

    def part(self, app: str, kind: str, number: int, file: int, offset: int, size: int) -> bytes:
        """Bytes of its manifest (file 0) or of one of its files; b"" beyond its end and where there is none."""
        one = self.numbered(app, kind, number)
        return _part(one, file, offset, min(size, PART_MAX)) if one else b""

    def numbered(self, app: str, kind: str, number: int) -> Offered | None:
        """The release of that number; head office's before one that was laid down here."""
        for one in self._all():
            if (one.release.app, one.release.kind, one.release.number) == (app, kind, number):
                return one
        return None

    def _all(self) -> list[Offered]:
        return self._in(self.fetched) + self._in(self.folder)

    def _in(self, folder: Path | None) -> list[Offered]:
        if folder is None or not folder.is_dir():
            return []
        found = [self._one(path) for path in sorted(folder.glob("[!.]*/" + MANIFEST))]
        return [one for one in found if one is not None]

    def _one(self, path: Path) -> Offered | None:
        stamp = path.stat().st_mtime_ns
        if path not in self._read or self._read[path][0] != stamp:
            self._read[path] = stamp, _offered(path)
        return self._read[path][1]


def _fitting(offered: list[Offered], app: str, kind: str, board: str) -> list[Offered]:
    who = (app, kind)
    return [one for one in offered if (one.release.app, one.release.kind) == who and board in one.release.boards]


def _offered(path: Path) -> Offered | None:
    """The release of a folder, None if it is not whole: that is said once."""
    try:
        raw = path.read_bytes()
        release = read(raw)
        sizes = [(path.parent / name).stat().st_size for _, _, name in release.files]
    except (Unfit, OSError) as wrong:
        log.warning("release %s is left out: %s", path.parent, wrong)
        return None
    if len(raw) > MANIFEST_MAX or sizes != [size for size, _, _ in release.files]:
        log.warning("release %s is left out: a file has another size than its manifest says", path.parent)
        return None
    return Offered(path.parent, release, raw)


def loaded(release: Release, file: int, upto: int) -> int:
    """Bytes of all files that a terminal has which asks for `file` and has had it up to that byte."""
    return sum(size for size, _, _ in release.files[: max(0, file - 1)]) + upto


def _part(one: Offered, file: int, offset: int, size: int) -> bytes:
    if file == 0:
        return one.manifest[offset : offset + size]
    if file > len(one.release.files):
        return b""
    with (one.folder / one.release.files[file - 1][2]).open("rb") as source:
        source.seek(offset)
        return source.read(size)
