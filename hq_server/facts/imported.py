"""Past sales as facts: rows of sales and sale_lines like any others, with event numbers below zero.

They have no receipts, no movements of value and no taps: nobody knows how they were paid, and no book has them.
Whenever an import has changed something they are all made anew.
"""

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Iterator

import pyarrow as pa
from sqlalchemy import Connection

from hq_server.facts.files import Writer
from hq_server.facts.rows import as_table
from hq_server.fleet import store as fleet
from hq_server.imports.store import Document, PastLine, documents, import_version

SOURCE = "imports"
DOCUMENTS_AT_ONCE = 20_000  # in one file per month
PRICE_UNITS = 1_000_000  # a price is 1/1000 of a minor unit for a whole piece, quantity is in 1/1000 of it


def is_behind(connection: Connection, cursors: dict[str, int]) -> bool:
    """Whether past sales have changed since they were taken in."""
    return import_version(connection) != cursors.get(SOURCE, 0)


def take_in(connection: Connection, writer: Writer, now_s: int) -> int:
    """Makes all of them anew; how many documents. Committed with the rest."""
    zones = {row.code: row.timezone for row in fleet.stores(connection)}
    writer.drop(SOURCE, now_s)
    count = 0
    for some in _batches(documents(connection)):
        for table, rows in tables_of(some, zones).items():
            writer.add(table, rows, SOURCE)
        count += len(some)
    writer.manifest.cursors[SOURCE] = import_version(connection)
    return count


def _batches(every: Iterable[Document]) -> Iterator[list[Document]]:
    some: list[Document] = []
    for one in every:
        some.append(one)
        if len(some) == DOCUMENTS_AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def tables_of(some: Iterable[Document], zones: dict[str, str]) -> dict[str, pa.Table]:
    """Table -> rows of these documents. What was sold and what came back in one document are two rows of sales."""
    known: dict[str, dt.tzinfo] = {store: zoneinfo.ZoneInfo(zone) for store, zone in zones.items()}
    rows: dict[str, list[tuple]] = {"sales": [], "sale_lines": []}
    for document in some:
        header = _header(document, known.get(document.store, dt.UTC))
        parts = [[line for line in document.lines if _is_back(line) == back] for back in (False, True)]
        of = (-document.number, dt.date.fromisoformat(document.business_date))
        for back, lines in enumerate(parts):
            if lines:
                rows["sales"].append(_numbered(header, back + 1, _sale(document, lines, bool(back), of)))
        for n, line in enumerate((*parts[0], *parts[1]), 1):
            rows["sale_lines"].append(_numbered(header, n, _line(line, of)))
    return {table: as_table(table, found) for table, found in rows.items() if found}


def _is_back(line: PastLine) -> bool:
    return line.qty_milli < 0 or line.gross_cents < 0


def _header(document: Document, zone: dt.tzinfo) -> tuple:
    local = dt.datetime.fromtimestamp(document.at_s, zone)
    day = dt.date.fromisoformat(document.business_date)
    at = (day, local.hour, document.at_s, document.at_s, document.store)
    return -document.number, (*at, "", "", 0, document.account, False)


def _numbered(header: tuple, n: int, row: tuple) -> tuple:
    return (header[0], n, *header[1], *row)


def _sale(document: Document, lines: list[PastLine], back: bool, of: tuple[int, dt.date]) -> tuple:
    gross, off = sum(line.gross_cents for line in lines), sum(line.discount_cents for line in lines)
    quantity = sum(line.qty_milli for line in lines)
    net = gross - off
    figures = (0, 0, 0, -net, net, 0, -quantity) if back else (gross, off, 0, 0, net, quantity, 0)
    kind = "return" if back else "sale"
    return (kind, f"past/{document.number}", *_of(back, of), 0, *figures, len(lines), 0, 0, False)


def _line(line: PastLine, of: tuple[int, dt.date]) -> tuple:
    back, net = _is_back(line), line.gross_cents - line.discount_cents
    price = abs(line.gross_cents) * PRICE_UNITS // abs(line.qty_milli) if line.qty_milli else 0
    figures = (0, -line.qty_milli, 0, 0, -net, net) if back else (
        line.qty_milli, 0, line.gross_cents, line.discount_cents, 0, net
    )  # fmt: skip
    kind = "return" if back else "sale"
    return (kind, *_of(back, of), line.code, price, "", 0, *figures, False)


def _of(back: bool, of: tuple[int, dt.date]) -> tuple[int, dt.date]:
    """The sale that it is of: of what came back nobody knows which."""
    return (0 if back else of[0]), of[1]
