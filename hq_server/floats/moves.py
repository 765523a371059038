"""Moving value: each move is an id, entries, a row and a message, written in one transaction."""

import json
import secrets
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from hq_server.db import tell
from hq_server.fleet import store as fleet
from hq_server.floats import rules, store
from hq_server.ledger import journal
from hq_server.ledger import store as books
from hq_server.ledger.book import Book
from hq_server.outbox.post import Post
from protocol.ledger import floats, rights
from protocol.ledger.entries import HQ, SUSPENSE, TRANSIT, Entry, Line
from protocol.ledger.lots import Holding, Slice

RIGHTS = ("principal", "bonus", "points")


def topic(account: str) -> str:
    """What rings when value of an account has come home."""
    return "home:" + account


def grant(
    connection: Connection, post: Post, store_code: str, account: str, want: Mapping[str, int], now_s: int, request=""
) -> dict[str, int]:
    """Grants from the pool as far as it goes; asset -> what was granted. `stored` in want means principal and bonus."""
    gateway = fleet.gateway_row(connection, store_code)
    pool = books.holding(connection, account, HQ)
    wanted = dict(want)
    if "stored" in wanted:
        wanted.update(floats.in_ratio(pool, wanted.pop("stored")))
    if gateway is None or gateway.status != "enrolled":
        return {}
    number = secrets.token_hex(16)
    booking, slices = floats.grant(pool, store_code, {k: v for k, v in wanted.items() if v > 0}, number)
    if not slices:
        return {}
    book = Book(connection)
    journal.write(connection, book, "grant", number, account, booking.entries, now_s, store=store_code)
    book.save()
    told = [one._asdict() for one in slices]
    n = post.send(connection, store_code, "grant", {"grant": number, "account": account, "slices": told}, account)
    store.add_grant(
        connection,
        grant=number, store=store_code, incarnation=gateway.incarnation, account=account, slices=json.dumps(told),
        n=n, request=request, created_at_s=now_s,
    )
    return _by_asset(slices)


def recall(
    connection: Connection, post: Post, store_code: str, account: str, asset: str, up_to: int, now_s: int, request=""
) -> str | None:
    """Asks a store for up to so much; the recall's id, None if no gateway is enrolled there."""
    gateway = fleet.gateway_row(connection, store_code)
    if gateway is None or gateway.status != "enrolled":
        return None
    number = secrets.token_hex(16)
    told = {"recall": number, "account": account, "asset": asset, "up_to": up_to}
    post.send(connection, store_code, "recall", told, account)
    store.add_recall(
        connection,
        recall=number, store=store_code, incarnation=gateway.incarnation, account=account, asset=asset,
        up_to=up_to, request=request, created_at_s=now_s,
    )
    return number


def cancel_grant(connection: Connection, post: Post, number: str) -> bool:
    """Takes a grant back while it is unanswered; nothing returns to the pool before the gateway's answer is booked."""
    row = store.grant_row(connection, number)
    if row is None or row.status != "open":
        return False
    post.send(connection, row.store, "cancel_grant", {"grant": number, "account": row.account}, row.account)
    return True


def came_home(
    connection: Connection, book: Book, store_code: str, transfer: str, entries: Iterable[Entry], now_s: int
) -> dict[str, int]:
    """Books what a store has sent home: transit -> pool, when its event is booked; account -> amount."""
    returned: dict[str, list[Slice]] = {}
    for one in entries:
        if one.credit.book == "member" and one.credit.holder == TRANSIT:
            part = Slice(one.credit.asset, one.credit.lot, one.amount, "", "")
            returned.setdefault(one.credit.party, []).append(part)
    for account, slices in returned.items():
        booking = floats.receive(Holding(account, HQ), transfer, slices, store_code)
        journal.write(connection, book, "received", transfer, account, booking.entries, now_s, store=store_code)
        tell(connection, topic(account))
    return {account: sum(one.amount for one in slices) for account, slices in returned.items()}


