"""`tapwell ledger ...`: questions to the books, for support and auditors. Nothing here writes.

    tapwell ledger balances PARTY [--at 2026-11-20T18:00]     an account or a store: every line that is not zero
    tapwell ledger history ACCOUNT                            every change, with the tap behind it
    tapwell ledger holders ACCOUNT                            who holds what now, what is on its way
    tapwell ledger explain REQUEST                            how a terminal's request ended, and what was there then
    tapwell ledger trial                                      sums per book, asset and holder
    tapwell ledger prove                                      every chain and every balance, recomputed from the bottom
"""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from hq_server.config import read_config
from hq_server.db import Database
from hq_server.ingest import store as events
from hq_server.ledger import questions
from hq_server.ledger import store as books

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Questions to the books.",
                  pretty_exceptions_enable=False)  # fmt: skip
console = Console(highlight=False, markup=False, soft_wrap=True, width=max(160, Console().width))

Dir = Annotated[Path, typer.Option("--dir", envvar="TAPWELL_HQ_DIR", help="Head office's directory.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
At = Annotated[str, typer.Option("--at", help="As of this time, UTC: 2026-11-20T18:00. By the gateways' clocks.")]
HERE = Path("hq")


@app.command()
def balances(party: str, directory: Dir = HERE, at: At = "", as_json: Json = False) -> None:
    """Every line of an account or a store that is not zero."""
    with _reading(directory) as connection:
        found = questions.balances(connection, party, _epoch_s(at))
    if as_json:
        _tell({line.text: left for line, left in found.items()})
        return
    rows = [(line.text, left) for line, left in found.items()]
    _show(party + (" at " + at if at else ""), ("line", "amount"), rows)


@app.command()
def history(account: str, directory: Dir = HERE, at: At = "", as_json: Json = False) -> None:
    """Every change of an account with the tap behind it."""
    with _reading(directory) as connection:
        steps = questions.history(connection, account, _epoch_s(at))
    rows = [
        (
            step.event.id, _time(step.event.at_s), step.event.kind, step.event.store, step.event.request or "-",
            step.line.asset, step.line.holder, step.change, step.in_all, step.other.text,
        )
        for step in steps
    ]  # fmt: skip
    names = ("event", "when", "kind", "store", "request", "asset", "holder", "change", "in all", "to or from")
    if as_json:
        _tell([dict(zip(names, row, strict=True)) for row in rows])
        return
    _show(f"history of {account}", names, rows)


@app.command()
def holders(account: str, directory: Dir = HERE, as_json: Json = False) -> None:
    """Who holds what of an account now: head office's pool, stores, on the way, in suspense."""
    with _reading(directory) as connection:
        held = books.held(connection, [account])[account]
    if as_json:
        _tell([{"holder": holder, "asset": asset, "amount": left} for (holder, asset), left in sorted(held.items())])
        return
    _show(f"holders of {account}", ("holder", "asset", "amount"), [(*key, left) for key, left in sorted(held.items())])


@app.command()
def explain(request: str, directory: Dir = HERE, as_json: Json = False) -> None:
    """How a terminal's request ended, in the gateway's words, and what the books held when it was booked."""
    with _reading(directory) as connection:
        event = events.event_of_request(connection, request)
        if event is None:
            console.print(f"No request {request} has been booked. It may still lie at its store.")
            raise typer.Exit(1)
        held = questions.held_before(connection, event.account, event.id) if event.account else {}
    said = json.loads(event.raw)
    told = {
        "request": request, "ended": event.kind, "reason": event.reason, "detail": said.get("detail") or "",
        "store": event.store, "when": _time(event.at_s), "booked": _time(event.received_at_s),
        "account": event.account, "line": "cut" if event.offline else "up",
    }  # fmt: skip
    if as_json:
        _tell(told | {"held": [{"holder": h, "asset": a, "amount": n} for (h, a), n in sorted(held.items())]})
        return
    for name, value in told.items():
        console.print(f"{name:>8}  {value or '-'}")
    _show("what the books held just before", ("holder", "asset", "amount"), [(*k, n) for k, n in sorted(held.items())])


@app.command()
def trial(directory: Dir = HERE, as_json: Json = False) -> None:
    """Sums per book, asset and holder; each unit comes to zero."""
    with _reading(directory) as connection:
        rows = books.trial_balance(connection)
    sums = books.sums_by_unit(rows)
    table = [(row.book, row.asset, row.holder, int(row.amount), row.lines) for row in rows]
    names = ("book", "asset", "holder", "amount", "lines")
    if as_json:
        _tell({"rows": [dict(zip(names, row, strict=True)) for row in table], "sums": sums})
    else:
        _show("trial balance", names, table)
        console.print("  ".join(f"{name} {left}" for name, left in sorted(sums.items())))
    raise typer.Exit(1 if any(sums.values()) else 0)


@app.command()
def prove(directory: Dir = HERE, as_json: Json = False) -> None:
    """Recomputes every chain and every balance; exit code 1 names what does not agree."""
    with _reading(directory) as connection, console.status("Recomputing ..."):
        proof = questions.prove(connection)
    if as_json:
        _tell(proof._asdict())
    else:
        for problem in proof.problems:
            console.print(problem)
        if proof.more:
            console.print(f"... and {proof.more} more")
        verdict = f"{len(proof.problems) + proof.more} problems" if proof.problems else "all of it agrees"
        console.print(f"{proof.events} events of {proof.lives} gateway lives, {proof.entries} entries: {verdict}.")
    raise typer.Exit(1 if proof.problems else 0)


@contextmanager
def _reading(directory: Path) -> Iterator[Connection]:
    try:
        config = read_config(directory)
    except FileNotFoundError:
        console.print(f"No head office in {directory}: name its directory with --dir.")
        raise typer.Exit(2) from None
    db = Database(config.database_url)  # no keys are needed to read
    try:
        with db.read() as connection:
            yield connection
    finally:
        db.close()


def _epoch_s(at: str) -> int | None:
    if not at:
        return None
    try:
        told = dt.datetime.fromisoformat(at)
    except ValueError:
        console.print(f"{at!r} is no time; write it as 2026-11-20T18:00.")
        raise typer.Exit(2) from None
    return int((told if told.tzinfo else told.replace(tzinfo=dt.UTC)).timestamp())


def _time(at_s: int) -> str:
    return dt.datetime.fromtimestamp(at_s, dt.UTC).strftime("%Y-%m-%d %H:%M:%S") if at_s else "-"


def _tell(told: object) -> None:
    print(json.dumps(told, ensure_ascii=False))


def _show(title: str, names: tuple[str, ...], rows: list[tuple]) -> None:
    if not rows:
        console.print(f"{title}: nothing.")
        return
    table = Table(title=title)
    for name, cell in zip(names, rows[0], strict=True):
        table.add_column(name, justify="right" if isinstance(cell, int) else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(str, row))
    console.print(table)
