"""Releases that head office wants for this store's terminals: fetched part by part, checked, and only then offered.

    DIR/hq_releases/.reader-rom-12/    being fetched: a cut line or a crash goes on where the files end
    DIR/hq_releases/reader-rom-12/     whole: every file has the hash that its manifest says

Which ones is head office's signed word (handlers/hq.py); one that no terminal is to run any more is taken away.
"""

import logging
import re
import shutil
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from gateway.releases import MANIFEST
from gateway.store.updates import Wanted
from protocol.release import Unfit, read

log = logging.getLogger("gateway.fetching")
NAME = re.compile(r"[a-z0-9]{1,8}-[a-z]{1,8}-[0-9]{1,10}")


class NotFetched(Exception):
    """What came is not what head office has announced, or there is no room for it: again later."""


class Source(Protocol):
    """Where releases come from. Both raise the adapter's own error while head office is away."""

    def release_manifest(self, name: str) -> bytes: ...

    def release_part(self, name: str, file: int, offset: int) -> bytes: ...


class Fetcher:
    """Keeps `folder` as `wanted` says; `stopping` is asked between two parts."""

    def __init__(self, folder: Path, source: Source, stopping: Callable[[], bool] = lambda: False):
        self._folder, self._source, self._stopping = folder, source, stopping

    def keep(self, wanted: Iterable[Wanted]) -> None:
        """Fetches what is missing, takes away what nobody is to run. Raises NotFetched."""
        names = {one.release: one.digest for one in wanted if NAME.fullmatch(one.release)}
        for name, digest in sorted(names.items()):
            if not (self._folder / name / MANIFEST).exists() and not self._stopping():
                self._fetch(name, digest)
        self._tidy(names.keys())

    def _fetch(self, name: str, digest: str) -> None:
        coming = self._folder / ("." + name)
        try:
            coming.mkdir(parents=True, exist_ok=True)
            raw = self._manifest(coming, name, digest)
            files = list(enumerate(read(raw).files, start=1))
            if all(self._file(coming, name, n, *row) for n, row in files):
                coming.rename(self._folder / name)
                log.info("release %s is here", name)
        except (OSError, Unfit) as trouble:
            raise NotFetched(f"release {name}: {trouble}") from trouble

    def _manifest(self, coming: Path, name: str, digest: str) -> bytes:
        kept = coming / MANIFEST
        raw = kept.read_bytes() if kept.exists() else b""
        if sha256(raw).hexdigest() != digest:
            shutil.rmtree(coming)
            coming.mkdir()
            raw = self._source.release_manifest(name)
            if sha256(raw).hexdigest() != digest:
                raise NotFetched(f"release {name}: another manifest than announced")
            kept.write_bytes(raw)
        return raw

    def _file(self, coming: Path, name: str, n: int, size: int, digest: str, path: str) -> bool:
        """Whether the file is whole now; False when it is time to stop. Raises NotFetched."""
        target = coming / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("ab") as file:
            while (at := file.tell()) < size:
                if self._stopping():
                    return False
                data = self._source.release_part(name, n, at)
                if not data:
                    break
                file.write(data)
                file.flush()
        if target.stat().st_size != size or sha256(target.read_bytes()).hexdigest() != digest:
            target.unlink()
            raise NotFetched(f"release {name}: {path} has another hash than its manifest says")
        return True

    def _tidy(self, names: Iterable[str]) -> None:
        kept = set(names)
        for folder in self._folder.iterdir() if self._folder.is_dir() else ():
            if folder.name.lstrip(".") not in kept:
                shutil.rmtree(folder, ignore_errors=True)
