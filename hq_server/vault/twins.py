"""A request that two lives of a store have both approved, because neither could know of the other.

The store that did so last really has less, or more, than before: its entries are booked as it tells them, so that head
office's mirror stays the store's. Then head office takes them back at once, in its own pool: the member pays once.
"""

from hq_server.vault.book import Book
from hq_server.vault.books import Vault
from hq_server.vault.evidence import Item
from hq_server.vault.lots import add_own_lots
from protocol.ledger import reversals
from protocol.ledger.entries import HQ, Entry, Line


def take_back(vault: Vault, one: Item) -> set[str]:
    """Reverses what a request has booked for the second time; the account it was about."""
    account = one.told.event.account or ""
    entries = [_at_head_office(entry) for entry in one.entries if entry.debit.book != "right"]
    if not entries:
        return set()
    lots = {line.lot for entry in entries for line in (entry.debit, entry.credit) if line.lot}
    transfer, pool = vault.new_id(), vault.holding(account, HQ)
    terms = vault.lot_terms(account, lots) if lots else ()
    done = reversals.reverse(entries, transfer, pool, terms)
    book = Book(vault)
    book.note("twin_taken_back", transfer, account, done.entries, store=one.life.store, request=one.told.request_key)
    book.save()
    add_own_lots(vault, done.holding, transfer)
    return {account} if account else set()


def _at_head_office(entry: Entry) -> Entry:
    return entry._replace(debit=_moved(entry.debit), credit=_moved(entry.credit))


def _moved(line: Line) -> Line:
    return line._replace(holder=HQ) if line.book == "member" else line
