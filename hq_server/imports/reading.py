"""A file as people have it: XLSX, or CSV in whatever encoding and with whatever separator, as rows of texts."""

import csv
import datetime as dt
import io
from typing import NamedTuple

from python_calamine import CalamineError, CalamineWorkbook

from hq_server.errors import HqError

ROWS_MAX = 5_000_000
ENCODINGS = ("utf-8", "gb18030")  # in this order: hardly any text in the second is valid in the first
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
SEPARATORS = ",;\t|"
XLSX_START = b"PK\x03\x04"
EXACT_MAX = 10**15  # above it a spreadsheet's number has lost digits
SHORTENED = "\ufffdshortened"  # stands for such a number: no field takes it


class Sheet(NamedTuple):
    """The header and what is below it. Rows are numbered as the spreadsheet does: `first` is that of rows[0]."""

    headers: list[str]
    rows: list[list[str]]
    first: int


def read(raw: bytes) -> Sheet:
    """Raises HqError('unreadable_file') with what is wrong."""
    table = _workbook(raw) if raw.startswith(XLSX_START) else _text(raw)
    if len(table) > ROWS_MAX:
        raise HqError("unreadable_file", f"more than {ROWS_MAX} rows")
    start = next((at for at, row in enumerate(table) if any(cell.strip() for cell in row)), None)
    if start is None:
        raise HqError("unreadable_file", "there is nothing in it")
    return Sheet([cell.strip() for cell in table[start]], table[start + 1 :], start + 2)


def _workbook(raw: bytes) -> list[list[str]]:
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_index(0)
    except (CalamineError, IndexError) as wrong:
        raise HqError("unreadable_file", str(wrong)) from None
    return [[_cell(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]


def _cell(value: object) -> str:
    """As it would be written by hand: 12.0 is 12, a date is its ISO form."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        if abs(value) >= EXACT_MAX:
            return SHORTENED
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "seconds") if value.time() != dt.time() else value.date().isoformat()
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _text(raw: bytes) -> list[list[str]]:
    text = decoded(raw)
    if "\0" in text:
        raise HqError("unreadable_file", "neither XLSX nor text")
    head = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=head.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as wrong:
        raise HqError("unreadable_file", str(wrong)) from None


def decoded(raw: bytes) -> str:
    """By its mark, else UTF-8, else the Chinese national standard. Raises HqError('unreadable_file')."""
    marked = next((name for mark, name in MARKS if raw.startswith(mark)), "")
    for name in (marked,) if marked else ENCODINGS:
        try:
            return raw.decode(name)
        except UnicodeDecodeError:
            continue
    raise HqError("unreadable_file", "its letters are neither UTF-8 nor GB 18030; save it as UTF-8")
