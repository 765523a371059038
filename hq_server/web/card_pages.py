"""Cards: the deny list as it spreads, key sets that are out; a member's cards are blocked, replaced, taken back."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request, Response

from hq_server.access.guard import Visitor, require
from hq_server.blocks import store as blocks
from hq_server.blocks.telling import spent_in_the_gap, standings
from hq_server.bootstrap import Hq
from hq_server.cards import changes, telling
from hq_server.errors import not_found
from hq_server.members.store import member_row
from hq_server.web.render import go, show
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)
viewer = require("members.view")
editor = require("members.edit")
Text = Annotated[str, Form(max_length=64)]
SHOWN = 100
NUMBER_MAX = 2**53


@router.get("/cards")
def cards_page(request: Request, visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    """What has not reached every store comes first."""
    with hq.db.read() as connection:
        awaited = blocks.awaited(connection, SHOWN)
        known = {row.number for row in awaited}
        held = [row for row in blocks.standing(connection, NUMBER_MAX, SHOWN) if row.number not in known]
        values = {
            "awaited": standings(connection, awaited), "held": standings(connection, held),
            "number": blocks.last_number(connection), "key_sets": telling.key_sets(connection, limit=SHOWN),
        }
    return show(request, "cards.html", **values)


@router.get("/blocks/{number}")
def block_page(
    request: Request,
    number: int = Path(ge=0, le=NUMBER_MAX),
    visitor: Visitor = Depends(viewer),
    hq: Hq = Depends(the_hq),
) -> Response:
    """Follows one line of the list by itself until every store has it."""
    with hq.db.read() as connection:
        row = blocks.block_row(connection, number)
        if row is None:
            raise not_found(f"block {number}")
        (one,) = standings(connection, [row])
        gap = spent_in_the_gap(connection, row)
    return show(request, "block.html", one=one, gap=gap)


@router.post("/cards/{card}/status")
def set_status(card: str, status: Text, visitor: Visitor = Depends(editor), hq: Hq = Depends(the_hq)) -> Response:
    """Blocked, or counting again."""
    with hq.db.write() as connection:
        number = changes.set_status(hq, connection, card, status, "", visitor.name)
        visitor.note(connection, "card_" + status, card)
    return go(hq, f"/blocks/{number}" if number else "/cards", told="card_" + status)


@router.post("/cards/{card}/replace")
def replace(card: str, new: Text, visitor: Visitor = Depends(editor), hq: Hq = Depends(the_hq)) -> Response:
    with hq.db.write() as connection:
        number = changes.replace(hq, connection, card, new.strip(), "", visitor.name)
        visitor.note(connection, "card_replaced", card, new.strip())
    return go(hq, f"/blocks/{number}", told="card_replaced")


@router.post("/cards/{card}/return")
def take_back(
    card: str, pay_out: Text = "", visitor: Visitor = Depends(editor), hq: Hq = Depends(the_hq)
) -> Response:
    """Handed in; with pay_out a second person finds the closing under cases."""
    with hq.db.write() as connection:
        done = changes.take_back(hq, connection, visitor, card, "", bool(pay_out))
    return go(hq, f"/blocks/{done['number']}", told="decision_asked" if pay_out else "card_returned")


@router.post("/members/{account}/status")
def freeze(account: str, status: Text, visitor: Visitor = Depends(editor), hq: Hq = Depends(the_hq)) -> Response:
    """Frozen, or active again."""
    with hq.db.write() as connection:
        if member_row(connection, account) is None:
            raise not_found("member " + account)
        number = changes.freeze(hq, connection, account, status, visitor.name)
        visitor.note(connection, "member_changed", "member:" + account, status)
    return go(hq, f"/blocks/{number}" if number else "/members/" + account, told="member_" + status)
