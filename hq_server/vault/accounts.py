"""Members' accounts as people change them: corrected, merged into another, closed and paid out.

What lies in the pool is moved or paid at once; what lies at stores is recalled and follows as it comes home (follow).
"""

from collections.abc import Collection

from hq_server.errors import HqError, conflict, not_found
from hq_server.vault import moves, recovery
from hq_server.vault.book import Book
from hq_server.vault.books import Vault
from hq_server.vault.lots import add_own_lots
from hq_server.vault.rows import Member
from protocol.errors import ProtocolError
from protocol.ledger import accounts, adjustments
from protocol.ledger.entries import HQ, Line
from protocol.ledger.lots import Holding, Refusal

ASSETS = ("principal", "bonus", "points")


def adjust(
    vault: Vault, account: str, asset: str, change: int, reason: str, operator: str, second: str, expires: str = ""
) -> str:
    """Corrects what lies in the pool; the transfer. Raises HqError: not_found, bad_adjustment, a refusal's."""
    _member(vault, account)
    recovery.check(vault, account)
    transfer, pool = vault.new_id(), vault.holding(account, HQ)
    try:
        done = adjustments.adjust(
            pool, transfer, asset, change, reason, operator, second, None, vault.now_s, expires
        )
    except ProtocolError as wrong:
        raise HqError("bad_adjustment", wrong.detail) from wrong
    if isinstance(done, Refusal):
        raise conflict(done.reason, done.detail)
    _note(vault, "adjusted", transfer, account, done, reason=reason, operator=operator, second=second)
    return transfer


def merge(vault: Vault, account: str, heir: str, operator: str, second: str) -> dict[str, int]:
    """One account becomes the heir of another; what of it came over at once, by asset. Raises HqError."""
    _member(vault, heir)
    recovery.check(vault, account)
    if account == heir or accounts.heir_of(heir, vault.heirs()) == account:
        raise conflict("malformed", "an account cannot be its own heir")
    _step(vault, account, "merge")
    vault.put_heir(account, heir)
    recall_all(vault, account)
    return _hand_over(vault, account, heir, operator, second)


def close(vault: Vault, account: str, operator: str, second: str) -> dict[str, int]:
    """Freezes an account, asks all of it home, and pays out what is; what was paid and forfeited. Raises HqError."""
    recovery.check(vault, account)
    _step(vault, account, "close")
    recall_all(vault, account)
    return _pay_out(vault, account, operator, second)


def follow(vault: Vault, account: str, status: str) -> None:
    """What came home of an account that was merged or is being closed goes where the rest went."""
    if status == accounts.MERGED:
        heir = accounts.heir_of(account, vault.heirs())
        if heir != account:
            _hand_over(vault, account, heir, "", "")
    elif status in (accounts.CLOSING, accounts.CLOSED):
        _pay_out(vault, account, "", "")


def recall_all(vault: Vault, account: str, asked: Collection[tuple[str, str]] = ()) -> None:
    """Asks every store for all that it has of an account; each answers when it can. asked: (store, asset) of before."""
    for store, held in accounts.to_recall(vault.held(account)).items():
        for asset, amount in held.items():
            if (store, asset) not in asked:
                moves.recall(vault, store, account, asset, amount)


def owed(vault: Vault, account: str) -> dict[str, int]:
    """What a member owes, by asset: the receivable lines below zero."""
    lines = [Line("receivable", account, asset) for asset in ASSETS]
    return {line.asset: -amount for line, amount in vault.balances(lines).items() if amount < 0}


def _hand_over(vault: Vault, account: str, heir: str, operator: str, second: str) -> dict[str, int]:
    transfer = vault.new_id()
    moved = accounts.move(vault.holding(account, HQ), vault.holding(heir, HQ), transfer, owed(vault, account))
    if not moved.entries:
        return {}
    who = {"operator": operator, "second": second, "heir": heir}
    book = Book(vault)
    book.note("merged", transfer, account, moved.entries, **who)
    book.save()
    add_own_lots(vault, moved.heir, transfer)
    vault.add_due({heir})
    got: dict[str, int] = {}
    for one in moved.entries:
        if one.credit.book == "member":
            got[one.credit.asset] = got.get(one.credit.asset, 0) + one.amount
    return got


def _pay_out(vault: Vault, account: str, operator: str, second: str) -> dict[str, int]:
    transfer = vault.new_id()
    done = accounts.close(vault.holding(account, HQ), transfer, owed(vault, account))
    if isinstance(done, Refusal):
        raise conflict(done.reason, done.detail)
    if done.booking.entries:
        _note(vault, "paid_out", transfer, account, done.booking, operator=operator, second=second)
    if accounts.all_home(vault.held(account)):
        member = _member(vault, account)
        if member.status == accounts.CLOSING:
            vault.set_status(account, accounts.CLOSED)
    return {"paid_cents": done.paid_cents, **done.forfeited}


def _step(vault: Vault, account: str, event: str) -> None:
    status = accounts.step(_member(vault, account).status, event)
    if isinstance(status, Refusal):
        raise conflict(status.reason, status.detail)
    vault.set_status(account, status)


def _member(vault: Vault, account: str) -> Member:
    member = vault.member(account)
    if member is None:
        raise not_found("member " + account)
    return member


def _note(vault: Vault, kind: str, transfer: str, account: str, booking, **values) -> None:
    book = Book(vault)
    book.note(kind, transfer, account, booking.entries, **values)
    book.save()
    holding: Holding = booking.holding
    add_own_lots(vault, holding, transfer)
    vault.add_due({account})
