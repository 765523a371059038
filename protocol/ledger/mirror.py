"""The books as balances per line: head office's mirror of every holder, and the equation that must always hold.

    pool + sum of floats + in transit + suspense = credits - debits      per account, asset and lot, every term >= 0

A line's balance is its credits minus its debits; held by all holders together, a lot is what the member is owed of it.
"""

from collections.abc import Iterable, Mapping

from protocol.errors import Ours, ProtocolError
from protocol.ledger.entries import HQ, Entry, Line, check, unit


class Overdrawn(ProtocolError):
    """An entry would take a line below zero that never may be: whoever wrote it spent what it did not hold."""

    def __init__(self, entry: Entry, balance: int):
        super().__init__("insufficient_float", f"{entry.transfer}#{entry.n} leaves {balance} on {entry.debit.text}")
        self.entry = entry
        self.balance = balance


def apply(balances: Mapping[Line, int], entries: Iterable[Entry]) -> dict[Line, int]:
    """New balances after these entries, one by one. Raises Overdrawn; Ours for an entry that is none."""
    entries = tuple(entries)
    check(entries)
    return {**balances, **moved(balances, entries)}


def moved(balances: Mapping[Line, int], entries: Iterable[Entry]) -> dict[Line, int]:
    """The new balances of those lines that entries touch, which have been checked. Raises Overdrawn."""
    after: dict[Line, int] = {}
    for entry in entries:
        debit, credit, amount = entry.debit, entry.credit, entry.amount
        left = (after[debit] if debit in after else balances.get(debit, 0)) - amount
        if left < 0 and never_negative(debit):
            raise Overdrawn(entry, left)
        after[debit] = left
        after[credit] = (after[credit] if credit in after else balances.get(credit, 0)) + amount
    return after


def never_negative(line: Line) -> bool:
    """Member lines at every holder, and rights anywhere but at head office, which makes them."""
    return line.book == "member" or (line.book == "right" and line.holder != HQ)


def conservation(balances: Mapping[Line, int], entries: Iterable[Entry]) -> None:
    """Raises Ours unless these balances obey the equation, by an independent count over all entries ever booked."""
    for line, balance in balances.items():
        if balance < 0 and never_negative(line):
            raise Ours("insufficient_float", f"{balance} on {line.text}")
    _each_unit_adds_up(balances)
    held, owed = held_by_lot(balances), credits_less_debits(entries)
    for key in held.keys() | owed.keys():
        if held.get(key, 0) != owed.get(key, 0):
            raise Ours("malformed", f"{key} is held as {held.get(key, 0)} and owed as {owed.get(key, 0)}")


def held_by_lot(balances: Mapping[Line, int]) -> dict[tuple[str, str, str], int]:
    """(account, asset, lot) -> sum over all holders."""
    held: dict[tuple[str, str, str], int] = {}
    for line, balance in balances.items():
        if line.book == "member":
            key = (line.party, line.asset, line.lot)
            held[key] = held.get(key, 0) + balance
    return held


def credits_less_debits(entries: Iterable[Entry]) -> dict[tuple[str, str, str], int]:
    """(account, asset, lot) -> what came into the member's book from outside it less what left it."""
    owed: dict[tuple[str, str, str], int] = {}
    for entry in entries:
        for line, amount in ((entry.debit, -entry.amount), (entry.credit, entry.amount)):
            if line.book == "member":
                key = (line.party, line.asset, line.lot)
                owed[key] = owed.get(key, 0) + amount
    return owed


def _each_unit_adds_up(balances: Mapping[Line, int]) -> None:
    sums: dict[str, int] = {}
    for line, balance in balances.items():
        sums[unit(line.asset)] = sums.get(unit(line.asset), 0) + balance
    for name, amount in sums.items():
        if amount:
            raise Ours("malformed", f"{name} does not add up: {amount}")
