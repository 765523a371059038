"""The books during one transaction: balances are read once, moved in memory entry by entry, and written at the end.

No member line may go below zero, at any step; nor a right anywhere but at head office, which makes them. Head office's
own bookings are events of the store "hq", with their own sequence and hash chain, like any gateway's.
"""

import datetime as dt
import json
from collections.abc import Iterable
from hashlib import sha256

from hq_server.fleet.rules import genesis
from hq_server.vault.books import Vault
from hq_server.vault.rows import Life, Written
from protocol.ledger import mirror
from protocol.ledger.entries import HQ, Entry, Line, check, to_rows

LIFE = "0" * 32  # head office's first life; a restored one has a life, and a chain, of its own (remembering.py)


def open_journal(vault: Vault) -> None:
    """Head office's own chain begins; once per database."""
    vault.add_life(Life(LIFE, HQ, "enrolled", 0, genesis(LIFE), 0))


class Book:
    """Use: load() what is known to be needed, post() or note() each event's entries, save() at the end."""

    def __init__(self, vault: Vault):
        self._vault = vault
        self._balances: dict[Line, int] = {}
        self._stored: dict[Line, int] = {}
        self._notes: list[tuple[str, str, str, tuple[Entry, ...], dict]] = []

    def load(self, lines: Iterable[Line]) -> None:
        """Reads the balances of lines that have not been read yet."""
        known = self._balances
        missing = {line for line in lines if line not in known}
        if missing:
            found = self._vault.balances(missing)
            self._stored.update(found)
            self._balances.update({line: found.get(line, 0) for line in missing})

    def post(self, entries: Iterable[Entry]) -> None:
        """Moves the amounts. Raises mirror.Overdrawn and then has moved nothing."""
        entries = tuple(entries)
        check(entries)
        self.load([line for one in entries for line in (one.debit, one.credit)])
        self.post_read(entries)

    def post_read(self, entries: tuple[Entry, ...]) -> None:
        """post() of entries that were checked when they were read, and whose lines have been loaded."""
        self._balances.update(mirror.moved(self._balances, entries))

    def note(self, kind: str, transfer: str, account: str, entries: Iterable[Entry], **values) -> None:
        """Books entries as an event of head office. Raises mirror.Overdrawn."""
        entries = tuple(entries)
        self.post(entries)
        self._notes.append((kind, transfer, account, entries, values))

    def balance(self, line: Line) -> int:
        """The balance of a line as it is now, moves not yet saved included."""
        self.load((line,))
        return self._balances[line]

    def save(self) -> None:
        """Writes head office's events and the balances that have changed."""
        if self._notes:
            _write_notes(self._vault, self._notes)
            self._notes = []
        moved = {line: left for line, left in self._balances.items() if left != self._stored.get(line, 0)}
        if moved:
            self._vault.put_balances(moved)
        self._stored.update(moved)


def _write_notes(vault: Vault, notes: list[tuple[str, str, str, tuple[Entry, ...], dict]]) -> None:
    life = vault.life(vault.office().life)
    assert life is not None
    head = life.head
    day = dt.datetime.fromtimestamp(vault.now_s, dt.UTC).date().isoformat()  # head office's own days are those of UTC
    events = []
    for seq, (kind, transfer, account, entries, values) in enumerate(notes, life.cursor_seq + 1):
        told = {
            "seq": seq, "kind": kind, "at_s": vault.now_s, "business_date": day, "transfer": transfer,
            "account": account, **values, "entries": to_rows(entries),
        }
        raw = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        head = sha256(bytes.fromhex(head) + raw.encode()).hexdigest()
        events.append(Written(HQ, life.incarnation, seq, head, kind, vault.now_s, day, transfer, account, entries, raw))
    vault.add_events(events)
    vault.set_life(life.incarnation, cursor_seq=events[-1].seq, head=head)
