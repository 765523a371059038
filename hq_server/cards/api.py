"""Cards for programs: /api/v1/cards and the deny list, /api/v1/blocks."""

from fastapi import APIRouter, Depends, Path, Query, Response

from hq_server.access.guard import Visitor, require
from hq_server.blocks import store as blocks
from hq_server.blocks.telling import standings, told_as
from hq_server.bootstrap import Hq
from hq_server.cards import changes, store, telling
from hq_server.cards.schemas import CardChange, KeySetsOfCard, NewCard, Replacement, Return
from hq_server.errors import not_found
from hq_server.members import changes as members
from hq_server.web_tools import answer, decoded, the_body, the_hq

router = APIRouter(prefix="/api/v1", tags=["cards"])

viewer = require("members.view")
editor = require("members.edit")
PAGE_MAX = 1000
NUMBER_MAX = 2**53


@router.get("/blocks")
def get_blocks(
    account: str = "",
    before: int = Query(NUMBER_MAX, ge=1, le=NUMBER_MAX),
    limit: int = Query(100, ge=1, le=PAGE_MAX),
    _: Visitor = Depends(viewer),
    hq: Hq = Depends(the_hq),
) -> Response:
    """What stands on the deny list, newest first, and at which stores it holds."""
    with hq.db.read() as connection:
        rows = blocks.standing(connection, before, limit, account)
        told = [told_as(one, []) for one in standings(connection, rows)]
        number = blocks.last_number(connection)
    return answer({"number": number, "blocks": told, "next": rows[-1].number if len(rows) == limit else None})


@router.get("/blocks/{number}")
def get_block(
    number: int = Path(ge=0, le=NUMBER_MAX), _: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)
) -> Response:
    """One line of the deny list: who has it, what could still be spent, what was spent before it held."""
    with hq.db.read() as connection:
        return answer(telling.of_block(connection, number))


@router.get("/cards/key-sets")
def get_key_sets(
    after: str = "",
    limit: int = Query(100, ge=1, le=PAGE_MAX),
    _: Visitor = Depends(viewer),
    hq: Hq = Depends(the_hq),
) -> Response:
    """How many active cards were made with which key sets, and which carry one that a later one has replaced."""
    with hq.db.read() as connection:
        return answer(telling.key_sets(connection, after, limit))


@router.post("/cards")
def post_card(raw: bytes = Depends(the_body), who: Visitor = Depends(editor), hq: Hq = Depends(the_hq)) -> Response:
    """A card for a member."""
    new = decoded(raw, NewCard)
    with hq.db.write() as connection:
        members.add_card(connection, hq.post, new.account, new.card, hq.now_s(), new.key_sets)
        who.note(connection, "card_added", new.card)
    return answer({"card": new.card, "account": new.account}, 201)


@router.patch("/cards/{card}")
def patch_card(
    card: str, raw: bytes = Depends(the_body), who: Visitor = Depends(editor), hq: Hq = Depends(the_hq)
) -> Response:
    """Blocks a card, or makes it count again; how far the block has come."""
    change = decoded(raw, CardChange)
    with hq.db.write() as connection:
        number = changes.set_status(hq, connection, card, change.status, change.reason, who.name)
        who.note(connection, "card_" + change.status, card, change.reason)
        block = telling.of_block(connection, number) if number else None
    return answer({"card": card, "status": change.status, "block": block})


@router.post("/cards/{card}/replace")
def post_replacement(
    card: str, raw: bytes = Depends(the_body), who: Visitor = Depends(editor), hq: Hq = Depends(the_hq)
) -> Response:
    """Another card takes this one's place, which is blocked: both or none."""
    new = decoded(raw, Replacement)
    with hq.db.write() as connection:
        number = changes.replace(hq, connection, card, new.card, new.reason, who.name, new.key_sets)
        who.note(connection, "card_replaced", card, new.card)
        block = telling.of_block(connection, number)
    return answer({"card": new.card, "account": block["account"], "replaces": card, "block": block}, 201)


@router.post("/cards/{card}/return")
def post_return(
    card: str, raw: bytes = Depends(the_body), who: Visitor = Depends(editor), hq: Hq = Depends(the_hq)
) -> Response:
    """A card was handed in; with pay_out a second person is asked to pay out and close its account."""
    asked = decoded(raw, Return)
    with hq.db.write() as connection:
        done = changes.take_back(hq, connection, who, card, asked.reason, asked.pay_out)
        block = telling.of_block(connection, done.pop("number"))
    return answer({**done, "block": block})


@router.put("/cards/{card}/key-sets")
def put_key_sets(
    card: str, raw: bytes = Depends(the_body), who: Visitor = Depends(editor), hq: Hq = Depends(the_hq)
) -> Response:
    """A card was given new keys at a desk."""
    told = decoded(raw, KeySetsOfCard)
    with hq.db.write() as connection:
        if not store.set_card(connection, card, key_sets=told.key_sets):
            raise not_found("card " + card)
        who.note(connection, "card_rekeyed", card, told.key_sets)
    return answer({"card": card, "key_sets": told.key_sets})
