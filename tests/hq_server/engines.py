"""What the tests of head office run on: SQLite, or with TAPWELL_ENGINE=postgresql a PostgreSQL of their own."""

import atexit
import itertools
import os
import re
import shutil
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from hq_server.config import FILE

ENGINE = os.environ.get("TAPWELL_ENGINE", "sqlite")
_numbers = itertools.count(1)


def new_url(template: str = "template1") -> str:
    """A URL for hq.toml: '' for the SQLite file of the directory, else that of a new database."""
    return "" if ENGINE == "sqlite" else _server().new_database("t%d" % next(_numbers), template)


def drop(directory: Path) -> None:
    """The database of a directory is not needed any more."""
    if ENGINE != "sqlite":
        _server().drop_database(_name(directory))


def copy(source: Path, target: Path) -> None:
    """A head office's directory with its database, to be changed at will."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    if ENGINE != "sqlite":
        fresh = 'database = "%s"' % new_url(_name(target))
        told = (target / FILE).read_text()
        (target / FILE).write_text(re.sub(r'^database = ".*"$', lambda _: fresh, told, flags=re.MULTILINE))


def _name(directory: Path) -> str:
    told = (directory / FILE).read_text()
    name = re.search(r'^database = ".*?@/(t\d+)\?', told, re.MULTILINE)
    assert name, told
    return name.group(1)


@cache
def _server():
    from tools.postgres import Postgres

    stack = ExitStack()
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="postgres"))
    server = stack.enter_context(Postgres(Path(folder)))
    atexit.register(stack.close)
    return server
