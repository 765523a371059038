"""Empty files to fill in: the columns of a kind with an example row, as CSV or XLSX, in Chinese or English."""

import csv
import io

import xlsxwriter

from hq_server.imports.columns import Scene, columns

ANY = Scene(2, frozenset(), "2999-01-01")
LANGUAGES = ("zh", "en")
WIDTH = 18


def as_csv(kind: str, language: str) -> bytes:
    """With a mark at its beginning, so that a double click opens it in the right letters."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(_rows(kind, language))
    return buffer.getvalue().encode("utf-8-sig")


def as_xlsx(kind: str, language: str) -> bytes:
    """All cells are texts: numbers keep their zeros and digits."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    plain, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "num_format": "@"})
    header, example = _rows(kind, language)
    sheet.set_column(0, len(header) - 1, WIDTH, plain)
    for at, (title, said) in enumerate(zip(header, example, strict=True)):
        sheet.write_string(0, at, title, bold)
        sheet.write_string(1, at, said, plain)
    sheet.freeze_panes(1, 0)
    book.close()
    return buffer.getvalue()


def _rows(kind: str, language: str) -> tuple[list[str], list[str]]:
    at = LANGUAGES.index(language)
    found = columns(kind, ANY)
    return [one.names[at] + ("*" if one.required else "") for one in found], [one.example[at] for one in found]
