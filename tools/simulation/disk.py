"""A disk in memory: tables with an undo log, so that a transaction, a part of it or a crash can be taken back.

What is committed is durable. `image` is what a backup or a copied card holds; a new disk begins from it.
"""

from collections.abc import Callable
from copy import copy
from types import TracebackType
from typing import Any

NOTHING = object()


class Killed(BaseException):
    """The process died here (kill -9). No handler of the production code may catch it."""


class Disk:
    """Tables are dicts and lists named in `tables`; values in them are never changed in place."""

    tables: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._undo: list[tuple[Any, Any, Any]] = []

    def begin(self) -> None:
        """Opens a transaction."""

    def commit(self) -> None:
        """Everything written so far is durable."""
        self._undo.clear()

    def rollback(self) -> None:
        """Takes back what is not durable: an error, or a crash."""
        self._back_to(0)

    def part(self) -> "Part":
        """Undone alone if its block raises."""
        return Part(self)

    def image(self) -> dict[str, Any]:
        """The tables as they are on the disk."""
        found = {name: copy(getattr(self, name)) for name in self.tables}
        copies = {id(getattr(self, name)): table for name, table in found.items()}
        _take_back([(copies[id(table)], key, before) for table, key, before in self._undo], 0)
        return found

    def restore(self, image: dict[str, Any]) -> None:
        """The disk holds this from now on."""
        self._undo.clear()
        for name, table in image.items():
            setattr(self, name, copy(table))

    @property
    def dirty(self) -> bool:
        """Whether something is written and not yet durable."""
        return bool(self._undo)

    def put(self, table: dict, key: Any, value: Any) -> None:
        self._undo.append((table, key, table.get(key, NOTHING)))
        table[key] = value

    def put_new(self, table: dict, key: Any, value: Any) -> None:
        """Raises KeyError for a key that is there: what a primary key does."""
        if key in table:
            raise KeyError(f"{key} is there already")
        self.put(table, key, value)

    def drop(self, table: dict, key: Any) -> None:
        if key in table:
            self._undo.append((table, key, table.pop(key)))

    def add(self, table: list, value: Any) -> None:
        self._undo.append((table, None, len(table)))
        table.append(value)

    def _back_to(self, mark: int) -> None:
        _take_back(self._undo, mark)


def _take_back(undo: list[tuple[Any, Any, Any]], mark: int) -> None:
    while len(undo) > mark:
        table, key, before = undo.pop()
        if key is None:
            del table[before:]
        elif before is NOTHING:
            del table[key]
        else:
            table[key] = before


class Part:
    """A savepoint."""

    def __init__(self, disk: Disk):
        self._disk, self._mark = disk, 0

    def __enter__(self) -> None:
        self._mark = len(self._disk._undo)

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, _: TracebackType | None) -> None:
        if kind is not None:
            self._disk._back_to(self._mark)


class Dying:
    """Storage whose process is killed at its n-th write, or as it begins to commit (write 0).

    Stands before the true storage for one transaction; both depths die at the very same call.
    """

    def __init__(self, storage: Any, at_write: int, writes: frozenset[str]):
        self._storage, self._left, self._writes = storage, at_write, writes
        self._at_commit = at_write == 0

    def __getattr__(self, name: str) -> Any:
        if name == "commit":
            return self._commit
        found = getattr(self._storage, name)
        return self._counted(found) if name in self._writes else found

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
        else:
            setattr(self._storage, name, value)

    def _commit(self) -> None:
        if self._at_commit:
            raise Killed
        self._storage.commit()

    def _counted(self, write: Callable) -> Callable:
        def dying(*told: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                raise Killed
            return write(*told, **named)

        return dying
