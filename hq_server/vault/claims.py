"""The parts of a Vault (books.py) for refund rights, cases of lives that are gone, and a head office restored."""

from collections.abc import Collection
from typing import Protocol

from hq_server.ingest.rules import Told
from hq_server.ingest.schemas import Order
from hq_server.vault.rows import Awaited, Gateway, Office, RightMove, RightPart
from protocol.ledger.cases import Case
from protocol.ledger.entries import Line
from protocol.ledger.lots import Slice


class RefundRights(Protocol):
    """Who holds what of each sale's refund right. A sale that nobody has touched has no parts: all is where it sold."""

    def told(self, event: int) -> Told:
        """An event as its gateway told it."""
        ...

    def sale_at(self, store: str, receipt: int) -> str:
        """The transfer of the sale with that receipt number, or ''."""
        ...

    def lot_terms(self, account: str, lots: Collection[str]) -> tuple[Slice, ...]:
        """The terms of an account's lots, as slices of 0."""
        ...

    def right_parts(self, sale: str) -> list[RightPart]:
        """The parts of a sale's refund right, those that are used up too, by holder."""
        ...

    def right_parts_of_life(self, incarnation: str) -> list[RightPart]:
        """What an incarnation holds of any sale's refund right."""
        ...

    def put_right_part(self, part: RightPart) -> None:
        """Keeps what a holder has of a refund right, in place of what he had."""
        ...

    def add_right_move(self, move: RightMove) -> None:
        """Keeps a move; its number is new."""
        ...

    def right_move(self, number: str) -> RightMove | None:
        """One move."""
        ...

    def right_moves(self, sale: str, status: str = "open") -> list[RightMove]:
        """Moves of a sale's refund right with that status, oldest first."""
        ...

    def right_moves_to_life(self, incarnation: str, status: str = "open") -> list[RightMove]:
        """Moves of an incarnation with that status."""
        ...

    def right_moves_of_request(self, request: str) -> list[RightMove]:
        """What was moved for a store's request, oldest first."""
        ...

    def set_right_move(self, number: str, status: str) -> None:
        """Changes its status."""
        ...


class Cases(Protocol):
    """What a life of a store had of each account, where it is gone or head office has advanced of it."""

    def case(self, incarnation: str, account: str) -> Case | None:
        """One case."""
        ...

    def put_case(self, incarnation: str, case: Case) -> None:
        """Keeps a case, in place of what it was."""
        ...

    def cases(self, incarnation: str) -> list[Case]:
        """All cases of a life, by account."""
        ...

    def case_accounts(self, incarnation: str) -> set[str]:
        """The accounts that have a case at a life: for most lives none."""
        ...

    def cases_of_store(self, store: str) -> list[Case]:
        """All cases of all lives of a store."""
        ...

    def suspended_by(self, incarnation: str) -> dict[Line, int]:
        """What the events of a life have put on members' suspense lines and not taken off again, above 0: its holds."""
        ...

    def loss_cap(self, store: str) -> int:
        """How much head office may advance for a store, in minor units."""
        ...


class Recoveries(Protocol):
    """Head office's own life, and the stores that it has to hear after it was restored from a backup."""

    def office(self) -> Office:
        """The life that counts now; the first one's where none was ever written."""
        ...

    def put_office(self, office: Office) -> None:
        """A new life begins; nobody is awaited yet."""
        ...

    def all_gateways(self) -> list[Gateway]:
        """Every gateway that has an incarnation, enrolled or fenced, by store."""
        ...

    def awaited(self) -> list[Awaited]:
        """The stores that this life has to hear or has heard, by store; empty for a first life."""
        ...

    def put_awaited(self, row: Awaited) -> None:
        """Keeps a row, in place of what it was."""
        ...

    def last_n(self, incarnation: str) -> int:
        """The number of the last message to an incarnation."""
        ...

    def start_over(self, store: str, after: int, mark_n: int, kind: str, values: dict) -> int:
        """Begins a store's outbox again above `after`: first this message, whose number is returned, then all that it
        has not had: the messages above both `after` and what was said to it since number mark_n.

        That is: those with after < n <= mark_n, and all with n > mark_n; earlier ones of the same kind are left out.
        Grants, of value and of refund rights, know their new numbers.
        """
        ...

    def opened(self, order: Order | None) -> dict | None:
        """The body of a message, if head office has signed it, whatever life of it."""
        ...

    def restore_losses(self, account: str) -> dict[Line, int]:
        """The lines loss/hq/<asset>/<account>/<lot> that are not zero, with their balances."""
        ...
