"""What a store had no issuing right left to give with a sale: head office credits it to its pool. Pure."""

from hq_server.ingest.schemas import Event
from protocol.ledger.credits import Pending, confirm
from protocol.ledger.entries import HQ
from protocol.ledger.lots import Booking, Holding


def pending_of(store: str, event: Event) -> list[Pending]:
    """The points and punches that a sale of this store's left pending; none without a member."""
    if not event.account:
        return []
    points, expires = event.pending_points, event.points_expire or ""
    earned = [Pending(event.account, store, points, event.at_s, expires)] if points else []
    for asset, amount, day in event.pending_units:
        earned.append(Pending(event.account, store, amount, event.at_s, day, asset))
    return earned


def transfer_of(event: Event) -> str:
    """The transfer under which the pool is credited."""
    return (event.transfer or "") + "/points"


def credited(store: str, event: Event) -> Booking:
    """The entries that credit it, and the slices of the pool that they make."""
    booking = Booking((), Holding(event.account or "", HQ))
    for one in pending_of(store, event):
        more = confirm(booking.holding, transfer_of(event), one, len(booking.entries) + 1)
        booking = more._replace(entries=booking.entries + more.entries)
    return booking
