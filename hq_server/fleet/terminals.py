"""Terminals come and go: their gateway learns of it, and all learn of certificates that ended."""

from sqlalchemy import Connection

from hq_server.chain.keys import Keys
from hq_server.errors import not_found
from hq_server.fleet import enrolment, store
from hq_server.outbox.post import Post
from hq_server.sealing import Sealer


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
