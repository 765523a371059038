"""One transaction's reading and writing: each row is read once, and rows are written table by table, many at once.

A message that fails must leave nothing. As long as a part only reads what is kept here and writes what can wait, its
rows are dropped from the list and SQLite never hears of them. Whoever asks for the connection itself finds everything
on it, under a savepoint for each part that is open.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Hashable
from types import TracebackType
from typing import Any, TypeVar

from gateway.core.books import Rejected

Row = tuple
Writer = Callable[[sqlite3.Connection, list[Row]], None]  # writes rows of one kind in order
Found = TypeVar("Found")
MISSING, AGAIN = object(), object()


class NotAlone(sqlite3.DatabaseError):
    """The database refuses rows that several messages have written: which one it was shows when each writes alone."""


class Part:
    """A piece of the transaction; `mark`: how many rows waited before it; deep: SQLite has a savepoint for it."""

    __slots__ = ("_pages", "deep", "mark")

    def __init__(self, pages: "Pages"):
        self._pages, self.mark, self.deep = pages, 0, False

    def __enter__(self) -> None:
        self._pages.enter(self)

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, _: TracebackType | None) -> None:
        self._pages.leave(self, wrong)


class Pages:
    """What an open transaction has read (`kept`, by noun) and has still to write. Outside of one nothing is kept.

    careful: every part writes what it has at its end, so that a row that is refused is refused to the right message.
    """

    def __init__(self, db: sqlite3.Connection):
        self.raw = db
        self.careful = False
        self.open = False
        self._kept: dict[Hashable, dict] = defaultdict(dict)
        self._waiting: list[tuple[Writer, Row]] = []
        self._parts: list[Part] = []
        self._changes = 0

    @property
    def db(self) -> sqlite3.Connection:
        """The connection, with all that was written so far on it."""
        if self.open:
            self._deepen()
        return self.raw

    def begin(self) -> None:
        self.raw.execute("BEGIN IMMEDIATE")
        self._forget()
        self.open, self._changes = True, self.raw.total_changes

    def commit(self) -> None:
        """Raises NotAlone, or sqlite3.DatabaseError where the disk takes nothing."""
        self._settle_others(len(self._waiting))
        self.raw.execute("COMMIT")
        self._end()

    def rollback(self) -> None:
        self._end()
        self.raw.rollback()

    # ---- reading and writing

    def once(self, noun: Hashable, key: Hashable, read: Callable[..., Found], *arguments: Any) -> Found:
        """What `read` finds on this connection; asked once in a transaction unless others write on it."""
        if not self.open:
            return read(self.raw, *arguments)
        if self.raw.total_changes != self._changes:
            self._others_wrote()
        found = self._kept[noun].get(key, MISSING)
        if found is AGAIN:
            self._deepen()
        elif found is not MISSING:
            return found
        found = self._kept[noun][key] = read(self.raw, *arguments)
        return found

    def kept(self, noun: Hashable) -> dict:
        """key -> value of a noun as this transaction has it; of no use once it ends."""
        if self.raw.total_changes != self._changes:
            self._others_wrote()
        return self._kept[noun]

    def _others_wrote(self) -> None:
        """A handler has written by itself: what was read may differ now."""
        self._deepen()
        self._kept.clear()

    def keep(self, noun: Hashable, key: Hashable, found: Any = AGAIN) -> None:
        """What `once` gives from now on; AGAIN: read it again, with what has been written since."""
        if self.open:
            if self.raw.total_changes != self._changes:
                self._others_wrote()
            self._kept[noun][key] = found

    def later(self, writer: Writer, row: Row) -> None:
        """Writes a row with the others of its kind, at the latest before the commit; at once outside a transaction.

        Order is kept among rows of one kind alone: none may need what another kind writes, but an event's entries.
        """
        if self.open:
            self._waiting.append((writer, row))
        else:
            writer(self.raw, [row])

    # ---- parts

    def part(self) -> Part:
        return Part(self)

    def enter(self, part: Part) -> None:
        part.mark = len(self._waiting)
        self._parts.append(part)
        if self.careful:
            try:
                self._deepen()
            except BaseException:
                self._parts.pop()
                raise

    def leave(self, part: Part, wrong: BaseException | None) -> None:
        if wrong is None and part.deep:
            wrong = self._settled_alone()
        if isinstance(wrong, sqlite3.DatabaseError) and not isinstance(wrong, sqlite3.IntegrityError):
            return  # the disk: the whole transaction is lost, and may be gone already
        self._parts.pop()
        if wrong is not None:
            self._undo(part)
            if isinstance(wrong, sqlite3.IntegrityError):
                raise Rejected(str(wrong)) from wrong
        elif part.deep:
            self.raw.execute("RELEASE part")

    def _settled_alone(self) -> sqlite3.IntegrityError | None:
        """Writes the rows of the innermost part, which has a savepoint; what the database has against them."""
        try:
            self._settle(len(self._waiting))
        except sqlite3.IntegrityError as wrong:
            return wrong
        return None

    def _undo(self, part: Part) -> None:
        touched = part.deep or len(self._waiting) > part.mark
        del self._waiting[part.mark :]
        if part.deep:
            self.raw.execute("ROLLBACK TO part")
            self.raw.execute("RELEASE part")
        if touched:
            self._settle_others(len(self._waiting))
            self._kept.clear()

    def _deepen(self) -> None:
        """Everything that waits is written, each open part's rows behind its own savepoint."""
        settle = self._settle_others
        for part in self._parts:
            if not part.deep:
                settle(part.mark)
                self.raw.execute("SAVEPOINT part")
                part.deep = True
            settle = self._settle  # what waits behind a savepoint is of that part alone
        settle(len(self._waiting))

    def _settle_others(self, upto: int) -> None:
        """Writes rows that may be several messages'."""
        try:
            self._settle(upto)
        except sqlite3.IntegrityError as wrong:
            raise NotAlone(str(wrong)) from wrong

    def _settle(self, upto: int) -> None:
        if self.raw.total_changes != self._changes:
            self._kept.clear()
        rows: dict[Writer, list[Row]] = {}
        for writer, row in self._waiting[:upto]:
            if writer in rows:
                rows[writer].append(row)
            else:
                rows[writer] = [row]
        del self._waiting[:upto]
        for part in self._parts:
            part.mark = max(0, part.mark - upto)
        for writer, several in rows.items():
            writer(self.raw, several)
        self._changes = self.raw.total_changes

    def _forget(self) -> None:
        self._kept.clear()
        self._waiting.clear()
        self._parts.clear()

    def _end(self) -> None:
        self._forget()
        self.open = False
