"""How a member comes to be: at head office, or at a store whose word arrives later."""

import json

from sqlalchemy import Connection, Row

from hq_server.cards import store as cards
from hq_server.members import store, telling
from hq_server.outbox.post import Post
from protocol.ids import is_card


def meet(
    connection: Connection, post: Post, account: str, store_code: str, now_s: int, card: str = "", display: str = ""
) -> Row:
    """The member of an account that a store has named; one never heard of joins here and now, with that home store."""
    row = store.member_row(connection, account)
    if row is None:
        store.add_member(
            connection, account=account, level="regular", status="active", display=display, home=store_code,
            tags=json.dumps([]), usual_cents=5000, sales=0, joined_at_s=now_s, joined_at=store_code,
        )
        _add_card(connection, account, card, now_s)
        telling.tell_member(connection, post, [account], now_s)
        row = store.member_row(connection, account)
    elif not row.home:
        store.set_member(connection, account, home=store_code)
        row = store.member_row(connection, account)
    assert row is not None
    return row


def _add_card(connection: Connection, account: str, card: str, now_s: int) -> None:
    if card and is_card(card) and cards.card_row(connection, card) is None:
        cards.add_card(connection, card, account, now_s)
