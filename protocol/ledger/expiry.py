"""Expiry: a debit by the holder of the slice, after its store's business date has passed the lot's expiry by a grace.

What a hold has set aside stays, and may be captured later; a gateway whose clock is in doubt does not call this at all.
"""

from datetime import date, timedelta

from protocol.ledger.entries import Line
from protocol.ledger.lots import Booking, Holding, Slice, check_amounts, free
from protocol.ledger.spending import take_parts


def expire(holding: Holding, transfer: str, business_date: str, grace_days: int, first_n: int = 1) -> Booking:
    """Moves what has expired here to breakage. business_date: 'YYYY-MM-DD' of the holder."""
    booking = Booking((), holding)
    for one in expired(holding, business_date, grace_days):
        to = Line("breakage", holding.holder, one.asset)
        booking = take_parts(booking, transfer, [(one.asset, one.lot, one.amount)], to, first_n)
    return booking


def expired(holding: Holding, business_date: str, grace_days: int) -> tuple[Slice, ...]:
    """The free slices whose last good date lies more than the grace before the business date."""
    check_amounts(grace_days=grace_days)
    return tuple(one for one in free(holding) if one.amount and over(one, business_date, grace_days))


def over(one: Slice, business_date: str, grace_days: int) -> bool:
    """Whether a lot's last good date lies more than the grace before the business date."""
    limit = (date.fromisoformat(business_date) - timedelta(days=grace_days)).isoformat()
    return one.expires != "" and one.expires < limit
