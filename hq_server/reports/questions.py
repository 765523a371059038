"""Questions from addresses: ?period=2026-11&by=store&by=day&store=0001&category=... (or from=, to= as dates)."""

import datetime as dt
from typing import Any

from starlette.datastructures import QueryParams

from hq_server.errors import HqError
from hq_server.reports.declarations import Question, Report
from hq_server.reports.dimensions import DIMENSIONS, PLACES
from hq_server.reports.periods import Period, period_of
from protocol.ids import is_account, is_store

DEFAULT_DAYS = 7
TOP_MAX = 200_000
SETTINGS = {"m_basis": ("total", "avg_ticket"), "method": ("mean", "median"), "boundary": ("lunar_new_year", "li_chun")}
FILTER_FIELDS = ("where", "is")
ITS_OWN = ("from", "to", "period", "by", "measure", "top", "page", "view", "kind", "at", "within", *FILTER_FIELDS,
           *SETTINGS)  # fmt: skip


def question_of(
    report: Report, told: QueryParams, today: dt.date, rights: tuple[str, ...] | None = None, strict: bool = True
) -> Question:
    """The question; the report's usual period up to today and its usual `by` where nothing is said.

    strict: what is neither a parameter nor a dimension is refused. Raises HqError('bad_question').
    """
    period = _period(report, told, today)
    asked = tuple(dict.fromkeys(name for name in told.getlist("by") if name))
    settings = {name: _setting(name, told[name]) for name in SETTINGS if told.get(name)}
    if period.unit:
        settings["unit"] = period.unit
    only = _filters(report, told, strict)
    return Question(
        period.first.isoformat(), period.last.isoformat(), asked or report.by, only,
        tuple(told.getlist("measure")), rights, today.isoformat(), _top(told.get("top")), settings,
        _number(told.get("within"), "within"),
    )  # fmt: skip


def _period(report: Report, told: QueryParams, today: dt.date) -> Period:
    if told.get("period"):
        return period_of(told["period"], today)
    last = _date(told.get("to")) or today
    first = _date(told.get("from")) or last - dt.timedelta(days=(report.days or DEFAULT_DAYS) - 1)
    return Period(first, last)


def _filters(report: Report, told: QueryParams, strict: bool) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name in dict.fromkeys(told):
        keys = tuple(key.strip() for key in told.getlist(name) if key.strip())
        if name in ITS_OWN or not keys:
            continue
        if name not in DIMENSIONS:
            if strict:
                raise HqError("bad_question", f"unknown parameter {name}; a period, by, or a dimension as a filter")
            continue
        _check(name, keys)
        found[place_of(report) if name == "store" else name] = keys
    return found


def with_filter(told: QueryParams) -> list[tuple[str, str]] | None:
    """The address that a form's where=level&is=gold,silver stands for; None where it says no more than it did."""
    if not any(name in told for name in FILTER_FIELDS):
        return None
    where, keys = told.get("where", ""), [key.strip() for key in told.get("is", "").split(",") if key.strip()]
    rest = [(name, value) for name, value in told.multi_items() if name not in FILTER_FIELDS and value]
    return rest + [(where, key) for key in keys if where and (where, key) not in rest]


def place_of(report: Report) -> str:
    """The dimension that a report's field for stores is about."""
    return next((name for name in PLACES if name in report.dimension_ids), "store")


def _check(name: str, keys: tuple[str, ...]) -> None:
    if name == "store" and not all(is_store(key) for key in keys):
        raise HqError("bad_question", "not a store")
    if name == "account" and not all(is_account(key) for key in keys):
        raise HqError("bad_question", "not an account")


def _setting(name: str, value: str) -> str:
    if value not in SETTINGS[name]:
        raise HqError("bad_question", f"{name} is one of {', '.join(SETTINGS[name])}")
    return value


def _number(text: str | None, name: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise HqError("bad_question", f"{name} is the number of a list of members")
    return int(text)


def _top(text: str | None) -> int:
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= TOP_MAX:
        raise HqError("bad_question", f"top is a number up to {TOP_MAX}")
    return int(text)


def _date(text: str | None) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise HqError("bad_question", "not a date: " + text) from None


def quick_periods(today: dt.date) -> dict[str, tuple[str, str]]:
    """Text key -> from, to."""
    named = {
        "period.today": "today", "period.yesterday": "yesterday", "period.week": "this_week",
        "period.month": "this_month", "period.last_month": "last_month", "period.year": "this_year",
    }  # fmt: skip
    found: dict[str, Any] = {}
    for key, name in named.items():
        one = period_of(name, today)
        found[key] = (one.first.isoformat(), min(one.last, max(one.first, today)).isoformat())
    return found
