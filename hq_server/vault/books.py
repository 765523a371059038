"""The storage that head office's money needs; the rows it is made of are in rows.py.

A Vault is one open transaction: all that is written through it is kept together or not at all, and what it reads does
not change under it. Beginning, committing and rolling back are its owner's. vault/sql.py is the one on a database;
the simulator brings one in memory. Nothing here decides anything.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Set
from typing import Protocol

from hq_server.vault.claims import Cases, Recoveries, RefundRights
from hq_server.vault.rows import (
    Gateway,
    Grant,
    Life,
    Lot,
    Member,
    Message,
    Place,
    Recall,
    Request,
    RightGrant,
    Shopped,
    Visits,
    Written,
)
from protocol.ledger.entries import Entry, Line
from protocol.ledger.lots import Holding


class Balances(Protocol):
    """The balance of every line, and lots."""

    def balances(self, lines: Collection[Line]) -> dict[Line, int]:
        """Balances of these lines, those that exist; no other transaction changes them until this one ends."""
        ...

    def put_balances(self, left: Mapping[Line, int]) -> None:
        """Writes the balances of lines, those that do not exist yet too."""
        ...

    def holding(self, account: str, holder: str) -> Holding:
        """What a holder has of an account, slice by slice with the lots' terms, amounts above 0."""
        ...

    def held(self, account: str) -> dict[tuple[str, str], int]:
        """(holder, asset) -> amount, of all holders that have something."""
        ...

    def debts(self, account: str) -> list[tuple[Line, int]]:
        """The lines of offline_credit and receivable of an account that are not zero, by line."""
        ...

    def lent_at(self, store: str) -> list[tuple[str, int]]:
        """(account, cents) of all that a store has lent and not got back, by account."""
        ...

    def lines_at(self, holder: str) -> list[tuple[Line, int]]:
        """Every line of any book at a holder with more than 0 on it."""
        ...

    def rights_of(self, store: str) -> dict[tuple[str, str], int]:
        """(right, holder) -> balance of a store's rights."""
        ...

    def known_lots(self, lots: Collection[str]) -> set[tuple[str, str]]:
        """(account, lot) of those of these lots that have been opened."""
        ...

    def add_lots(self, lots: Iterable[Lot]) -> None:
        """Keeps what is known of new lots."""
        ...

    def days_of_rules(self, version: int | None) -> tuple[int, int]:
        """(days bonus is good, days points are good) by that version of the chain's rules, or by the newest; 0: ever"""
        ...


class Events(Protocol):
    """Events, written once."""

    def add_events(self, written: list[Written]) -> list[int]:
        """Keeps events with the entries they book; their ids, rising, in the same order.

        A request key (Told.request_key) that is kept already, duplicates aside, is an error: unique.
        """
        ...

    def places(self, keys: Collection[str]) -> dict[str, Place]:
        """Request key -> where it was booked."""
        ...

    def entries_of(self, event: int) -> tuple[Entry, ...]:
        """The entries of one event."""
        ...

    def has_own(self, transfer: str) -> bool:
        """Whether head office has booked a transfer of that id itself."""
        ...

    def hash_at(self, incarnation: str, seq: int) -> str | None:
        """The chain's hash after an event that is booked, hex, or None."""
        ...

    def witness_key(self, terminal: str, number: int) -> bytes | None:
        """The key that a terminal seals its money requests with, or None if head office never made that one."""
        ...


class Lives(Protocol):
    """Gateways and their incarnations."""

    def gateway(self, store: str) -> Gateway | None:
        """The gateway of a store."""
        ...

    def enrolled(self) -> list[Gateway]:
        """The gateways that are told of changes, by store."""
        ...

    def set_gateway(self, store: str, **values) -> None:
        """Changes incarnation, status, heartbeat_at_s; other names are for people and may be ignored."""
        ...

    def life(self, incarnation: str) -> Life | None:
        """One incarnation."""
        ...

    def add_life(self, life: Life) -> None:
        """A new incarnation."""
        ...

    def set_life(self, incarnation: str, **values) -> None:
        """Changes status, cursor_seq, head, last_receipt, reason."""
        ...

    def last_receipt(self, store: str) -> int:
        """The highest receipt number booked of any incarnation of a store."""
        ...

    def cover(self, store: str) -> Mapping[str, int]:
        """Asset -> how much of it a store may credit by itself; empty if there is no such store."""
        ...

    def snapshot(self, store: str, incarnation: str) -> None:
        """Tells a new incarnation all that stands: rules, goods, staff, terminals' keys and letters, members, cards."""
        ...


