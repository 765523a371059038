"""`tapwell hq backup` and `tapwell hq restore`: what they ask, show and say."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from hq_server.backup import making, verifying
from hq_server.backup.making import Progress as Told
from hq_server.backup.restoring import Restored, restore
from hq_server.bootstrap import open_hq
from hq_server.config import read_config
from hq_server.console import HERE, Dir, Json, told_when_done
from hq_server.errors import HqError

PASSPHRASE_VARIABLE = "TAPWELL_BACKUP_PASSPHRASE"
PassphraseFile = Annotated[
    Path | None, typer.Option(help=f"A file whose first line is the passphrase; else ${PASSPHRASE_VARIABLE}, or asked.")
]


def backup(
    file: Annotated[Path, typer.Argument(help="The backup; best on another machine's disk.")],
    directory: Dir = HERE,
    verify: Annotated[bool, typer.Option("--verify", help="Only read one that was made, and check all of it.")] = False,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Writes everything into one enciphered file while head office runs, and reads it back whole."""
    with told_when_done(as_json) as told:
        passphrase = _passphrase(passphrase_file, again=not verify)
        hq = open_hq(read_config(directory))
        try:
            if not verify:
                with _shown("writing", as_json) as progress:
                    making.make(hq, file, passphrase, progress)
            with _shown("verifying", as_json) as progress:
                manifest = verifying.verify(file, passphrase, progress).manifest
            with hq.db.write() as connection:
                verifying.note(hq, connection, file, manifest)
        finally:
            hq.close()
        told(_facts(manifest, file), said_of_backup(manifest, file, file.stat().st_size, verify))


def restore_backup(
    file: Annotated[Path, typer.Argument(help="The backup.")],
    directory: Dir = HERE,
    database: Annotated[str, typer.Option(help="Another database than the one it was made from: its URL.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Keeps the head office that is there aside.")] = False,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Brings a backup back to life; stores then tell again what it does not know."""
    with told_when_done(as_json) as told:
        passphrase = _passphrase(passphrase_file, again=False)
        with _shown("restoring", as_json) as progress:
            done = restore(file, passphrase, directory, database, replace, progress)
        answer = {"life": done.life, "backup": done.manifest["id"], "awaited": done.awaited, "kept": done.kept}
        told(answer, said_of_restore(done, directory))


def _passphrase(file: Path | None, again: bool) -> str:
    """From a file, the environment, or whoever sits here."""
    if file is not None:
        return file.read_text().splitlines()[0] if file.read_text() else ""
    given = os.environ.get(PASSPHRASE_VARIABLE, "")
    if given:
        return given
    if not sys.stdin.isatty():
        raise HqError("no_passphrase", f"--passphrase-file, or {PASSPHRASE_VARIABLE}")
    return typer.prompt("Passphrase of the backup", hide_input=True, confirmation_prompt=again, err=True)


@contextmanager
def _shown(what: str, as_json: bool) -> Iterator[Told]:
    """A bar on the terminal; nothing for programs."""
    if as_json or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _facts(manifest: dict, file: Path) -> dict:
    rows = sum(manifest["rows"].values())
    names = ("id", "made_at_s", "revision", "engine", "life", "chain", "cursors", "outbox")
    return {name: manifest[name] for name in names} | {"rows": rows, "bytes": file.stat().st_size}


def said_of_restore(done: Restored, directory: Path) -> str:
    """What a person reads after a restore."""
    waits = "Until these stores have reported, nothing is granted, recalled or paid out: " + ", ".join(done.awaited)
    lines = [
        f"Restored into {directory}: {done.manifest['chain']} as of {_when(done.manifest['made_at_s'])}.",
        f"What was there before is kept: {done.kept}." if done.kept else "",
        f"Now: tapwell hq run --dir {directory}",
        waits if done.awaited else "",
        "Who works with it signs in again. What people decided since that backup has to be decided again.",
    ]
    return "\n".join(filter(None, lines))


def said_of_backup(manifest: dict, file: Path, size: int, verified_only: bool) -> str:
    """What a person reads after a backup."""
    rows, events = sum(manifest["rows"].values()), manifest["rows"]["event"]
    made = "Verified" if verified_only else "Written and verified"
    return (
        f"{made}: {file}, {size:,} bytes, {rows:,} rows, {events:,} of them events.\n"
        f"It holds {manifest['chain']} as of {_when(manifest['made_at_s'])}, keys and configuration included.\n"
        "Stores may now forget the events that are in it. Whoever has its passphrase can restore it; nobody else can."
    )


def _when(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
