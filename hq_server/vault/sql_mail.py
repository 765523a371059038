"""Outboxes, alarms and wake-ups on a database."""

from collections.abc import Collection

from hq_server.alarms.store import raise_alarm
from hq_server.db import tell
from hq_server.outbox import store as outboxes
from hq_server.vault.rows import Message
from hq_server.vault.sql_parts import Part


class SqlMail(Part):
    """Mail of hq_server.vault.books."""

    def open_outbox(self, incarnation: str) -> None:
        outboxes.open_outbox(self.connection, incarnation)

    def forget_outbox(self, incarnation: str) -> None:
        outboxes.forget_outbox(self.connection, incarnation)

    def send(self, store: str, kind: str, values: dict, about: str = "") -> int:
        return self.post.send(self.connection, store, kind, values, about)

    def messages(self, incarnation: str, numbers: Collection[int]) -> list[Message]:
        rows = outboxes.messages_by_number(self.connection, incarnation, list(numbers))
        return [Message(*row) for row in rows]

    def messages_after(self, incarnation: str, after: int, limit: int) -> list[Message]:
        return [Message(*row) for row in outboxes.messages_after(self.connection, incarnation, after, limit)]

    def acknowledge(self, incarnation: str, upto: int) -> None:
        outboxes.acknowledge(self.connection, incarnation, upto)

    def backlog(self, incarnation: str) -> int:
        return outboxes.backlog(self.connection, incarnation)

    def alarm(self, kind: str, store: str, detail: str, terminal: str = "") -> None:
        raise_alarm(self.connection, kind, store, detail, self.now_s, terminal)

    def ring(self, topic: str) -> None:
        tell(self.connection, topic)
