"""Head office's own life and what it has to hear, on a database."""

import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hq_server.blocks.store import tell_anew
from hq_server.fleet import store as fleet
from hq_server.floats import store as floats
from hq_server.ingest.schemas import Order
from hq_server.ledger import store as ledger
from hq_server.outbox import store as outboxes
from hq_server.recovery import store as recoveries
from hq_server.refunds import store as rights
from hq_server.vault.book import LIFE
from hq_server.vault.rows import Awaited, Gateway, Office
from hq_server.vault.sql_parts import Part
from protocol.ledger.entries import HQ, Line

HEAD = ("n", "gateway", "incarnation", "hq", "kind")  # what Post writes into every body


class SqlRecovery(Part):
    """Recoveries of hq_server.vault.books."""

    _office: Office | None = None

    def office(self) -> Office:
        if self._office is None:
            row = recoveries.the_office(self.connection)
            self._office = Office(*(getattr(row, name) for name in Office._fields)) if row else Office(LIFE)
        return self._office

    def put_office(self, office: Office) -> None:
        recoveries.add_office(self.connection, **office._asdict())
        self._office = office

    def all_gateways(self) -> list[Gateway]:
        rows = [row for row in fleet.stores(self.connection) if row.incarnation]
        return [Gateway(row.code, row.incarnation, row.status, row.heartbeat_at_s) for row in rows]

    def awaited(self) -> list[Awaited]:
        rows = recoveries.awaited_rows(self.connection)
        return [Awaited(*(getattr(row, name) for name in Awaited._fields)) for row in rows]

    def put_awaited(self, row: Awaited) -> None:
        recoveries.put_awaited(self.connection, **row._asdict())

    def last_n(self, incarnation: str) -> int:
        head = outboxes.head_row(self.connection, incarnation)
        return head.last_n if head else 0

    def start_over(self, store: str, after: int, mark_n: int, kind: str, values: dict) -> int:
        gateway = fleet.gateway_row(self.connection, store)
        assert gateway is not None
        kept = outboxes.take_undelivered(self.connection, gateway.incarnation, after, mark_n)
        first = self.post.send(self.connection, store, kind, values)
        for row in kept:
            if row.kind != kind:
                told = {name: value for name, value in json.loads(row.body).items() if name not in HEAD}
                n = self.post.send(self.connection, store, row.kind, told, row.about)
                self._number_anew(row.kind, told, n)
        tell_anew(self.connection, store, gateway.incarnation, self.last_n(gateway.incarnation))
        return first

    def _number_anew(self, kind: str, told: dict, n: int) -> None:
        if kind == "grant":
            floats.set_grant_n(self.connection, told["grant"], n)
        elif kind == "refund_right_grant":
            rights.set_move_n(self.connection, told["grant"], n)

    def opened(self, order: Order | None) -> dict | None:
        if order is None:
            return None
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.keys.public_hex))
            key.verify(bytes.fromhex(order.sig), order.body.encode())
            told = json.loads(order.body)
        except (InvalidSignature, ValueError):
            return None
        return told if isinstance(told, dict) else None

    def restore_losses(self, account: str) -> dict[Line, int]:
        return ledger.lines_of_party(self.connection, "loss", HQ, account)
