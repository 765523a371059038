"""What gateways are told of members: account, cards, level, status, tags, a display name, figures. Never the person."""

import json

from sqlalchemy import Connection

from hq_server.cards.store import cards_of
from hq_server.fleet.store import enrolled_stores
from hq_server.ledger.store import batched, debts_of, held
from hq_server.members import store
from hq_server.outbox.post import Post

ASSETS = ("principal", "bonus", "points")
TOLD = {"closing": "closed"}  # to a store it is the same
MEMBERS_AT_ONCE = 500  # in one statement


def member_messages(connection: Connection, accounts: list[str], now_s: int) -> list[dict]:
    """One message per account, in the order given."""
    rows, balances = store.member_rows(connection, accounts), held(connection, accounts)
    debts = debts_of(connection, accounts)
    cards = cards_of(connection, accounts)
    return [_message(rows[one], cards[one], balances[one], debts[one], now_s) for one in accounts if one in rows]


def tell_member(connection: Connection, post: Post, accounts: list[str], now_s: int) -> None:
    """Tells every enrolled gateway about these members."""
    stores = enrolled_stores(connection)
    for part in batched(accounts, MEMBERS_AT_ONCE) if stores else ():
        messages = member_messages(connection, part, now_s)
        for store_code in stores:
            post.send_many(connection, store_code, "member", messages)


def in_all(balances: dict[tuple[str, str], int]) -> dict[str, int]:
    """asset -> what the member has at all holders together."""
    return {asset: sum(left for (_, one), left in balances.items() if one == asset) for asset in ASSETS}


def _message(row, cards, balances: dict[tuple[str, str], int], debts, now_s: int) -> dict:
    return {
        "account": row.account, "level": row.level, "status": TOLD.get(row.status, row.status), "display": row.display,
        "cards": [card.card for card in cards if card.status == "active"], "tags": json.loads(row.tags),
        "in_all": in_all(balances), "as_of_s": now_s,
        "owed": {line.asset: -amount for line, amount in debts if line.book == "receivable" and amount < 0},
    }
