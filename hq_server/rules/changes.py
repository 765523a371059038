"""A new version of the chain's rules; every gateway is told in the same transaction."""

import json

import msgspec
from sqlalchemy import Connection

from hq_server.outbox.post import Post
from hq_server.rules import store
from hq_server.rules.rules import Rules


def put_rules(connection: Connection, post: Post, told: dict, who: str, now_s: int) -> int:
    """Writes the rules as a new version; its number. Raises HqError('bad_rules')."""
    rules = Rules.read(told)
    before = store.latest(connection)
    version = (before.version if before else 0) + 1
    store.add_rule_set(connection, version, msgspec.json.encode(rules).decode(), now_s, who)
    post.send_all(connection, "rules", message(connection))
    return version


def message(connection: Connection) -> dict:
    """The rules that count, as gateways have them; plain ones before the first version."""
    row = store.latest(connection)
    if row is None:
        return {"version": 0, **msgspec.to_builtins(Rules())}
    return {"version": row.version, **json.loads(row.body)}
