"""Reports as XLSX: figures as numbers with the chain's decimals, definitions on a sheet of their own."""

import csv
import datetime as dt
import io
from collections.abc import Callable

import xlsxwriter

from hq_server.reports.declarations import COUNT, DATE, GRADE, MONEY, QUANTITY, SHARE, Answer, Line, Measure, Names

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Named = Callable[[Names], str]
WIDTH = 14
GRADES = ("A", "B", "C")
SPREADSHEETS_1970 = 25569  # days from their beginning to ours


def workbook(answer: Answer, named: Named, exponent: int, words: dict[str, str], language: str) -> bytes:
    """The file. `words`: texts of the catalogue for total, subtotal, period, definition."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    _figures(book, answer, named, exponent, words, language)
    _definitions(book, answer, named, words)
    book.close()
    return buffer.getvalue()


def _figures(book, answer: Answer, named: Named, exponent: int, words: dict[str, str], language: str) -> None:
    sheet = book.add_worksheet(named(answer.report.name)[:31])
    head = book.add_format({"bold": True, "bg_color": "#E0F2F0", "bottom": 1, "text_wrap": True, "valign": "top"})
    sheet.write(0, 0, named(answer.report.name), book.add_format({"bold": True, "font_size": 14}))
    sheet.write(1, 0, f"{words['period']}: {answer.question.from_date} \u2013 {answer.question.to_date}")
    dimensions = [answer.report.dimension(dimension) for dimension in answer.question.by]
    for column, title in enumerate([*dimensions, *answer.report.columns]):
        sheet.write(3, column, named(title.name), head)
    sheet.set_column(0, len(dimensions) + len(answer.report.columns), WIDTH)
    sheet.freeze_panes(4, len(dimensions))
    plain, strong = _formats(book, exponent, False), _formats(book, exponent, True)
    for number, line in enumerate([*answer.rows, answer.total], 4):
        whole = len(line.key) == len(dimensions)
        _places(sheet, number, line, answer, words, language, None if whole else strong["text"])
        _line(sheet, number, line, len(dimensions), answer.report.columns, exponent, plain if whole else strong)


def _formats(book, exponent: int, bold: bool) -> dict:
    """Unit -> cell format."""
    decimals = "0" * exponent
    money = "#,##0" + ("." + decimals if decimals else "")
    wanted = {MONEY: money, COUNT: "#,##0", QUANTITY: "#,##0.###", SHARE: "0.0%",
              DATE: "yyyy-mm-dd", GRADE: "@", "text": "@"}
    return {unit: book.add_format({"num_format": form, "bold": bold}) for unit, form in wanted.items()}


def _places(sheet, number: int, line: Line, answer: Answer, words: dict[str, str], language: str, form) -> None:
    for column, (dimension, place) in enumerate(zip(answer.question.by, line.key, strict=False)):
        sheet.write_string(number, column, answer.label(dimension, place, language), form)
    if len(line.key) < len(answer.question.by):
        sheet.write_string(number, len(line.key), words["subtotal"] if line.key else words["total"], form)


def _line(sheet, number: int, line: Line, skip: int, columns: tuple[Measure, ...], exponent: int, forms: dict) -> None:
    for place, column in enumerate(columns, skip):
        value = line.values.get(column.id)
        if value is not None and column.unit == GRADE:
            sheet.write_string(number, place, GRADES[value - 1])
        elif value is not None:
            sheet.write_number(number, place, as_number(value, column.unit, exponent), forms[column.unit])


def as_number(value: int, unit: str, exponent: int) -> float:
    """A spreadsheet's own number: 1234 cents -> 12.34, 1500 thousandths -> 1.5, a share as a fraction of one."""
    if unit == DATE:
        return value + SPREADSHEETS_1970
    divisor = {MONEY: 10**exponent, COUNT: 1, QUANTITY: 1000, SHARE: 100000}[unit]
    return value / divisor


def _definitions(book, answer: Answer, named: Named, words: dict[str, str]) -> None:
    sheet = book.add_worksheet(words["definition"][:31])
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 90, wrapped)
    sheet.write(0, 0, named(answer.report.name))
    sheet.write(0, 1, named(answer.report.definition), wrapped)
    for number, column in enumerate(answer.report.columns, 2):
        sheet.write(number, 0, named(column.name))
        sheet.write(number, 1, named(column.meaning), wrapped)


def comma_separated(answer: Answer, named: Named, exponent: int, words: dict[str, str], language: str) -> bytes:
    """The same rows as CSV in UTF-8 with its mark, so that spreadsheets read it; subtotals are named in words."""
    out = io.StringIO()
    write = csv.writer(out)
    dimensions = [answer.report.dimension(dimension) for dimension in answer.question.by]
    write.writerow([named(one.name) for one in (*dimensions, *answer.report.columns)])
    for line in (*answer.rows, answer.total):
        places = [answer.label(one, key, language) for one, key in zip(answer.question.by, line.key, strict=False)]
        if len(places) < len(dimensions):
            places.append(words["subtotal"] if line.key else words["total"])
        places += [""] * (len(dimensions) - len(places))
        write.writerow([*map(_harmless, places), *(_cell(line, one, exponent) for one in answer.report.columns)])
    return out.getvalue().encode("utf-8-sig")


def _cell(line: Line, column: Measure, exponent: int) -> str:
    value = line.values.get(column.id)
    if value is None:
        return ""
    if column.unit == GRADE:
        return GRADES[value - 1]
    if column.unit == DATE:
        return (dt.date(1970, 1, 1) + dt.timedelta(days=value)).isoformat()
    return f"{as_number(value, column.unit, exponent):.10g}"


def _harmless(text: str) -> str:
    """What a spreadsheet would take for a formula is told as text."""
    return "'" + text if text[:1] in ("=", "+", "@") else text
