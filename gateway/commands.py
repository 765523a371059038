"""`tapwell gateway ...`: enrol a store, run its parts, look at it."""

import json
import logging
import signal
import sqlite3
import time
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from gateway import config as configuration

app = typer.Typer(no_args_is_help=True, add_completion=False, help="A store's gateway.")
console = Console()

Dir = Annotated[Path, typer.Option("--dir", help="The gateway's directory.")]


@app.command()
def enrol(
    directory: Dir,
    hq: Annotated[str, typer.Option(help="Address of head office, https://host:port")],
    code: Annotated[str, typer.Option(help="One-time code that head office gave for this store.")],
    ca_fingerprint: Annotated[str, typer.Option(help="SHA-256 of head office's authority, as `tapwell hq` shows it.")],
    name: Annotated[list[str] | None, typer.Option(help="A name or address terminals reach the broker by.")] = None,
    broker_port: Annotated[int, typer.Option(help="Port of the store's broker (TLS).")] = 8883,
    status_port: Annotated[int, typer.Option(help="Port of the status page on this machine.")] = 8090,
    again: Annotated[bool, typer.Option("--again", help="This directory's life is over: begin a new one.")] = False,
    hq_page: Annotated[str, typer.Option(help="Where people open head office's pages, for a link.")] = "",
) -> None:
    """Exchange a one-time code for certificates: a new gateway's first day."""
    from gateway import enrolment

    names = tuple(dict.fromkeys((*(name or ()), "localhost", "127.0.0.1")))
    settings = {"broker_port": broker_port, "status_port": status_port, "hq_page": hq_page}
    try:
        made = enrolment.enrol(directory, hq.rstrip("/"), code, ca_fingerprint, names, again, **settings)
    except enrolment.Refused as refused:
        console.print(f"not enrolled: {refused}", style="red", markup=False)
        raise typer.Exit(1) from None
    console.print(f"store {made.store} is enrolled in {made.directory}; start it with `tapwell gateway up --dir ...`")


@app.command()
def run(directory: Dir) -> None:
    """The sale process: answers terminals through the broker."""
    from gateway import bootstrap

    _log()
    try:
        sale = bootstrap.sale(_load(directory))
    except bootstrap.NotEnrolled as nowhere:
        console.print(f"{nowhere} has no life yet; run `tapwell gateway enrol` first", style="red")
        raise typer.Exit(1) from None
    except bootstrap.AlreadyRuns as twice:
        console.print(f"a sale process runs in {twice} already", style="red")
        raise typer.Exit(1) from None
    except bootstrap.Damaged as wrong:
        _tell_damage(str(wrong))
    _until_told(sale.stop)
    sale.run()


@app.command()
def uplink(directory: Dir) -> None:
    """The line to head office, and the store's status page."""
    from gateway import bootstrap

    _log()
    line, page = bootstrap.uplink(_load(directory))
    _until_told(page.stop)
    line.start()
    page.run()
    line.stop()


@app.command()
def up(directory: Dir) -> None:
    """Broker, sale process and uplink together, until Ctrl-C."""
    from gateway.supervisor import Supervisor

    _log()
    config = _load(directory)
    console.print(f"store {config.store}: status page http://{config.status_host}:{config.status_port}/")
    Supervisor(config).run()


@app.command()
def set_aside(directory: Dir, terminal: str) -> None:
    """After a start: do not wait for this terminal, it is broken, lost or carried away."""
    _say(directory, {"set_aside": terminal})


@app.command()
def raise_budget(directory: Dir) -> None:
    """After a start: let stored value through up to the configured cap until all terminals have answered."""
    _say(directory, {"raise_budget": True})


@app.command()
def holds(directory: Dir) -> None:
    """Holds at this store's nozzles that are not closed."""
    from gateway.store import holds as kept
    from gateway.store.db import open_reader

    table = Table("hold", "nozzle", "state", "price, 1/1000", "account")
    for one in kept.at_pumps(open_reader(_load(directory).database)):
        nozzle = f"{one.terminal} {one.lane + 1}"
        table.add_row(one.hold, nozzle, one.state, str(one.price_milli), one.account)
    console.print(table)


