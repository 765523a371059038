"""`tapwell hq release ...`: releases of the firmware and their rollouts, at head office's console.

    tapwell hq release key keys/release.key --dir hq          boards carry the same key
    tapwell hq release add releases/reader-rom-12 --dir hq
    tapwell hq release roll-out reader-rom-12 --ring canary=0001-reader1 --ring first=0001,0002 --ring rest=all --dir hq
    tapwell hq release show 1 --dir hq
    tapwell hq release pause|resume|next|roll-back 1 --dir hq
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from hq_server.access.store import add_audit
from hq_server.bootstrap import Hq, open_hq
from hq_server.config import read_config
from hq_server.errors import HqError, not_found
from hq_server.releases import changes, store
from hq_server.releases.schemas import NewRollout, Ring
from hq_server.releases.telling import release_told, rollout_told
from protocol.release import Unfit, read

app = typer.Typer(no_args_is_help=True, help="Releases of the firmware, rolled out in rings.")
console = Console(highlight=False, markup=False, soft_wrap=True)

Dir = Annotated[Path, typer.Option("--dir", envvar="TAPWELL_HQ_DIR", help="Head office's directory.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
HERE = Path("hq")
WHO = "console"
MANIFEST = "manifest"
HOUR_S = 3600


@app.command()
def key(
    file: Annotated[Path, typer.Argument(help="release.key")], directory: Dir = HERE, as_json: Json = False
) -> None:
    """Sets the public key that releases are checked by: the one that boards carry."""
    with _opened(directory) as (hq, connection):
        changes.set_key(connection, file.read_bytes(), WHO, hq.now_s())
        add_audit(connection, hq.now_s(), WHO, "", "release_key", file.name)
    _say(as_json, {"key": str(file)}, "Releases are checked by this key from now on.")


@app.command()
def add(
    folder: Annotated[Path, typer.Argument(help="As `tapwell release make` wrote it.")], directory: Dir = HERE,
    as_json: Json = False,
) -> None:
    """Takes in a release; signature and every file are checked."""
    with _opened(directory) as (hq, connection):
        manifest = (folder / MANIFEST).read_bytes()
        files = [(folder / path).read_bytes() for _, _, path in _read(manifest).files]
        name = changes.add_release(connection, manifest, files, WHO, hq.now_s())
        add_audit(connection, hq.now_s(), WHO, "", "release_added", name)
    _say(as_json, {"release": name}, f"{name} is here; no terminal is offered it yet.")


@app.command("list")
def list_all(directory: Dir = HERE, as_json: Json = False) -> None:
    """Releases and rollouts."""
    with _opened(directory) as (hq, connection):
        kept = [release_told(row) for row in store.releases(connection)]
        rolled = [rollout_told(connection, row, hq.now_s()) for row in store.rollouts(connection)]
    if as_json:
        print(json.dumps({"releases": kept, "rollouts": rolled}))
        return
    table = Table("release", "version", "boards", "bytes")
    for one in kept:
        table.add_row(one["id"], one["version"], " ".join(one["boards"]), str(one["size"]))
    console.print(table)
    for one in rolled:
        console.print(_line(one))


@app.command("roll-out")
def roll_out(
    release: str,
    ring: Annotated[list[str], typer.Option(help="NAME=terminals and stores with commas between, or NAME=all.")],
    directory: Dir = HERE,
    trouble_max: Annotated[int, typer.Option(min=0, help="Halt when more terminals than that have trouble.")] = 0,
    soak_h: Annotated[float, typer.Option(min=0, help="Hours that a ring runs it before the next begins.")] = 24,
    as_json: Json = False,
) -> None:
    """Begins with the first ring; the next ones follow by themselves."""
    rings = [_ring(text) for text in ring]
    with _opened(directory) as (hq, connection):
        new = NewRollout(release, rings, trouble_max, round(soak_h * HOUR_S))
        number = changes.roll_out(connection, hq.post, new, WHO, hq.now_s())
        add_audit(connection, hq.now_s(), WHO, "", "rollout_started", release, ", ".join(one.name for one in rings))
    _say(as_json, {"rollout": number}, f"Rollout {number} has begun with ring {rings[0].name}.")


@app.command()
def show(number: int, directory: Dir = HERE, as_json: Json = False) -> None:
    """One rollout, terminal by terminal."""
    with _opened(directory) as (hq, connection):
        row = store.rollout_row(connection, number)
        if row is None:
            raise not_found(f"rollout {number}")
        told = rollout_told(connection, row, hq.now_s())
    if as_json:
        print(json.dumps(told))
        return
    console.print(_line(told))
    table = Table("terminal", "ring", "state", "runs", "wanted")
    for one in told["terminals"]:
        table.add_row(one["terminal"], told["rings"][one["ring"]]["name"], f"{one['state']} {one['why']}".strip(),
                      str(one["runs"]), one["wanted"] or "-")  # fmt: skip
    console.print(table)


@app.command()
def pause(number: int, directory: Dir = HERE, as_json: Json = False) -> None:
    """No further terminal is offered the release."""
    _act(directory, number, "pause", as_json)


@app.command()
def resume(number: int, directory: Dir = HERE, as_json: Json = False) -> None:
    """Goes on; troubles so far are forgiven."""
    _act(directory, number, "resume", as_json)


@app.command("next")
def next_ring(number: int, directory: Dir = HERE, as_json: Json = False) -> None:
    """Begins the next ring at once."""
    _act(directory, number, "next", as_json)


@app.command("roll-back")
def roll_back(number: int, directory: Dir = HERE, as_json: Json = False) -> None:
    """Every terminal is offered the release that it ran before."""
    _act(directory, number, "roll_back", as_json)


def _act(directory: Path, number: int, action: str, as_json: bool) -> None:
    with _opened(directory) as (hq, connection):
        status = changes.act(connection, hq.post, number, action, hq.now_s())
        add_audit(connection, hq.now_s(), WHO, "", "rollout_" + action, str(number))
    _say(as_json, {"rollout": number, "status": status}, f"Rollout {number}: {status}.")


def _ring(text: str) -> Ring:
    """'first=0001,0002-pos1' and 'rest=all'. Raises typer.BadParameter."""
    name, equals, whom = text.partition("=")
    names = [one for one in whom.split(",") if one]
    if not name or not equals or not names:
        raise typer.BadParameter(f"{text}: want NAME=terminals and stores, or NAME=all")
    if names == ["all"]:
        return Ring(name, all=True)
    return Ring(name, [one for one in names if "-" in one], [one for one in names if "-" not in one])


def _read(manifest: bytes):
    try:
        return read(manifest)
    except Unfit as unfit:
        raise HqError("bad_release", unfit.reason) from None


def _line(told: dict) -> str:
    counts = ", ".join(f"{count} {state}" for state, count in told["counts"].items()) or "no terminal yet"
    ring = told["rings"][told["ring"]]["name"]
    return f"rollout {told['id']}: {told['release']}, {told['status']}, ring {ring}: {counts} {told['reason']}".rstrip()


@contextmanager
def _opened(directory: Path) -> Iterator[tuple[Hq, Connection]]:
    """Head office with one transaction; what went wrong is said in one line."""
    try:
        hq = open_hq(read_config(directory))
        try:
            with hq.db.write() as connection:
                yield hq, connection
        finally:
            hq.close()
    except HqError as wrong:
        _stop(str(wrong))
    except FileNotFoundError as missing:
        _stop(f"not there: {missing.filename}")


def _say(as_json: bool, told: dict, text: str) -> None:
    print(json.dumps(told)) if as_json else console.print(text)


def _stop(text: str) -> None:
    Console(stderr=True, highlight=False, markup=False).print(text)
    raise typer.Exit(1)
