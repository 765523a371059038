"""Punches that a purchase earns: what a punch card's rule names, by the line that was bought. Pure.

What the same card gives away in this very sale earns none: nobody paid for it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gateway.core.pricing import BasketLine
from gateway.core.rules import Rules
from protocol.ledger import punches
from protocol.ledger.credits import Pending
from protocol.ledger.expiry import good_until
from protocol.ledger.lots import Booking


class Stamps(NamedTuple):
    """What was earned: by_line[at]: asset -> punches of the line at that place, from 0; pending: without a right."""

    booking: Booking
    by_line: Mapping[int, Mapping[str, int]]
    pending: tuple[Pending, ...]

    def in_all(self) -> dict[str, int]:
        """Asset -> punches of the whole sale, pending ones too."""
        return dict(sum((Counter(units) for units in self.by_line.values()), Counter()))

    def without_right(self) -> list[list]:
        """As the event tells what head office is to credit: asset, punches, last day."""
        return [[one.asset, one.amount, one.expires] for one in self.pending]


def earned(rules: Rules, lines: Iterable[BasketLine]) -> dict[int, dict[str, int]]:
    """Place of a line -> asset -> punches it earns; lines below zero are what was redeemed."""
    lines, by_line = tuple(lines), {}
    free = Counter(line.code for line in lines if line.qty_milli < 0)
    for asset, offer in sorted(rules.offers.items()):
        free_milli = free[asset] * 1000
        for at, line in enumerate(lines):
            if line.code not in offer.earned_by or line.amount_cents <= 0:
                continue
            given_milli = min(free_milli, line.qty_milli)
            free_milli -= given_milli
            units = (line.qty_milli - given_milli) // offer.each_milli
            if units:
                by_line.setdefault(at, {})[asset] = units
    return by_line


def give(
    booking: Booking,
    transfer: str,
    lines: Iterable[BasketLine],
    rules: Rules,
    rights: Mapping[str, int],
    at_s: int,
    business_date: str,
) -> Stamps:
    """Adds to a sale's booking the punches that its lines earn, now or, without a right left, pending."""
    stamps = Stamps(booking, earned(rules, lines), ())
    left = dict(rights)
    for asset, units in sorted(stamps.in_all().items()):
        item, days = asset.partition(":")[2], rules.offers[asset].days
        expires, first_n = good_until(business_date, days), len(stamps.booking.entries) + 1
        given = punches.earn(stamps.booking.holding, transfer, item, units, left, at_s, expires, first_n)
        if isinstance(given, Pending):
            stamps = stamps._replace(pending=(*stamps.pending, given))
            continue
        left |= {name: left[name] - amount for name, amount in given.rights_drawn.items()}
        both = stamps.booking._replace(entries=stamps.booking.entries + given.entries, holding=given.holding)
        stamps = stamps._replace(booking=both)
    return stamps