class Moves(Protocol):
    """Every id under which value is on its way."""

    def add_grant(self, grant: Grant) -> None:
        """Keeps a grant; its id is new."""
        ...

    def grant(self, number: str) -> Grant | None:
        """One grant."""
        ...

    def set_grant(self, number: str, status: str) -> None:
        """Changes a grant's status."""
        ...

    def open_grants(self, account: str) -> list[Grant]:
        """Grants of an account without an answer, by outbox number."""
        ...

    def grants_of_request(self, request: str) -> list[Grant]:
        """What was granted for a request, by outbox number."""
        ...

    def grants_to_life(self, incarnation: str) -> list[Grant]:
        """Grants to an incarnation without an answer."""
        ...

    def add_recall(self, recall: Recall) -> None:
        """Keeps a recall; its id is new."""
        ...

    def recall(self, number: str) -> Recall | None:
        """One recall."""
        ...

    def answer_recall(self, number: str, returned: int) -> None:
        """The answer is booked."""
        ...

    def open_recalls(self, account: str) -> list[Recall]:
        """Recalls of an account without an answer, oldest first."""
        ...

    def all_answered(self, recalls: Collection[str]) -> bool:
        """Whether none of these recalls (of value or of a refund right) is still open."""
        ...

    def add_request(self, request: Request) -> None:
        """Keeps a request for float; its id is new."""
        ...

    def request(self, number: str) -> Request | None:
        """One request for float."""
        ...

    def asked_lately(self, account: str, since_s: int) -> bool:
        """Whether a request for float of an account that came since then is still open."""
        ...

    def set_request(self, number: str, status: str, reason: str = "") -> None:
        """Changes a request's status, and why nothing was granted, if there is a reason."""
        ...

    def add_right_grant(self, grant: RightGrant) -> None:
        """Keeps a grant of a right; its id is new."""
        ...

    def right_grant(self, number: str) -> RightGrant | None:
        """One grant of a right."""
        ...

    def set_right_grant(self, number: str, status: str) -> None:
        """Changes its status."""
        ...

    def right_grants_to_life(self, incarnation: str) -> list[RightGrant]:
        """Grants of rights to an incarnation without an answer."""
        ...

    def close_moves(self, incarnation: str) -> None:
        """Nobody will answer: open grants (of rights too) to it are suspended, open recalls answered with nothing."""
        ...


class Shoppers(Protocol):
    """Members as far as value follows them."""

    def member(self, account: str) -> Member | None:
        """One member."""
        ...

    def meet(self, account: str, store: str, card: str = "", display: str = "") -> Member:
        """The member that a store has named; one never heard of joins now, with that home store, and all are told."""
        ...

    def meet_all(self, accounts: Set[str], store: str) -> dict[str, Member]:
        """The members that a store has named, as meet() does one by one."""
        ...

    def note_shopping(self, store: str, shopped: Mapping[str, Shopped]) -> None:
        """Members, each met before, have bought at a store."""
        ...

    def set_status(self, account: str, status: str) -> None:
        """Changes a member's status; every gateway is told."""
        ...

    def block_card(self, card: str) -> bool:
        """Blocks a card that counted until now; every gateway is told. Whether there was such a card."""
        ...

    def heirs(self) -> Mapping[str, str]:
        """Account -> its heir, of all that were merged."""
        ...

    def put_heir(self, account: str, heir: str) -> None:
        """An account has an heir."""
        ...

    def visits(self, account: str) -> list[Visits]:
        """Stores the member goes to, the one most visited first, then by code."""
        ...

    def targets(self, account: str) -> dict[str, int]:
        """Store -> what it was last told to keep of an account's stored value, in minor units."""
        ...

    def put_target(self, account: str, store: str, keep_cents: int | None) -> None:
        """A store was told to keep so much; None: that this has ended."""
        ...

    def forget_targets(self, store: str) -> None:
        """A new incarnation has been told nothing."""
        ...

    def add_due(self, accounts: Collection[str]) -> None:
        """Accounts that something has happened to: to be placed soon. Those noted already stay where they are."""
        ...

    def any_due(self) -> bool:
        """Whether an account waits to be placed."""
        ...

    def take_due(self, limit: int) -> list[str]:
        """The accounts noted longest, no longer noted."""
        ...

    def tell_figures(self, store: str, accounts: list[str]) -> None:
        """Tells a store the members' balances in all, cards, level and status (message `member`)."""
        ...


class Mail(Protocol):
    """What gateways are told: numbered per incarnation from 1 without a gap, kept in the transaction it is about."""

    def open_outbox(self, incarnation: str) -> None:
        """An empty outbox."""
        ...

    def forget_outbox(self, incarnation: str) -> None:
        """Drops what was said to an incarnation that fetches nothing any more."""
        ...

    def send(self, store: str, kind: str, values: dict, about: str = "") -> int:
        """One message to the enrolled incarnation of a store; its number, 0 if none is enrolled."""
        ...

    def messages(self, incarnation: str, numbers: Collection[int]) -> list[Message]:
        """The named messages, in order."""
        ...

    def messages_after(self, incarnation: str, after: int, limit: int) -> list[Message]:
        """What follows a number, in order."""
        ...

    def acknowledge(self, incarnation: str, upto: int) -> None:
        """Everything up to that number has arrived."""
        ...

    def backlog(self, incarnation: str) -> int:
        """Messages not yet acknowledged."""
        ...

    def alarm(self, kind: str, store: str, detail: str, terminal: str = "") -> None:
        """Somebody should look at this."""
        ...

    def ring(self, topic: str) -> None:
        """Wakes who waits for that topic, after the commit."""
        ...


class Vault(Balances, Events, Lives, Moves, RefundRights, Cases, Recoveries, Shoppers, Mail, Protocol):
    """One open transaction over all of it. now_s labels what is written, and never moves money."""

    now_s: int
    random: Callable[[int], bytes]

    def new_id(self) -> str:
        """A new id of 32 hex digits from `random`."""
        return self.random(16).hex()
