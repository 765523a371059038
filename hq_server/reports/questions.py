"""Questions from addresses: ?from=2026-11-01&to=2026-11-23&by=store&by=day&store=0001&account=..."""

import datetime as dt

from starlette.datastructures import QueryParams

from hq_server.errors import HqError
from hq_server.reports.declarations import Question, Report
from protocol.ids import is_account, is_store

DEFAULT_DAYS = 7


def question_of(report: Report, told: QueryParams, by: tuple[str, ...], today: dt.date) -> Question:
    """The question; a week up to today and `by` where nothing is said. Raises HqError('bad_question')."""
    to_date = _date(told.get("to")) or today
    from_date = _date(told.get("from")) or to_date - dt.timedelta(days=DEFAULT_DAYS - 1)
    known = {dimension.id for dimension in report.dimensions}
    asked = tuple(dimension for dimension in told.getlist("by") if dimension)
    if not set(asked) <= known:
        raise HqError("bad_question", "dimensions of this report: " + ", ".join(sorted(known)))
    stores = tuple(store for store in told.getlist("store") if store)
    account = told.get("account", "").strip()
    if not all(is_store(store) for store in stores) or (account and not is_account(account)):
        raise HqError("bad_question", "not a store or account")
    return Question(from_date.isoformat(), to_date.isoformat(), tuple(dict.fromkeys(asked)) or by, stores, account)


def _date(text: str | None) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise HqError("bad_question", "not a date: " + text) from None


def quick_periods(today: dt.date) -> dict[str, tuple[str, str]]:
    """Text key -> from, to."""
    monday, first = today - dt.timedelta(days=today.weekday()), today.replace(day=1)
    last = first - dt.timedelta(days=1)
    found = {
        "period.today": (today, today),
        "period.yesterday": (today - dt.timedelta(days=1), today - dt.timedelta(days=1)),
        "period.week": (monday, today),
        "period.month": (first, today),
        "period.last_month": (last.replace(day=1), last),
    }
    return {key: (start.isoformat(), end.isoformat()) for key, (start, end) in found.items()}
