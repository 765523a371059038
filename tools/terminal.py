"""`tapwell terminal`: what there is to do with a terminal from a checkout: its image, its first day."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hardware.boards.catalogue import BOARDS
from tools import build_firmware
from tools.nozzles import Nozzles, parsed
from tools.virtual_terminal import HOST, PINS

LANGUAGES = ("en", "zh")

app = typer.Typer(no_args_is_help=True, add_completion=False, help="A terminal: build its image, enrol it.")
console = Console(highlight=False)


@app.command()
def build(
    name: Annotated[str, typer.Argument(metavar="APP", help="reader, pos or pump")],
    target: Annotated[Path | None, typer.Argument(help="folder; build/firmware/APP if not given")] = None,
    march: Annotated[str | None, typer.Option(help="architecture of native code, as mpy-cross names it")] = None,
) -> None:
    """Compile the files that APP needs into one folder that is copied to the board as it is."""
    _known("APP", (name,), build_firmware.APPS)
    image = build_firmware.build(name, target or build_firmware.IMAGES / name, march)
    rows = build_firmware.sizes(image)
    typer.echo("%s: %d files, %d bytes" % (image, len(rows), sum(size for _, size in rows)))
    for path, size in rows:
        typer.echo("%9d  %s" % (size, path))


@app.command()
def enrol(
    directory: Annotated[Path, typer.Option("--dir", help="Folder that becomes the terminal's /data.")],
    hq: Annotated[str, typer.Option(help="Address of head office, https://host:port")],
    code: Annotated[str, typer.Option(help="One-time code, from `tapwell hq terminal add` or `code`.")],
    ca_fingerprint: Annotated[str, typer.Option(help="SHA-256 of head office's authority: `tapwell hq fingerprint`.")],
    gateway_host: Annotated[str, typer.Option(help="Address of the store's gateway.")],
    gateway_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of its broker (TLS).")] = 8883,
    gateway_name: Annotated[str, typer.Option(help="Name in the broker's certificate; the address if not given.")] = "",
    board: Annotated[str, typer.Option(help="%s, or %s for this machine." % (", ".join(BOARDS), HOST))] = HOST,
    chips: Annotated[str, typer.Option(help="Only on this machine: pn532,display,... The app's if not given.")] = "",
    wifi: Annotated[str, typer.Option(help="A board's Wi-Fi network; asks for its password.")] = "",
    nozzles: Annotated[str, typer.Option(help="Of a pump, from nozzle 1 on: GRADE@ADDRESS/HOSE,... as 305@50/1.")] = "",
    language: Annotated[str, typer.Option(help="en or zh, until somebody chooses at the terminal.")] = "en",
) -> None:
    """Exchange a one-time code for certificate and keys: a new terminal's first day. Its own key is made here."""
    from tools.provision import Refused, enrol_terminal

    wanted = tuple(name.strip() for name in chips.split(",") if name.strip())
    _known("--board", (board,), (HOST, *BOARDS))
    _known("--chips", wanted, tuple(PINS))
    _known("--language", (language,), LANGUAGES)
    hoses = _nozzles(nozzles)
    try:
        terminal = enrol_terminal(
            directory,
            hq_url=hq.rstrip("/"),
            code=code,
            ca_fingerprint=ca_fingerprint,
            gateway=(gateway_host, gateway_port, gateway_name or gateway_host),
            chips=wanted,
            language=language,
            board=board,
            nozzles=hoses,
            wifi=(wifi, typer.prompt("Password of " + wifi, hide_input=True)) if wifi else None,
        )
    except Refused as refused:
        console.print(f"not enrolled: {refused}", style="red", markup=False)
        raise typer.Exit(1) from None
    console.print(f"{terminal} is enrolled in {directory}; its keys are nowhere else", markup=False)


def _nozzles(typed: str) -> Nozzles:
    try:
        return parsed(typed)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--nozzles") from None


def _known(option: str, names: tuple[str, ...], choices: tuple[str, ...]) -> None:
    """Raises BadParameter for a name that is no choice; before anything is asked of head office, so no code is lost."""
    unknown = [name for name in names if name not in choices]
    if unknown:
        raise typer.BadParameter("no %s; there are %s" % (", ".join(unknown), ", ".join(choices)), param_hint=option)
