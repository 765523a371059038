"""Issuing rights: what a store may credit by itself is itself a float, granted by head office and drawn by each credit.

A right is named 'issue:<asset>' and counted in the unit of that asset; punches of all items share 'issue:punch'. The
uses of a public code are a right too, 'code:<code>', drawn by each use and shared out among the stores.
At a store a right is never below zero; head office's own side of it may be, since that is where rights are made.
"""

from collections.abc import Mapping

from protocol.ledger.entries import HQ, TRANSIT, Entry, Line


def right_name(asset: str) -> str:
    """The right to credit this asset."""
    return "issue:" + ("punch" if asset.startswith("punch:") else asset)


def code_name(code: str) -> str:
    """The right to one more use of a public code with a total limit."""
    return "code:" + code


def missing(rights: Mapping[str, int], wanted: Mapping[str, int]) -> str | None:
    """The first right that does not cover what is wanted of it, or None."""
    for name, amount in wanted.items():
        if amount > rights.get(name, 0):
            return name
    return None


def draw_rights(transfer: str, store: str, wanted: Mapping[str, int], first_n: int) -> tuple[Entry, ...]:
    """Entries that use up rights of a store."""
    used = [(name, amount) for name, amount in wanted.items() if amount]
    return tuple(
        Entry(transfer, first_n + at, _right(store, name, store), Line("right_used", store, name), amount)
        for at, (name, amount) in enumerate(used)
    )


def grant_right(store: str, right: str, amount: int, grant_id: str) -> Entry:
    """Head office lets a right go: it is in transit until the store's event arrives."""
    return Entry(grant_id, 1, _right(store, right, HQ), _right(store, right, TRANSIT), amount)


def take_right(store: str, right: str, amount: int, grant_id: str) -> Entry:
    """The store has the right. Number 2 of the grant, so it can be booked once."""
    return Entry(grant_id, 2, _right(store, right, TRANSIT), _right(store, right, store), amount)


def _right(store: str, name: str, holder: str) -> Line:
    return Line("right", store, name, holder)
