"""Issuing rights: what a store has used up is granted again, once half of it is gone."""

from hq_server.floats import rules
from hq_server.vault import recovery
from hq_server.vault.book import Book
from hq_server.vault.books import Vault
from hq_server.vault.moves import enrolled
from hq_server.vault.rows import Gateway, RightGrant
from protocol.ledger import rights
from protocol.ledger.entries import TRANSIT


def refill(vault: Vault, store: str) -> None:
    """Grants what a store has used up of its issuing rights."""
    gateway = enrolled(vault, store)
    if gateway is None or recovery.unheard(vault, store, gateway.incarnation):
        return
    there = vault.rights_of(store)
    for asset, cover in vault.cover(store).items():
        right = "issue:" + asset
        outstanding = there.get((right, store), 0) + there.get((right, TRANSIT), 0)
        amount = rules.refill(cover, outstanding)
        if amount > 0:
            grant_right(vault, gateway, right, amount)


def grant_right(vault: Vault, gateway: Gateway, right: str, amount: int) -> None:
    """Lets an issuing right go towards a store."""
    number = vault.new_id()
    book = Book(vault)
    book.note("right_grant", number, "", (rights.grant_right(gateway.store, right, amount, number),),
              store=gateway.store)
    book.save()
    vault.send(gateway.store, "right_grant", {"grant": number, "right": right, "amount": amount})
    vault.add_right_grant(RightGrant(number, gateway.store, gateway.incarnation, right, amount, vault.now_s))
