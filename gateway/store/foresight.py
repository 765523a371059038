"""Reads for a whole batch of payments what each would ask for by itself: a dozen questions instead of hundreds."""

from collections.abc import Callable, Sequence
from typing import Any

from gateway.core.asked import Asked
from gateway.core.books import Basket
from gateway.store import baskets, debts, ledger, members, outbox, shifts, taps, terminals
from gateway.store.pages import Pages

FEW = 2  # payments; fewer are as fast one by one
KEYS_MAX = 64  # in one question


def read(pages: Pages, store: str, payments: Sequence[Asked]) -> None:
    """Fills the pages of an open transaction; what they have already stays."""
    for at in range(0, len(payments), KEYS_MAX):
        some = payments[at : at + KEYS_MAX]
        if len(some) >= FEW:
            _read(pages, store, some)


def _read(pages: Pages, store: str, payments: Sequence[Asked]) -> None:
    lanes = [one.lane for one in payments]
    accounts = [one.values["account"] for one in payments if "account" in one.values]
    _fill(pages, "lane", lanes, terminals.lanes)
    _fill(pages, "basket", lanes, baskets.several, Basket(0, False))
    _fill(pages, "transfer", [one.transfer for one in payments], outbox.which_are_written, False)
    _fill(pages, "shift", [one.values["shift"] for one in payments if "shift" in one.values], shifts.several)
    _fill(pages, "tap", [one.values["tap"] for one in payments], taps.several)
    _fill(pages, "member", accounts, members.several)
    _fill(pages, "debts", accounts, debts.of_all)
    _fill(pages, "holding", accounts, lambda db, some: ledger.holdings(db, some, store))
    cards = [tap.card for tap in pages.kept("tap").values() if isinstance(tap, taps.Tap)]
    _fill(pages, "card", cards, members.card_states, "")


def _fill(pages: Pages, noun: str, keys: Sequence, read_all: Callable[..., dict], nothing: Any = None) -> None:
    kept = pages.kept(noun)
    asked = [key for key in dict.fromkeys(keys) if key not in kept]
    if asked:
        found = read_all(pages.raw, asked)
        for key in asked:
            kept[key] = found.get(key, nothing)
