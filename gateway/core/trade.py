"""One store at work: its books, clocks, chance and the state of the line to head office.

What money depends on is in the books, never here; a new one is made at each start of the sale process.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeVar

from gateway.core import outbox
from gateway.core.books import Books, Event, Head
from gateway.core.rules import Rules, business_date
from protocol.errors import Theirs
from protocol.ids import RequestId
from protocol.ledger.entries import Entry

LINE_UP_MS = 30_000  # the uplink says at least every ten seconds that head office answers; silence is 'away'
CLOCKS_DIFFER_S = 300  # by more than that from head office's, this clock is in doubt
Result = TypeVar("Result")


class Clocks(Protocol):
    """Wall time and monotonic time, and which start of the machine the latter counts from."""

    boot: str

    def now_s(self) -> int: ...

    def now_ms(self) -> int: ...


@dataclass
class Line:
    """Whether head office answered lately, on the monotonic clock."""

    up_until_ms: int = -1

    def up(self, now_ms: int) -> bool:
        return now_ms < self.up_until_ms

    def told(self, up: bool, now_ms: int) -> None:
        self.up_until_ms = now_ms + LINE_UP_MS if up else -1


class Budget(NamedTuple):
    """Value let through while a start is not witnessed yet, minor units: at once, and when a person raises it."""

    cents: int = 20_000
    cap_cents: int = 100_000


@dataclass
class Trade:
    """`wants` are wishes to be sent to head office once their transaction has been committed.

    awaited: terminals that have not yet answered this start, which calls itself `asks`; seen: the
    highest event that each of them can know of (witness.py). agreed: what head
    office's clock said when, on the monotonic clock.
    """

    books: Books
    clock: Clocks
    random: Callable[[int], bytes]
    timezone: str = "UTC"
    budget: Budget = Budget()
    line: Line = field(default_factory=Line)
    awaited: set[str] = field(default_factory=set)
    asks: str = ""
    seen: dict[str, int] = field(default_factory=dict)
    agreed: tuple[int, int] | None = None
    wants: list[dict] = field(default_factory=list)
    nozzles: dict[str, list[dict]] = field(default_factory=dict)
    _rules: Rules | None = None
    _today: tuple[int, str] | None = None  # worked out once a second: the time zone costs more than a debit

    @property
    def store(self) -> str:
        return self.books.store

    @property
    def incarnation(self) -> str:
        return self.books.incarnation

    def transaction(self, work: Callable[[], Result]) -> Result:
        """Runs a batch. What it returns may leave the store only when this has returned: it is durable then."""
        self.wants.clear()
        self.books.begin()
        try:
            result = work()
            self.books.commit()
        except BaseException:
            self.books.rollback()
            self.forget()
            raise
        return result

    def forget(self) -> None:
        """Drops what was read from the books and kept: they may have been taken back."""
        self._rules, self._today = None, None

    @property
    def rules(self) -> Rules:
        """The rules in force, read once until `forget`."""
        if self._rules is None:
            self._rules = self.books.rules()
        return self._rules

    def today(self) -> str:
        """The business date now, by the store's clock: a label."""
        now_s = self.clock.now_s()
        if self._today is None or self._today[0] != now_s:
            self._today = now_s, business_date(self.rules, self.timezone, now_s)
        return self._today[1]

    def agree(self, hq_s: int) -> None:
        """Head office has told its clock."""
        self.agreed = hq_s, self.clock.now_ms()

    def sure_today(self) -> str:
        """The business date if head office has agreed with this clock since the process started, else ''.

        Terminals cannot vouch for it: they have their time from here.
        """
        if self.agreed is None:
            return ""
        hq_s, at_ms = self.agreed
        expected_s = hq_s + (self.clock.now_ms() - at_ms) // 1000
        return self.today() if abs(self.clock.now_s() - expected_s) <= CLOCKS_DIFFER_S else ""

    def offline(self) -> bool:
        return not self.line.up(self.clock.now_ms())

    def list_age_s(self) -> int:
        """How long head office has not been heard, so old is the deny list here; 0 unless a rule asks for it.

        By this store's clock, for it counts over a restart too.
        """
        if not self.rules.stale_list_after_s:
            return 0
        return max(0, self.clock.now_s() - self.number("heard_at_s"))

    def fenced(self) -> str:
        """Why this gateway may not approve ('' if it may)."""
        return self.books.value("fenced")

    def fence(self, why: str) -> None:
        """Ends this life's approvals; the first reason stays."""
        if not self.fenced():
            self.books.keep("fenced", why)

    def head(self) -> Head:
        return self.books.head()

    def number(self, name: str) -> int:
        """A single value that is a number; 0 if it was never kept."""
        return int(self.books.value(name) or 0)

    def next_receipt(self) -> int:
        """The next receipt number of the store; gap-free because it is drawn in the sale's own transaction."""
        number = self.number("receipt") + 1
        self.books.keep("receipt", str(number))
        return number

    def write_event(self, kind: str, entries: tuple[Entry, ...] = (), **fields: object) -> int:
        """Puts an event at the end of the chain, in the running transaction; returns its sequence.

        Raises Theirs('fenced') at a fenced gateway: a chain that was set back must not grow a second branch.
        """
        if self.fenced():
            raise Theirs("fenced", kind)
        event: dict = {"kind": kind, "at_s": self.clock.now_s(), "business_date": self.today(), **fields}
        last = self.books.head()
        line = outbox.event_line(last.seq + 1, event, entries)
        request = RequestId(**event["request"]) if event.get("request") else None
        linked = outbox.link(last.hash, line)
        ids = event.get("transfer"), request, event.get("receipt")
        self.books.append(Event(last.seq + 1, kind, line, linked, *ids), entries)
        return last.seq + 1

    def want(self, account: str, amounts: dict[str, int], **more: dict) -> str:
        """Asks head office for float of an account (after the commit); returns the id of the wish.

        refund: the sale whose refund right is wished for, {"sale"} or {"store", "receipt"}.
        """
        request = self.random(16).hex()
        self.wants.append({"request": request, "account": account, "want": amounts, **more})
        return request
