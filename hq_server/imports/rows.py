"""A sheet read by the columns of its kind: records, and each cell that cannot be taken by row and column."""

from typing import Any, NamedTuple

from hq_server.errors import HqError
from hq_server.imports.columns import Column, names_of, plain
from hq_server.imports.fields import Bad
from hq_server.imports.reading import Sheet

ERRORS_MAX = 1000  # that are told one by one; all are counted


class Wrong(NamedTuple):
    """One cell that cannot be taken. row: as the spreadsheet counts; reason: a text key below import.bad."""

    row: int
    column: str
    value: str
    reason: str


class Record(NamedTuple):
    """One row: what its cells mean by column id; empty cells are not there."""

    row: int
    values: dict[str, Any]


class Read(NamedTuple):
    """All rows of a file. unused: headers that no column has."""

    records: list[Record]
    wrong: "Wrongs"
    unused: list[str]
    headers: dict[str, str]  # column id -> as this file calls it


class Wrongs:
    """Those told one by one, and how many there are."""

    def __init__(self):
        self.told: list[Wrong] = []
        self.count = 0

    def add(self, row: int, column: str, value: object, reason: str) -> None:
        self.count += 1
        if len(self.told) < ERRORS_MAX:
            self.told.append(Wrong(row, column, str(value)[:80], reason))


def read_rows(sheet: Sheet, columns: tuple[Column, ...]) -> Read:
    """Raises HqError where the header itself cannot be used: 'missing_column', 'doubled_column'."""
    places = _places(sheet.headers, columns)
    known = {sheet.headers[at] for at in places.values()}
    unused = [header for header in sheet.headers if header and header not in known]
    read = Read([], Wrongs(), unused, {name: sheet.headers[at] for name, at in places.items()})
    used = [(column, places[column.id]) for column in columns if column.id in places]
    for row, cells in enumerate(sheet.rows, sheet.first):
        if any(cell.strip() for cell in cells):
            _read_row(row, cells, used, read)
    return read


def _places(headers: list[str], columns: tuple[Column, ...]) -> dict[str, int]:
    """Column id -> which cell of a row; the name in the template goes before other names."""
    found: dict[str, int] = {}
    for column in columns:
        exact = [at for at, header in enumerate(headers) if plain(header) in map(plain, (column.id, *column.names))]
        there = exact or [at for at, header in enumerate(headers) if plain(header) in names_of(column)]
        there = [at for at in there if at not in found.values()]
        if len(there) > 1:
            raise HqError("doubled_column", headers[there[0]])
        if there:
            found[column.id] = there[0]
    missing = [column.names[1] for column in columns if column.required and column.id not in found]
    if missing:
        raise HqError("missing_column", ", ".join(missing))
    return found


def _read_row(row: int, cells: list[str], used: list[tuple[Column, int]], read: Read) -> None:
    values, before = {}, read.wrong.count
    for column, at in used:
        said = cells[at].strip() if at < len(cells) else ""
        if said:
            try:
                values[column.id] = column.parser(said)
            except Bad as bad:
                read.wrong.add(row, read.headers[column.id], said, str(bad))
        elif column.required:
            read.wrong.add(row, read.headers[column.id], "", "empty")
    if read.wrong.count == before:
        read.records.append(Record(row, values))
