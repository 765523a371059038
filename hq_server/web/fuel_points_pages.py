"""What fuel earns and what coupons take off it: points for a litre, by level; the step of a price at the pump."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.chain.store import the_chain
from hq_server.errors import HqError
from hq_server.fuel import editing, telling
from hq_server.fuel import store as fuel
from hq_server.fuel.rules import ASK_FROM_BP
from hq_server.fuel.writing_prices import moment_s, price_text
from hq_server.web import fuel_forms
from hq_server.web.fuel_pages import change_rules
from hq_server.web.render import go, show
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)
viewer, editor = require("stores.view"), require("goods.edit")
Text = Annotated[str, Form(max_length=64)]
Long = Annotated[str, Form(max_length=400)]
STEP_MILLI = 100  # of a price at a pump, where nothing else was ever laid down
Read = Callable[[int], tuple[editing.Change, str]]


@router.get("/fuel/points")
def points_page(request: Request, visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    return _page(request, hq)


@router.post("/fuel/points")
def set_points(
    request: Request, points: Text, levels: Long = "", grades: Long = "", from_at: Text = "",
    visitor: Visitor = Depends(editor), hq: Hq = Depends(the_hq),
) -> Response:  # fmt: skip
    form = {"points": points, "levels": levels, "grades": grades, "from_at": from_at}

    def read(exponent: int) -> tuple[editing.Change, str]:
        one = fuel_forms.litre_points(form)
        return editing.points(one), f"points {points} {editing.whom(one)}"

    return _change(request, hq, visitor, read, form, "points")


@router.post("/fuel/points/drop")
def drop_points(request: Request, whom: Long, visitor: Visitor = Depends(editor), hq: Hq = Depends(the_hq)) -> Response:
    return _change(request, hq, visitor, lambda _: (editing.no_points(whom), f"no points {whom}"))


@router.post("/fuel/multipliers")
def set_multiplier(
    request: Request, times: Text, level: Text = "", from_at: Text = "", visitor: Visitor = Depends(editor),
    hq: Hq = Depends(the_hq),
) -> Response:  # fmt: skip
    form = {"times": times, "level": level, "from_at": from_at}

    def read(exponent: int) -> tuple[editing.Change, str]:
        one, times_bp = fuel_forms.multiplier(level, times)
        return editing.multiplier(one, times_bp), f"points of {one} times {times}"

    return _change(request, hq, visitor, read, form, "multipliers")


@router.post("/fuel/multipliers/drop")
def drop_multiplier(
    request: Request, level: Text, visitor: Visitor = Depends(editor), hq: Hq = Depends(the_hq)
) -> Response:
    return _change(request, hq, visitor, lambda _: (editing.multiplier(level, None), f"points of {level} as all"))


@router.post("/fuel/coupons")
def set_coupon(
    request: Request, name: Text, off_litre: Text = "", off: Text = "", min_litres: Text = "", min_amount: Text = "",
    grades: Long = "", from_at: Text = "", visitor: Visitor = Depends(editor), hq: Hq = Depends(the_hq),
) -> Response:  # fmt: skip
    form = {"name": name, "off_litre": off_litre, "off": off, "min_litres": min_litres, "min_amount": min_amount}
    form |= {"grades": grades, "from_at": from_at}

    def read(exponent: int) -> tuple[editing.Change, str]:
        asset, one = fuel_forms.coupon(form, exponent)
        return editing.coupon(asset, one), asset

    return _change(request, hq, visitor, read, form, "coupons")


@router.post("/fuel/coupons/drop")
def drop_coupon(
    request: Request, asset: Text, visitor: Visitor = Depends(editor), hq: Hq = Depends(the_hq)
) -> Response:
    return _change(request, hq, visitor, lambda _: (editing.coupon(asset, None), f"no {asset}"))


@router.post("/fuel/step")
def set_step(
    request: Request, step: Text, ask_from: Text, visitor: Visitor = Depends(editor), hq: Hq = Depends(the_hq)
) -> Response:
    form = {"step": step, "ask_from": ask_from}

    def read(exponent: int) -> tuple[editing.Change, str]:
        figures = fuel_forms.pump_step(step, ask_from, exponent)
        return editing.pump_step(*figures), f"step {step}, asked from {ask_from} %"

    return _change(request, hq, visitor, read, form, "step")


def _change(
    request: Request, hq: Hq, visitor: Visitor, read: Read, form: dict[str, str] | None = None, of: str = ""
) -> Response:
    """New versions; what cannot be is shown again as it was written, with the reason."""
    form = form or {}
    try:
        with hq.db.write() as connection:
            change, about = read(the_chain(connection).exponent)
            change_rules(connection, hq, visitor, change, moment_s(form.get("from_at", "")), about)
    except HqError as wrong:
        return _page(request, hq, wrong.reason, of, form, wrong.status)
    return go(hq, "/fuel/points", told="fuel_points_changed")


def _page(
    request: Request, hq: Hq, problem: str = "", of: str = "", form: dict[str, str] | None = None, status: int = 200
) -> Response:
    """of, form: which of the page's forms was written, and what; a problem is told there."""
    now_s = hq.now_s()
    with hq.db.read() as connection:
        told = telling.rules_now(connection, now_s)
        sets, exponent = fuel.rule_sets(connection), the_chain(connection).exponent
    shown = sorted((one for one in told["history"] if one["state"] != "past"), key=lambda one: one["from_s"])
    due = editing.counts_at(sets, now_s)
    before = editing.counts_at([one for one in sets if one is not due], now_s) if due else None
    in_force = told["in_force"] or {}
    step = {
        "step": price_text(in_force.get("step_milli", STEP_MILLI), exponent),
        "ask_from": f"{in_force.get('ask_from_bp', ASK_FROM_BP) / 100:g}",
    }
    values = {"shown": shown, "before": before, "forms": {"step": step} | ({of: form} if form else {})}
    values |= {"problem": problem, "problem_of": of}
    unit = lambda milli: price_text(milli, exponent)  # noqa: E731  the template's own way to write prices
    return show(request, "fuel_points.html", status, unit=unit, whom=_whom, **values)


def _whom(told: dict) -> str:
    return " ".join(sorted(told.get("levels", ()))) + "|" + " ".join(sorted(told.get("grades", ())))
