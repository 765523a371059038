"""Double entry over member x asset x holder x lot. An entry is written once and never changed.

An entry moves an amount from its debit line to its credit line, so the books balance by construction and the balance of
a line is its credits minus its debits. Member lines never go below zero; what may is in a book of its own.
Amounts are whole units of the line's asset: minor units of the chain's currency, points, or punches.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from protocol.errors import Ours, Theirs

BOOKS = {
    "member": "what the chain owes a member; party is the account, holder and lot say where it lies and its origin",
    "cash": "cash taken and paid out by a store; the asset says for what",
    "revenue": "sales of a store by tender",
    "gift_cost": "what a store gave away: bonus, and sales paid by points",
    "points_cost": "points a store gave and took back, in points",
    "coupon_issued": "coupons and once-per-member units, by who issued them",
    "coupon_used": "coupons and once-per-member units, by the store that redeemed them",
    "punch_issued": "punches a store gave or sold, by item",
    "punch_used": "punches redeemed at a store, by item",
    "breakage": "expired value, by the store where the slice lay",
    "receivable": "what a member owes: overrun of a hold, points and bonus taken back after they were spent",
    "loss": "what the chain paid to keep a member whole: advances, overrides",
    "offline_credit": "what a store let a member spend below zero, where its owner chose to; party is the account",
    "right": "what a store may still credit by itself; party is the store",
    "right_used": "what of such a right has been used",
    "correction": "adjustments by people",
}
CENTS = ("principal", "bonus", "cash", "points_value", "receivable")
COUNTED = ("coupon:", "once:", "punch:", "issue:", "code:")  # what each of is an asset, and a unit, of its own
SINGLE = "coupon:"  # moves one by one: a lot is a coupon

# book -> the assets it knows, or how their names begin; a book that is not here knows all
BOOK_ASSETS = {
    "member": ("principal", "bonus", "points", "punch:", "coupon:", "once:"),
    "coupon_issued": ("coupon:", "once:"),
    "coupon_used": ("coupon:", "once:"),
    "punch_issued": ("punch:",),
    "punch_used": ("punch:",),
    "offline_credit": ("principal",),
    "right": ("issue:", "code:"),
    "right_used": ("issue:", "code:"),
}

HQ = "hq"
TRANSIT = "transit"
SUSPENSE = "suspense"


class Line(NamedTuple):
    """One account of the ledger. Parts that do not apply are empty."""

    book: str
    party: str
    asset: str = ""
    holder: str = ""
    lot: str = ""

    @property
    def text(self) -> str:
        """'member/<account>/principal/0001/<lot>'; trailing empty parts are dropped."""
        return "/".join(self).rstrip("/")


class Entry(NamedTuple):
    """One movement: number n of a transfer, from the debit line to the credit line. amount > 0."""

    transfer: str
    n: int
    debit: Line
    credit: Line
    amount: int


def parse_line(text: str) -> Line:
    """The inverse of Line.text. Raises Theirs('malformed')."""
    parts = text.split("/")
    if not 2 <= len(parts) <= 5 or parts[0] not in BOOKS or not parts[1] or not parts[-1]:
        raise Theirs("malformed", "line " + text)
    return Line(*parts)


def to_rows(entries: Iterable[Entry]) -> list[list]:
    """Entries as events carry them: [[debit text, credit text, amount], ...], numbered from their place."""
    return [[entry.debit.text, entry.credit.text, entry.amount] for entry in entries]


class Lines(dict):
    """Text -> its line, each read and checked once: the events of a batch name the same few lines again and again."""

    def __missing__(self, text: str) -> Line:
        line = parse_line(text)
        _check_line(line)
        self[text] = line
        return line


def from_rows(transfer: str, rows: Iterable, first_n: int = 1, lines: Lines | None = None) -> tuple[Entry, ...]:
    """The inverse of to_rows, checked. Raises Theirs('malformed') for anything that is no legal entry."""
    lines = Lines() if lines is None else lines
    try:
        entries = tuple([
            Entry(transfer, n, lines[debit], lines[credit], amount)
            for n, (debit, credit, amount) in enumerate(rows, first_n)
        ])  # fmt: skip
        for entry in entries:
            _check_movement(entry)
    except (Ours, TypeError, ValueError, AttributeError) as wrong:
        raise Theirs("malformed", f"entries of {transfer}: {wrong}") from wrong
    return entries


def check(entries: Iterable[Entry]) -> None:
    """Raises Ours unless amounts are positive, units agree, lines are well formed and no number is used twice."""
    seen: set[tuple[str, int]] = set()
    for entry in entries:
        _check_movement(entry)
        if (entry.transfer, entry.n) in seen:
            raise Ours("malformed", f"{entry.transfer}#{entry.n} is not a movement of its own")
        _check_line(entry.debit)
        _check_line(entry.credit)
        seen.add((entry.transfer, entry.n))


def _check_movement(entry: Entry) -> None:
    """All but that its lines are well formed and its number is its own."""
    debit, credit, amount = entry.debit, entry.credit, entry.amount
    if type(amount) is not int or amount <= 0:
        raise Ours("malformed", f"amount {amount!r} in {entry.transfer}#{entry.n}")
    if debit.asset != credit.asset and unit(debit.asset) != unit(credit.asset):
        raise Ours("malformed", f"{debit.text} and {credit.text} are counted in different units")
    if amount != 1 and debit.asset.startswith(SINGLE):
        raise Ours("malformed", f"{amount} coupons in one entry of {entry.transfer}")
    if debit == credit:
        raise Ours("malformed", f"{entry.transfer}#{entry.n} is not a movement of its own")


def unit(asset: str) -> str:
    """What an asset is counted in: 'cents' for money, otherwise the asset itself (a right is no value)."""
    return "cents" if asset in CENTS else asset


def balances(entries: Iterable[Entry]) -> dict[Line, int]:
    """Credits minus debits of every line touched. Says nothing about limits: see mirror.apply."""
    totals: dict[Line, int] = {}
    for entry in entries:
        totals[entry.debit] = totals.get(entry.debit, 0) - entry.amount
        totals[entry.credit] = totals.get(entry.credit, 0) + entry.amount
    return totals


def member_line(account: str, asset: str, holder: str, lot: str) -> Line:
    """The line of one slice: this lot of this member's asset at this holder."""
    return Line("member", account, asset, holder, lot)


def _check_line(line: Line) -> None:
    if line.book not in BOOKS or not line.party or not line.asset or "/" in "".join(line):
        raise Ours("malformed", "line " + line.text)
    if not _knows(line.book, line.asset):
        raise Ours("malformed", "no such asset in this book: " + line.text)
    if line.book == "member" and not (line.holder and line.lot):
        raise Ours("malformed", "a member line names holder and lot: " + line.text)
    if line.book == "offline_credit" and not line.holder:
        raise Ours("malformed", "offline credit names the store that gave it: " + line.text)


@lru_cache(maxsize=4096)  # a chain has a few dozen assets; those of millions of members' lines are the same ones
def _knows(book: str, asset: str) -> bool:
    kind, colon, name = asset.partition(":")
    known = asset in CENTS or asset == "points" or (kind + colon in COUNTED and name != "")
    fits = (asset.startswith(one) if one[-1] == ":" else asset == one for one in BOOK_ASSETS.get(book, ()))
    return known and (book not in BOOK_ASSETS or any(fits))
