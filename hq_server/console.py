"""What every command of `tapwell hq` shares: where head office lies, one transaction, and how things are said."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from hq_server.bootstrap import Hq, open_hq
from hq_server.config import read_config
from hq_server.errors import HqError

console = Console(highlight=False, markup=False, soft_wrap=True)

Dir = Annotated[Path, typer.Option("--dir", envvar="TAPWELL_HQ_DIR", help="Head office's directory.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
HERE = Path("hq")
WHO = "console"

Teller = Callable[[dict, str], None]


@contextmanager
def writing(directory: Path, as_json: bool) -> Iterator[tuple[Hq, Any, Teller]]:
    """Head office with one transaction; what is told is printed after the commit."""
    with told_when_done(as_json) as told:
        hq = open_hq(read_config(directory))
        try:
            with hq.db.write() as connection:
                yield hq, connection, told
        finally:
            hq.close()


@contextmanager
def told_when_done(as_json: bool) -> Iterator[Teller]:
    """Prints the last thing told, when all went well; says in one line what did not."""
    words: list[str] = []
    try:
        yield lambda told, text: words.append(json.dumps(told, ensure_ascii=False) if as_json else text)
    except HqError as wrong:
        stop(str(wrong))
    except FileExistsError as there:
        stop(f"already set up: {there.filename}")
    except FileNotFoundError as missing:
        stop(f"not there: {missing.filename}")
    for text in words:
        console.print(text) if not as_json else print(text)


def stop(text: str) -> None:
    Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(text)
    raise SystemExit(1)
