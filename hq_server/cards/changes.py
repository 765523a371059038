"""The service of cards: blocked, replaced, returned. What lies at stores is asked home in the same transaction."""

from sqlalchemy import Connection

from hq_server.access.guard import Visitor
from hq_server.blocks import changes as blocks
from hq_server.bootstrap import Hq
from hq_server.cards import store
from hq_server.decisions import changes as decisions
from hq_server.errors import conflict, not_found
from hq_server.fuel import changes as fuel
from hq_server.members import changes as members

NOT_ACTIVE = "card_not_active"


def set_status(hq: Hq, connection: Connection, card: str, status: str, reason: str, who: str) -> int:
    """Blocks a card or lifts that; the line of the deny list, 0 where nothing changed. Raises HqError."""
    number = members.change_card(connection, hq.post, card, status, reason, hq.now_s(), who)
    if status != "active":
        row = store.card_row(connection, card)
        assert row is not None
        blocks.ask_home(hq.vault_on(connection), row.account)
    return number


def freeze(hq: Hq, connection: Connection, account: str, status: str, who: str) -> int:
    """Freezes an account, or ends that; the line of the deny list, 0 where nothing changed. Raises HqError."""
    change = members.MemberChange(status=status)
    number = members.change_member(connection, hq.post, account, change, hq.now_s(), who)
    if number and status != "active":
        blocks.ask_home(hq.vault_on(connection), account)
    return number


def replace(hq: Hq, connection: Connection, old: str, new: str, reason: str, who: str, key_sets: str = "") -> int:
    """Another card takes a card's place at its account, the old one is blocked: both or none.

    The line of the deny list. A card that was blocked as lost before may be replaced too. Raises HqError.
    """
    row = store.card_row(connection, old)
    if row is None:
        raise not_found("card " + old)
    if row.status not in ("active", "blocked"):
        raise conflict(NOT_ACTIVE, f"{old} is {row.status}")
    members.add_card(connection, hq.post, row.account, new, hq.now_s(), key_sets)
    number = set_status(hq, connection, old, "replaced", reason, who)
    store.set_card(connection, old, replaced_by=new)
    fuel.pass_on(connection, hq.post, old, new, hq.now_s())
    return number


def take_back(hq: Hq, connection: Connection, who: Visitor, card: str, reason: str, pay_out: bool) -> dict:
    """A member has handed in a card: its account, its line of the deny list and, with pay_out, a decision's number.

    Paying out closes the account; somebody else has to agree. Raises HqError.
    """
    row = store.card_row(connection, card)
    if row is None:
        raise not_found("card " + card)
    if row.status not in ("active", "blocked"):
        raise conflict(NOT_ACTIVE, f"{card} is {row.status}")
    number = set_status(hq, connection, card, "returned", reason, who.name)
    who.note(connection, "card_returned", card, reason)
    about = {"account": row.account}
    decision = decisions.ask_on(hq, connection, who, "close_account", about) if pay_out else None
    return {"card": card, "account": row.account, "number": number, "decision": decision}
