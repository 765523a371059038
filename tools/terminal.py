"""`tapwell terminal`: what there is to do with a terminal's image from a checkout."""

from pathlib import Path
from typing import Annotated

import typer

from tools import build_firmware

app = typer.Typer(no_args_is_help=True, help="A terminal: build its image.")


@app.callback()
def terminal() -> None:
    """Keeps `build` a word of its own as long as it is the only command."""


@app.command()
def build(
    name: Annotated[str, typer.Argument(metavar="APP", help="reader or pos")],
    target: Annotated[Path | None, typer.Argument(help="folder; build/firmware/APP if not given")] = None,
    march: Annotated[str | None, typer.Option(help="architecture of native code, as mpy-cross names it")] = None,
) -> None:
    """Compile the files that APP needs into one folder that is copied to the board as it is."""
    if name not in build_firmware.APPS:
        raise typer.BadParameter("there are %s" % ", ".join(build_firmware.APPS), param_hint="APP")
    image = build_firmware.build(name, target or build_firmware.IMAGES / name, march)
    rows = build_firmware.sizes(image)
    typer.echo("%s: %d files, %d bytes" % (image, len(rows), sum(size for _, size in rows)))
    for path, size in rows:
        typer.echo("%9d  %s" % (size, path))
