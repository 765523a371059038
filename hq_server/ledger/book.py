"""The mirror during one transaction: balances are loaded once, moved in memory entry by entry, and written at the end.

No member line may go below zero, at any step; nor a right anywhere but at head office, which makes them.
"""

from collections.abc import Iterable

from sqlalchemy import Connection

from hq_server.ledger import store
from protocol.ledger import mirror
from protocol.ledger.entries import Entry, Line


class Book:
    """Use: load() what is known to be needed, post() each event's entries, save() once."""

    def __init__(self, connection: Connection):
        self._connection = connection
        self._balances: dict[Line, int] = {}
        self._stored: dict[Line, int] = {}

    def load(self, lines: Iterable[Line]) -> None:
        """Reads the balances of lines that have not been read yet."""
        missing = {line for line in lines if line not in self._balances}
        if missing:
            found = store.balances_of(self._connection, missing)
            self._stored.update(found)
            self._balances.update({line: found.get(line, 0) for line in missing})

    def post(self, entries: Iterable[Entry]) -> None:
        """Moves the amounts. Raises mirror.Overdrawn and then has moved nothing."""
        entries = tuple(entries)
        touched = {line for one in entries for line in (one.debit, one.credit)}
        self.load(touched)
        after = mirror.apply({line: self._balances[line] for line in touched}, entries)
        self._balances.update(after)

    def save(self) -> None:
        """Writes what has changed."""
        moved = {line: left for line, left in self._balances.items() if left != self._stored.get(line, 0)}
        fresh = {line: left for line, left in moved.items() if line not in self._stored}
        store.put_balances(self._connection, fresh, {k: v for k, v in moved.items() if k in self._stored})
        self._stored.update(moved)
