"""What a handler may use: the store's database, identity, clocks, cards and the state of the line to head office."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from gateway.core.rules import Rules, business_date, utc_offset_min
from gateway.store import meta, outbox, rules

LINE_UP_MS = 30_000  # the uplink says at least every ten seconds that head office answers; silence is 'away'


class Clocks(Protocol):
    """Wall time and monotonic time, and which start of the machine the latter counts from."""

    boot: str

    def now_s(self) -> int: ...

    def now_ms(self) -> int: ...


class Cards(Protocol):
    """The remote SAM: answers a card's first step with a script, and the played script with who the card is."""

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


@dataclass
class Line:
    """Whether head office answered lately, on the monotonic clock."""

    up_until_ms: int = -1

    def up(self, now_ms: int) -> bool:
        return now_ms < self.up_until_ms

    def told(self, up: bool, now_ms: int) -> None:
        self.up_until_ms = now_ms + LINE_UP_MS if up else -1


@dataclass
class Shop:
    """One store at work; lives as long as the sale process. What money depends on is in the database, never here."""

    db: sqlite3.Connection
    clock: Clocks
    random: Callable[[int], bytes]
    cards: Cards
    line: Line = field(default_factory=Line)
    pin_locked_until_ms: dict[str, int] = field(default_factory=dict)
    wants: list[dict] = field(default_factory=list)
    broker_changed: bool = False
    store: str = ""
    incarnation: str = ""
    configuration: dict = field(default_factory=dict)
    _rules: Rules | None = None

    def __post_init__(self) -> None:
        self.store = meta.get(self.db, "store")
        self.incarnation = meta.get(self.db, "incarnation")
        self.configuration = meta.get_json(self.db, "configuration")

    @property
    def rules(self) -> Rules:
        """The rules in force, read once until `forget_rules`."""
        if self._rules is None:
            self._rules = rules.get(self.db)
        return self._rules

    def forget_rules(self) -> None:
        self._rules = None

    def today(self) -> str:
        """The business date now, by the store's clock: a label."""
        return business_date(self.rules, self.configuration.get("timezone", "UTC"), self.clock.now_s())

    def utc_offset_min(self) -> int:
        """Minutes that the store's clock is ahead of UTC."""
        return utc_offset_min(self.configuration.get("timezone", "UTC"), self.clock.now_s())

    def offline(self) -> bool:
        return not self.line.up(self.clock.now_ms())

    def fenced(self) -> str:
        """Why this gateway may not approve ('' if it may)."""
        return meta.get(self.db, "fenced")

    def head(self) -> outbox.Head:
        return outbox.head(self.db, self.incarnation)

    def write_event(self, kind: str, entries: list | tuple = (), **fields: object) -> int:
        """Puts an event at the end of the chain, in the running transaction; returns its sequence."""
        event = {"kind": kind, "at_s": self.clock.now_s(), "business_date": self.today(), **fields}
        return outbox.append(self.db, self.incarnation, event, entries)

    def want(self, account: str, amounts: dict[str, int]) -> str:
        """Asks head office for float of an account (after the commit); returns the id of the wish."""
        request = self.random(16).hex()
        self.wants.append({"request": request, "account": account, "want": amounts})
        return request
