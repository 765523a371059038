"""Makes a backup of a head office that goes on working: one snapshot of the database, whatever is written meanwhile."""

import os
import secrets
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, make_url

from hq_server.backup import store
from hq_server.backup.envelope import Sealed
from hq_server.backup.records import ROWS_AT_ONCE, Sums, packed
from hq_server.bootstrap import Hq
from hq_server.chain.store import the_chain
from hq_server.config import FILE
from hq_server.errors import HqError
from hq_server.migrations.upgrade import revision_of
from hq_server.sealing import SALT_FILE, SECRET_FILE
from hq_server.tables import metadata

FILES = (FILE, SECRET_FILE, SALT_FILE)
PASSING = ("access_session",)  # who is signed in now signs in again
Progress = Callable[[int, int], None]  # rows done, rows in all


def make(hq: Hq, file: Path, passphrase: str, progress: Progress) -> dict:
    """Writes a backup; its manifest. Raises HqError: file_exists, no_passphrase, cannot_write.

    The file appears under its name when it is whole and on the disk.
    """
    part = file.with_name(file.name + ".part")
    if file.exists():
        raise HqError("file_exists", str(file))
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            manifest = _write(hq, out, passphrase, progress)
            out.flush()
            os.fsync(out.fileno())
        part.rename(file)
    except OSError as trouble:
        raise HqError("cannot_write", f"{file}: {trouble.strerror}") from trouble
    finally:
        part.unlink(missing_ok=True)
    return manifest


def files_of(directory: Path) -> list[str]:
    """hq.toml, what opens the sealed keys, and the files that hq.toml names: they lie beside it."""
    told = tomllib.loads((directory / FILE).read_text())
    named = [value for part in told.values() if isinstance(part, dict) for name, value in part.items()
             if name.endswith("_file")]  # fmt: skip
    here = [name for name in (*FILES, *named) if is_name(name)]
    return [name for name in dict.fromkeys(here) if (directory / name).is_file()]


def is_name(name: str) -> bool:
    """Whether this is the name of a file, and no path to somewhere else."""
    return bool(name) and Path(name).name == name


def _write(hq: Hq, out: Any, passphrase: str, progress: Progress) -> dict:
    with hq.db.read() as connection:
        manifest = _manifest(hq, connection)
        sealed = Sealed(out, passphrase, id=manifest["id"], made_at_s=manifest["made_at_s"])
        sealed.write(packed("manifest", manifest))
        for name in files_of(hq.config.dir):
            sealed.write(packed("file", name, (hq.config.dir / name).read_bytes()))
        sums, done, total = Sums(), 0, sum(manifest["rows"].values())
        for table in _tables():
            sealed.write(packed("table", str(table.name), [str(column.name) for column in table.c]))
            for rows in store.rows_of(connection, table, ROWS_AT_ONCE):
                record = packed("rows", str(table.name), rows)
                sums.add(str(table.name), len(rows), record[4:])
                sealed.write(record)
                done += len(rows)
                progress(done, total)
        sealed.write(packed("end", sums.told()))
        sealed.finish()
    return manifest


def _tables() -> list[Table]:
    """In the order in which they refer to each other."""
    return [table for table in metadata.sorted_tables if table.name not in PASSING]


def _manifest(hq: Hq, connection: Connection) -> dict:
    return {
        "id": secrets.token_hex(16),
        "made_at_s": hq.now_s(),
        "revision": revision_of(connection),
        "engine": make_url(hq.config.database_url).get_backend_name(),
        "life": hq.life,
        "chain": the_chain(connection).name,
        "ca_fingerprint": hq.keys.authority.fingerprint,
        "rows": {str(one.name): store.count_of(connection, one) for one in _tables()},
        "cursors": store.cursors(connection),
        "outbox": store.last_messages(connection),
    }
