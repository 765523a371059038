"""Where a restored head office comes to lie, and what was there before: kept aside, never overwritten.

One database is a file here, the other a schema on a server (store.py).
"""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, inspect, make_url

from hq_server.config import FILE
from hq_server.db import SQLITE
from hq_server.errors import HqError
from hq_server.sealing import SALT_FILE, SECRET_FILE


def running(directory: Path) -> list[int]:
    """The processes that serve head office in this directory, by the certificates that they have laid down."""
    marks = {int(file.stem.partition("-")[2]) for file in (directory / "tls").glob("server-*.pem")}
    return sorted(number for number in marks if Path("/proc", str(number)).exists() and number != os.getpid())


def database_file(url: str) -> Path | None:
    """The file that a database is; None where a server keeps it."""
    parts = make_url(url)
    return Path(parts.database or "") if parts.get_backend_name() == SQLITE else None


def occupied(engine: Engine) -> bool:
    """Whether there is any table."""
    return bool(inspect(engine).get_table_names())


def free_mark(directory: Path, moment: str) -> str:
    """`moment`, with a number behind it where something was laid aside in that very second already."""
    marks = (moment + ("-%d" % number if number > 1 else "") for number in count(1))
    return next(mark for mark in marks if not (directory / ("before-" + mark)).exists())


def lay_aside_files(directory: Path, url: str, mark: str) -> list[Path]:
    """Moves what a head office here consists of into DIR/before-<mark>; what was moved."""
    kept = directory / ("before-" + mark)
    moved = [path for path in _files(directory, url) if path.exists()]
    if moved:
        kept.mkdir(mode=0o700)
    for path in moved:
        path.rename(kept / path.name)
    return [kept / path.name for path in moved]


def bring_back_files(directory: Path, url: str, mark: str) -> None:
    """The restore failed: what was laid aside is where it was, what had been begun is gone."""
    kept = directory / ("before-" + mark)
    for path in _files(directory, url):
        path.unlink(missing_ok=True)
        if (kept / path.name).exists():
            (kept / path.name).rename(path)
    if kept.exists():
        kept.rmdir()


def check_idle(directory: Path) -> None:
    """Raises HqError('running')."""
    numbers = ", ".join(map(str, running(directory)))
    if numbers:
        raise HqError("running", f"head office in {directory} is at work (process {numbers}): stop it first")


def check_free(directory: Path, engine: Engine, replace: bool) -> None:
    """Raises HqError('not_empty')."""
    if not replace and ((directory / FILE).exists() or occupied(engine)):
        raise HqError("not_empty", f"{directory} has a head office; --replace keeps it aside and takes its place")


def _files(directory: Path, url: str) -> Iterator[Path]:
    yield from (directory / name for name in (FILE, SECRET_FILE, SALT_FILE))
    database = database_file(url)
    if database is not None:
        yield from (database.with_name(database.name + end) for end in ("", "-wal", "-shm"))
