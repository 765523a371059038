"""Value moving between holders, in two steps: the giver's debit is durable before the message leaves, the receiver
credits once per id. In between it is in transit, on the account's own transit line.

    grant       pool -> transit      numbers 1..k of the grant, at head office
    take        transit -> store     numbers k+1..2k of the grant, at the store
    take_back   transit -> pool      the same numbers: a cancelled grant that the store never saw (one or the other)
    give_back   store -> transit     numbers 1..k of the return, at the store
    receive     transit -> pool      numbers k+1..2k of the return, at head office

Repeats, tombstones and equal parameters per id are the stores' tables; a move of nothing is an answer, without entries.
"""

from collections.abc import Iterable, Mapping

from protocol.errors import Ours
from protocol.ledger.entries import TRANSIT, Entry, member_line
from protocol.ledger.lots import Booking, Holding, Slice, available, check_amounts, credited, debited, draw, free
from protocol.money import down


def grant(pool: Holding, to_store: str, want: Mapping[str, int], grant_id: str) -> tuple[Booking, tuple[Slice, ...]]:
    """Lets up to the wanted amount of each asset go towards a store; what the pool lacks is left out."""
    if to_store == pool.holder:
        raise Ours("malformed", "a grant to oneself")
    return _send(pool, want, grant_id)


def take(holding: Holding, grant_id: str, slices: Iterable[Slice]) -> Booking:
    """A store credits a grant that it has not seen before."""
    return _arrive(holding, grant_id, tuple(slices))


def take_back(pool: Holding, grant_id: str, slices: Iterable[Slice]) -> Booking:
    """Head office credits a grant that its store has answered as never seen (tombstone)."""
    return _arrive(pool, grant_id, tuple(slices))


def give_back(
    holding: Holding, return_id: str, want: Mapping[str, int] | None = None
) -> tuple[Booking, tuple[Slice, ...]]:
    """A store lets up to the wanted amounts go home; None: all that is not on hold."""
    if want is None:
        want = {asset: available(holding, asset) for asset in sorted({one.asset for one in holding.slices})}
    return _send(holding, want, return_id)


def receive(pool: Holding, return_id: str, slices: Iterable[Slice], from_store: str) -> Booking:
    """Head office credits a return when it books the store's event."""
    if from_store == pool.holder:
        raise Ours("malformed", "a return from oneself")
    return _arrive(pool, return_id, tuple(slices))


def in_ratio(pool: Holding, stored_cents: int) -> dict[str, int]:
    """An amount of stored value as principal and bonus in the ratio that the pool has free, as far as it goes.

    Stores then agree on a split as far as they can. The bonus share is rounded down.
    """
    principal, bonus = available(pool, "principal"), available(pool, "bonus")
    stored_cents = min(stored_cents, principal + bonus)
    share = down(stored_cents * bonus, principal + bonus) if stored_cents > 0 else 0
    return {"principal": max(0, stored_cents - share), "bonus": share}


def _send(giver: Holding, want: Mapping[str, int], transfer: str) -> tuple[Booking, tuple[Slice, ...]]:
    check_amounts(**want)
    entries, sent, holding = [], [], giver
    for asset, wanted in want.items():
        for one, amount in draw(free(giver), asset, min(wanted, available(giver, asset))):
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
