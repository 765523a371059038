"""A folder of immutable Parquet files and the manifest that names those that count.

One process writes (a lock), any number read: they take the manifest as it is and open its files. A new manifest takes
the place of the old one in one step; files it no longer names stay for KEEP_S, for those who still read them.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from hq_server.facts.shapes import SCHEMAS, compute

MANIFEST = "manifest.json"
FORMAT = 4  # files of another format are made anew
KEEP_S = 900  # longer than any report runs
MERGE_AT = 8  # so many files of one size become one: each row is written log8(n) times
ROW_GROUP = 131072


class File(NamedTuple):
    """One file of a table and business month. level: how often its rows were merged."""

    path: str
    rows: int
    level: int
    source: str  # log, imports


@dataclass
class Manifest:
    """cursors: source -> how far it is taken in. dropped: path -> when it went out of use."""

    format: int = FORMAT
    serial: int = 0
    cursors: dict[str, int] = field(default_factory=dict)
    upto_received_s: int = 0
    made_at_s: int = 0
    tables: dict[str, dict[str, list[File]]] = field(default_factory=dict)  # table -> month -> files
    dropped: dict[str, int] = field(default_factory=dict)

    def files(self, table: str, first: str = "", last: str = "9999-99") -> list[File]:
        """The files of a table that hold business months first..last."""
        months = self.tables.get(table, {})
        return [file for month in sorted(months) if first <= month <= last for file in months[month]]

    def rows(self, table: str) -> int:
        return sum(file.rows for file in self.files(table))


class Folder:
    """Where the facts lie."""

    def __init__(self, path: Path):
        self.path = path

    def manifest(self) -> Manifest:
        """As it is now; an empty one where there is none, or one of another format."""
        try:
            told = json.loads((self.path / MANIFEST).read_bytes())
        except FileNotFoundError:
            return Manifest()
        if told["format"] != FORMAT:
            return Manifest()
        tables = {
            table: {month: [File(*file) for file in files] for month, files in months.items()}
            for table, months in told.pop("tables").items()
        }
        return Manifest(**told, tables=tables)

    @contextmanager
    def writing(self) -> Iterator["Writer | None"]:
        """The one writer, or None while another process writes."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(self.path / "lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            yield Writer(self)


class Writer:
    """Adds files, then commits all of them and the cursors at once."""

    def __init__(self, folder: Folder):
        self.folder = folder
        self.manifest = folder.manifest()

    def add(self, table: str, rows: pa.Table, source: str = "log") -> None:
        """Writes rows of a table, one file per business month."""
        if rows.num_rows:
            for month, part in _by_month(rows):
                self._write(table, month, part, 0, source)

    def drop(self, source: str, now_s: int) -> None:
        """All files of a source go out of use."""
        for months in self.manifest.tables.values():
            for month in list(months):
                self._drop([file for file in months[month] if file.source == source], now_s)
                months[month] = [file for file in months[month] if file.source != source]

    def commit(self, now_s: int) -> None:
        """Merges what has become many small files; the new manifest counts from here on."""
        for table, months in self.manifest.tables.items():
            for month in months:
                self._merge(table, month, now_s)
        self.manifest.made_at_s = now_s
        self._forget(now_s)
        told = {**self.manifest.__dict__, "tables": self.manifest.tables}
        fresh = self.folder.path / (MANIFEST + ".new")
        with open(fresh, "wb") as file:
            file.write(json.dumps(told).encode())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.folder.path / MANIFEST)

    def _merge(self, table: str, month: str, now_s: int) -> None:
        files = self.manifest.tables[table][month]
        for place in sorted({(file.level, file.source) for file in files}):
            many = [file for file in self.manifest.tables[table][month] if (file.level, file.source) == place]
            if len(many) >= MERGE_AT:
                read = [pq.read_table(self.folder.path / file.path, schema=SCHEMAS[table]) for file in many]
                self.manifest.tables[table][month] = [
                    file for file in self.manifest.tables[table][month] if file not in many
                ]
                self._write(table, month, pa.concat_tables(read), place[0] + 1, place[1])
                self._drop(many, now_s)

    def _write(self, table: str, month: str, rows: pa.Table, level: int, source: str) -> None:
        self.manifest.serial += 1
        name = f"{table}/{month}/{self.manifest.serial:08d}.parquet"
        path = self.folder.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows, path, compression="zstd", row_group_size=ROW_GROUP)
        with open(path, "rb") as file:
            os.fsync(file.fileno())
        self.manifest.tables.setdefault(table, {}).setdefault(month, []).append(
            File(name, rows.num_rows, level, source)
        )

    def _drop(self, files: list[File], now_s: int) -> None:
        self.manifest.dropped.update({file.path: now_s for file in files})

    def _forget(self, now_s: int) -> None:
        for path, since_s in list(self.manifest.dropped.items()):
            if not 0 <= now_s - since_s < KEEP_S:
                (self.folder.path / path).unlink(missing_ok=True)
                del self.manifest.dropped[path]


def _by_month(rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    months = compute.strftime(rows["business_date"], "%Y-%m")
    found = compute.unique(months).to_pylist()
    for month in sorted(found):
        yield month, rows if len(found) == 1 else rows.filter(compute.equal(months, month))
