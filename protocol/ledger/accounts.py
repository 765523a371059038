"""The life of a member's account: frozen, merged into another, closed. Entries are never rewritten.

Value is moved or paid out where it lies when this is called, at head office or at a store; what arrives later is moved
or paid by calling again under another id. A store that has not heard yet spends what it holds of the old account,
rightly. What a hold has set aside stays until the hold is closed.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from protocol.errors import Ours
from protocol.ledger.entries import HQ, SUSPENSE, TRANSIT, Entry, Line, member_line
from protocol.ledger.lots import Booking, Holding, Refusal, Slice, added, available, credited, free
from protocol.ledger.spending import take_from_lots, take_parts

ACTIVE, FROZEN, MERGED, CLOSING, CLOSED = "active", "frozen", "merged", "closing", "closed"

LIFE = {
    (ACTIVE, "freeze"): FROZEN,
    (FROZEN, "unfreeze"): ACTIVE,
    (ACTIVE, "merge"): MERGED,
    (FROZEN, "merge"): MERGED,
    (MERGED, "unmerge"): ACTIVE,
    (ACTIVE, "close"): CLOSING,
    (FROZEN, "close"): CLOSING,
    (CLOSING, "reopen"): ACTIVE,
    (CLOSING, "all_home"): CLOSED,
}

# what is done for an account that is not active too: it settles what has happened already
ALWAYS = ("capture", "void", "refund", "give_back", "expire", "adjust")
REFUSED = {FROZEN: "frozen", MERGED: "merged", CLOSING: "closed", CLOSED: "closed"}


class Moved(NamedTuple):
    """A merge as far as it goes now: entries of one transfer, and both holdings after it."""

    entries: tuple[Entry, ...]
    old: Holding
    heir: Holding


class Closed(NamedTuple):
    """What closing pays out and forfeits here: booking, minor units to pay, what is forfeited by asset, debts left."""

    booking: Booking
    paid_cents: int
    forfeited: dict[str, int]
    owed: dict[str, int]


def step(status: str, event: str) -> str | Refusal:
    """The next status of an account; refused with the reason of the present one if it knows no such event."""
    if (status, event) in LIFE:
        return LIFE[status, event]
    return Refusal(REFUSED.get(status, "malformed"), f"an account that is {status} knows no {event}")


def barred(status: str, act: str) -> str:
    """The reason to refuse an act for an account of this status, '' if it may be done."""
    return "" if act in ALWAYS else REFUSED.get(status, "")


def heir_of(account: str, heirs: Mapping[str, str]) -> str:
    """The account that has taken over, at the end of all merges. Raises Ours if they go round in a circle."""
    seen = {account}
    while account in heirs:
        account = heirs[account]
        if account in seen:
            raise Ours("malformed", "merges go round in a circle at " + account)
        seen.add(account)
    return account


def move(old: Holding, heir: Holding, transfer: str, owed: Mapping[str, int] | None = None, first_n: int = 1) -> Moved:
    """Moves what is free of an account to its heir at the same holder: same lots, same terms.

    owed: what the old account still owes (receivable), asset -> amount; the heir owes it from now on. What a member
    may do once (once:X) does not add up: the heir keeps his own.
    """
    if old.account == heir.account or old.holder != heir.holder:
        raise Ours("malformed", f"{old.account} at {old.holder} to {heir.account} at {heir.holder}")
    booking = Booking((), old)
    for one in free(old):
        to = member_line(heir.account, one.asset, heir.holder, one.lot)
        if one.asset.startswith("once:"):
            to = Line("breakage", old.holder, one.asset)
        elif one.amount:
            heir = credited(heir, one)
        if one.amount:
            booking = take_parts(booking, transfer, [(one.asset, one.lot, one.amount)], to, first_n)
    for asset, amount in (owed or {}).items():
        debtor, was = Line("receivable", heir.account, asset), Line("receivable", old.account, asset)
        booking = added(booking, transfer, debtor, was, amount, first_n)
    return Moved(booking.entries, booking.holding, heir)


def move_back(
    old: Holding, heir: Holding, transfer: str, moved: Iterable[Slice], first_n: int = 1
) -> tuple[Moved, tuple[Slice, ...]]:
    """Undoes a merge as far as the heir still has it here. moved: slices of all that went over and is not back yet.

    Returns also what is not back: it lies elsewhere, and comes when it is home, or is spent.
    """
    booking, left = Booking((), heir), []
    for one in moved:
        here = sum(each.amount for each in free(booking.holding) if each.lot == one.lot)
        amount = min(here, one.amount)
        if amount:
            to = member_line(old.account, one.asset, old.holder, one.lot)
            booking = take_parts(booking, transfer, [(one.asset, one.lot, amount)], to, first_n)
            old = credited(old, one._replace(amount=amount))
        if amount < one.amount:
            left.append(one._replace(amount=one.amount - amount))
    return Moved(booking.entries, old, booking.holding), tuple(left)


def close(
    holding: Holding,
    transfer: str,
    owed: Mapping[str, int] | None = None,
    pays: tuple[str, ...] = ("principal",),
    first_n: int = 1,
) -> Closed | Refusal:
    """Pays out what is paid out by rule and forfeits the rest, of what lies here; debts of the same asset come first.

    The cash book is that of the holder who pays: a store, or head office by bank. Refused with hold_open.
    """
    if holding.holds:
        return Refusal("hold_open", holding.holds[0].hold_id)
    booking, debts = Booking((), holding), dict(owed or {})
    paid_cents, forfeited = 0, {}
    for asset in sorted({one.asset for one in holding.slices if one.amount}):
        collected = min(debts.get(asset, 0), available(holding, asset))
        debtor = Line("receivable", holding.account, asset)
        booking = take_from_lots(booking, transfer, asset, collected, debtor, first_n)
        debts[asset] = debts.get(asset, 0) - collected
        rest, paid = available(booking.holding, asset), asset in pays
        to = Line("cash" if paid else "breakage", holding.holder, asset)
        booking = take_from_lots(booking, transfer, asset, rest, to, first_n)
        paid_cents += rest if paid else 0
        forfeited |= {asset: rest} if rest and not paid else {}
    return Closed(booking, paid_cents, forfeited, {asset: left for asset, left in debts.items() if left})


def to_recall(held: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """Which stores have what of an account, from (holder, asset) -> amount: what head office has to ask home."""
    found: dict[str, dict[str, int]] = {}
    for (holder, asset), amount in sorted(held.items()):
        if amount and holder not in (HQ, TRANSIT, SUSPENSE):
            found.setdefault(holder, {})[asset] = amount
    return found


def all_home(held: Mapping[tuple[str, str], int]) -> bool:
    """Whether nothing of an account is left anywhere: it is closed then, and stays a name on old entries."""
    return not any(held.values())
