"""A line of the deny list is written, and every gateway told, in one transaction; then value is asked home."""

from typing import NamedTuple

from sqlalchemy import Connection

from hq_server.blocks import store
from hq_server.fleet.rules import HEARD
from hq_server.fleet.store import gateways_with_life
from hq_server.ledger.store import held
from hq_server.outbox.post import Post
from hq_server.outbox.store import head_row
from hq_server.vault import accounts
from hq_server.vault.books import Vault

REASON_LENGTH = 64


class Line(NamedTuple):
    """What is to be written. kind: card or account; status: active lifts what stood."""

    kind: str
    subject: str
    account: str
    status: str
    reason: str = ""
    who: str = ""


def write(connection: Connection, post: Post, line: Line, now_s: int) -> int:
    """The next line of the list, told to every gateway that is heard; its number. One that stands already is kept."""
    before = store.standing_of(connection, line.subject)
    if before is not None and before.status == line.status:
        return before.number
    values = line._asdict() | {"reason": line.reason[:REASON_LENGTH], "who": line.who[:REASON_LENGTH]}
    number = store.add_block(connection, at_s=now_s, **values)
    said = {line.kind: line.subject, "status": for_gateways(line), "list": number}
    for gateway in gateways_with_life(connection):
        if gateway.status in HEARD:
            post.send(connection, gateway.store, "block", said, line.account)
    store.add_told(connection, _told(connection, number, line.account))
    return number


def for_gateways(line: Line) -> str:
    """A gateway tells apart only what counts and what does not."""
    if line.status == "active":
        return "active"
    return "blocked" if line.kind == "card" else "frozen"


def told_anew(connection: Connection, post: Post, code: str, incarnation: str) -> None:
    """All that stands was just said to a gateway; the list's number comes last."""
    number = store.last_number(connection)
    if number:
        n = post.send(connection, code, "block", {"list": number})
        store.tell_anew(connection, code, incarnation, n)


def ask_home(vault: Vault, account: str) -> None:
    """Recalls what of an account lies at stores and was not asked for yet: there it could still be spent."""
    asked = {(row.store, row.asset) for row in vault.open_recalls(account)}
    accounts.recall_all(vault, account, asked)


def _told(connection: Connection, number: int, account: str) -> list[tuple]:
    """Every gateway that is heard, and one that is fenced while value lies there: it may not know yet."""
    holders = {holder for holder, _ in held(connection, [account])[account]}
    rows = []
    for gateway in gateways_with_life(connection):
        head = head_row(connection, gateway.incarnation)
        if gateway.status in HEARD and head is not None:
            rows.append((number, gateway.store, gateway.incarnation, head.last_n, 0))
        elif gateway.store in holders:
            rows.append((number, gateway.store, gateway.incarnation, 0, 0))
    return rows
