"""`tapwell hq retire STORE`: a store is closed for good."""

from typing import Annotated

import typer
from rich.console import Console

from hq_server.bootstrap import open_hq
from hq_server.config import read_config
from hq_server.console import HERE, WHO, Dir, Json, told_when_done
from hq_server.errors import HqError
from hq_server.fleet.retiring import look, retire
from hq_server.vault.retiring import describe

ALONE = "confirmed by its code"
SAYS = "{store}: outstanding now: {what}. It comes home, certificates and keys end; there is no way back."
GO_ON = "Again goes on from here; --to-case leaves it to a case"


def retire_store(
    store: Annotated[str, typer.Argument(help="Its code.")],
    directory: Dir = HERE,
    operator: Annotated[str, typer.Option(help="Who does it.")] = WHO,
    second: Annotated[str, typer.Option(help="Who agrees; without, its code has to be typed again.")] = "",
    yes: Annotated[str, typer.Option(help="The code again, for programs.")] = "",
    wait_s: Annotated[float, typer.Option(help="How long to wait for its gateway.")] = 600,
    to_case: Annotated[bool, typer.Option("--to-case", help="Wait for nothing: the rest becomes a case.")] = False,
    as_json: Json = False,
) -> None:
    """Closes a store: brings home what is there, ends its certificates and keys."""
    with told_when_done(as_json) as told:
        hq = open_hq(read_config(directory))
        try:
            second = second or _confirmed(store, yes, SAYS.format(store=store, what=describe(look(hq, store))))
            done = retire(hq, store, wait_s, to_case, operator, second, _shown(as_json))
        except HqError as wrong:
            if wrong.reason == "outstanding":
                wrong = HqError("outstanding", f"{wrong.detail}. {GO_ON}")
            raise wrong from None
        finally:
            hq.close()
        told(done, said_of_retiring(done))


def said_of_retiring(done: dict) -> str:
    """What a person reads at the end."""
    case = "" if done["case"] == "closed" else " What it had waits in its case, for two people to close."
    return f"{done['store']} is retired: {done['certificates']} certificates ended, its keys are gone.{case}"


def _confirmed(store: str, yes: str, says: str) -> str:
    """Raises HqError('not_confirmed')."""
    typed = yes or typer.prompt(f"{says}\nType its code to go on", default="", show_default=False, err=True)
    if typed != store:
        raise HqError("not_confirmed", f"--second, or {store} typed again")
    return ALONE


def _shown(as_json: bool):
    """Each step once, and what is outstanding whenever it changes."""
    said: list[tuple[str, str]] = []
    console = Console(stderr=True, highlight=False, markup=False)

    def tell(step: str, left: str) -> None:
        if said[-1:] != [(step, left)]:
            said.append((step, left))
            console.print(f"{step}: {left}") if not as_json else None

    return tell
