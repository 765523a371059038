"""`tapwell`, the one program for people. Each area brings its own commands and is imported only when it is called.

An area is a module with a typer app named `app` (hq_server/commands.py, gateway/commands.py, tools/terminal.py);
a tool is a module with `main() -> int` that reads the command line (tools/demo.py and its like).
"""

import importlib
import sys
from importlib.metadata import version as installed_version
from types import ModuleType

import typer
from rich.console import Console

from tools.upy_test import INTERPRETER

# Whatever stands after the area's name, `--help` too, is for the area.
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}

AREAS = {
    "hq": ("hq_server.commands", "hq", "Head office: set up, run, one-time codes, staff."),
    "ledger": ("hq_server.ledger.commands", "hq", "Head office's books: history, holders, proof."),
    "facts": ("hq_server.facts.commands", "hq", "What reports count: made anew, checked."),
    "gateway": ("gateway.commands", "gateway", "A store's gateway: enrol, run, uplink, broker."),
    "desk": ("tools.desk.commands", "desk", "The issuing desk: cards made, one or a list; read, block, replace."),
    "pump": ("tools.pump_desk.commands", "desk", "A pump on a serial line: status, totals, prices, a sale by hand."),
    "terminal": ("tools.terminal", "dev", "A terminal: build its image, enrol it."),
    "release": ("tools.release", "dev", "Signed releases of the firmware: key, make, show."),
}
TOOLS = {
    "demo": ("tools.demo", "dev", "Two stores, real firmware, real baskets, head office cut off in the middle."),
    "bench": ("tools.bench", "dev", "Measure: a tap beside a bare MQTT echo."),
    "draw": ("tools.draw", "dev", "Make the docs' pictures and tables from the source."),
    "flash": ("tools.flash", "dev", "Put an app on a board, real or virtual, and enrol it over the cable."),
    "virtual-board": ("tools.virtual_board", "dev", "A board on a pseudo terminal, for mpremote and flash."),
    "shake": ("tools.shake", "dev", "Kill and cut a whole chain at random, then audit it to the cent."),
    "issue-card": ("tools.issue_card", "gateway", "Write a member's card."),
}

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Membership, stored value and points on cards.")


def main() -> None:
    app(prog_name="tapwell")


@app.command()
def version() -> None:
    """The version of tapwell and of the MicroPython that its firmware is tested in."""
    Console().print("tapwell %s\nfirmware tested in %s" % (installed_version("tapwell"), INTERPRETER), highlight=False)


def run_area(name: str, arguments: list[str]) -> None:
    module, extra, _ = AREAS[name]
    command = typer.main.get_command(_load(name, module, extra).app)
    command(arguments, prog_name="tapwell " + name)


def run_tool(name: str, arguments: list[str]) -> None:
    module, extra, _ = TOOLS[name]
    loaded = _load(name, module, extra)
    sys.argv = ["tapwell " + name, *arguments]
    sys.exit(loaded.main())


def _load(name: str, module: str, extra: str) -> ModuleType:
    """The module of an area or tool; where a library for it is missing, says which extra brings it and exits with 1."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name == module or module.startswith(str(missing.name) + "."):
            message = "`tapwell %s` runs from a checkout only; this is an installed package." % name
        else:
            message = "`tapwell %s` needs %s: pip install 'tapwell[%s]'" % (name, missing.name, extra)
        Console(stderr=True).print(message, markup=False, highlight=False)
        raise SystemExit(1) from missing


def _register(name: str, summary: str, run) -> None:
    @app.command(name, help=summary, context_settings=PASS_ON, add_help_option=False)
    def call(context: typer.Context) -> None:
        run(name, context.args)


for _name, (_, _, _summary) in AREAS.items():
    _register(_name, _summary, run_area)
for _name, (_, _, _summary) in TOOLS.items():
    _register(_name, _summary, run_tool)

if __name__ == "__main__":
    main()
