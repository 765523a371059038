"""Writing to gateways: numbered, signed, in the transaction of what they are told about."""

import json

from sqlalchemy import Connection

from hq_server.chain.keys import Keys
from hq_server.db import tell
from hq_server.fleet import store as fleet
from hq_server.fleet.rules import HEARD
from hq_server.outbox import store
from hq_server.outbox.kinds import SINCE, knows


def topic(store_code: str) -> str:
    """What rings when a store has something to fetch."""
    return "outbox:" + store_code


class Post:
    """Head office's pen: the signing key, the clock that labels messages, and the life whose messages they are."""

    def __init__(self, keys: Keys, now_s, life: str, since: dict[str, str] = SINCE):
        self._keys, self._since = keys, since
        self._now_s = now_s
        self._life = life

    def send(self, connection: Connection, store_code: str, kind: str, values: dict, about: str = "") -> int:
        """One message to the enrolled gateway of a store; its number, 0 if none is there that knows this kind."""
        return (self.send_many(connection, store_code, kind, [values], about) or [0])[0]

    def send_all(self, connection: Connection, kind: str, values: dict, about: str = "") -> None:
        """One message to every enrolled gateway."""
        for store_code in fleet.enrolled_stores(connection):
            self.send(connection, store_code, kind, values, about)

    def send_many(
        self, connection: Connection, store_code: str, kind: str, many: list[dict], about: str = ""
    ) -> list[int]:
        """Several messages of a kind in one go; their numbers."""
        gateway = fleet.gateway_row(connection, store_code)
        if gateway is None or gateway.status not in HEARD or not many:
            return []
        if not knows(gateway.version, kind, self._since):
            return []
        first = store.next_n(connection, gateway.incarnation, len(many))
        rows = [
            self._row(gateway, first + at, kind, values, about) for at, values in enumerate(many)
        ]
        store.add_messages(connection, rows)
        tell(connection, topic(store_code))
        return [row["n"] for row in rows]

    def _row(self, gateway, n: int, kind: str, values: dict, about: str) -> dict:
        head = {"n": n, "gateway": gateway.store, "incarnation": gateway.incarnation}
        head |= {"hq": self._life, "kind": kind}
        body = json.dumps({**head, **values}, ensure_ascii=False, separators=(",", ":"))
        return {
            "incarnation": gateway.incarnation, "n": n, "store": gateway.store, "kind": kind, "about": about,
            "body": body, "signature": self._keys.sign(body), "created_at_s": self._now_s(),
        }


def as_messages(rows) -> list[dict]:
    """Rows as the wire has them: the body is the signed text, never parsed and written again."""
    return [{"n": row.n, "body": row.body, "sig": row.signature} for row in rows]
