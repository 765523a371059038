"""Grants, recalls, requests for float and grants of rights on a database."""

import json
from collections.abc import Collection

from hq_server.floats import store as floats
from hq_server.refunds import store as rights
from hq_server.vault.rows import Grant, Recall, Request, RightGrant
from hq_server.vault.sql_parts import Part
from protocol.ledger.lots import Slice


class SqlMoves(Part):
    """Moves of hq_server.vault.books."""

    def add_grant(self, grant: Grant) -> None:
        slices = json.dumps([one._asdict() for one in grant.slices])
        floats.add_grant(self.connection, **grant._replace(slices=())._asdict() | {"slices": slices})

    def grant(self, number: str) -> Grant | None:
        return _grant(floats.grant_row(self.connection, number))

    def set_grant(self, number: str, status: str) -> None:
        floats.set_grant(self.connection, number, status)

    def open_grants(self, account: str) -> list[Grant]:
        return _grants(floats.open_grants(self.connection, account))

    def grants_of_request(self, request: str) -> list[Grant]:
        return _grants(floats.grants_of_request(self.connection, request))

    def grants_to_life(self, incarnation: str) -> list[Grant]:
        return _grants(floats.open_grants_of_life(self.connection, incarnation))

    def add_recall(self, recall: Recall) -> None:
        floats.add_recall(self.connection, **recall._asdict())

    def recall(self, number: str) -> Recall | None:
        return _as(Recall, floats.recall_row(self.connection, number))

    def answer_recall(self, number: str, returned: int) -> None:
        floats.answered(self.connection, number, returned)

    def open_recalls(self, account: str) -> list[Recall]:
        rows = floats.open_recalls(self.connection, account)
        return [Recall(*(getattr(row, name) for name in Recall._fields)) for row in rows]

    def all_answered(self, recalls: Collection[str]) -> bool:
        numbers = list(recalls)
        return floats.all_answered(self.connection, numbers) and rights.all_answered(self.connection, numbers)

    def add_request(self, request: Request) -> None:
        floats.add_request(self.connection, **request._asdict())

    def request(self, number: str) -> Request | None:
        row = floats.request_values(self.connection, number, Request._fields)
        return Request(*row) if row is not None else None

    def asked_lately(self, account: str, since_s: int) -> bool:
        return floats.open_request_since(self.connection, account, since_s)

    def set_request(self, number: str, status: str, reason: str = "") -> None:
        values = {"status": status, **({"reason": reason} if reason else {})}
        floats.set_request(self.connection, number, **values)

    def add_right_grant(self, grant: RightGrant) -> None:
        floats.add_right_grant(self.connection, **grant._asdict())

    def right_grant(self, number: str) -> RightGrant | None:
        return _as(RightGrant, floats.right_grant_row(self.connection, number))

    def set_right_grant(self, number: str, status: str) -> None:
        floats.set_right_grant(self.connection, number, status)

    def right_grants_to_life(self, incarnation: str) -> list[RightGrant]:
        rows = floats.open_right_grants_of_life(self.connection, incarnation)
        return [RightGrant(*(getattr(row, name) for name in RightGrant._fields)) for row in rows]

    def close_moves(self, incarnation: str) -> None:
        floats.close_open_moves(self.connection, incarnation)
        rights.close_open_moves(self.connection, incarnation)


def _as(shape, row):
    """A row as a tuple of that shape, or None."""
    return None if row is None else shape(*(getattr(row, name) for name in shape._fields))


def _grant(row) -> Grant | None:
    if row is None:
        return None
    slices = tuple(Slice(**one) for one in json.loads(row.slices))
    return Grant(*(getattr(row, name) for name in Grant._fields))._replace(slices=slices)


def _grants(rows) -> list[Grant]:
    return [one for one in map(_grant, rows) if one is not None]
