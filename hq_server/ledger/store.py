"""Entries (written once), the balance of every line, and what is known of every lot.

An entry moves `amount` > 0 from its debit line to its credit line; a line is (book, party, asset, holder, lot).
balance(line) = credits - debits, kept in its own table in the same transaction.
"""

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    func,
    select,
)

from hq_server import bulk
from hq_server.columns import ACCOUNT, ASSET, CLUSTERED, DATE, HOLDER, LOT, ROW_ID, TRANSFER, amount, at_s, words
from hq_server.db import locked, metadata
from protocol.ledger.entries import Entry, Line, unit
from protocol.ledger.lots import Holding, Slice

PARTY = String(40)

entry = Table(
    "entry",
    metadata,
    Column("event", ROW_ID, ForeignKey("event.id"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),  # 1.. within its event
    Column("transfer", TRANSFER, nullable=False),
    words("debit_book", 16),
    Column("debit_party", PARTY, nullable=False, default=""),
    Column("debit_asset", ASSET, nullable=False, default=""),
    Column("debit_holder", HOLDER, nullable=False, default=""),
    Column("debit_lot", LOT, nullable=False, default=""),
    words("credit_book", 16),
    Column("credit_party", PARTY, nullable=False, default=""),
    Column("credit_asset", ASSET, nullable=False, default=""),
    Column("credit_holder", HOLDER, nullable=False, default=""),
    Column("credit_lot", LOT, nullable=False, default=""),
    amount("amount"),
    Index("ix_entry_debit", "debit_party", "debit_book"),
    Index("ix_entry_credit", "credit_party", "credit_book"),
    **CLUSTERED,
)

balance = Table(
    "balance",
    metadata,
    Column("book", String(16), primary_key=True),
    Column("party", PARTY, primary_key=True),
    Column("asset", ASSET, primary_key=True),
    Column("holder", HOLDER, primary_key=True),
    Column("lot", LOT, primary_key=True),
    amount("amount"),
    Index("ix_balance_holder", "holder", "book"),
    **CLUSTERED,
)

lot = Table(
    "lot",
    metadata,
    Column("account", ACCOUNT, primary_key=True),
    Column("lot", LOT, primary_key=True),
    Column("asset", ASSET, nullable=False),
    Column("origin", HOLDER, nullable=False),  # the store where it was credited
    words("kind", 24),
    Column("expires", DATE, nullable=False, default=""),  # '' = never
    at_s("opened_s"),
    Column("transfer", TRANSFER, nullable=False),
    Index("ix_lot_lot", "lot"),
)


ENTRY_NAMES = tuple(column.name for column in entry.columns)
KEY_NAMES = Line._fields
LOT_NAMES = tuple(column.name for column in lot.columns)
KEY = (balance.c.book, balance.c.party, balance.c.asset, balance.c.holder, balance.c.lot)
LOT_TERMS = (lot.c.origin, lot.c.kind, lot.c.expires, lot.c.opened_s)


def batched(items: list, size: int) -> Iterator[list]:
    """Parts of at most `size`."""
    for at in range(0, len(items), size):
        yield items[at : at + size]


def balances_of(connection: Connection, lines: Iterable[Line]) -> dict[Line, int]:
    """The balances of these lines, those that exist."""
    rows = bulk.find(connection, balance, KEY_NAMES, sorted(set(lines)), (*KEY_NAMES, "amount"))
    return {Line(*row[:5]): row[5] for row in rows}


def put_balances(connection: Connection, left: Mapping[Line, int]) -> None:
    """Writes the balances of new lines and of known ones."""
    bulk.put(connection, balance, (*KEY_NAMES, "amount"), [(*line, amount) for line, amount in left.items()])


def add_entries(connection: Connection, rows: list[tuple[int, int, Entry]]) -> None:
    """Writes entries as (event id, number in the event, entry)."""
    flat = [(event, n, one.transfer, *one.debit, *one.credit, one.amount) for event, n, one in rows]
    bulk.insert(connection, entry, ENTRY_NAMES, flat)


def as_entry(row: Row) -> Entry:
    """The entry of a row."""
    debit = Line(row.debit_book, row.debit_party, row.debit_asset, row.debit_holder, row.debit_lot)
    credit = Line(row.credit_book, row.credit_party, row.credit_asset, row.credit_holder, row.credit_lot)
    return Entry(row.transfer, row.n, debit, credit, row.amount)


def known_lots(connection: Connection, lots: Iterable[str]) -> set[tuple[str, str]]:
    """(account, lot) of those of these lots that have been opened."""
    return set(bulk.find(connection, lot, ("lot",), [(one,) for one in set(lots)], ("account", "lot")))


def lots_of(connection: Connection, account: str, lots: list[str]) -> list[Row]:
    """What is known of these lots of an account."""
    return list(connection.execute(select(lot).where(lot.c.account == account, lot.c.lot.in_(lots))))


def add_lots(connection: Connection, rows: list[tuple]) -> None:
    """Writes what is known of new lots (LOT_NAMES)."""
    bulk.insert(connection, lot, LOT_NAMES, rows)


def holding(connection: Connection, account: str, holder: str) -> Holding:
    """What a holder has of an account, slice by slice, locked against other writers."""
    joined = balance.join(lot, (lot.c.account == balance.c.party) & (lot.c.lot == balance.c.lot))
    wanted = select(balance.c.asset, balance.c.lot, balance.c.amount, *LOT_TERMS).select_from(joined)
    here = (balance.c.book == "member", balance.c.party == account, balance.c.holder == holder, balance.c.amount > 0)
    rows = connection.execute(locked(connection, wanted.where(*here)))
    return Holding(account, holder, tuple(Slice(*row) for row in rows))


def held(connection: Connection, accounts: list[str]) -> dict[str, dict[tuple[str, str], int]]:
    """Account -> (holder, asset) -> amount, of all holders that have something."""
    summed = select(balance.c.party, balance.c.holder, balance.c.asset, func.sum(balance.c.amount))
    chosen = summed.where(balance.c.book == "member", balance.c.party.in_(accounts), balance.c.amount > 0)
    found: dict[str, dict[tuple[str, str], int]] = {account: {} for account in accounts}
    for party, holder, asset, left in connection.execute(
        chosen.group_by(balance.c.party, balance.c.holder, balance.c.asset)
    ):
        found[party][(holder, asset)] = int(left)
    return found


def lines_of_party(connection: Connection, book: str, party: str, holder: str) -> dict[Line, int]:
    """The lines of a party in a book at a holder that are not zero."""
    mine = (balance.c.book == book, balance.c.party == party, balance.c.holder == holder, balance.c.amount != 0)
    return {Line(*row[:5]): row.amount for row in connection.execute(select(balance).where(*mine))}


def lines_of_book(connection: Connection, book: str, party: str) -> list[tuple[Line, int]]:
    """The lines of a party in a book that are not zero."""
    mine = (balance.c.book == book, balance.c.party == party, balance.c.amount != 0)
    return [(Line(*row[:5]), row.amount) for row in connection.execute(select(balance).where(*mine).order_by(*KEY))]


def debts_of(connection: Connection, accounts: list[str]) -> dict[str, list[tuple[Line, int]]]:
    """Account -> its lines of offline credit and receivables that are not zero."""
    named = (balance.c.book.in_(("offline_credit", "receivable")), balance.c.party.in_(accounts), balance.c.amount != 0)
    found: dict[str, list[tuple[Line, int]]] = {account: [] for account in accounts}
    for row in connection.execute(select(balance).where(*named).order_by(*KEY)):
        found[row.party].append((Line(*row[:5]), row.amount))
    return found


def lent_at(connection: Connection, store: str) -> list[tuple[str, int]]:
    """(account, cents) of all that a store has lent and not got back, by account."""
    lent = (balance.c.book == "offline_credit", balance.c.holder == store, balance.c.amount < 0)
    rows = connection.execute(select(balance.c.party, -balance.c.amount).where(*lent).order_by(balance.c.party))
    return [(account, int(cents)) for account, cents in rows]


def lent_by_store(connection: Connection) -> dict[str, tuple[int, int]]:
    """Store -> (what it has lent and not got back, to how many members)."""
    lent = (balance.c.book == "offline_credit", balance.c.amount < 0)
    summed = select(balance.c.holder, func.sum(-balance.c.amount), func.count()).where(*lent)
    rows = connection.execute(summed.group_by(balance.c.holder))
    return {store: (int(cents), members) for store, cents, members in rows}


def sums_of_book(connection: Connection, book: str) -> dict[tuple[str, str], int]:
    """(party, asset) -> sum over all lines of a book."""
    summed = select(balance.c.party, balance.c.asset, func.sum(balance.c.amount)).where(balance.c.book == book)
    rows = connection.execute(summed.group_by(balance.c.party, balance.c.asset))
    return {(party, asset): int(amount) for party, asset, amount in rows}


def rights_of(connection: Connection, store: str) -> dict[tuple[str, str], int]:
    """(right, holder) -> amount of a store's issuing rights; head office's own side is the negative of all."""
    rows = connection.execute(
        select(balance.c.asset, balance.c.holder, balance.c.amount).where(
            balance.c.book == "right", balance.c.party == store
        )
    )
    return {(asset, holder): left for asset, holder, left in rows}


def trial_balance(connection: Connection) -> list[Row]:
    """Sum per book, asset and holder over all parties and lots, and how many lines make it up."""
    group = (balance.c.book, balance.c.asset, balance.c.holder)
    wanted = select(*group, func.sum(balance.c.amount).label("amount"), func.count().label("lines"))
    return list(connection.execute(wanted.group_by(*group).order_by(*group)))


def balances_of_party(connection: Connection, party: str) -> list[Row]:
    """All lines of an account or store that are not zero."""
    wanted = select(balance).where(balance.c.party == party, balance.c.amount != 0)
    return list(connection.execute(wanted.order_by(*KEY)))


def negative_lines(connection: Connection) -> list[Row]:
    """Member lines below zero: there must never be one."""
    return list(connection.execute(select(balance).where(balance.c.book == "member", balance.c.amount < 0)))


def entries_of_event(connection: Connection, number: int) -> tuple[Entry, ...]:
    """The entries of one event."""
    rows = connection.execute(select(entry).where(entry.c.event == number).order_by(entry.c.n))
    return tuple(as_entry(row) for row in rows)


def entries_of_events(connection: Connection, numbers: list[int]) -> dict[int, list[Row]]:
    """Event id -> its entries."""
    found: dict[int, list[Row]] = {number: [] for number in numbers}
    for row in connection.execute(select(entry).where(entry.c.event.in_(numbers)).order_by(entry.c.event, entry.c.n)):
        found[row.event].append(row)
    return found


def entries_of_party(connection: Connection, party: str, after: int, limit: int) -> list[Row]:
    """Entries that touch a party, after an event id, in order; whole events, so perhaps a few more than `limit`."""
    mine = (entry.c.debit_party == party) | (entry.c.credit_party == party)
    chosen = select(entry).where(entry.c.event > after, mine).order_by(entry.c.event, entry.c.n)
    rows = list(connection.execute(chosen.limit(limit)))
    if len(rows) == limit:
        last = rows[-1].event
        rest = select(entry).where(entry.c.event == last, entry.c.n > rows[-1].n, mine).order_by(entry.c.n)
        rows += connection.execute(rest)
    return rows


def sums_by_unit(rows: Iterable[Row]) -> dict[str, int]:
    """Unit -> sum over all lines: zero for each, since every entry gives what it takes."""
    sums: dict[str, int] = {}
    for row in rows:
        name = unit(row.asset)
        sums[name] = sums.get(name, 0) + int(row.amount)
    return sums


def lines_of_holder(connection: Connection, holder: str) -> list[tuple[Line, int]]:
    """All lines at a holder with something on them."""
    rows = connection.execute(select(balance).where(balance.c.holder == holder, balance.c.amount > 0))
    return [(Line(*row[:5]), row.amount) for row in rows]


def entries_page(connection: Connection, after: tuple[int, int], limit: int) -> list[Row]:
    """All entries in the order of booking, after (event, n)."""
    event, n = after
    later = (entry.c.event > event) | ((entry.c.event == event) & (entry.c.n > n))
    return list(connection.execute(select(entry).where(later).order_by(entry.c.event, entry.c.n).limit(limit)))


def all_balances(connection: Connection) -> dict[Line, int]:
    """Every line that is not zero."""
    rows = connection.execute(select(balance).where(balance.c.amount != 0))
    return {Line(*row[:5]): row.amount for row in rows}
