"""The beginning and end of a gateway's life: snapshot at enrolment, fencing, replacement; terminals come and go."""

from sqlalchemy import Connection

from hq_server.alarms.store import raise_alarm
from hq_server.cards.store import cards_not_active
from hq_server.chain.keys import Keys
from hq_server.errors import not_found
from hq_server.fleet import enrolment, rules, store
from hq_server.floats import moves
from hq_server.goods import changes as goods
from hq_server.ledger.store import batched
from hq_server.members.changes import gateway_status
from hq_server.members.store import all_accounts
from hq_server.members.telling import MEMBERS_AT_ONCE, member_messages
from hq_server.outbox import store as outboxes
from hq_server.outbox.post import Post
from hq_server.rules import changes as chain_rules
from hq_server.sealing import Sealer
from hq_server.staff import changes as staff
from hq_server.staff.store import operators


def begin(
    connection: Connection, post: Post, keys: Keys, sealer: Sealer, code: str, incarnation: str, now_s: int
) -> None:
    """A new incarnation is the enrolled one from now on; whoever was before is retired, and it is told everything."""
    retire(connection, code, now_s, "replaced")
    store.add_incarnation(connection, incarnation, code, rules.genesis(incarnation), now_s)
    outboxes.open_outbox(connection, incarnation)
    store.set_gateway(
        connection, code, incarnation=incarnation, status="enrolled", head_seq=0, outbox=0, heartbeat_at_s=0,
        clock_ahead_s=0,
    )
    _snapshot(connection, post, keys, sealer, code, incarnation, now_s)
    moves.refill_rights(connection, post, code, now_s)


def retire(connection: Connection, code: str, now_s: int, reason: str) -> None:
    """The incarnation that was enrolled ends: what it held waits in suspense, what it was told is dropped."""
    gateway = store.gateway_row(connection, code)
    if gateway is None or not gateway.incarnation:
        return
    moved = moves.into_suspense(connection, code, gateway.incarnation, now_s)
    outboxes.forget_outbox(connection, gateway.incarnation)
    store.set_incarnation(connection, gateway.incarnation, status="replaced", fenced_at_s=now_s, reason=reason)
    if moved:
        detail = f"incarnation {gateway.incarnation}: {moved} of members' value waits in suspense for evidence"
        raise_alarm(connection, "value_in_suspense", code, detail, now_s)


def fence(connection: Connection, code: str, now_s: int, reason: str) -> None:
    """Nothing that this gateway says is booked any more, and it is told nothing, until it is enrolled again."""
    gateway = store.gateway_row(connection, code)
    if gateway is None:
        raise not_found("store " + code)
    store.set_gateway(connection, code, status="fenced")
    if gateway.incarnation:
        store.set_incarnation(connection, gateway.incarnation, status="fenced", fenced_at_s=now_s, reason=reason[:200])
    raise_alarm(connection, "fenced", code, reason, now_s)


def terminal_enrolled(connection: Connection, post: Post, keys: Keys, sealer: Sealer, terminal: str) -> None:
    """Its gateway learns the link keys and the letter; all learn of certificates that ended."""
    row = store.terminal_row(connection, terminal)
    if row is None:
        return
    gateway = store.gateway_row(connection, row.store)
    if gateway is not None and gateway.status == "enrolled":
        told = enrolment.terminal_message(connection, sealer, row, gateway.incarnation)
        post.send(connection, row.store, "terminal", told, terminal)
    if store.revoked(connection):
        post.send_all(connection, "revocation", enrolment.revocation_message(connection, keys))


def revoke_terminal(
    connection: Connection, post: Post, keys: Keys, sealer: Sealer, terminal: str, why: str, now_s: int
) -> None:
    """Its certificate counts no more, anywhere; its gateway hears so within seconds."""
    row = store.terminal_row(connection, terminal)
    if row is None:
        raise not_found("terminal " + terminal)
    store.revoke_certificates(connection, [terminal], why[:64], now_s)
    store.set_terminal(connection, terminal, status="revoked", online=False)
    terminal_enrolled(connection, post, keys, sealer, terminal)


def _snapshot(
    connection: Connection, post: Post, keys: Keys, sealer: Sealer, code: str, incarnation: str, now_s: int
) -> None:
    post.send(connection, code, "rules", chain_rules.message(connection))
    post.send_many(connection, code, "goods", goods.messages(connection))
    post.send_many(connection, code, "staff", [staff.message(row) for row in operators(connection, code)])
    active = [row for row in store.terminals(connection, code) if row.status != "waiting"]
    told = [enrolment.terminal_message(connection, sealer, row, incarnation) for row in active]
    post.send_many(connection, code, "terminal", told)
    post.send(connection, code, "revocation", enrolment.revocation_message(connection, keys))
    accounts = all_accounts(connection)
    for part in batched(accounts, MEMBERS_AT_ONCE):
        post.send_many(connection, code, "member", member_messages(connection, part, now_s))
    blocked = [
        {"card": row.card, "account": row.account, "status": gateway_status(row.status)}
        for row in cards_not_active(connection)
    ]
    post.send_many(connection, code, "card", blocked)


