"""`tapwell facts ...`: making the facts anew, and whether they still are what the log says."""

import contextlib
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import typer

from hq_server.bootstrap import Hq, open_hq
from hq_server.config import read_config
from hq_server.console import HERE, Dir, Json, console, stop, told_when_done
from hq_server.errors import HqError
from hq_server.facts import projecting
from hq_server.facts.base import FactBase
from hq_server.facts.files import Folder
from hq_server.facts.shapes import SCHEMAS
from hq_server.published.commands import once, publish_facts

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command("publish")(publish_facts)
LOOK_EVERY_S = 1.0
PUBLISH_EVERY_S = 60  # what others read may be a minute old
NICE = 10  # selling and booking come first


def folder_of(hq: Hq) -> Folder:
    """Where this head office's facts lie."""
    return Folder(hq.config.dir / "facts")


@app.command()
def rebuild(directory: Dir = HERE, as_json: Json = False) -> None:
    """Makes all facts anew from the event log; those there are serve until they are done."""
    with told_when_done(as_json) as told:
        hq = open_hq(read_config(directory))
        try:
            events = projecting.rebuild(hq.db, folder_of(hq), hq.now_s())
        except BlockingIOError:
            raise HqError("busy", "head office is writing facts; try again") from None
        rows = {table: folder_of(hq).manifest().rows(table) for table in SCHEMAS}
        lines = [f"{events} events", *(f"{table}: {count} rows" for table, count in rows.items())]
        told({"events": events, "rows": rows}, "\n".join(lines))
        hq.close()


@app.command()
def check(directory: Dir = HERE, as_json: Json = False) -> None:
    """Makes them anew in a place of their own and compares count and checksum of every table and day."""
    with told_when_done(as_json) as told, tempfile.TemporaryDirectory() as aside:
        hq = open_hq(read_config(directory))
        count, differ = compared(hq, Folder(Path(aside)))
        hq.close()
        if differ:
            raise HqError("facts_differ", ", ".join(" ".join(place) for place in differ))
        told({"days": count, "equal": True}, f"{count} tables and days are equal.")


def compared(hq: Hq, fresh: Folder) -> tuple[int, list[tuple[str, str]]]:
    """How many tables and days there are, and (table, day) of those that are not as the log says."""
    while projecting.catch_up(hq.db, folder_of(hq), hq.now_s()).more:
        pass
    projecting.rebuild(hq.db, fresh, hq.now_s())
    ours, theirs = _sums(folder_of(hq)), _sums(fresh)
    return len(ours), sorted({(one.table, one.day) for one in set(ours) ^ set(theirs)})


@app.command(hidden=True)
def follow(directory: Dir = HERE) -> None:
    """Takes in what is new until the parent process ends: its end of our input closes."""
    os.nice(NICE)
    hq = open_hq(read_config(directory))
    ended = threading.Event()
    threading.Thread(target=_wait_for_the_end, args=(ended,), daemon=True).start()
    if hq.config.publish_to:
        threading.Thread(target=_keep_publishing, args=(hq, ended), daemon=True).start()
    while not ended.is_set():
        try:
            taken = projecting.catch_up(hq.db, folder_of(hq), int(time.time()))
        except Exception as wrong:  # told, and tried again: reports say how old their figures are
            console.print(f"facts: {wrong!r}")
            taken = projecting.Taken(0, False)
        if not taken.more or taken.busy:
            ended.wait(LOOK_EVERY_S)
    hq.close()


def _keep_publishing(hq: Hq, ended: threading.Event) -> None:
    """A database that is away is told of, and tried again: nothing here waits for it."""
    while not ended.wait(PUBLISH_EVERY_S):
        try:
            once(hq, folder_of(hq), hq.config.publish_to)
        except HqError as wrong:
            console.print(f"publish: {wrong}")


def _wait_for_the_end(ended: threading.Event) -> None:
    with contextlib.suppress(OSError):
        sys.stdin.buffer.read()
    ended.set()


def _sums(folder: Folder) -> list[projecting.Sum]:
    base = FactBase(folder, {})
    try:
        return projecting.checksums(base.read, list(SCHEMAS))
    finally:
        base.close()


if __name__ == "__main__":
    stop("use: tapwell facts") if len(sys.argv) < 2 else app()
