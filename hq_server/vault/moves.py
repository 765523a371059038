"""Moving value: each move is an id, entries, a row and a message, written in one transaction."""

from collections.abc import Iterable, Mapping

from hq_server.fleet.rules import HEARD
from hq_server.vault import recovery
from hq_server.vault.book import Book
from hq_server.vault.books import Vault
from hq_server.vault.rows import Gateway, Grant, Recall
from protocol.ledger import floats
from protocol.ledger.entries import HQ, TRANSIT, Entry
from protocol.ledger.lots import Holding, Slice


def topic(account: str) -> str:
    """What rings when value of an account has come home."""
    return "home:" + account


def enrolled(vault: Vault, store: str) -> Gateway | None:
    """The gateway of a store if it may be told anything."""
    gateway = vault.gateway(store)
    return gateway if gateway is not None and gateway.status == "enrolled" else None


def grant(vault: Vault, store: str, account: str, want: Mapping[str, int], request: str = "") -> dict[str, int]:
    """Grants from the pool as far as it goes; asset -> what was granted. `stored` in want means principal and bonus."""
    gateway = enrolled(vault, store)
    if gateway is None or recovery.waits(vault):
        return {}
    recovery.make_good(vault, account)
    pool = vault.holding(account, HQ)
    wanted = dict(want)
    if "stored" in wanted:
        wanted.update(floats.in_ratio(pool, wanted.pop("stored")))
    number = vault.new_id()
    booking, slices = floats.grant(pool, store, recovery.within_cap(vault, wanted), number)
    if not slices:
        return {}
    book = Book(vault)
    book.note("grant", number, account, booking.entries, store=store)
    book.save()
    told = {"grant": number, "account": account, "slices": [one._asdict() for one in slices]}
    n = vault.send(store, "grant", told, account)
    vault.add_grant(Grant(number, store, gateway.incarnation, account, slices, n, request, vault.now_s))
    recovery.let_go(vault, sum(one.amount for one in slices))
    return by_asset(slices)


def recall(vault: Vault, store: str, account: str, asset: str, up_to: int, request: str = "") -> str | None:
    """Asks a store for up to so much; the recall's id, None if no gateway is enrolled there, or in recovery."""
    gateway = vault.gateway(store)
    if gateway is None or gateway.status not in HEARD or recovery.waits(vault):
        return None
    number = vault.new_id()
    told = {"recall": number, "account": account, "asset": asset, "up_to": up_to}
    vault.send(store, "recall", told, account)
    vault.add_recall(
        Recall(number, store, gateway.incarnation, account, asset, up_to, request, vault.now_s)
    )
    return number


def cancel_grant(vault: Vault, number: str) -> bool:
    """Takes a grant back while it is unanswered; nothing returns to the pool before the gateway's answer is booked."""
    row = vault.grant(number)
    if row is None or row.status != "open":
        return False
    vault.send(row.store, "cancel_grant", {"grant": number, "account": row.account}, row.account)
    return True


def came_home(vault: Vault, book: Book, store: str, transfer: str, entries: Iterable[Entry]) -> dict[str, int]:
    """Books what a store has sent home: transit -> pool, when its event is booked; account -> amount."""
    returned: dict[str, list[Slice]] = {}
    for one in entries:
        if one.credit.book == "member" and one.credit.holder == TRANSIT:
            part = Slice(one.credit.asset, one.credit.lot, one.amount, "", "")
            returned.setdefault(one.credit.party, []).append(part)
    for account, slices in returned.items():
        booking = floats.receive(Holding(account, HQ), transfer, slices, store)
        book.note("received", transfer, account, booking.entries, store=store)
        vault.ring(topic(account))
    return {account: sum(one.amount for one in slices) for account, slices in returned.items()}


def grant_answered(vault: Vault, book: Book, row: Grant, taken: bool) -> None:
    """The gateway has credited an open grant, or never will: then its slices go back to the pool."""
    vault.set_grant(row.grant, "taken" if taken else "returned")
    if not taken:
        booking = floats.take_back(Holding(row.account, HQ), row.grant, row.slices)
        book.note("taken_back", row.grant, row.account, booking.entries, store=row.store)
    vault.ring(topic(row.account))


def by_asset(slices: Iterable[Slice]) -> dict[str, int]:
    """asset -> amount."""
    found: dict[str, int] = {}
    for one in slices:
        found[one.asset] = found.get(one.asset, 0) + one.amount
    return found
