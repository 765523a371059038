"""Value moving between holders, in two steps: the giver's debit is durable before the message leaves, the receiver
credits once per id. In between it is in transit, on the account's own transit line.

    grant       pool -> transit      numbers 1..k of the grant, at head office
    take        transit -> store     numbers k+1..2k of the grant, at the store
    take_back   transit -> pool      the same numbers: a cancelled grant that the store never saw (one or the other)
    give_back   store -> transit     numbers 1..k of the return, at the store
    receive     transit -> pool      numbers k+1..2k of the return, at head office

Coupons, punches and once-per-member units go like money: a grant names (lot, amount) pairs of whatever it carries. An
account has few slices, for credits of equal terms share a lot (lots.lot_name), so that each goes on the wire by itself.

Repeats, tombstones and equal parameters per id are the stores' tables; a move of nothing is an answer, without entries.
"""

from collections.abc import Collection, Iterable, Mapping

from protocol.errors import Ours
from protocol.ledger.entries import TRANSIT, Entry, member_line
from protocol.ledger.lots import Booking, Holding, Slice, available, check_amounts, credited, debited, draw, free
from protocol.money import down

FIRST_HOME = ("principal", "bonus", "points")  # the order in which one bound for several assets is filled


def grant(
    pool: Holding, to_store: str, want: Mapping[str, int], grant_id: str, lots: Collection[str] | None = None
) -> tuple[Booking, tuple[Slice, ...]]:
    """Lets up to the wanted amount of each asset go towards a store; what the pool lacks is left out.

    lots: only of these (the coupon that the member shows there); None: of any, in draw order.
    """
    if to_store == pool.holder:
        raise Ours("malformed", "a grant to oneself")
    return _send(pool, want, grant_id, lots)


def take(holding: Holding, grant_id: str, slices: Iterable[Slice]) -> Booking:
    """A store credits a grant that it has not seen before."""
    return _arrive(holding, grant_id, tuple(slices))


def take_back(pool: Holding, grant_id: str, slices: Iterable[Slice]) -> Booking:
    """Head office credits a grant that its store has answered as never seen (tombstone)."""
    return _arrive(pool, grant_id, tuple(slices))


def give_back(
    holding: Holding,
    return_id: str,
    want: Mapping[str, int] | None = None,
    lots: Collection[str] | None = None,
) -> tuple[Booking, tuple[Slice, ...]]:
    """A store lets up to the wanted amounts go home; None: all that is not on hold. lots: only of these."""
    return _send(holding, want_of(holding, "*", None) if want is None else want, return_id, lots)


def receive(pool: Holding, return_id: str, slices: Iterable[Slice], from_store: str) -> Booking:
    """Head office credits a return when it books the store's event."""
    if from_store == pool.holder:
        raise Ours("malformed", "a return from oneself")
    return _arrive(pool, return_id, tuple(slices))


def want_of(holding: Holding, asset: str, up_to: int | None) -> dict[str, int]:
    """What a recall may take here: asset -> amount, of what is free, up to a bound for all of them (None: everything).

    asset: one of them, 'stored' for principal and bonus in their ratio here, 'coupon:*' and the like for a kind, or
    '*'. A bound over several is filled in the order of FIRST_HOME, then by name. Raises Ours for a negative bound.
    """
    check_amounts(up_to=up_to or 0)
    if asset == "stored":
        free_cents = available(holding, "principal") + available(holding, "bonus")
        return in_ratio(holding, free_cents if up_to is None else up_to)
    want, left = {}, up_to
    for name in _matching(holding, asset):
        here = available(holding, name)
        want[name] = here if left is None else min(here, left)
        left = None if left is None else left - want[name]
    return want


def above_target(holding: Holding, targets: Mapping[str, int]) -> dict[str, int]:
    """What lies here above this store's targets: asset -> amount to give back. What no target names stays.

    targets: as want_of names assets -> how much to keep; of a kind, of each of its assets. A store gives back when it
    likes, because of its target, and never because a day has ended: an evening's return is a morning's refusal.
    """
    want: dict[str, int] = {}
    for asset, keep in targets.items():
        check_amounts(keep=keep)
        if asset == "stored":
            free_cents = available(holding, "principal") + available(holding, "bonus")
            want |= in_ratio(holding, max(0, free_cents - keep))
        else:
            want |= {name: max(0, available(holding, name) - keep) for name in _matching(holding, asset)}
    return {asset: amount for asset, amount in want.items() if amount}


def in_ratio(pool: Holding, stored_cents: int) -> dict[str, int]:
    """An amount of stored value as principal and bonus in the ratio that the pool has free, as far as it goes.

    Stores then agree on a split as far as they can. The bonus share is rounded down.
    """
    principal, bonus = available(pool, "principal"), available(pool, "bonus")
    stored_cents = min(stored_cents, principal + bonus)
    share = down(stored_cents * bonus, principal + bonus) if stored_cents > 0 else 0
    return {"principal": max(0, stored_cents - share), "bonus": share}


def _matching(holding: Holding, asset: str) -> list[str]:
    """The assets here that a name means, in the order in which they go home; one named in full is always meant."""
    if not asset.endswith("*"):
        return [asset]
    here = {one.asset for one in holding.slices if one.asset.startswith(asset[:-1])}
    return [name for name in FIRST_HOME if name in here] + sorted(here - set(FIRST_HOME))


def _send(
    giver: Holding, want: Mapping[str, int], transfer: str, lots: Collection[str] | None
) -> tuple[Booking, tuple[Slice, ...]]:
    check_amounts(**want)
    entries, sent, holding = [], [], giver
    slices = [one for one in free(giver) if lots is None or one.lot in lots]
    for asset, wanted in want.items():
        there = sum(one.amount for one in slices if one.asset == asset)
        for one, amount in draw(slices, asset, min(wanted, there)):
            line = member_line(giver.account, asset, giver.holder, one.lot)
            entries.append(Entry(transfer, len(entries) + 1, line, line._replace(holder=TRANSIT), amount))
            holding = debited(holding, one.lot, amount)
            sent.append(one._replace(amount=amount))
    return Booking(tuple(entries), holding), tuple(sent)


def _arrive(holding: Holding, transfer: str, slices: tuple[Slice, ...]) -> Booking:
    entries = []
    for at, one in enumerate(slices):
        if one.amount <= 0:
            raise Ours("malformed", f"a slice of {one.amount}")
        line = member_line(holding.account, one.asset, holding.holder, one.lot)
        entries.append(Entry(transfer, len(slices) + at + 1, line._replace(holder=TRANSIT), line, one.amount))
        holding = credited(holding, one)
    return Booking(tuple(entries), holding)
