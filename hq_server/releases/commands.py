"""`tapwell hq release ...`: releases of the firmware and their rollouts, at head office's console.

    tapwell hq release key keys/release.key --dir hq          boards carry the same key
    tapwell hq release add releases/reader-rom-12 --dir hq
    tapwell hq release roll-out reader-rom-12 --ring canary=0001-reader1 --ring first=0001,0002 --ring rest=all --dir hq
    tapwell hq release show 1 --dir hq
    tapwell hq release pause|resume|next|roll-back 1 --dir hq
"""

from pathlib import Path
from typing import Annotated

import typer

from hq_server.access.store import add_audit
from hq_server.console import HERE, WHO, Dir, Json, writing
from hq_server.errors import HqError, not_found
from hq_server.releases import changes, store
from hq_server.releases.schemas import NewRollout, Ring
from hq_server.releases.telling import release_told, rollout_told
from protocol.release import Unfit, read

app = typer.Typer(no_args_is_help=True, help="Releases of the firmware, rolled out in rings.")

MANIFEST = "manifest"
HOUR_S = 3600


@app.command()
def key(
    file: Annotated[Path, typer.Argument(help="release.key")], directory: Dir = HERE, as_json: Json = False
) -> None:
    """Sets the public key that releases are checked by: the one that boards carry."""
    with writing(directory, as_json) as (hq, connection, told):
        changes.set_key(connection, file.read_bytes(), WHO, hq.now_s())
        add_audit(connection, hq.now_s(), WHO, "", "release_key", file.name)
        told({"key": str(file)}, "Releases are checked by this key from now on.")


@app.command()
def add(
    folder: Annotated[Path, typer.Argument(help="As `tapwell release make` wrote it.")], directory: Dir = HERE,
    as_json: Json = False,
) -> None:
    """Takes in a release; signature and every file are checked."""
    with writing(directory, as_json) as (hq, connection, told):
        manifest = (folder / MANIFEST).read_bytes()
        files = [(folder / path).read_bytes() for _, _, path in _read(manifest).files]
        name = changes.add_release(connection, manifest, files, WHO, hq.now_s())
        add_audit(connection, hq.now_s(), WHO, "", "release_added", name)
        told({"release": name}, f"{name} is here; no terminal is offered it yet.")


@app.command("list")
def list_all(directory: Dir = HERE, as_json: Json = False) -> None:
    """Releases and rollouts."""
    with writing(directory, as_json) as (hq, connection, told):
        kept = [release_told(row) for row in store.releases(connection)]
        rolled = [rollout_told(connection, row, hq.now_s()) for row in store.rollouts(connection)]
        lines = [f"{one['id']}  version {one['version']}, {one['size']} bytes" for one in kept]
        told({"releases": kept, "rollouts": rolled}, "\n".join(lines + [_line(one) for one in rolled]) or "None yet.")


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
    with writing(directory, as_json) as (hq, connection, told):
        new = NewRollout(release, rings, trouble_max, round(soak_h * HOUR_S))
        number = changes.roll_out(connection, hq.post, new, WHO, hq.now_s())
        add_audit(connection, hq.now_s(), WHO, "", "rollout_started", release, ", ".join(one.name for one in rings))
        told({"rollout": number}, f"Rollout {number} has begun with ring {rings[0].name}.")


@app.command()
def show(number: int, directory: Dir = HERE, as_json: Json = False) -> None:
    """One rollout, terminal by terminal."""
    with writing(directory, as_json) as (hq, connection, told):
        row = store.rollout_row(connection, number)
        if row is None:
            raise not_found(f"rollout {number}")
        found = rollout_told(connection, row, hq.now_s())
        told(found, "\n".join([_line(found), *(_terminal(found, one) for one in found["terminals"])]))


def _terminal(found: dict, one: dict) -> str:
    ring, wanted = found["rings"][one["ring"]]["name"], one["wanted"] or "nothing"
    return f"  {one['terminal']}  {ring}  {one['state']} {one['why']}  runs {one['runs']}, shall run {wanted}"


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
    with writing(directory, as_json) as (hq, connection, told):
        status = changes.act(connection, hq.post, number, action, hq.now_s())
        add_audit(connection, hq.now_s(), WHO, "", "rollout_" + action, str(number))
        told({"rollout": number, "status": status}, f"Rollout {number}: {status}.")


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
