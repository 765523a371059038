"""Fuel prices with their time, and the member prices that hold at pumps."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Form, Path, Request, Response
from sqlalchemy import Connection

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.chain.store import the_chain
from hq_server.errors import HqError, not_found
from hq_server.fleet import store as fleet
from hq_server.fuel import changes, editing, telling
from hq_server.fuel import store as fuel
from hq_server.fuel.rules import parsed
from hq_server.fuel.schemas import FuelRules
from hq_server.fuel.writing_prices import moment_s, price_text
from hq_server.goods.store import goods_page
from hq_server.web import fuel_forms
from hq_server.web.render import go, show
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)
viewer, editor = require("stores.view"), require("goods.edit")
Text = Annotated[str, Form(max_length=64)]
Long = Annotated[str, Form(max_length=400)]
NUMBER_MAX = 2**53
SHOWN = 200
LITRES = ("l", "L", "litre", "升")  # units of goods that a nozzle gives


@router.get("/fuel/prices")
def prices_page(request: Request, visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    return _prices(request, hq)


@router.post("/fuel/prices")
def set_price(
    request: Request, code: Text, price: Text, from_at: Text = "", store: Text = "", sure: Text = "",
    visitor: Visitor = Depends(editor), hq: Hq = Depends(the_hq),
) -> Response:  # fmt: skip
    """A new price; one that differs by much is shown again with a question."""
    form = {"code": code, "price": price, "from_at": from_at, "store": store}
    try:
        with hq.db.write() as connection:
            new = fuel_forms.new_price(code, price, from_at, store, sure, the_chain(connection).exponent)
            version = changes.put_price(connection, hq.post, new, visitor.name, hq.now_s())
            visitor.note(connection, "fuel_price_set", f"{new.code} {new.store}".strip(), f"{price} v{version}")
    except HqError as wrong:
        return _prices(request, hq, wrong.reason, form, wrong.status)
    return go(hq, "/fuel/prices", told="fuel_price_set")


@router.post("/fuel/prices/{version}/undo")
def undo_price(
    request: Request, version: int = Path(ge=0, le=NUMBER_MAX), visitor: Visitor = Depends(editor),
    hq: Hq = Depends(the_hq),
) -> Response:  # fmt: skip
    try:
        with hq.db.write() as connection:
            made = changes.undo_price(connection, hq.post, version, visitor.name, hq.now_s())
            visitor.note(connection, "fuel_price_undone", f"price:{version}", f"v{made}")
    except HqError as wrong:
        return _prices(request, hq, wrong.reason, status=wrong.status)
    return go(hq, "/fuel/prices", told="fuel_price_undone")


@router.get("/fuel/rules")
def rules_page(request: Request, visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    return _rules(request, hq)


@router.post("/fuel/rules")
def add_member_price(
    request: Request, name: Text, from_at: Text = "", levels: Long = "", grades: Long = "", stores: Long = "",
    from_min: Text = "", until_min: Text = "", off: Text = "", percent: Text = "", price: Text = "",
    weekdays: Annotated[list[str] | None, Form()] = None, visitor: Visitor = Depends(editor), hq: Hq = Depends(the_hq),
) -> Response:  # fmt: skip
    """One member price more (or another of that name), as a new version of all."""
    form = {"name": name, "levels": levels, "grades": grades, "stores": stores, "from_min": from_min}
    form |= {"until_min": until_min, "off": off, "percent": percent, "price": price}
    try:
        with hq.db.write() as connection:
            one = fuel_forms.member_price(form, weekdays or [], the_chain(connection).exponent)
            change_rules(connection, hq, visitor, editing.member_price(one), moment_s(from_at), one.name)
    except HqError as wrong:
        return _rules(request, hq, wrong.reason, form, wrong.status)
    return go(hq, "/fuel/rules", told="fuel_rules_changed")


@router.post("/fuel/rules/drop")
def drop_member_price(
    request: Request, name: Text, visitor: Visitor = Depends(editor), hq: Hq = Depends(the_hq)
) -> Response:
    """From now on without it, and in what is planned."""
    with hq.db.write() as connection:
        change_rules(connection, hq, visitor, editing.no_member_price(name), 0, name)
    return go(hq, "/fuel/rules", told="fuel_rules_changed")


@router.post("/fuel/rules/again")
def put_back(
    version: Annotated[int, Form(ge=1, le=NUMBER_MAX)], back: Text = "", visitor: Visitor = Depends(editor),
    hq: Hq = Depends(the_hq),
) -> Response:  # fmt: skip
    """What an earlier version said counts again from now on, as a new version."""
    with hq.db.write() as connection:
        row = next((one for one in fuel.rule_sets(connection) if one.version == version), None)
        if row is None:
            raise not_found(f"version {version}")
        rules = msgspec.convert(parsed(row.body, {}), FuelRules)
        made = changes.put_rules(connection, hq.post, rules, 0, visitor.name, hq.now_s())
        visitor.note(connection, "fuel_rules_changed", f"version {made}", f"as version {version}")
    return go(hq, "/fuel/points" if back == "points" else "/fuel/rules", told="fuel_rules_changed")


def change_rules(
    connection: Connection, hq: Hq, visitor: Visitor, change: editing.Change, from_s: int, about: str
) -> None:
    """New versions, each in the audit record. Raises HqError: bad_time, too_many."""
    for version in changes.change_rules(connection, hq.post, change, from_s, visitor.name, hq.now_s()):
        visitor.note(connection, "fuel_rules_changed", f"version {version}", about)


def _prices(
    request: Request, hq: Hq, problem: str = "", form: dict[str, str] | None = None, status: int = 200
) -> Response:
    with hq.db.read() as connection:
        found = telling.prices(connection, hq.now_s())
        stores = [row.code for row in fleet.stores(connection)]
        exponent = the_chain(connection).exponent
        codes = {one["code"] for one in found}
        priced = [row for row in goods_page(connection) if row.code in codes or row.unit in LITRES]
    names = {row.code: {"zh": row.name_zh, "en": row.name_en} for row in priced}
    shown = [{**one, "text": price_text(one["price_milli"], exponent)} for one in found[:SHOWN]]
    values = {"prices": shown, "stores": stores, "grades": priced, "names": names, "problem": problem}
    return show(request, "fuel_prices.html", status, form=form or {}, **values)


def _rules(
    request: Request, hq: Hq, problem: str = "", form: dict[str, str] | None = None, status: int = 200
) -> Response:
    with hq.db.read() as connection:
        told = telling.rules_now(connection, hq.now_s())
        exponent = the_chain(connection).exponent
    values = {"history": told["history"], "problem": problem, "form": form or {}}
    unit = lambda milli: price_text(milli, exponent)  # noqa: E731  the template's own way to write prices
    return show(request, "fuel_rules.html", status, unit=unit, **values)
