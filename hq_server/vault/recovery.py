"""What a head office that was restored from a backup may do before it knows what stores took meanwhile.

Until every store has reported (remembering.py) or two people have set it aside, nothing leaves a pool: it might be a
store's already. What a store turns out to have, and the pool lacks, is booked from loss/hq, by account and lot; as
soon as the same lot comes home that loss is made good again.
"""

from collections.abc import Mapping

from hq_server.errors import conflict
from hq_server.vault.book import LIFE, Book
from hq_server.vault.books import Vault
from hq_server.vault.rows import Awaited
from protocol.ledger.entries import HQ, Entry, Line, member_line

REASON = "recovery"
AWAITED, SET_ASIDE, REPORTED = "awaited", "set_aside", "reported"


def waits(vault: Vault) -> bool:
    """Whether nothing may leave a pool: a store has not reported and nobody has decided to go on without it."""
    return any(row.status == AWAITED for row in awaited(vault))


def awaited(vault: Vault) -> list[Awaited]:
    """The stores that a restored head office has to hear or has heard."""
    return vault.awaited() if vault.office().life != LIFE else []


def unheard(vault: Vault, store: str, incarnation: str) -> bool:
    """Whether this very incarnation may still tell what a head office before this one granted it."""
    return any((row.store, row.incarnation) == (store, incarnation) and row.status != REPORTED
               for row in awaited(vault))  # fmt: skip


def check(vault: Vault, account: str) -> None:
    """Before people change an account: what it owes the restore is made good. Raises HqError('recovery')."""
    check_over(vault)
    make_good(vault, account)


def check_over(vault: Vault) -> None:
    """Raises HqError('recovery') while a store is waited for."""
    missing = [row.store for row in awaited(vault) if row.status == AWAITED]
    if missing:
        raise conflict(REASON, "have not reported yet: " + ", ".join(missing))


def within_cap(vault: Vault, wanted: Mapping[str, int]) -> dict[str, int]:
    """What may leave the pool of what is wanted: while stores are set aside, in all no more than their caps."""
    left = min((row.cap - row.used for row in awaited(vault) if row.status == SET_ASIDE), default=None)
    allowed: dict[str, int] = {}
    for asset, amount in wanted.items():
        part = amount if left is None else min(amount, left)
        left = None if left is None else left - max(0, part)
        if part > 0:
            allowed[asset] = part
    return allowed


def let_go(vault: Vault, amount: int) -> None:
    """Counts what has left the pool against the caps of stores that are set aside."""
    for row in awaited(vault):
        if row.status == SET_ASIDE:
            vault.put_awaited(row._replace(used=row.used + amount))


def loss_line(account: str, asset: str, lot: str) -> Line:
    """What was credited of a lot although the pool had none of it; below zero as long as it is missing."""
    return Line("loss", HQ, asset, account, lot)


def make_good(vault: Vault, account: str) -> None:
    """What has come home of a lot that was credited from loss goes to that loss first."""
    if vault.office().life == LIFE:
        return
    losses = vault.restore_losses(account)
    if not losses:
        return
    book, number, entries = Book(vault), vault.new_id(), []
    pool = {(one.asset, one.lot): one.amount for one in vault.holding(account, HQ).slices}
    for line, balance in sorted(losses.items(), reverse=True):  # a settled debt names no lot: it comes last
        for (asset, lot), there in sorted(pool.items()):
            amount = min(-balance, there)
            if asset == line.asset and line.lot in (lot, "") and amount > 0:
                source = member_line(account, asset, HQ, lot)
                entries.append(Entry(number, len(entries) + 1, source, line, amount))
                pool[asset, lot] -= amount
                balance += amount
    if entries:
        book.note("made_good", number, account, entries)
        book.save()