@app.command()
def close_hold(
    directory: Dir,
    hold: str,
    operator: Annotated[str, typer.Option(help="Number of the one who says what was delivered.")],
    second: Annotated[str, typer.Option(help="Number of a supervisor who agrees.")],
    pin: Annotated[str, typer.Option(prompt="PIN of the first", hide_input=True)],
    second_pin: Annotated[str, typer.Option(prompt="PIN of the supervisor", hide_input=True)],
    ml: Annotated[int, typer.Option(help="Millilitres that were delivered.")] = 0,
    cents: Annotated[int, typer.Option(help="Their price in minor units; 0: nothing was delivered.")] = 0,
) -> None:
    """Two people close a hold in suspense where the pump's totals cannot."""
    from gateway.store import staff
    from gateway.store.db import open_reader

    db = open_reader(_load(directory).database)
    people = ((operator, pin), (second, second_pin))
    known = [(found := staff.get(db, number)) is not None and staff.pin_fits(found, said) for number, said in people]
    if not all(known) or operator == second:
        console.print("two people with their own PINs are wanted", style="red")
        raise typer.Exit(1)
    _say(directory, {"close_hold": hold, "ml": ml, "cents": cents, "operator": operator, "second": second})


def _say(directory: Path, told: dict) -> None:
    """Left where the uplink looks every second: only it may speak to the sale process, and only the owner may write."""
    said = _load(directory).said
    said.mkdir(mode=0o700, exist_ok=True)
    name = f"{time.time_ns()}.json"
    (said / name).with_suffix(".new").write_text(json.dumps(told))
    (said / name).with_suffix(".new").rename(said / name)


@app.command()
def backup(directory: Dir, file: Annotated[Path, typer.Argument(help="Where the copy goes; must not exist.")]) -> None:
    """A copy of the store's database while it sells: evidence for `enrol --again`, never to be sold on."""
    from gateway.store import copies

    try:
        made = copies.copy(_load(directory).database, file, int(time.time()))
    except FileExistsError:
        console.print(f"{file} is there already", style="red")
        raise typer.Exit(1) from None
    except (ValueError, sqlite3.DatabaseError) as wrong:
        _tell_damage(str(wrong))
    console.print(f"{file}: events up to {made.seq}, head office had booked up to {made.booked_seq}", soft_wrap=True)


@app.command()
def check(directory: Dir) -> None:
    """Whether the store's database is sound: its pages, the end of its chain, what points to events."""
    from gateway.store import soundness
    from gateway.store.db import open_reader

    if found := soundness.damage(open_reader(_load(directory).database)):
        _tell_damage(found)
    console.print("sound")


def _tell_damage(found: str) -> NoReturn:
    from gateway.store.soundness import WHAT_TO_DO

    console.print(f"the database is damaged: {found}\n{WHAT_TO_DO}", style="red", markup=False)
    raise typer.Exit(1)


@app.command()
def broker_config(directory: Dir) -> None:
    """Write mosquitto.conf, the access list and the revocation list."""
    from gateway import broker
    from gateway.store.db import open_store

    config = _load(directory)
    written = broker.write_all(config, open_store(config.database))
    broker.reload(config)
    console.print(f"start it with: {config.mosquitto} -c {written}", soft_wrap=True)


@app.command()
def status(directory: Dir, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """How the store is, from its database."""
    from gateway import health
    from gateway.store.db import open_reader

    told = health.report(open_reader(_load(directory).database))
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return
    table = Table("", "", show_header=False)
    for name in ("store", "name", "incarnation", "head_seq", "booked_seq", "outbox", "receipts"):
        table.add_row(name, str(told[name]))
    for terminal in told["terminals"]:
        table.add_row(terminal["terminal"], "online" if terminal["online"] else "away")
    for alarm in told["alarms"]:
        table.add_row("alarm " + alarm["kind"], alarm["detail"])
    console.print(table)


def _load(directory: Path) -> configuration.Config:
    try:
        return configuration.load(directory)
    except FileNotFoundError:
        console.print(f"{directory} is not a gateway's directory; run `tapwell gateway enrol` first", style="red")
        raise typer.Exit(1) from None


def _log() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)


def _until_told(stop) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())
