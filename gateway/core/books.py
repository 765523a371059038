"""What a store's money is written in. The core knows this much of storage and no more.

gateway/store/books.py is the real one (SQLite); a simulator drives the same core over dicts. No method commits but
`commit`; between `begin` and `commit` everything can be taken back as a whole, and within `part` piece by piece.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from gateway.core.fuel_limits import FuelBooks
from gateway.core.lanes import Lane
from gateway.core.pricing import BasketLine
from gateway.core.pumped import Fill, NozzleTotal, PumpHold
from gateway.core.rules import Rules
from protocol.ids import RequestId
from protocol.ledger.entries import Entry
from protocol.ledger.lots import Holding
from protocol.ledger.refund_rights import RefundRight

LaneKey = tuple[str, str, int]  # terminal, journal, lane
SHOWN = ("principal", "bonus", "points")  # the assets that receipts and taps show


class Rejected(Exception):
    """The books do not take it: an id written before, or less than nothing."""


class Head(NamedTuple):
    """The last event written: sequence (0: none yet) and chain hash, 32 bytes."""

    seq: int
    hash: bytes


class Event(NamedTuple):
    """One event as it is kept: `line` is hashed and sent byte for byte. What it has none of is None."""

    seq: int
    kind: str
    line: bytes
    hash: bytes
    transfer: str | None
    request: RequestId | None
    receipt: int | None = None


class Move(NamedTuple):
    """How a move of head office's was answered. outcome: taken, tombstone, answered; seq: the event that says so."""

    id: str
    kind: str
    digest: bytes
    outcome: str
    seq: int


class KeptRight(NamedTuple):
    """A sale's refund right as far as it differs from what its own event says; right: None once it is not here."""

    sale: str
    store: str
    receipt: int
    right: RefundRight | None


class Member(NamedTuple):
    """One account as head office last told it; principal, bonus and points are the chain-wide figures from as_of_s."""

    account: str
    level: str = ""
    status: str = "active"
    display: str = ""
    principal: int = 0
    bonus: int = 0
    points: int = 0
    as_of_s: int = 0
    usual_cents: int = 0

    @property
    def in_all(self) -> dict[str, int]:
        return {asset: getattr(self, asset) for asset in SHOWN}


class Tap(NamedTuple):
    """A card shown at a terminal. kind: member (party is the account) or staff (party is the operator)."""

    tap: str
    terminal: str
    kind: str
    party: str
    card: str
    boot: str
    at_ms: int


class Basket(NamedTuple):
    """The newest basket of a lane (number 0: there never was one); a paid one takes no more lines."""

    basket: int
    paid: bool
    lines: tuple[BasketLine, ...] = ()


