"""Periods as people name them, and what they are compared with. Business dates, both ends included.

    2026-11-23, 2026-11-01..2026-11-23        a day, a span
    2026-W47, 2026-11, 2026-Q4, 2026, fy2026  an ISO week, month, quarter, year, fiscal year (named after its beginning)
    today, yesterday, this_month, last_week   relative to today; this_ and last_ of week, month, quarter, year
    last_30_days                              rolling, up to yesterday

A period that has not ended is compared with as many elapsed days. The one before (环比) of a named calendar period is
the calendar period before it; of anything else the span of equal length that ends the day before it begins. A year
ago (同比) are the same dates; 29 February is compared with the 28th.
"""

import calendar
import datetime as dt
import re
from typing import NamedTuple

from hq_server.errors import HqError

DAY = dt.timedelta(days=1)
UNITS = ("week", "month", "quarter", "year", "fiscal_year")


class Period(NamedTuple):
    """first..last; `unit` is '' for a span of days."""

    first: dt.date
    last: dt.date
    unit: str = ""

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def period_of(text: str, today: dt.date, fiscal_month: int = 1) -> Period:
    """Raises HqError('bad_question') for what is no period."""
    try:
        found = _named(text, today, fiscal_month) or _dated(text, fiscal_month)
    except (ValueError, OverflowError):
        found = None
    if found is None or found.first > found.last:
        raise HqError("bad_question", f"not a period: {text}; such as 2026-11, 2026-Q4, last_30_days, this_month")
    return found


def _named(text: str, today: dt.date, fiscal_month: int) -> Period | None:
    if text in ("today", "yesterday"):
        day = today - DAY * (text == "yesterday")
        return Period(day, day)
    if rolling := re.fullmatch(r"last_(\d{1,4})_days", text):
        return Period(today - DAY * int(rolling[1]), today - DAY)
    if relative := re.fullmatch(r"(this|last)_(week|month|quarter|year|fiscal_year)", text):
        this = around(today, relative[2], fiscal_month)
        return this if relative[1] == "this" else around(this.first - DAY, relative[2], fiscal_month)
    return None


def _dated(text: str, fiscal_month: int) -> Period | None:
    if ".." in text:
        first, _, last = text.partition("..")
        return Period(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    if week := re.fullmatch(r"(\d{4})-W(\d{2})", text):
        return around(dt.date.fromisocalendar(int(week[1]), int(week[2]), 1), "week")
    if quarter := re.fullmatch(r"(\d{4})-Q([1-4])", text):
        return around(dt.date(int(quarter[1]), 3 * int(quarter[2]) - 2, 1), "quarter")
    if month := re.fullmatch(r"(\d{4})-(\d{2})", text):
        return around(dt.date(int(month[1]), int(month[2]), 1), "month")
    if year := re.fullmatch(r"(fy)?(\d{4})", text):
        if year[1]:
            return around(dt.date(int(year[2]), fiscal_month, 1), "fiscal_year", fiscal_month)
        return around(dt.date(int(year[2]), 1, 1), "year")
    day = dt.date.fromisoformat(text)
    return Period(day, day)


def around(day: dt.date, unit: str, fiscal_month: int = 1) -> Period:
    """The calendar period that holds a day."""
    if unit == "week":
        monday = day - DAY * day.weekday()
        return Period(monday, monday + 6 * DAY, unit)
    months = {"month": 1, "quarter": 3, "year": 12, "fiscal_year": 12}[unit]
    begins = fiscal_month - 1 if unit == "fiscal_year" else 0
    index = day.year * 12 + day.month - 1 - begins
    index -= index % months
    return Period(_month(index + begins), _month(index + begins + months) - DAY, unit)


def _month(index: int) -> dt.date:
    return dt.date(index // 12, index % 12 + 1, 1)


def elapsed(period: Period, today: dt.date) -> Period:
    """What of a period is over or running; all of it if it has ended, its first day if it has not begun."""
    return period._replace(last=max(period.first, min(period.last, today)))


def before(period: Period, today: dt.date, fiscal_month: int = 1) -> Period:
    """What it is compared with (环比)."""
    so_far = elapsed(period, today)
    if not period.unit:
        return Period(so_far.first - DAY * so_far.days, so_far.first - DAY)
    whole = around(period.first - DAY, period.unit, fiscal_month)
    if so_far.last == period.last:
        return whole
    return Period(whole.first, min(whole.last, whole.first + DAY * (so_far.days - 1)), period.unit)


def year_ago(period: Period, today: dt.date) -> Period:
    """The same dates a year earlier (同比); an ISO week: the one of the same number."""
    so_far = elapsed(period, today)
    if period.unit == "week":
        back = DAY * 364
        year, week, _ = period.first.isocalendar()
        if (period.first - back).isocalendar()[1] != week and week != 53:
            back += 7 * DAY
        return Period(so_far.first - back, so_far.last - back, "week")
    whole = bool(period.unit) and so_far.last == period.last
    return Period(_a_year_back(so_far.first), _a_year_back(so_far.last, whole), period.unit)


def _a_year_back(day: dt.date, ends: bool = False) -> dt.date:
    last = calendar.monthrange(day.year - 1, day.month)[1]
    month_ends = ends and (day + DAY).month != day.month
    return day.replace(year=day.year - 1, day=last if month_ends else min(day.day, last))


def steps(period: Period, grain: str) -> list[str]:
    """The keys of all days (weeks, months...) of a period, as dimensions write them."""
    found: list[str] = []
    day = period.first
    while day <= period.last:
        key = key_of(day, grain)
        if not found or found[-1] != key:
            found.append(key)
        day += DAY
    return found


def key_of(day: dt.date, grain: str) -> str:
    """'2026-11-23', '2026-W48', '2026-11', '2026-Q4', '2026'."""
    if grain == "week":
        return "%d-W%02d" % day.isocalendar()[:2]
    if grain == "quarter":
        return "%d-Q%d" % (day.year, (day.month + 2) // 3)
    return day.isoformat()[: {"day": 10, "month": 7, "year": 4}[grain]]
