"""Refund rights and cases of lives that are gone, at head office, in memory."""

from collections.abc import Collection

from hq_server.ingest.rules import Told
from hq_server.vault.rows import Lot, RightMove, RightPart, Written
from protocol.ledger.cases import Case
from protocol.ledger.entries import SUSPENSE, Line
from protocol.ledger.lots import Slice
from tools.simulation.disk import Disk

LOSS_CAP_CENTS = 30_000


class MemoryRights(Disk):
    """RefundRights of hq_server/vault/books.py over dicts."""

    lots: dict[tuple[str, str], Lot]
    events: list[Written]

    def __init__(self):
        super().__init__()
        self.parts: dict[tuple[str, str, str], RightPart] = {}
        self.parts_of: dict[str, tuple[tuple[str, str, str], ...]] = {}
        self.moved: dict[str, RightMove] = {}
        self.moved_of: dict[str, tuple[str, ...]] = {}  # sale, request -> moves in the order they were made
        self.receipts: dict[tuple[str, int], str] = {}
        self.cases_by: dict[tuple[str, str], Case] = {}

    def told(self, event: int) -> Told:
        told = self.events[event - 1].told
        assert told is not None
        return told

    def sale_at(self, store: str, receipt: int) -> str:
        return self.receipts.get((store, receipt), "")

    def lot_terms(self, account: str, lots: Collection[str]) -> tuple[Slice, ...]:
        found = [self.lots[account, lot] for lot in lots if (account, lot) in self.lots]
        return tuple(Slice(one.asset, one.lot, 0, one.origin, one.kind, one.expires, one.opened_s) for one in found)

    def right_parts(self, sale: str) -> list[RightPart]:
        return [self.parts[key] for key in sorted(self.parts_of.get(sale, ()))]

    def right_parts_of_life(self, incarnation: str) -> list[RightPart]:
        return [one for key, one in sorted(self.parts.items()) if key[2] == incarnation]

    def put_right_part(self, part: RightPart) -> None:
        key = part.sale, part.holder, part.incarnation
        if key not in self.parts:
            self.put(self.parts_of, part.sale, (*self.parts_of.get(part.sale, ()), key))
        self.put(self.parts, key, part)

    def add_right_move(self, move: RightMove) -> None:
        self.put_new(self.moved, move.number, move)
        for about in filter(None, (move.sale, move.request)):
            self.put(self.moved_of, about, (*self.moved_of.get(about, ()), move.number))

    def right_move(self, number: str) -> RightMove | None:
        return self.moved.get(number)

    def right_moves(self, sale: str, status: str = "open") -> list[RightMove]:
        return [one for one in self._moves_of(sale) if one.status == status]

    def right_moves_of_request(self, request: str) -> list[RightMove]:
        return self._moves_of(request)

    def right_moves_to_life(self, incarnation: str, status: str = "open") -> list[RightMove]:
        mine = (one for one in self.moved.values() if (one.incarnation, one.status) == (incarnation, status))
        return sorted(mine, key=_age)

    def set_right_move(self, number: str, status: str) -> None:
        self.put(self.moved, number, self.moved[number]._replace(status=status))

    def close_right_moves(self, incarnation: str) -> None:
        """Nobody will answer them any more."""
        for one in self.right_moves_to_life(incarnation):
            if one.kind in ("grant", "recall"):
                self.set_right_move(one.number, "suspended" if one.kind == "grant" else "answered")

    def case(self, incarnation: str, account: str) -> Case | None:
        return self.cases_by.get((incarnation, account))

    def put_case(self, incarnation: str, case: Case) -> None:
        self.put(self.cases_by, (incarnation, case.account), case)

    def cases(self, incarnation: str) -> list[Case]:
        return [case for key, case in sorted(self.cases_by.items()) if key[0] == incarnation]

    def case_accounts(self, incarnation: str) -> set[str]:
        return {account for life, account in self.cases_by if life == incarnation}

    def cases_of_store(self, store: str) -> list[Case]:
        return [case for _, case in sorted(self.cases_by.items()) if case.store == store]

    def suspended_by(self, incarnation: str) -> dict[Line, int]:
        net: dict[Line, int] = {}
        # What a life tells of the ones before it waits in their cases.
        own = (one for one in self.events if one.incarnation == incarnation and not (one.told and one.told.event.life))
        for one in (entry for told in own for entry in told.entries):
            for line, amount in ((one.debit, -one.amount), (one.credit, one.amount)):
                if (line.book, line.holder) == ("member", SUSPENSE):
                    net[line] = net.get(line, 0) + amount
        return {line: amount for line, amount in sorted(net.items()) if amount > 0}

    def loss_cap(self, store: str) -> int:
        return LOSS_CAP_CENTS

    def _moves_of(self, about: str) -> list[RightMove]:
        return sorted((self.moved[one] for one in self.moved_of.get(about, ())), key=_age)


def _age(move: RightMove) -> tuple[int, str]:
    return move.created_at_s, move.number
