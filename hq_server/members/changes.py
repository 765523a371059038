"""Changes to members and cards; every gateway is told in the same transaction."""

import json
import secrets

from sqlalchemy import Connection

from hq_server.blocks import changes as blocks
from hq_server.cards import store as cards
from hq_server.errors import HqError, conflict, not_found
from hq_server.members import store
from hq_server.members.schemas import MemberChange, NewMember
from hq_server.members.telling import tell_member
from hq_server.outbox.post import Post
from protocol.ids import is_account, is_card


def add_members(connection: Connection, post: Post, many: list[NewMember], now_s: int) -> list[str]:
    """New members with their cards; their accounts in the same order. All or none."""
    accounts = [_add(connection, new, now_s) for new in many]
    tell_member(connection, post, accounts, now_s)
    return accounts


def change_member(
    connection: Connection, post: Post, account: str, change: MemberChange, now_s: int, who: str = ""
) -> int:
    """Changes what is named; the rest stays. The line of the deny list that a freeze or its end has made, or 0."""
    if change.status is not None and change.status not in store.STATUSES:
        raise HqError("bad_status", "one of " + ", ".join(store.STATUSES))
    named = {name: getattr(change, name) for name in ("level", "status", "display", "home")}
    values = {name: value for name, value in named.items() if value is not None}
    if change.tags is not None:
        values["tags"] = json.dumps(change.tags)
    row = store.member_row(connection, account)
    if change.status is not None and row is not None and row.status not in store.STATUSES:
        raise conflict(row.status, "this account is " + row.status)
    if values and not store.set_member(connection, account, **values):
        raise not_found("member " + account)
    if change.person is not None:
        store.put_person(connection, account, changed_at_s=now_s, **change.person.values())
    tell_member(connection, post, [account], now_s)
    if change.status is None or row is None or row.status == change.status:
        return 0
    return blocks.write(connection, post, blocks.Line("account", account, account, change.status, "", who), now_s)


def add_card(connection: Connection, post: Post, account: str, card: str, now_s: int, key_sets: str = "") -> None:
    """An active card of a member."""
    if store.member_row(connection, account) is None:
        raise not_found("member " + account)
    _put_card(connection, account, card, now_s, key_sets)
    post.send_all(connection, "card", {"card": card, "account": account, "status": "active"}, account)


def change_card(
    connection: Connection, post: Post, card: str, status: str, reason: str, now_s: int, who: str = ""
) -> int:
    """Blocks a card, or makes it count again; gateways know within seconds. The line of the deny list, 0: none."""
    row = cards.card_row(connection, card)
    if row is None:
        raise not_found("card " + card)
    if status not in cards.STATUSES:
        raise HqError("bad_status", "one of " + ", ".join(cards.STATUSES))
    cards.set_card(connection, card, status=status, reason=reason[:64], changed_at_s=now_s)
    if status == row.status == "active":
        return 0
    return blocks.write(connection, post, blocks.Line("card", card, row.account, status, reason, who), now_s)


def gateway_status(status: str) -> str:
    """A gateway tells apart only what counts and what does not."""
    return "active" if status == "active" else "blocked"


def _add(connection: Connection, new: NewMember, now_s: int) -> str:
    account = new.account or secrets.token_hex(16)
    if not is_account(account):
        raise HqError("bad_account", "want 32 hex digits")
    if store.member_row(connection, account) is not None:
        raise conflict("member_exists", account)
    store.add_member(
        connection, account=account, level=new.level, status="active", display=new.display, home=new.home,
        tags=json.dumps(new.tags), usual_cents=new.usual_cents, sales=0, joined_at_s=now_s, joined_at="",
    )
    if new.person is not None:
        store.put_person(connection, account, changed_at_s=now_s, **new.person.values())
    for card in new.cards:
        _put_card(connection, account, card, now_s)
    return account


def _put_card(connection: Connection, account: str, card: str, now_s: int, key_sets: str = "") -> None:
    if not is_card(card):
        raise HqError("bad_card", "want '<issuer, 4 hex>:<uid, upper-case hex>', not " + card)
    known = cards.card_row(connection, card)
    if known is not None:
        raise conflict("card_exists", card)
    cards.add_card(connection, card, account, now_s, key_sets)
