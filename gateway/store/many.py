"""Questions about several keys at once: how many there are is rounded up, so that few statements have to be kept."""

from collections.abc import Sequence
from itertools import chain
from typing import Any


def marks(keys: Sequence[Any]) -> str:
    """'?, ?, ...' for as many keys as `padded` gives."""
    return ", ".join("?" * _room(keys))


def padded(keys: Sequence[Any]) -> tuple:
    """The keys, and NULL for the rest of the places: nothing equals that."""
    return (*keys, *(None,) * (_room(keys) - len(keys)))


def mark_rows(rows: Sequence[tuple]) -> str:
    """'(?, ?, ?), ...' for VALUES."""
    mark = "(%s)" % ", ".join("?" * len(rows[0]))
    return ", ".join([mark] * _room(rows))


def padded_rows(rows: Sequence[tuple]) -> tuple:
    """All places of the rows one after the other, NULL for the rest."""
    return (*chain.from_iterable(rows), *(None,) * ((_room(rows) - len(rows)) * len(rows[0])))


def _room(keys: Sequence[Any]) -> int:
    room = 1  # SQLite takes IN (?) for an equality
    while room < len(keys):
        room *= 4
    return room
