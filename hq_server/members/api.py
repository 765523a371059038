"""Members and cards for programs: /api/v1. Personal data only for who may see it, and each look is noted."""

import json

from fastapi import APIRouter, Depends, Query, Response

from hq_server.access.guard import Visitor, require
from hq_server.blocks.changes import ask_home
from hq_server.bootstrap import Hq
from hq_server.cards import store as cards
from hq_server.errors import HqError, not_found
from hq_server.ledger.store import held
from hq_server.members import changes, store
from hq_server.members.schemas import MemberChange, NewMember
from hq_server.members.telling import in_all
from hq_server.web_tools import answer, decoded, the_body, the_hq

router = APIRouter(prefix="/api/v1", tags=["members"])

viewer = require("members.view")
editor = require("members.edit")
PAGE_MAX = 1000


@router.get("/members")
def get_members(
    q: str = "",
    home: str = "",
    after: str = "",
    limit: int = Query(100, ge=1, le=PAGE_MAX),
    who: Visitor = Depends(viewer),
    hq: Hq = Depends(the_hq),
) -> Response:
    """Members by account, with cards and balances in all; `next` is the next `after`."""
    with hq.db.read() as connection:
        rows = store.members_page(connection, after, limit, q, home, by_person=who.may("members.personal"))
        told = _told(connection, rows)
    return answer({"members": told, "next": rows[-1].account if len(rows) == limit else None})


@router.get("/members/{account}")
def get_member(account: str, who: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    """One member with balances by holder; with the person for who may see it."""
    personal = who.may("members.personal")
    with hq.db.write() if personal else hq.db.read() as connection:
        row = store.member_row(connection, account)
        if row is None:
            raise not_found("member " + account)
        (told,) = _told(connection, [row])
        by_holder = held(connection, [account])[account]
        told["holders"] = [
            {"holder": holder, "asset": asset, "amount": left} for (holder, asset), left in sorted(by_holder.items())
        ]
        told["visits"] = [{"store": one.store, "count": one.count} for one in store.visits(connection, account)]
        if personal:
            person = store.person_row(connection, account)
            told["person"] = {k: v for k, v in person._mapping.items() if k != "account"} if person else None
            who.note(connection, "member_seen", account)
    return answer(told)


def _told(connection, rows) -> list[dict]:
    accounts = [row.account for row in rows]
    balances, owned = held(connection, accounts), cards.cards_of(connection, accounts)
    names = ("account", "level", "status", "display", "home", "usual_cents", "joined_at_s", "joined_at")
    return [
        {
            **{name: getattr(row, name) for name in names}, "tags": json.loads(row.tags),
            "cards": [{"card": one.card, "status": one.status} for one in owned[row.account]],
            "in_all": in_all(balances[row.account]),
        }
        for row in rows
    ]


@router.post("/members")
def post_members(raw: bytes = Depends(the_body), who: Visitor = Depends(editor), hq: Hq = Depends(the_hq)) -> Response:
    """A member, or a list of members: all or none; their accounts."""
    many = decoded(raw, list[NewMember]) if raw.lstrip().startswith(b"[") else [decoded(raw, NewMember)]
    with hq.db.write() as connection:
        accounts = changes.add_members(connection, hq.post, many, hq.now_s())
        who.note(connection, "members_added", accounts[0] if len(accounts) == 1 else f"{len(accounts)} members")
    return answer({"accounts": accounts}, 201)


@router.patch("/members/{account}")
def patch_member(
    account: str, raw: bytes = Depends(the_body), who: Visitor = Depends(editor), hq: Hq = Depends(the_hq)
) -> Response:
    """Changes what is named of a member."""
    change = decoded(raw, MemberChange)
    if change.person is not None and not who.may("members.personal"):
        raise HqError("not_allowed", "members.personal", 403)
    with hq.db.write() as connection:
        changes.change_member(connection, hq.post, account, change, hq.now_s(), who.name)
        if change.status == "frozen":
            ask_home(hq.vault_on(connection), account)
        named = [name for name in change.__struct_fields__ if getattr(change, name) is not None]
        who.note(connection, "member_changed", account, ", ".join(named))
    return answer({"account": account})
