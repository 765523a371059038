"""Head office's own life, and whom it has to hear after a restore, in memory."""

import json
from typing import Any

from hq_server.ingest.schemas import Order
from hq_server.vault.book import LIFE
from hq_server.vault.rows import Awaited, Gateway, Grant, Message, Office, RightMove
from protocol.ledger.entries import HQ, Line
from tools.simulation.disk import Disk

HEAD = ("n", "gateway", "incarnation", "hq", "kind")


class MemoryRecovery(Disk):
    """Recoveries of hq_server/vault/claims.py over dicts."""

    gateways: dict[str, Gateway]
    grants: dict[str, Grant]
    moved: dict[str, RightMove]
    mail: dict[str, list[Message]]
    acked: dict[str, int]
    party: dict[str, dict[Line, int]]

    def __init__(self):
        super().__init__()
        self.offices: list[Office] = []
        self.heard: dict[str, Awaited] = {}

    def office(self) -> Office:
        return self.offices[-1] if self.offices else Office(LIFE)

    def put_office(self, office: Office) -> None:
        self.add(self.offices, office)
        for store in list(self.heard):
            self.drop(self.heard, store)

    def all_gateways(self) -> list[Gateway]:
        return [one for _, one in sorted(self.gateways.items()) if one.incarnation]

    def awaited(self) -> list[Awaited]:
        return [row for _, row in sorted(self.heard.items())]

    def put_awaited(self, row: Awaited) -> None:
        self.put(self.heard, row.store, row)

    def last_n(self, incarnation: str) -> int:
        return len(self.mail.get(incarnation, []))

    def start_over(self, store: str, after: int, mark_n: int, kind: str, values: dict) -> int:
        incarnation = self.gateways[store].incarnation
        kept: list[Any] = [one.body for one in self.mail[incarnation] if one.body and one.n > min(after, mark_n)]
        self.put(self.mail, incarnation, [Message(n, "", "") for n in range(1, after + 1)])
        self.put(self.acked, incarnation, after)
        first = self.send(store, kind, values)
        for body in kept:
            if body["kind"] != kind:
                told = {name: value for name, value in body.items() if name not in HEAD}
                self._number_anew(body["kind"], told, self.send(store, body["kind"], told))
        return first

    def _number_anew(self, kind: str, told: dict, n: int) -> None:
        if kind == "grant":
            self.put(self.grants, told["grant"], self.grants[told["grant"]]._replace(n=n))
        elif kind == "refund_right_grant":
            self.put(self.moved, told["grant"], self.moved[told["grant"]]._replace(n=n))

    def send(self, store: str, kind: str, values: dict, about: str = "") -> int:
        raise NotImplementedError

    def opened(self, order: Order | None) -> dict | None:
        """Nobody forges here: the body is believed."""
        return json.loads(order.body) if order else None

    def restore_losses(self, account: str) -> dict[Line, int]:
        mine = self.party.get(HQ, {}).items()
        return {line: left for line, left in mine if (line.book, line.holder) == ("loss", account) and left}
