"""Members: found by card, account or name; a page each. Personal data is masked by role and each look is logged."""

import json

from fastapi import APIRouter, Depends, Request, Response

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.cards.store import cards_of
from hq_server.errors import not_found
from hq_server.fuel.store import company_row
from hq_server.members import store as members
from hq_server.reports import books, taps
from hq_server.web.render import show
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)
viewer = require("members.view")
PAGE = 50
TAPS_SHOWN = 12


@router.get("/members")
def members_page(
    request: Request, q: str = "", after: str = "", visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)
) -> Response:
    sought = q.strip()[:64]
    with hq.db.read() as connection:
        found = members.members_page(
            connection, after, PAGE + 1, sought, by_person=visitor.may("members.personal")
        )
        accounts = [row.account for row in found[:PAGE]]
        values = {
            "cards": cards_of(connection, accounts),
            "owed": {account: books.balances_of(connection, account) for account in accounts},
            "counts": members.member_counts(connection),
        }
    more = accounts[-1] if len(found) > PAGE else ""
    return show(request, "members.html", members=found[:PAGE], q=q, after=after, more=more, **values)


@router.get("/members/{account}")
def member_page(
    request: Request, account: str, visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)
) -> Response:
    personal = visitor.may("members.personal")
    with hq.db.write() as connection:  # a look is an entry in the audit record: both or none
        row = members.member_row(connection, account)
        if row is None:
            raise not_found("member " + account)
        visitor.note(connection, "member_seen" if personal else "member_seen_masked", "member:" + account)
        values = {
            "person": members.person_row(connection, account),
            "cards": cards_of(connection, [account])[account],
            "company": company_row(connection, account) is not None,
            "balances": books.balances_of(connection, account),
            "visits": members.visits(connection, account),
            "latest": taps.latest(connection, TAPS_SHOWN, account=account),
        }
    return show(request, "member.html", row=row, tags=json.loads(row.tags), personal=personal, **values)
