"""Expiry: a debit by the holder of the slice, after its store's business date has passed the lot's expiry by a grace.

Once per (lot, holder): a slice that comes here later expires here in its turn, under the id of its own day. What a hold
has set aside stays, and may be captured later. A holder whose clock is in doubt expires nothing.
"""

from calendar import monthrange
from datetime import date, timedelta

from protocol.ledger.entries import Line
from protocol.ledger.lots import Booking, Holding, Slice, check_amounts, free
from protocol.ledger.spending import take_parts


def expire(holding: Holding, transfer: str, business_date: str, grace_days: int, first_n: int = 1) -> Booking:
    """Moves what has expired here to breakage. business_date: 'YYYY-MM-DD', '' while the holder's clock is in doubt.

    A lot is good on its last date and for the grace after it. Nothing expired is a booking without entries.
    """
    booking = Booking((), holding)
    for one in expired(holding, business_date, grace_days):
        to = Line("breakage", holding.holder, one.asset)
        booking = take_parts(booking, transfer, [(one.asset, one.lot, one.amount)], to, first_n)
    return booking


def expired(holding: Holding, business_date: str, grace_days: int) -> tuple[Slice, ...]:
    """The free slices whose last good date lies more than the grace before the business date; '' finds none."""
    check_amounts(grace_days=grace_days)
    return tuple(one for one in free(holding) if one.amount and over(one, business_date, grace_days))


def over(one: Slice, business_date: str, grace_days: int) -> bool:
    """Whether a lot's last good date lies more than the grace before the business date ('': nobody knows)."""
    if not business_date or not one.expires:
        return False
    limit = (date.fromisoformat(business_date) - timedelta(days=grace_days)).isoformat()
    return one.expires < limit


def expiry_id(holder: str, account: str, business_date: str) -> str:
    """The transfer of what expires of an account at a holder on a day: booked once, however often it is tried."""
    return f"expiry/{holder}/{account}/{business_date}"


def good_until(business_date: str, days: int) -> str:
    """The last good date of what is credited on a business date for so many days: the end of that month; '' for ever.

    Never earlier than the rule says. It keeps an account that earns every day at a dozen lots a year, not hundreds.
    """
    if not days or not business_date:
        return ""
    last = date.fromisoformat(business_date) + timedelta(days=days)
    return last.replace(day=monthrange(last.year, last.month)[1]).isoformat()
