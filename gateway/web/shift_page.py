"""A closed fuel shift as people read it: words and figures for the printable page, and the same as CSV."""

import csv
import datetime as dt
import io
import zoneinfo
from collections.abc import Callable
from typing import Any

from protocol.money import money_text

LITRES = ("opening_ml", "closing_ml", "totals_ml", "sold_ml", "unpaid_ml", "lost_ml", "test_ml", "gap_ml")
HEADS = ("opening", "closing", "by_totals", "sold", "unpaid", "lost", "tested", "gap")
SUMS = LITRES[2:]  # totalisers of several nozzles add up to nothing


def tools(found: dict[str, Any], t: dict[str, str]) -> dict[str, Any]:
    """What the template needs beside the shift."""
    told = found["told"]
    return {
        "money": lambda cents: money_text(cents, found["exponent"]),
        "litres": litres,
        "when": lambda at_s: when(at_s, found["timezone"]),
        "columns": list(zip(HEADS, LITRES, strict=True)),
        "sums": {name: sum(one[name] for one in told["nozzles"]) for name in SUMS},
        "sold_cents": sum(one["sold_cents"] for one in told["nozzles"]),
        "gap_text": lambda gap: gap_text(gap, t),
        "place": place,
    }


def litres(ml: int) -> str:
    sign, whole = "-" if ml < 0 else "", abs(ml)
    return f"{sign}{whole // 1000}.{whole % 1000:03d}"


def when(at_s: int, timezone: str) -> str:
    try:
        zone: dt.tzinfo = zoneinfo.ZoneInfo(timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        zone = dt.UTC
    return dt.datetime.fromtimestamp(at_s, zone).strftime("%Y-%m-%d %H:%M")


def place(one: dict) -> str:
    """A nozzle as the page names it: terminal without its store, number."""
    return f"{one['terminal'].partition('-')[2]} · {one['nozzle']}"


def gap_text(gap: dict, t: dict[str, str]) -> str:
    """Between which receipts the litres are missing."""
    if gap["after"] == gap["before"]:
        return t["within"].format(after=gap["after"])
    return t["between"].format(after=gap["after"] or t["at_opening"], before=gap["before"] or t["at_closing"])


def csv_of(found: dict[str, Any], t: dict[str, str]) -> bytes:
    """Nozzles, gaps, money, cash: a table each, an empty line between them. Litres and money as on paper."""
    told, out = found["told"], io.StringIO()
    write: Callable = csv.writer(out).writerow
    shown: Callable = lambda cents: money_text(cents, found["exponent"])  # noqa: E731
    write([t["nozzle"], t["grade"], *(t[head] for head in HEADS), t["fills"], t["amount"]])
    for one in told["nozzles"]:
        grade = found["grades"].get(one["code"], one["code"])
        figures = [litres(one[name]) for name in LITRES]
        write([_plain(place(one)), _plain(grade), *figures, one["fills"], shown(one["sold_cents"])])
    write([])
    write([t["gaps_title"]])
    for gap in told["gaps"]:
        write([place(gap), gap_text(gap, t), litres(gap["ml"]), shown(gap["cents"])])
    write([])
    for name, cents in money_rows(told, t) + cash_rows(told, t):
        write([name, shown(cents)])
    return out.getvalue().encode("utf-8-sig")  # with a mark, so that a double click opens it in the right letters


def money_rows(told: dict, t: dict[str, str]) -> list[tuple[str, int]]:
    money = told["money"]
    paid = [(f"{t['paid']}: {t.get(name, name)}", cents) for name, cents in money["tenders"].items()]
    return [
        (t["unpaid_before"], money["unpaid_before_cents"]), (t["delivered"], money["delivered_cents"]), *paid,
        (t["lost"], money["lost_cents"]), (t["unpaid_now"], money["unpaid_now_cents"]),
        (t["difference"], money["difference_cents"]),
    ]  # fmt: skip


def cash_rows(told: dict, t: dict[str, str]) -> list[tuple[str, int]]:
    cash = told["cash"]
    over = cash["over_cents"]
    return [
        (f"{t['drawer']}: {t['opening_cash']}", cash["opening_cents"]), (t["cash_taken"], cash["taken_cents"]),
        (t["expected"], cash["expected_cents"]), (t["counted"], cash["counted_cents"]),
        (t["over"] if over > 0 else t["short"] if over else t["exact"], over),
    ]  # fmt: skip


def _plain(text: str) -> str:
    """No cell that a spreadsheet takes for a formula."""
    return "'" + text if text[:1] in "=+-@\t\r" else text
