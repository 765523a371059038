"""The trial balance: every book from its entries, beside the running balances that head office keeps of each line."""

from typing import NamedTuple

from sqlalchemy import Connection, func, literal, select, union_all

from hq_server.ledger.store import balance, entry


class BookLine(NamedTuple):
    """`kept` is the sum of the running balances; it must equal credits less debits."""

    book: str
    asset: str
    holder: str
    debits: int
    credits: int
    kept: int

    @property
    def balance(self) -> int:
        return self.credits - self.debits

    @property
    def agrees(self) -> bool:
        return self.balance == self.kept


def trial_balance(connection: Connection) -> list[BookLine]:
    """One line per book, asset and holder, in that order."""
    kept = _kept(connection)
    found = _sums(connection)
    places = sorted(found.keys() | kept.keys())
    return [BookLine(*place, *found.get(place, (0, 0)), kept.get(place, 0)) for place in places]


def _sums(connection: Connection) -> dict[tuple[str, str, str], tuple[int, int]]:
    sides = union_all(
        select(entry.c.debit_book.label("book"), entry.c.debit_asset.label("asset"),
               entry.c.debit_holder.label("holder"), entry.c.amount.label("debit"), literal(0).label("credit")),
        select(entry.c.credit_book, entry.c.credit_asset, entry.c.credit_holder, literal(0), entry.c.amount),
    ).subquery()
    place = (sides.c.book, sides.c.asset, sides.c.holder)
    summed = select(*place, func.sum(sides.c.debit), func.sum(sides.c.credit)).group_by(*place)
    return {tuple(row[:3]): (int(row[3]), int(row[4])) for row in connection.execute(summed)}


def _kept(connection: Connection) -> dict[tuple[str, str, str], int]:
    place = (balance.c.book, balance.c.asset, balance.c.holder)
    summed = select(*place, func.sum(balance.c.amount)).group_by(*place)
    return {tuple(row[:3]): int(row[3]) for row in connection.execute(summed)}


def balances_of(connection: Connection, account: str) -> dict[str, dict[str, int]]:
    """Asset -> holder -> what this member has there, without what is zero."""
    chosen = (balance.c.book == "member", balance.c.party == account)
    place = (balance.c.asset, balance.c.holder)
    found: dict[str, dict[str, int]] = {}
    summed = select(*place, func.sum(balance.c.amount)).where(*chosen).group_by(*place).order_by(*place)
    for asset, holder, amount in connection.execute(summed):
        if amount:
            found.setdefault(asset, {})[holder] = int(amount)
    return found


def owed_by_asset(connection: Connection) -> dict[str, int]:
    """Asset -> what the chain owes all its members, from the running balances."""
    summed = select(balance.c.asset, func.sum(balance.c.amount)).where(balance.c.book == "member")
    return {asset: int(amount) for asset, amount in connection.execute(summed.group_by(balance.c.asset))}