class Books(Protocol):
    """One gateway life's storage. Everything read is what this transaction has written so far."""

    store: str
    incarnation: str

    @property
    def fuel(self) -> FuelBooks:
        """What is kept of fuel: prices, rules, cards' limits and days."""
        ...

    # transactions
    def begin(self) -> None:
        """Opens the transaction of a batch."""
        ...

    def commit(self) -> None:
        """Returns once everything since `begin` is durable: only then may an answer leave."""
        ...

    def rollback(self) -> None:
        """Takes everything since `begin` back."""
        ...

    def part(self) -> AbstractContextManager[None]:
        """A part of the transaction: what is written inside is undone if the block raises; the exception goes on.

        A breach of what the books demand (see Rejected) comes out as Rejected.
        """
        ...

    # single values: fenced, hq_cursor, booked_seq, receipt
    def value(self, name: str) -> str:
        """'' for one never kept."""
        ...

    def keep(self, name: str, value: str) -> None: ...

    def rules(self) -> Rules:
        """The rules in force, or the defaults."""
        ...

    def keep_rules(self, body: dict) -> None:
        """Takes over newer rules as head office sent them; an older version is left aside. Raises ValueError."""
        ...

    # the chain of events
    def head(self) -> Head:
        """The last event; (0, genesis(incarnation)) before the first."""
        ...

    def last_at_s(self) -> int:
        """The store's clock when the last event was written; 0 before the first."""
        ...

    def append(self, event: Event, entries: tuple[Entry, ...]) -> None:
        """Writes the next event with its entries. Rejected: its transfer was written before."""
        ...

    def event_of(self, transfer: str) -> dict | None:
        """The event that was written under a transfer id, parsed."""
        ...

    def entries_of(self, transfer: str) -> tuple[Entry, ...]:
        """What was booked under a transfer id, in order."""
        ...

    def transfer_of(self, receipt: int) -> str:
        """The transfer that drew this receipt number here, '' for none."""
        ...

    def note_booked(self, after_seq: int, upto_seq: int) -> None:
        """Head office has booked these events: per lane that is the last request whose testimony may be dropped."""
        ...

    # lanes
    def lane(self, lane: LaneKey) -> Lane | None:
        """The last answer of a lane."""
        ...

    def put_lane(self, lane: LaneKey, answered: Lane) -> None: ...

    # value
    def holding(self, account: str) -> Holding:
        """What this store holds of an account; emptied slices are with it. Empty for '' and for strangers."""
        ...

    def save(self, before: Holding, after: Holding) -> None:
        """Writes what a booking changed of a holding."""
        ...

    def with_expiry_before(self, date: str) -> list[str]:
        """Accounts with value here of a lot that is good until before this date ('YYYY-MM-DD'), in order."""
        ...

    def drop_emptied(self, opened_before_s: int) -> None:
        """Forgets emptied slices of lots that were opened before that."""
        ...

    def put_targets(self, account: str, targets: Mapping[str, int]) -> None:
        """How much of an account is to be kept here, by asset; nothing named: no target."""
        ...

    def targets(self) -> dict[str, dict[str, int]]:
        """The targets of all accounts that have any."""
        ...

    def rights(self) -> dict[str, int]:
        """What this store may still credit by itself, by right name."""
        ...

    def draw_rights(self, drawn: Mapping[str, int]) -> None:
        """Lowers rights; negative amounts come back or are new. Rejected: less than nothing."""
        ...

    def move(self, move_id: str) -> Move | None:
        """How an id of head office's was answered."""
        ...

    def put_move(self, move: Move) -> None:
        """Rejected: an id seen before."""
        ...

    # refund rights
    def refund_right(self, sale: str) -> KeptRight | None:
        """None for a sale whose right has never been touched here."""
        ...

    def sale_of(self, store: str, receipt: int) -> str:
        """The sale of another store whose right has been here, by its receipt there; '' for none."""
        ...

    def put_refund_right(self, kept: KeptRight) -> None: ...

    # members and cards
    def member(self, account: str) -> Member | None: ...

    def meet(self, account: str) -> None:
        """Makes a member known that this store has never heard of."""
        ...

    def put_member(self, body: dict) -> None:
        """Takes over head office's word on a member: cards too, and what is owed where the body says (`owed`)."""
        ...

    def follow(self, account: str, changes: Mapping[str, int], paid_cents: int) -> None:
        """Moves the chain-wide figures by what was booked here, never below zero; paid_cents: stored value paid."""
        ...

    def owed(self, account: str) -> dict[str, int]:
        """What a member owes by asset as far as is known here, and as 'offline' what this store has lent."""
        ...

    def owe(self, account: str, changes: Mapping[str, int]) -> None:
        """Adds to what is owed; nothing goes below zero."""
        ...

    def lent_cents(self) -> int:
        """What this store has lent to all members together."""
        ...

    def set_member_status(self, account: str, status: str) -> None:
        """active, frozen, merged or closed; a stranger is met first."""
        ...

    def barred(self) -> tuple[list[str], list[str]]:
        """Accounts that are frozen or closed, and cards that are blocked, as far as is known here."""
        ...

    def card_status(self, card: str) -> str:
        """active, blocked, or '' for a card never heard of."""
        ...

    def set_card(self, card: str, status: str, account: str | None = None) -> None:
        """Blocks a card or lifts the block; with an account, ties it to that."""
        ...

    # the shop floor
    def tap(self, tap: str) -> Tap | None:
        """A tap by its id, however old."""
        ...

    def duty(self, terminal: str, operator: str, shift: int) -> str:
        """'' if this attendant has this shift open at this terminal, else the reason why they may not."""
        ...

    def active_terminals(self, since_s: int) -> list[str]:
        """Terminals that may speak and were heard at this time (the store's clock) or later."""
        ...

    def role(self, operator: str) -> str:
        """attendant or supervisor; '' for nobody who may serve now."""
        ...

    def basket(self, lane: LaneKey) -> Basket: ...

    def shelf(self, code: str) -> BasketLine | None:
        """One unit of some goods as it is priced now, in the store's language; None for unknown goods."""
        ...

    # holds at nozzles; what they set aside is in the holding
    def pump_hold(self, hold: str) -> PumpHold | None:
        """Also one that is closed, until its nozzle has the next."""
        ...

    def put_pump_hold(self, kept: PumpHold) -> None:
        """A new one takes the place of those of its nozzle that are closed."""
        ...

    def pump_holds(self) -> list[PumpHold]:
        """Those that are not closed."""
        ...

    def fill(self, number: int) -> Fill | None:
        """What attendants let flow, by its number."""
        ...

    def put_fill(self, fill: Fill) -> None: ...

    def unpaid_fills(self) -> list[Fill]:
        """By number."""
        ...

    def nozzle_total(self, terminal: str, nozzle: int) -> NozzleTotal | None: ...

    def put_nozzle_total(self, total: NozzleTotal) -> None: ...

    def close_basket(self, lane: LaneKey) -> None:
        """The lane's basket has been paid."""
        ...

    def count_sale(self, shift: int, sales: int, cash_cents: int) -> None:
        """Adds to a shift; a closed one still takes a reversal (sales -1)."""
        ...


Reply = Any  # what a seal made of an answer: (topic, frame) at a gateway, anything in a simulation