def grant_answered(connection: Connection, book: Book, number: str, taken: bool, now_s: int) -> None:
    """The gateway has credited a grant, or never will: then its slices go back to the pool."""
    row = store.grant_row(connection, number)
    if row is None or row.status != "open":
        return
    store.set_grant(connection, number, "taken" if taken else "returned")
    if not taken:
        slices = [Slice(**one) for one in json.loads(row.slices)]
        booking = floats.take_back(Holding(row.account, HQ), number, slices)
        journal.write(connection, book, "taken_back", number, row.account, booking.entries, now_s, store=row.store)
    tell(connection, topic(row.account))


def refill_rights(connection: Connection, post: Post, store_code: str, now_s: int) -> None:
    """Grants what a store has used up of its issuing rights, once half is gone."""
    shop, gateway = fleet.store_row(connection, store_code), fleet.gateway_row(connection, store_code)
    if shop is None or gateway is None or gateway.status != "enrolled":
        return
    there = books.rights_of(connection, store_code)
    for asset in RIGHTS:
        right = rights.right_name(asset)
        outstanding = there.get((right, store_code), 0) + there.get((right, TRANSIT), 0)
        amount = rules.refill(getattr(shop, "right_" + asset), outstanding)
        if amount > 0:
            _grant_right(connection, post, gateway, right, amount, now_s)


def _grant_right(connection: Connection, post: Post, gateway, right: str, amount: int, now_s: int) -> None:
    number = secrets.token_hex(16)
    book = Book(connection)
    entry = rights.grant_right(gateway.store, right, amount, number)
    journal.write(connection, book, "right_grant", number, "", (entry,), now_s, store=gateway.store)
    book.save()
    post.send(connection, gateway.store, "right_grant", {"grant": number, "right": right, "amount": amount})
    store.add_right_grant(
        connection,
        grant=number, store=gateway.store, incarnation=gateway.incarnation, right=right, amount=amount,
        created_at_s=now_s,
    )


def into_suspense(connection: Connection, store_code: str, incarnation: str, now_s: int) -> int:
    """What a gone incarnation held, and what was on its way to it, waits in suspense for evidence; the amount moved.

    The next incarnation starts with nothing, so nothing can be spent twice.
    """
    entries = [*_held_by(connection, store_code), *_on_the_way(connection, incarnation)]
    book = Book(connection)
    for party in sorted({one.debit.party for one in entries}):
        number = secrets.token_hex(16)
        mine = [one for one in entries if one.debit.party == party]
        numbered = tuple(one._replace(transfer=number, n=at) for at, one in enumerate(mine, 1))
        account = "" if party == store_code else party
        journal.write(connection, book, "suspended", number, account, numbered, now_s, store=store_code)
    book.save()
    store.close_open_moves(connection, incarnation)
    return sum(one.amount for one in entries if one.debit.book == "member")


def _held_by(connection: Connection, holder: str) -> list[Entry]:
    return [
        _suspended(line, amount)
        for line, amount in books.lines_of_holder(connection, holder)
        if line.book in ("member", "right")
    ]


def _on_the_way(connection: Connection, incarnation: str) -> list[Entry]:
    entries = []
    for row in store.open_grants_of_life(connection, incarnation):
        for one in json.loads(row.slices):
            line = Line("member", row.account, one["asset"], TRANSIT, one["lot"])
            entries.append(_suspended(line, one["amount"]))
    for row in store.open_right_grants_of_life(connection, incarnation):
        entries.append(_suspended(Line("right", row.store, row.right, TRANSIT), row.amount))
    return entries


def _suspended(line: Line, amount: int) -> Entry:
    return Entry("-", 0, line, line._replace(holder=SUSPENSE), amount)


def _by_asset(slices: Iterable[Slice]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in slices:
        found[one.asset] = found.get(one.asset, 0) + one.amount
    return found
