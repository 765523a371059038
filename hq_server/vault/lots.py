"""The lots that events open: who credited them, of what kind, until when they are good.

An event tells the terms of the lots it opened; a shared lot's id is made of its terms, so they vouch for themselves.
"""

from collections.abc import Iterable

from hq_server.ingest.rules import Told, credits_from_outside
from hq_server.ingest.schemas import Event
from hq_server.rules.rules import expiry_date
from hq_server.vault.books import Vault
from hq_server.vault.rows import Lot
from protocol.ledger.credits import LOT_KINDS
from protocol.ledger.entries import Entry
from protocol.ledger.lots import Holding, Slice, lot_name, month_start

LOT_EACH = "coupon:"  # assets whose lots are not shared: their ids are made of transfer and number


def add_opened_lots(vault: Vault, store: str, events: Iterable[Told]) -> None:
    """Writes the lots that these events have opened."""
    days: dict[int | None, tuple[int, int]] = {}
    credited = [(told, one) for told in events for one in _opening(told)]
    if not credited:
        return
    known = vault.known_lots({one.credit.lot for _, one in credited})
    opened = {}
    for told, one in credited:
        line = one.credit
        key = (line.party, line.lot)
        if key not in known and key not in opened:
            terms = _told(told.event, one) or _derived(vault, store, told.event, one, days)
            opened[key] = Lot(
                line.party, line.lot, line.asset, terms.origin, terms.kind, terms.expires, terms.opened_s, one.transfer
            )
    vault.add_lots(opened.values())


def opened_terms(vault: Vault, store: str, told: Told) -> tuple[Slice, ...]:
    """The terms of the lots that an event may open, told or worked out."""
    days: dict[int | None, tuple[int, int]] = {}
    return tuple(
        _told(told.event, one) or _derived(vault, store, told.event, one, days)
        for one in _opening(told)
    )


def _opening(told: Told) -> list[Entry]:
    """Entries that may open a lot. A void gives back to lots that are known, but where what opened them came twice."""
    credited = credits_from_outside(told)
    return [one for one in credited if told.event.kind != "void" or _told(told.event, one)] if credited else []


def add_own_lots(vault: Vault, pool: Holding, transfer: str) -> None:
    """Writes those lots of a holding of head office that nobody has opened before."""
    known = vault.known_lots({one.lot for one in pool.slices})
    vault.add_lots(
        Lot(pool.account, one.lot, one.asset, one.origin, one.kind, one.expires, one.opened_s, transfer)
        for one in pool.slices
        if (pool.account, one.lot) not in known
    )


def _told(event: Event, one: Entry) -> Slice | None:
    """The terms as the event tells them, if the lot's own id says the same."""
    for asset, lot, origin, kind, expires, opened_s in event.lots:
        if (asset, lot) == (one.credit.asset, one.credit.lot):
            terms = Slice(asset, lot, 0, origin, kind, expires, opened_s)
            if asset.startswith(LOT_EACH) or lot_name(one.credit.party, terms) == lot:
                return terms
    return None


def _derived(
    vault: Vault, store: str, event: Event, one: Entry, days: dict[int | None, tuple[int, int]]
) -> Slice:
    """The terms as the chain's rules say, for an event that does not tell them."""
    line = one.credit
    kind = LOT_KINDS.get(one.debit.book, one.debit.book)
    expires = expires_of(vault, event, line.asset, days)
    return Slice(line.asset, line.lot, 0, store, kind, expires, month_start(event.at_s))


def expires_of(vault: Vault, event: Event, asset: str, days: dict[int | None, tuple[int, int]]) -> str:
    """As the event says, or as the rules it names say. Principal never expires."""
    said = {"bonus": event.bonus_expires, "points": event.points_expire}.get(asset)
    if said or asset == "principal":
        return said or ""
    if event.rules not in days:
        days[event.rules] = vault.days_of_rules(event.rules)
    bonus_days, points_days = days[event.rules]
    return expiry_date(event.business_date, points_days if asset == "points" else bonus_days)
