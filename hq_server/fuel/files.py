"""A company's statement as a file: sums by driver and by car, and every fill; numbers as numbers."""

import csv
import datetime as dt
import io
from typing import Any

import xlsxwriter

WIDTH = 14
COLUMNS = (
    "date", "time", "store", "receipt", "driver", "card", "plate", "odometer", "grade", "litres", "price", "saved",
    "amount",
)  # fmt: skip
SUMS = ("name", "fills", "litres", "saved", "amount", "km", "per_100km")
Cell = str | float | int | None


def rows_of(told: dict[str, Any], exponent: int) -> list[list[Cell]]:
    """The fills in COLUMNS."""
    money = 10**exponent
    return [
        [one["date"], dt.datetime.fromtimestamp(one["at_s"]).strftime("%H:%M"), one["store"], one["receipt"],
         one["driver"], one["card"], one["plate"] or one["vehicle"], one["odometer"] or None, one["code"],
         one["ml"] / 1000, one["price_milli"] / (1000 * money), one["saved_cents"] / money, one["cents"] / money]
        for one in told["fills"]
    ]  # fmt: skip


def sums_of(some: list[dict[str, Any]], exponent: int) -> list[list[Cell]]:
    """Sums in SUMS."""
    money = 10**exponent
    return [
        [one["name"], one["fills"], one["ml"] / 1000, one["saved_cents"] / money, one["cents"] / money, one["km"],
         None if one["ml_per_100km"] is None else one["ml_per_100km"] / 1000]
        for one in some
    ]  # fmt: skip


def as_csv(told: dict[str, Any], exponent: int, titles: dict[str, str]) -> bytes:
    """Every fill; with a mark at its beginning, so that a double click opens it in the right letters."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([titles[name] for name in COLUMNS])
    writer.writerows([[_safe(cell) for cell in row] for row in rows_of(told, exponent)])
    return buffer.getvalue().encode("utf-8-sig")


def as_xlsx(told: dict[str, Any], exponent: int, titles: dict[str, str]) -> bytes:
    """Three sheets: by driver, by car, fills."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True, "bg_color": "#E0F2F0", "bottom": 1})
    sheets = (
        (titles["by_driver"], SUMS, sums_of(told["by_card"], exponent)),
        (titles["by_car"], SUMS, sums_of(told["by_vehicle"], exponent)),
        (titles["fills"], COLUMNS, rows_of(told, exponent)),
    )
    for name, columns, rows in sheets:
        sheet = book.add_worksheet(name[:31])
        sheet.set_column(0, len(columns) - 1, WIDTH)
        sheet.write_row(0, 0, [titles[column] for column in columns], bold)
        for number, row in enumerate(rows, 1):
            sheet.write_row(number, 0, row)
        sheet.freeze_panes(1, 0)
    book.close()
    return buffer.getvalue()


def _safe(cell: Cell) -> Cell:
    """A text that a spreadsheet would take for a formula is told as text."""
    return "'" + cell if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@") else cell
