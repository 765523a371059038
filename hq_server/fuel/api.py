"""Fuel for programs: /api/v1/fuel/..."""

from typing import Any

from fastapi import APIRouter, Depends, Path, Query, Response
from sqlalchemy import Connection

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.cards.store import cards_of
from hq_server.errors import HqError, not_found
from hq_server.fuel import changes, open_holds, statement, store, telling
from hq_server.fuel.schemas import CardLimits, Company, NewPrice, NewRules
from hq_server.web_tools import answer, decoded, the_body, the_hq

router = APIRouter(prefix="/api/v1/fuel", tags=["fuel"])

viewer, editor = require("stores.view"), require("goods.edit")
finder, keeper, people = require("members.view"), require("members.edit"), require("members.personal")
NUMBER_MAX = 2**53
DATE = Query(pattern=r"^\d{4}-\d{2}-\d{2}$")


@router.get("/prices")
def get_prices(_: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    """Every version of every price with its state: planned, in_force, past."""
    with hq.db.read() as connection:
        return answer({"prices": telling.prices(connection, hq.now_s())})


@router.post("/prices")
def post_price(
    raw: bytes = Depends(the_body), who: Visitor = Depends(editor), hq: Hq = Depends(the_hq)
) -> Response:
    """A new price. 409 price_jump: it differs by much from the one before; ask again with `sure`."""
    new = decoded(raw, NewPrice)
    with hq.db.write() as connection:
        version = changes.put_price(connection, hq.post, new, who.name, hq.now_s())
        who.note(connection, "fuel_price_set", f"{new.code} {new.store}".strip(), f"{new.price_milli} v{version}")
    return answer({"version": version})


@router.post("/prices/{version}/undo")
def undo_price(
    version: int = Path(ge=0, le=NUMBER_MAX), who: Visitor = Depends(editor), hq: Hq = Depends(the_hq)
) -> Response:
    """The price that would count without it, as a new version."""
    with hq.db.write() as connection:
        made = changes.undo_price(connection, hq.post, version, who.name, hq.now_s())
        who.note(connection, "fuel_price_undone", f"price:{version}", f"v{made}")
    return answer({"version": made})


@router.get("/rules")
def get_rules(_: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    """The fuel rules in force, and every version."""
    with hq.db.read() as connection:
        return answer(telling.rules_now(connection, hq.now_s()))


@router.put("/rules")
def put_rules(
    raw: bytes = Depends(the_body), who: Visitor = Depends(editor), hq: Hq = Depends(the_hq)
) -> Response:
    """A new version of the fuel rules, whole."""
    new = decoded(raw, NewRules)
    with hq.db.write() as connection:
        version = changes.put_rules(connection, hq.post, new.rules, new.from_s, who.name, hq.now_s())
        who.note(connection, "fuel_rules_changed", f"version {version}")
    return answer({"version": version})


@router.get("/cards/{card}")
def get_card(card: str, who: Visitor = Depends(people), hq: Hq = Depends(the_hq)) -> Response:
    """What a card may have, and what it could have beyond that at stores that are cut off."""
    with hq.db.write() as connection:
        row = store.limit_row(connection, card)
        if row is None:
            raise not_found("limits of " + card)
        who.note(connection, "member_seen", "member:" + row.account)
        possible = telling.possible_excess(connection, row, hq.now_s())
        return answer({"limits": telling.limits(row), "possible_excess": possible})


@router.put("/cards/{card}")
def put_card(
    card: str, raw: bytes = Depends(the_body), who: Visitor = Depends(keeper), hq: Hq = Depends(the_hq)
) -> Response:
    """What a card may have from now on, whole."""
    new = decoded(raw, CardLimits)
    with hq.db.write() as connection:
        version = changes.put_limits(connection, hq.post, card, new, who.name, hq.now_s())
        who.note(connection, "fuel_limits_changed", card, f"version {version}")
    return answer({"version": version})


@router.get("/companies")
def get_companies(_: Visitor = Depends(people), hq: Hq = Depends(the_hq)) -> Response:
    """Members that are companies, by name."""
    with hq.db.read() as connection:
        return answer({"companies": [dict(row._mapping) for row in store.companies(connection)]})


@router.get("/companies/{account}")
def get_company(account: str, who: Visitor = Depends(people), hq: Hq = Depends(the_hq)) -> Response:
    """What bills need, and the drivers' cards."""
    with hq.db.write() as connection:
        row = the_company(connection, account)
        who.note(connection, "member_seen", "member:" + account)
        limits = store.limits_of(connection, account)
        cards = [
            {"card": one.card, "status": one.status, "limits": telling.limits(limits.get(one.card))}
            for one in cards_of(connection, [account])[account]
        ]
    return answer({"company": dict(row._mapping), "cards": cards})


@router.put("/companies/{account}")
def put_company(
    account: str, raw: bytes = Depends(the_body), who: Visitor = Depends(keeper), hq: Hq = Depends(the_hq)
) -> Response:
    """Makes a member a company, or changes what bills need, whole."""
    new = decoded(raw, Company)
    with hq.db.write() as connection:
        changes.put_company(connection, account, new, hq.now_s())
        who.note(connection, "company_changed", "member:" + account)
    return answer({"account": account})


@router.get("/companies/{account}/statement")
def get_statement(
    account: str, from_date: str = DATE, to_date: str = DATE, who: Visitor = Depends(people), hq: Hq = Depends(the_hq)
) -> Response:
    """Fills by driver's card and by car, with litres per 100 km, and every fill."""
    with hq.db.write() as connection:
        the_company(connection, account)
        who.note(connection, "member_seen", "member:" + account)
        told = stated(connection, account, from_date, to_date)
    return answer(told)


@router.get("/holds")
def get_holds(store: str = Query("", max_length=6), _: Visitor = Depends(finder), hq: Hq = Depends(the_hq)) -> Response:
    """What is open at nozzles, of a store or of all, as heartbeats told it last, and how old that is."""
    with hq.db.read() as connection:
        return answer({"holds": open_holds.told(connection, hq.now_s(), store)})


@router.get("/excess")
def get_excess(
    from_date: str = DATE, to_date: str = DATE, _: Visitor = Depends(finder), hq: Hq = Depends(the_hq)
) -> Response:
    """Days on which a card had more than its limit."""
    with hq.db.read() as connection:
        rows = store.excesses(connection, from_date, to_date)
    return answer({"excess": [dict(row._mapping) for row in rows]})


def the_company(connection: Connection, account: str) -> Any:
    """Raises HqError('not_found')."""
    row = store.company_row(connection, account)
    if row is None:
        raise not_found("company " + account)
    return row


def stated(connection: Connection, account: str, from_date: str, to_date: str) -> dict[str, Any]:
    """A company's statement with the names that head office knows. Raises HqError('bad_question')."""
    if from_date > to_date:
        raise HqError("bad_question", "from is after to")
    fills = statement.fills_of(store.fills(connection, account, from_date, to_date))
    drivers = {card: row.driver for card, row in store.limits_of(connection, account).items()}
    plates = store.plates(connection, account)
    return {
        "by_card": [{**one._asdict(), "name": statement.named(one, drivers)} for one in statement.by_card(fills)],
        "by_vehicle": [{**one._asdict(), "name": statement.named(one, plates)} for one in statement.by_vehicle(fills)],
        "total": statement.total(fills)._asdict(),
        "fills": [
            {**one._asdict(), "driver": drivers.get(one.card, ""), "plate": plates.get(one.vehicle, "")}
            for one in fills
        ],
    }
