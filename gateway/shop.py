"""What a handler may use beyond the money core: the store's database, its cards, its name and the attendants' locks."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from gateway.core.rules import utc_offset_min
from gateway.core.salvage import Hearing
from gateway.core.trade import Clocks, Trade
from gateway.releases import Releases
from gateway.store import meta
from gateway.store.books import SqliteBooks


class Cards(Protocol):
    """The remote SAM: answers a card's first step with a script, and the played script with who the card is."""

    @property
    def first_key(self) -> int:
        """Number of the key with which terminals ask a card first."""
        ...

    def seen(self, terminal: str, uid: str, answer: str) -> "Script | Refusal": ...

    def answers(self, terminal: str, script: int, answers: list[str]) -> "Script | Identity | Refusal": ...


@dataclass(frozen=True)
class Script:
    """APDUs in hex for the terminal to play in order."""

    number: int
    apdus: tuple[str, ...]


@dataclass(frozen=True)
class Identity:
    """A genuine card: kind member or staff; party is the account id or the operator number."""

    kind: str
    party: str
    card: str


@dataclass(frozen=True)
class Refusal:
    """Why not; `fields` are further members of the message `refused`."""

    reason: str
    detail: str = ""
    fields: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Session:
    """Somebody who has signed on at the forecourt page, until then on the monotonic clock."""

    operator: str
    until_ms: int


class Shop(Trade):
    """One store at work; lives as long as the sale process. What money depends on is in the books, never here."""

    books: SqliteBooks

    def __init__(self, db: sqlite3.Connection, clock: Clocks, random: Callable[[int], bytes], cards: Cards):
        self.configuration = meta.get_json(db, "configuration")
        super().__init__(SqliteBooks(db), clock, random, self.configuration.get("timezone", "UTC"))
        self.cards = cards
        self.pin_locked_until_ms: dict[str, int] = {}
        self.sessions: dict[str, Session] = {}
        self.broker_changed = False
        self.hearing = Hearing(self, self.books.value("life_before"), self.books.value("lives_before").split(","))
        self.releases = Releases()

    @property
    def db(self) -> sqlite3.Connection:
        """The store's database, with everything on it that the books were told."""
        return self.books.db

    def utc_offset_min(self) -> int:
        """Minutes that the store's clock is ahead of UTC."""
        return utc_offset_min(self.timezone, self.clock.now_s())
