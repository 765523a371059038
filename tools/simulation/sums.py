"""The sums of the true ledger: what each entry moves, and what may never be so.

Balances, slices per holder, what a sale still has to give back, how often a coupon was made. What happened, and whether
it still counts, is truth.py's affair.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hq_server.vault.recovery import loss_line
from protocol.ledger.entries import HQ, SUSPENSE, TRANSIT, Entry, Line

UNITS = ("coupon:", "once:")
PAYS = ("member", "cash", "offline_credit", "receivable")


class Violated(Exception):
    """A rule that must always hold does not."""


class Sums:
    """Every line's balance. `restored`: head office has forgotten something."""

    lives: dict[str, Any]
    current: dict[str, str]
    restored: bool

    def __init__(self):
        self.balance: dict[Line, int] = {}
        self.slices: dict[tuple[str, str], dict[tuple[str, str], int]] = {}
        self.lend_cents = 0  # how far below zero a store may let one member go
        self.found: list[str] = []
        self.left_cents: dict[str, int] = {}  # sale -> what was paid for it and has not been given back
        self.sale_of: dict[str, str] = {}  # transfer of a refund -> its sale
        self.made: Counter[tuple[str, str]] = Counter()  # account, lot of a coupon -> how often it was made
        self._below: dict[Line, str] | None = None  # lines below zero within a transaction of head office

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """A transaction of head office, which writes what it remembers last: no line is below zero at its end."""
        below = self._below = {}
        yield
        self._below = None
        for line, why in below.items():
            if self.balance[line] < 0:
                self._below_zero(line, why)

    def apply(self, entries: tuple[Entry, ...], why: str) -> None:
        """Entries that happened now."""
        balance = self.balance
        for one in entries:
            left = balance.get(one.debit, 0) - one.amount
            balance[one.debit] = left
            balance[one.credit] = balance.get(one.credit, 0) + one.amount
            if left < 0 and self._may_not_be_below_zero(one.debit):
                self._below_zero(one.debit, f"after {why} ({one.transfer})")
            if one.debit.book == "offline_credit":
                self._check_lent(one.debit.holder, -left)
            if one.credit.asset.startswith(UNITS):
                self._check_units(one, why)
            for line in (one.debit, one.credit):
                if line.book == "member":
                    self._note(line)

    def _below_zero(self, line: Line, why: str) -> None:
        if self._below is None:
            self.wrong(f"{self.balance[line]} on {line.text} {why}")
        else:
            self._below.setdefault(line, why)

    def _may_not_be_below_zero(self, line: Line) -> bool:
        """Value and rights never are; but a restored head office may have forgotten that it let them go."""
        ours = line.book == "member" or (line.book == "right" and line.holder != HQ)
        return ours and not (self.restored and line.holder == TRANSIT)

    def _check_units(self, one: Entry, why: str) -> None:
        """A coupon, and what a member may do once, is there at most once, whoever holds it; and is made only once."""
        if one.credit.book == "member":
            holders = (HQ, TRANSIT, SUSPENSE, *self.current)
            there = sum(self.balance.get(one.credit._replace(holder=holder), 0) for holder in holders)
            # One that a restored head office has to hear of again may be on two ways, one of them from loss.
            there += self.balance.get(loss_line(one.credit.party, one.credit.asset, one.credit.lot), 0)
            if there > 1:
                self.wrong(f"{one.credit.text} is there {there} times after {why} ({one.transfer})")
        if one.debit.book == "coupon_issued":
            unit = one.credit.party, one.credit.lot
            made = self.made[unit] = self.made[unit] + one.amount
            if made > 1:
                self.wrong(f"{one.credit.text} was made {made} times, at last by {why} ({one.transfer})")

    def _check_lent(self, store: str, lent_cents: int) -> None:
        """The limit is a store's. A disk that was set back knows less, and so does who follows a life that had not
        told all."""
        lives = [life for life in self.lives.values() if life.store == store]
        harmed = sum("set back" in life.harm or "copied" in life.harm for life in lives)
        may_cents = self.lend_cents * (1 + harmed + sum(life.lent_untold for life in lives))
        if lent_cents > may_cents:
            self.wrong(f"{store} has lent {lent_cents} to one member, {may_cents} may be")

    def take_back(self, entries: tuple[Entry, ...], transfer: str) -> None:
        """Entries that no disk holds any more."""
        first = transfer.removesuffix("/void")
        sale = self.sale_of.get(first, first)
        self.left_cents[sale] = self.left_cents.get(sale, 0) - sum(_paid_cents(one) for one in entries)
        self.undo(entries)

    def undo(self, entries: tuple[Entry, ...]) -> None:
        for one in reversed(entries):
            self.balance[one.credit] = self.balance.get(one.credit, 0) - one.amount
            self.balance[one.debit] = self.balance.get(one.debit, 0) + one.amount
            for line in (one.debit, one.credit):
                if line.book == "member":
                    self._note(line)

    def paid(self, transfer: str, entries: tuple[Entry, ...]) -> None:
        """No sale is given back more than was paid for it, whatever stores, refunds and voids it takes."""
        first = transfer.removesuffix("/void")
        sale = self.sale_of.get(first, first)
        paid = sum(_paid_cents(one) for one in entries)
        if paid:
            left = self.left_cents[sale] = self.left_cents.get(sale, 0) + paid
            if left < 0:
                self.wrong(f"{-left} more were given back than {sale} cost, at last by {transfer}")

    def _note(self, line: Line) -> None:
        there = self.slices.setdefault((line.party, line.holder), {})
        amount = self.balance[line]
        if amount:
            there[line.asset, line.lot] = amount
        else:
            there.pop((line.asset, line.lot), None)

    def wrong(self, what: str) -> None:
        """Ends the run of this seed."""
        self.found.append(what)
        raise Violated(what)


def _paid_cents(one: Entry) -> int:
    """What an entry pays for goods (below 0: gives back), in stored value, cash, or as a debt."""
    if one.credit.book == "revenue" and one.debit.book in PAYS:
        return one.amount
    return -one.amount if one.debit.book == "revenue" and one.credit.book in PAYS else 0
