"""A closed fuel shift as a workbook: nozzles, gaps, money and cash on a sheet each; figures are numbers, to add up."""

import io
from typing import Any

import xlsxwriter

from gateway.web.shift_page import HEADS, LITRES, SUMS, cash_rows, gap_text, money_rows, place

LITRES_FORM, WIDTH, WIDE = "0.000", 12, 44
Cell = str | int | float


def xlsx_of(found: dict[str, Any], t: dict[str, str]) -> bytes:
    """What the page shows, with its sums as formulas over their columns."""
    buffer = io.BytesIO()
    # what people wrote stays text, also where it begins like a formula or an address
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    _nozzles(book, found, t)
    told, currency = found["told"], found["currency"]
    gaps = [[place(gap), gap_text(gap, t), _litres(gap["ml"]), _money(gap["cents"], found)] for gap in told["gaps"]]
    _sheet(book, found, t["gaps_title"], [t["nozzle"], "", t["litres"], currency], gaps, frozenset({2}))
    for title, rows in ((t["money"], money_rows(told, t)), (t["drawer"], cash_rows(told, t))):
        _sheet(book, found, title, ["", currency], [[name, _money(cents, found)] for name, cents in rows])
    book.close()
    return buffer.getvalue()


def _nozzles(book: xlsxwriter.Workbook, found: dict[str, Any], t: dict[str, str]) -> None:
    heads = [t["nozzle"], t["grade"], *(t[head] for head in HEADS), t["fills"], found["currency"]]
    rows: list[list[Cell]] = [
        [place(one), found["grades"].get(one["code"], one["code"]), *(_litres(one[name]) for name in LITRES),
         one["fills"], _money(one["sold_cents"], found)]
        for one in found["told"]["nozzles"]
    ]  # fmt: skip
    litres = frozenset(range(2, 2 + len(LITRES)))
    sheet = _sheet(book, found, f"{t['shift']} {found['shift'].shift}", heads, rows, litres)
    sums = [2 + at for at, name in enumerate(LITRES) if name in SUMS] + [len(heads) - 2, len(heads) - 1]
    sheet.write(len(rows) + 1, 0, t["all"], book.add_format({"bold": True}))
    for column in sums:
        letter, form = chr(ord("A") + column), _form(found, column, litres, len(heads))
        total = sum(cell for row in rows if not isinstance(cell := row[column], str))
        bold = book.add_format({"bold": True, "num_format": form})
        sheet.write_formula(len(rows) + 1, column, f"=SUM({letter}2:{letter}{len(rows) + 1})", bold, total)


def _sheet(
    book: xlsxwriter.Workbook, found: dict[str, Any], title: str, heads: list[str], rows: list[list[Cell]],
    litres: frozenset[int] = frozenset(),
) -> Any:  # fmt: skip
    """The last column is money."""
    sheet = book.add_worksheet("".join(" " if one in "[]:*?/\\" else one for one in title)[:31])
    sheet.write_row(0, 0, heads, book.add_format({"bold": True, "bg_color": "#E0F2F0", "bottom": 1}))
    for column in range(len(heads)):
        form = book.add_format({"num_format": _form(found, column, litres, len(heads))})
        sheet.set_column(column, column, WIDE if len(heads) < 5 and column < 2 else WIDTH, form)
    for at, row in enumerate(rows, 1):
        sheet.write_row(at, 0, row)
    sheet.freeze_panes(1, 0)
    return sheet


def _form(found: dict[str, Any], column: int, litres: frozenset[int], columns: int) -> str:
    if column in litres:
        return LITRES_FORM
    if column == columns - 1:
        return "0." + "0" * found["exponent"] if found["exponent"] else "0"
    return "General"


def _litres(ml: int) -> float:
    return ml / 1000


def _money(cents: int, found: dict[str, Any]) -> float:
    return cents / 10 ** found["exponent"]
