"""What members owe: offline credit that a cut store lent, and what a refund or an overrun left open.

Head office settles it from the pool when it looks at an account; stores collect it from the next credit. Where both did
so, or two stores, the debt's line stands above zero and the surplus is given back.
"""

from hq_server.vault import moves
from hq_server.vault.book import Book
from hq_server.vault.books import Vault
from hq_server.vault.lives import answers
from hq_server.vault.lots import add_own_lots
from protocol.ledger import credits as crediting
from protocol.ledger import offline
from protocol.ledger.entries import HQ, SUSPENSE, TRANSIT, Line
from protocol.ledger.lots import Booking

NO_STORES = (HQ, TRANSIT, SUSPENSE)


def settle(vault: Vault, account: str) -> int:
    """Settles what the pool can pay and gives back what was paid twice; the principal that is still owed."""
    short_cents = 0
    for line, balance in vault.debts(account):
        if balance > 0:
            _book(vault, "given_back", account, _surplus(vault, account, line, balance))
        elif balance < 0:
            paid = _paid(vault, account, line, -balance)
            _book(vault, "settled", account, paid)
            if paid.entries and line.book == "offline_credit":
                _tell(vault, account, line, paid)
            if line.asset == "principal":
                short_cents += -balance - sum(one.amount for one in paid.entries)
    return short_cents


def recall_owed(vault: Vault, account: str, cents: int) -> None:
    """Asks stores that have principal of who owes, the one with most first; what comes home settles the debt."""
    if any(row.asset == "principal" for row in vault.open_recalls(account)):
        return
    held = {
        holder: amount
        for (holder, asset), amount in vault.held(account).items()
        if asset == "principal" and holder not in NO_STORES and answers(vault.gateway(holder), vault.now_s)
    }
    for store, amount in sorted(held.items(), key=lambda one: (-one[1], one[0])):
        if cents > 0:
            moves.recall(vault, store, account, "principal", min(cents, amount))
            cents -= amount


def _tell(vault: Vault, account: str, line: Line, paid: Booking) -> None:
    """The store that lent learns that it need not collect so much."""
    cents = sum(one.amount for one in paid.entries)
    told = {"settle": paid.entries[0].transfer, "account": account, "cents": cents}
    vault.send(line.holder, "lent_settled", told, account)


def _paid(vault: Vault, account: str, line: Line, owed: int) -> Booking:
    pool, transfer = vault.holding(account, HQ), vault.new_id()
    if line.book == "offline_credit":
        return offline.settle(pool, transfer, line.holder, owed)
    return crediting.collect(pool, transfer, line.asset, owed)


def _surplus(vault: Vault, account: str, line: Line, surplus: int) -> Booking:
    return crediting.give_back_owed(vault.holding(account, HQ), vault.new_id(), line, surplus, vault.now_s)


def _book(vault: Vault, kind: str, account: str, booking: Booking) -> None:
    if not booking.entries:
        return
    transfer, book = booking.entries[0].transfer, Book(vault)
    book.note(kind, transfer, account, booking.entries)
    book.save()
    add_own_lots(vault, booking.holding, transfer)
