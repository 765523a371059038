"""All that stands, told to a gateway that has just been enrolled."""

from sqlalchemy import Connection

from hq_server.blocks.changes import told_anew
from hq_server.cards.store import cards_not_active
from hq_server.chain.keys import Keys
from hq_server.fleet import enrolment, store
from hq_server.fuel.telling import tell_all as tell_fuel
from hq_server.goods import changes as goods
from hq_server.ledger.store import batched
from hq_server.members.changes import gateway_status
from hq_server.members.store import all_accounts
from hq_server.members.telling import MEMBERS_AT_ONCE, member_messages
from hq_server.outbox.post import Post
from hq_server.releases.changes import tell as tell_releases
from hq_server.rules import changes as chain_rules
from hq_server.sealing import Sealer
from hq_server.staff import changes as staff
from hq_server.staff.store import operators


def tell_all(
    connection: Connection, post: Post, keys: Keys, sealer: Sealer, code: str, incarnation: str, now_s: int
) -> None:
    """Rules, goods, staff, terminals' keys and letters, revocations, members, blocked cards, fuel, releases."""
    post.send(connection, code, "rules", chain_rules.message(connection))
    post.send_many(connection, code, "goods", goods.messages(connection))
    post.send_many(connection, code, "staff", [staff.message(row) for row in operators(connection, code)])
    active = [row for row in store.terminals(connection, code) if row.status != "waiting"]
    told = [enrolment.terminal_message(connection, sealer, row, incarnation) for row in active]
    post.send_many(connection, code, "terminal", told)
    post.send(connection, code, "revocation", enrolment.revocation_message(connection, keys))
    for part in batched(all_accounts(connection), MEMBERS_AT_ONCE):
        post.send_many(connection, code, "member", member_messages(connection, part, now_s))
    post.send_many(connection, code, "card", _blocked_cards(connection))
    told_anew(connection, post, code, incarnation)
    tell_fuel(connection, post, code, now_s)
    tell_releases(connection, post, [code])


def _blocked_cards(connection: Connection) -> list[dict]:
    return [
        {"card": row.card, "account": row.account, "status": gateway_status(row.status)}
        for row in cards_not_active(connection)
    ]
