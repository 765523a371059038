"""Refund rights on a database."""

import json
from collections.abc import Collection

from hq_server.ingest import store as events
from hq_server.ingest.rules import Told, read_event
from hq_server.ledger import store as ledger
from hq_server.refunds import store as rights
from hq_server.vault.rows import RightMove, RightPart
from hq_server.vault.sql_parts import Part
from protocol.ledger.lots import Slice
from protocol.ledger.refund_rights import RefundRight, decode, encode


class SqlRights(Part):
    """RefundRights of hq_server.vault.books."""

    def told(self, event: int) -> Told:
        row = events.event_row(self.connection, event)
        assert row is not None
        return read_event(row.raw.encode(), row.hash)

    def sale_at(self, store: str, receipt: int) -> str:
        return events.sale_of_receipt(self.connection, store, receipt)

    def lot_terms(self, account: str, lots: Collection[str]) -> tuple[Slice, ...]:
        rows = ledger.lots_of(self.connection, account, list(lots))
        return tuple(Slice(row.asset, row.lot, 0, row.origin, row.kind, row.expires, row.opened_s) for row in rows)

    def right_parts(self, sale: str) -> list[RightPart]:
        return [_part(row) for row in rights.parts_of(self.connection, sale)]

    def right_parts_of_life(self, incarnation: str) -> list[RightPart]:
        return [_part(row) for row in rights.parts_of_life(self.connection, incarnation)]

    def put_right_part(self, part: RightPart) -> None:
        rights.put_part(self.connection, part.sale, part.holder, part.incarnation, _written(part.right))

    def add_right_move(self, move: RightMove) -> None:
        row = move._asdict()
        right = row.pop("right")
        rights.add_move(self.connection, **row, document=_written(right) if right else "")

    def right_move(self, number: str) -> RightMove | None:
        row = rights.move_row(self.connection, number)
        return _move(row) if row is not None else None

    def right_moves(self, sale: str, status: str = "open") -> list[RightMove]:
        return [_move(row) for row in rights.moves_where(self.connection, sale=sale, status=status)]

    def right_moves_of_request(self, request: str) -> list[RightMove]:
        return [_move(row) for row in rights.moves_where(self.connection, request=request)]

    def right_moves_to_life(self, incarnation: str, status: str = "open") -> list[RightMove]:
        return [_move(row) for row in rights.moves_where(self.connection, incarnation=incarnation, status=status)]

    def set_right_move(self, number: str, status: str) -> None:
        rights.set_move(self.connection, number, status)


def _written(right: RefundRight) -> str:
    return json.dumps(encode(right), ensure_ascii=False, separators=(",", ":"))


def _part(row) -> RightPart:
    return RightPart(row.sale, row.holder, row.incarnation, decode(json.loads(row.document)))


def _move(row) -> RightMove:
    right = decode(json.loads(row.document)) if row.document else None
    named = (name for name in RightMove._fields if name != "right")
    return RightMove(**{name: getattr(row, name) for name in named}, right=right)
