"""`tapwell facts publish`: the facts into a database that people point their own tools at."""

from typing import Annotated

import typer
from sqlalchemy.exc import ArgumentError, DBAPIError

from hq_server.bootstrap import Hq, open_hq
from hq_server.config import read_config
from hq_server.console import HERE, Dir, Json, told_when_done
from hq_server.db import Database
from hq_server.errors import HqError
from hq_server.facts import projecting
from hq_server.facts.files import Folder
from hq_server.published.store import how_to_read, prepare, publish
from hq_server.reports.register import Registers

To = Annotated[str, typer.Option("--to", help="URL of the database; without it the one of [publish] in hq.toml.")]


def publish_facts(directory: Dir = HERE, to: To = "", as_json: Json = False) -> None:
    """Copies what is new into the database that others read; [publish] in hq.toml keeps it fresh by itself."""
    with told_when_done(as_json) as told:
        hq = open_hq(read_config(directory))
        try:
            rows, how = once(hq, Folder(hq.config.dir / "facts"), to or hq.config.publish_to)
        finally:
            hq.close()
        told({"rows": rows}, f"{rows} rows written. {how}")


def once(hq: Hq, folder: Folder, url: str) -> tuple[int, str]:
    """How many rows were written, and how people come to read them. Raises HqError."""
    if not url:
        raise HqError("bad_question", 'say --to URL, or url = "..." in [publish] of hq.toml')
    if url == hq.config.database_url:
        raise HqError("bad_question", "a database of its own, please: head office's holds what nobody else may read")
    while projecting.catch_up(hq.db, folder, hq.now_s()).more:
        pass
    try:
        target = Database(url)
    except (ArgumentError, ValueError) as wrong:
        raise HqError("bad_question", f"no database address: {wrong}") from None
    try:
        prepare(target)
        return publish(target, folder, Registers(hq.db)), how_to_read(target)
    except DBAPIError as wrong:
        raise HqError("bad_question", str(wrong.orig).strip()) from None
    finally:
        target.close()
