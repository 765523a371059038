"""Changes to attendants; their stores are told in the same transaction."""

import json
import secrets

from msgspec import Struct, field
from sqlalchemy import Connection

from hq_server.errors import HqError
from hq_server.fleet.store import enrolled_stores
from hq_server.outbox.post import Post
from hq_server.staff import rules, store


class StaffMember(Struct):
    """An attendant, new or changed. Without a PIN the one before stays; a new one needs a PIN or a card."""

    operator: str
    name: str = ""
    role: str = "attendant"
    store: str = ""  # '' = every store
    pin: str | None = None
    cards: list[str] = field(default_factory=list)
    status: str = "active"


def put_staff(connection: Connection, post: Post, one: StaffMember, now_s: int) -> None:
    """Writes an attendant and tells the stores; a store left behind is told that the attendant is closed there."""
    problem = rules.problem(one.operator, one.role, one.pin)
    if problem or one.status not in rules.STATUSES:
        raise HqError("bad_operator", problem or "status is one of " + ", ".join(rules.STATUSES))
    before = store.operator_row(connection, one.operator)
    salt, hashed = (before.pin_salt, before.pin_hash) if before else ("", "")
    if one.pin is not None:
        salt = secrets.token_hex(16)
        hashed = rules.pin_hash(one.pin, salt)
    store.put_operator(
        connection, one.operator, name=one.name, role=one.role, store=one.store, pin_salt=salt, pin_hash=hashed,
        cards=json.dumps(one.cards), status=one.status, changed_at_s=now_s,
    )
    row = store.operator_row(connection, one.operator)
    assert row is not None
    for store_code in enrolled_stores(connection):
        if row.store in ("", store_code):
            post.send(connection, store_code, "staff", message(row))
        elif before is not None and before.store in ("", store_code):
            post.send(connection, store_code, "staff", {**message(row), "status": "closed"})


def message(row) -> dict:
    """An attendant as gateways have it."""
    return {
        "operator": row.operator, "name": row.name, "role": row.role, "pin_salt": row.pin_salt,
        "pin_hash": row.pin_hash, "cards": json.loads(row.cards), "status": row.status,
    }
