"""`tapwell hq fuel ...`: prices and rules at the console."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from hq_server.access.store import add_audit
from hq_server.bootstrap import Hq
from hq_server.chain.store import the_chain
from hq_server.console import HERE, WHO, Dir, Json, writing
from hq_server.fuel import changes, telling, writing_prices
from hq_server.fuel.schemas import NewPrice, NewRules
from hq_server.web_tools import decoded

app = typer.Typer(no_args_is_help=True, help="Fuel prices, member prices.")


@app.command("price")
def fuel_price(
    grade: str,
    price: Annotated[str, typer.Argument(help="Of a litre, such as 7.899.")],
    directory: Dir = HERE,
    store: Annotated[str, typer.Option(help="Only there; empty: everywhere.")] = "",
    from_at: Annotated[str, typer.Option("--from", help="Such as 2026-11-24T06:00; empty: now.")] = "",
    sure: Annotated[bool, typer.Option("--sure", help="It may differ much from the price before.")] = False,
    as_json: Json = False,
) -> None:
    """Sets the list price of a grade from a moment on."""
    with writing(directory, as_json) as (hq, connection, told):
        milli = writing_prices.price_milli(price, the_chain(connection).exponent)
        new = NewPrice(grade, milli, writing_prices.moment_s(from_at), store, sure)
        version = changes.put_price(connection, hq.post, new, WHO, hq.now_s())
        _note(hq, connection, "fuel_price_set", f"{grade} {store}".strip(), f"{price} v{version}")
        told({"version": version}, f"Version {version}.")


@app.command("undo")
def fuel_undo(version: int, directory: Dir = HERE, as_json: Json = False) -> None:
    """Takes a price back by a new version."""
    with writing(directory, as_json) as (hq, connection, told):
        made = changes.undo_price(connection, hq.post, version, WHO, hq.now_s())
        _note(hq, connection, "fuel_price_undone", f"price:{version}", f"v{made}")
        told({"version": made}, f"Version {made} counts in its place.")


@app.command("prices")
def fuel_prices(directory: Dir = HERE, as_json: Json = False) -> None:
    """Lists prices: planned, in force, past."""
    with writing(directory, as_json) as (hq, connection, told):
        found, exponent = telling.prices(connection, hq.now_s()), the_chain(connection).exponent
        lines = [
            f"{one['version']:4} {one['code']:12} {one['store'] or '*':6}"
            f" {writing_prices.price_text(one['price_milli'], exponent):>10} {one['state']}"
            for one in found
        ]
        told({"prices": found}, "\n".join(lines) or "No fuel price yet.")


@app.command("rules")
def fuel_rules(file: Path, directory: Dir = HERE, as_json: Json = False) -> None:
    """A new version of the fuel rules from a JSON file, as PUT /api/v1/fuel/rules takes it."""
    with writing(directory, as_json) as (hq, connection, told):
        new = decoded(file.read_bytes(), NewRules)
        version = changes.put_rules(connection, hq.post, new.rules, new.from_s, WHO, hq.now_s())
        _note(hq, connection, "fuel_rules_changed", f"version {version}")
        told({"version": version}, f"Version {version}.")


def _note(hq: Hq, connection: Connection, action: str, of: str, detail: str = "") -> None:
    add_audit(connection, hq.now_s(), WHO, "", action, of, detail)
