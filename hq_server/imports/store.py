"""What was imported: each run, which old number is whose account, and past sales, which no ledger knows."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import Column, Connection, ForeignKey, Integer, Row, String, Table, UniqueConstraint, func, select

from hq_server import bulk
from hq_server.cards.store import card
from hq_server.columns import ACCOUNT, CLUSTERED, CODE, DATE, HEX64, ROW_ID, STORE, amount, at_s, words
from hq_server.db import metadata

MEMBER = "member"  # kind of reference
SALES = "sales"
DOCUMENTS_AT_ONCE = 2000

run = Table(
    "import_run",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    words("kind", 12),
    words("file", 200),
    Column("sha256", HEX64, nullable=False, default=""),
    at_s("at_s"),
    words("actor", 64),
    amount("rows"),
    amount("added"),
    amount("changed"),
    amount("same"),
)

reference = Table(
    "import_reference",
    metadata,
    Column("kind", String(12), primary_key=True),
    Column("reference", String(64), primary_key=True),  # as the former system calls it
    Column("account", ACCOUNT, nullable=False, index=True),
    **CLUSTERED,
)

past_sale = Table(
    "past_sale",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("store", STORE, nullable=False),
    Column("document", String(64), nullable=False),
    Column("business_date", DATE, nullable=False),
    at_s("at_s"),
    Column("account", ACCOUNT, nullable=False, default="", index=True),
    words("digest", 32),  # of all that the document said: the same file twice changes nothing
    UniqueConstraint("store", "document"),
)

past_line = Table(
    "past_sale_line",
    metadata,
    Column("sale", ROW_ID, ForeignKey("past_sale.id"), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("code", CODE, nullable=False),
    amount("qty_milli"),  # negative: came back
    amount("gross_cents"),  # before the discount
    amount("discount_cents"),
    **CLUSTERED,
)

SALE_COLUMNS = ("id", "store", "document", "business_date", "at_s", "account", "digest")
LINE_COLUMNS = ("sale", "line", "code", "qty_milli", "gross_cents", "discount_cents")


class PastLine(NamedTuple):
    """One line of a past sale; net is gross less discount. Negative quantity and amounts: a return."""

    line: int
    code: str
    qty_milli: int
    gross_cents: int
    discount_cents: int


class Document(NamedTuple):
    """One past sale as a whole. number > 0, and never another document's."""

    store: str
    business_date: str
    at_s: int
    account: str
    number: int
    lines: tuple[PastLine, ...]


def import_version(connection: Connection) -> int:
    """Rises whenever past sales have changed."""
    changed = (run.c.kind == SALES, run.c.added + run.c.changed > 0)
    return connection.execute(select(func.coalesce(func.max(run.c.id), 0)).where(*changed)).scalar_one()


def documents(connection: Connection) -> Iterator[Document]:
    """All past sales in the order of their numbers."""
    after = 0
    while sales := _sales_after(connection, after):
        after = sales[-1].id
        lines = _lines_between(connection, sales[0].id, after)
        for sale in sales:
            head = (sale.store, sale.business_date, sale.at_s, sale.account, sale.id)
            yield Document(*head, lines.get(sale.id, ()))


def _sales_after(connection: Connection, after: int) -> list[Row]:
    chosen = select(past_sale).where(past_sale.c.id > after).order_by(past_sale.c.id)
    return list(connection.execute(chosen.limit(DOCUMENTS_AT_ONCE)))


def _lines_between(connection: Connection, first: int, last: int) -> dict[int, tuple[PastLine, ...]]:
    chosen = select(past_line).where(past_line.c.sale.between(first, last))
    rows = connection.execute(chosen.order_by(past_line.c.sale, past_line.c.line))
    return {sale: tuple(PastLine(*row[1:]) for row in some) for sale, some in groupby(rows, itemgetter(0))}


def add_run(connection: Connection, **values) -> int:
    """Writes down who imported what; its number."""
    return connection.execute(run.insert().values(**values).returning(run.c.id)).scalar_one()


def runs(connection: Connection, limit: int = 20) -> list[Row]:
    """The latest imports."""
    return list(connection.execute(select(run).order_by(run.c.id.desc()).limit(limit)))


def accounts_of_numbers(connection: Connection, numbers: list[str]) -> dict[str, str]:
    """A former system's number -> account, those that are known."""
    keys = [(MEMBER, number) for number in numbers]
    return dict(bulk.find(connection, reference, ("kind", "reference"), keys, ("reference", "account")))


def accounts_of_cards(connection: Connection, cards: list[str]) -> dict[str, str]:
    """Card -> account, those that are known."""
    return dict(bulk.find(connection, card, ("card",), [(one,) for one in cards], ("card", "account")))


def add_numbers(connection: Connection, known: dict[str, str]) -> None:
    """Number -> account."""
    rows = [(MEMBER, number, account) for number, account in known.items()]
    bulk.insert(connection, reference, ("kind", "reference", "account"), rows)


def known_documents(connection: Connection, keys: list[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, str]]:
    """(store, document) -> (number, digest), those that are there."""
    found = bulk.find(connection, past_sale, ("store", "document"), keys, ("store", "document", "id", "digest"))
    return {(store, document): (number, digest) for store, document, number, digest in found}


def take_numbers(connection: Connection, count: int):
    """Fresh numbers of documents."""
    return bulk.take_numbers(connection, past_sale, count)


def add_sales(connection: Connection, sales: list[tuple], lines: list[tuple]) -> None:
    """New documents (SALE_COLUMNS) and their lines (LINE_COLUMNS)."""
    bulk.insert(connection, past_sale, SALE_COLUMNS, sales)
    bulk.insert(connection, past_line, LINE_COLUMNS, lines)


def forget_sales(connection: Connection, numbers: list[int]) -> None:
    """Takes documents away, so that they can be written anew."""
    for at in range(0, len(numbers), DOCUMENTS_AT_ONCE):
        some = numbers[at : at + DOCUMENTS_AT_ONCE]
        connection.execute(past_line.delete().where(past_line.c.sale.in_(some)))
        connection.execute(past_sale.delete().where(past_sale.c.id.in_(some)))
