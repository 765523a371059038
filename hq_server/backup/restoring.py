"""Brings a backup back to life, on either database, and lets the head office that it was begin a life of its own.

The file is read twice: first to know that it is whole, then into the database, in one transaction at the schema that it
was made with; then that schema is brought to this version's and the new life begins. hq.toml is written last: without
it nothing starts, so nobody can serve stores as the head office that is gone.
"""

import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import MetaData

from hq_server import bulk
from hq_server.backup import places, store
from hq_server.backup.envelope import header_of
from hq_server.backup.verifying import Reader, verify
from hq_server.bootstrap import open_hq
from hq_server.config import FILE, Config, parse_config
from hq_server.db import Database
from hq_server.errors import HqError
from hq_server.migrations.upgrade import known, upgrade
from hq_server.tables import metadata
from hq_server.vault import remembering

Progress = Callable[[int, int], None]


class Restored(NamedTuple):
    """What came of it. kept: where what was there before lies now; '' if there was nothing."""

    manifest: dict
    life: str
    awaited: list[str]
    kept: str


def restore(
    file: Path, passphrase: str, directory: Path, database: str, replace: bool, progress: Progress
) -> Restored:
    """Raises HqError: not_there, not_a_backup, wrong_passphrase, backup_damaged, backup_newer, running, not_empty."""
    if not file.is_file():
        raise HqError("not_there", str(file))
    with file.open("rb") as begun:
        header_of(begun)
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    places.check_idle(directory)
    reader = verify(file, passphrase, progress)
    if not known(reader.manifest["revision"]):
        raise HqError("backup_newer", f"made with schema {reader.manifest['revision']}, which this version lacks")
    text = _settings(reader.files[FILE].decode(), database)
    config = parse_config(directory.resolve(), text)
    mark = places.free_mark(config.dir, time.strftime("%Y%m%d-%H%M%S", time.gmtime()))
    kept = _make_room(config, replace, mark)
    try:
        _load(Reader(file, passphrase), config, progress)
        _write_files(config, reader)
        done = _begin(config, reader.manifest, kept)
        _write(config.dir / FILE, text.encode())
    except BaseException:
        _undo(config, kept, mark)
        raise
    return done


def _settings(text: str, database: str) -> str:
    """hq.toml as it was, with another database if one is named."""
    if not database:
        return text
    told = 'database = "%s"' % database
    if re.search(r"^database = .*$", text, re.MULTILINE):
        return re.sub(r"^database = .*$", lambda _: told, text, flags=re.MULTILINE)
    return text.replace("\n[gateways]", told + "\n\n[gateways]", 1)


def _make_room(config: Config, replace: bool, mark: str) -> str:
    """Lays aside what is there; where it is now."""
    db = Database(config.database_url)
    try:
        places.check_free(config.dir, db.engine, replace)
        schema = ""
        if places.database_file(config.database_url) is None and places.occupied(db.engine):
            with db.write() as connection:
                schema = store.lay_aside_schema(connection, mark)
    finally:
        db.close()
    moved = places.lay_aside_files(config.dir, config.database_url, mark)
    names = [str(moved[0].parent)] if moved else []
    return ", ".join(names + (["schema " + schema] if schema else []))


def _load(reader: Reader, config: Config, progress: Progress) -> None:
    db = Database(config.database_url)
    try:
        rows = reader.rows()
        first = next(rows)  # the manifest stands before it
        upgrade(db, reader.manifest["revision"])
        there, done, total = MetaData(), 0, sum(reader.manifest["rows"].values())
        with db.write() as connection:
            there.reflect(connection)
            for table, some in _from(first, rows):
                names = tuple(reader.columns[table])
                bulk.insert(connection, there.tables[table], names, [tuple(row) for row in some])
                done += len(some)
                progress(done, total)
        upgrade(db)
        if places.database_file(config.database_url) is None:
            with db.write() as connection:
                store.number_on(connection, metadata.sorted_tables)
    finally:
        db.close()


def _from(first, rest):
    yield first
    yield from rest


def _write_files(config: Config, reader: Reader) -> None:
    for name, raw in reader.files.items():
        if name != FILE:
            _write(config.dir / name, raw)


def _write(path: Path, raw: bytes) -> None:
    path.touch(0o600)
    path.write_bytes(raw)


def _undo(config: Config, kept: str, mark: str) -> None:
    """A restore that failed leaves what was there before; on a server the old tables stay in their own schema."""
    places.bring_back_files(config.dir, config.database_url, mark)
    if "schema " in kept:
        db = Database(config.database_url)
        with db.write() as connection:
            store.bring_back_schema(connection, mark)
        db.close()


def _begin(config: Config, manifest: dict, kept: str) -> Restored:
    hq = open_hq(config)
    life = secrets.token_hex(16)
    try:
        with hq.vault() as vault:
            remembering.begin(vault, life, manifest["id"])
            awaited = [row.store for row in vault.awaited()]
    finally:
        hq.close()
    return Restored(manifest, life, awaited, kept)
