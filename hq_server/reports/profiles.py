"""One row per member on the register at the end of a period: what they bought, and the classes they are in.

Sales taken back whole are no purchases. What a merged account bought is its heir's. Figures of the period count rows in
it; `ever` counts up to its end. Classes are worked out in hq_server/segments, in memory, for the time of one answer.
"""

import datetime as dt
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from hq_server.facts.base import FactBase
from hq_server.facts.shapes import compute
from hq_server.reports.compiling import ANY_DATES, dated, dimension, filtered, sql_of
from hq_server.reports.declarations import Question
from hq_server.reports.periods import Period, before
from hq_server.reports.sources import FACTS, PROFILES, table_of
from hq_server.segments import births, lifecycle, rfm
from hq_server.segments import tables as classes

FREQUENCIES = ((0, "0"), (1, "1"), (5, "2-5"), (10, "6-10"), (20, "11-20"), (50, "21-50"), (100, "51-100"))
RECENCIES = ((7, "0-7"), (30, "8-30"), (60, "31-60"), (90, "61-90"), (180, "91-180"), (365, "181-365"))
SPENDS = (1, 100, 500, 1000, 2000, 5000)  # whole units of the currency; the first is more than nothing
NEVER = "never"
BOUGHT = ("txn_count", "net_cents", "purchase_days", "first_date", "last_date", "first_ever", "last_ever",
          "ever_count", "ever_cents")  # fmt: skip


def add_profiles(base: FactBase, question: Question, exponent: int) -> None:
    """Makes the table `profiles` that figures of members are asked of."""
    base.add("profiles", profiles(base, question, exponent))


def profiles(base: FactBase, question: Question, exponent: int) -> pa.Table:
    """The rows, columns as sources.PROFILES."""
    first, last = (dt.date.fromisoformat(day) for day in (question.from_date, question.to_date))
    members = _on_the_register(base, last)
    rows = _joined(members, base.ask(dated(_bought(question.rights), question)))
    rows = _joined(rows, base.ask(dated(_balances(), question)))
    rows = _whole(rows, (*BOUGHT[:3], "ever_count", "ever_cents", "stored_cents", "points"))
    rows = classes.with_rfm(rows, last, _settings(question))
    rows = _with_movement(base, rows, question, first, last)
    rows = classes.with_cycles(rows, last)
    rows = _with_stage(base, rows, question, last)
    rows = _with_bands(rows, last, exponent)
    rows = _with_births(rows, last, question.settings.get("boundary", births.NEW_YEAR))
    rows = rows.append_column("person_since", pa.nulls(rows.num_rows, pa.int64()))
    return rows.select(PROFILES.names).cast(PROFILES)


def _settings(question: Question) -> rfm.Settings:
    told = question.settings
    return rfm.Settings(told.get("m_basis", rfm.TOTAL), told.get("method", rfm.MEAN))


def _on_the_register(base: FactBase, last: dt.date) -> pa.Table:
    members = base.registers["members"]
    day = pa.scalar(last, pa.date32())
    joined = compute.less_equal(members["joined_date"], day)
    there = compute.or_kleene(compute.is_null(members["left_date"]), compute.greater(members["left_date"], day))
    return members.filter(compute.and_(joined, there))


def _purchases(rights: tuple[str, ...] | None) -> Any:
    """All rows of sales with a card, of persons, up to the end of the period."""
    fact = FACTS["sales"]
    sales = filtered(fact, table_of(fact, {"members"}), Question("0001-01-01", ANY_DATES[1], (), rights=rights))
    return sales.filter(sales.account != "").mutate(person=sales["members.person"].fill_null(sales.account))


def _paid(rows: Any) -> Any:
    """Sales that were not taken back whole."""
    voids = rows.filter((rows.kind == "return") & rows.transfer.endswith("/void")).select(voided="sale_event")
    sold = rows.filter(rows.kind == "sale")
    return sold.anti_join(voids, sold.event == voids.voided)


@lru_cache(maxsize=64)
def _bought(rights: tuple[str, ...] | None) -> str:
    """The query of account and BOUGHT."""
    rows = _purchases(rights)
    starts = ibis.date(ANY_DATES[0])
    paid = _paid(rows)
    within = paid.business_date >= starts
    counted = paid.group_by("person").aggregate(
        txn_count=paid.count(where=within),
        purchase_days=paid.business_date.nunique(where=within),
        first_date=paid.business_date.min(where=within),
        last_date=paid.business_date.max(where=within),
        first_ever=paid.business_date.min(),
        last_ever=paid.business_date.max(),
        ever_count=paid.count(),
    )
    money = rows.group_by("person").aggregate(
        net_cents=rows.net_cents.sum(where=rows.business_date >= starts).fill_null(0).cast("int64"),
        ever_cents=rows.net_cents.sum().fill_null(0).cast("int64"),
    )
    joined = money.left_join(counted, money.person == counted.person)
    return sql_of(joined.select(account=money.person, **{name: joined[name] for name in BOUGHT}))


@cache
def _balances() -> str:
    fact = FACTS["value_moves"]
    moves = table_of(fact, {"members"})
    moves = moves.filter(moves.business_date <= ibis.date(ANY_DATES[1]))
    moves = moves.mutate(person=moves["members.person"].fill_null(moves.account))
    stored = moves.asset_class.isin(("principal", "bonus"))
    asked = moves.group_by(account=moves.person).aggregate(
        stored_cents=moves.amount.sum(where=stored).fill_null(0).cast("int64"),
        points=moves.amount.sum(where=moves.asset_class == "points").fill_null(0).cast("int64"),
    )
    return sql_of(asked)


def _joined(members: pa.Table, more: pa.Table) -> pa.Table:
    """Columns of another table beside each member, null where it has none."""
    at = compute.index_in(members["account"], more["account"])
    for name in more.column_names:
        if name != "account":
            column = more[name].take(at) if more.num_rows else pa.nulls(members.num_rows, more[name].type)
            members = members.append_column(name, column)
    return members


def _whole(rows: pa.Table, names: Iterable[str]) -> pa.Table:
    """Nothing is 0."""
    for name in names:
        whole = compute.fill_null(rows[name].cast(pa.int64()), 0)
        rows = rows.set_column(rows.schema.get_field_index(name), name, whole)
    return rows


def _with_movement(base: FactBase, rows: pa.Table, question: Question, first: dt.date, last: dt.date) -> pa.Table:
    """score, and beside it segment, score and movement of the period of equal length before."""
    past = before(Period(first, last), last)
    asked = question._replace(from_date=past.first.isoformat(), to_date=past.last.isoformat())
    then = _whole(_joined(rows.select(["account"]), base.ask(dated(_bought(question.rights), asked))), BOUGHT[:3])
    then = classes.with_scores(classes.with_rfm(then, past.last, _settings(question)), past.last)
    rows = classes.with_scores(rows, last)
    rows = rows.append_column("score_before", then["score"]).append_column("segment_before", then["segment"])
    return rows.append_column("movement", pa.array(_movement(rows["score"], then["score"]), pa.string()))


def _movement(now: Any, then: Any) -> list[str | None]:
    found: list[str | None] = []
    for own, was in zip(now.to_pylist(), then.to_pylist(), strict=True):
        if own is None or was is None:
            found.append(rfm.NEW if own is not None else rfm.LOST if was is not None else None)
        else:
            found.append(rfm.UP if own > was else rfm.DOWN if own < was else rfm.SAME)
    return found


def _with_stage(base: FactBase, rows: pa.Table, question: Question, last: dt.date) -> pa.Table:
    limits = lifecycle.USUAL
    starts = last - dt.timedelta(days=limits.window_days - 1)
    asked = question._replace(from_date=starts.isoformat())
    stages = base.ask(dated(_windows(question.rights), asked))
    found = _joined(rows.select(["account", "first_ever", "last_ever", "ever_count"]), stages)
    first, final, reentry, prior = (_numbers(found[name]) for name in ("first_ever", "last_ever", "reentry", "prior"))
    prior = np.where(compute.is_null(found["prior"]).to_numpy(), first, prior)
    counted = _whole(found, ("now", "previous", "ever_count"))
    counts = [counted[name].to_numpy() for name in ("now", "previous", "ever_count")]
    history = lifecycle.History(first, final, prior, reentry, *counts)
    told = lifecycle.stages(history, (last - dt.date(1970, 1, 1)).days, limits)
    return rows.append_column("stage", pa.array([str(one) for one in told], pa.string()))


@lru_cache(maxsize=64)
def _windows(rights: tuple[str, ...] | None) -> str:
    """The query of purchases within the window that begins with the first date, and within the one before it."""
    paid = _paid(_purchases(rights))
    starts: Any = ibis.date(ANY_DATES[0])
    now = paid.business_date >= starts
    then = ~now & (paid.business_date >= starts - ibis.interval(days=lifecycle.USUAL.window_days))
    asked = paid.group_by(account=paid.person).aggregate(
        now=paid.count(where=now),
        previous=paid.count(where=then),
        reentry=paid.business_date.min(where=now),
        prior=paid.business_date.max(where=~now),
    )
    return sql_of(asked)


def _numbers(dates: Any) -> np.ndarray:
    return compute.fill_null(dates.cast(pa.date32()).cast(pa.int32()), 0).to_numpy().astype(np.int64)


def _with_bands(rows: pa.Table, last: dt.date, exponent: int) -> pa.Table:
    today = (last - dt.date(1970, 1, 1)).days
    last_days = rows["last_ever"].cast(pa.int32()).to_pylist()
    away = [None if day is None else today - day for day in last_days]
    bands = {
        "frequency_band": [_band(count, FREQUENCIES, "101+") for count in rows["txn_count"].to_pylist()],
        "spend_band": [_spend(cents, exponent) for cents in rows["net_cents"].to_pylist()],
        "recency_band": [NEVER if days is None else _band(days, RECENCIES, "366+") for days in away],
    }
    rows = rows.set_column(rows.schema.get_field_index("recency_days"), "recency_days", pa.array(away, pa.int64()))
    for name, values in bands.items():
        rows = rows.append_column(name, pa.array(values, pa.string()))
    return rows


def _band(value: int, bands: tuple[tuple[int, str], ...], beyond: str) -> str:
    return next((name for last, name in bands if value <= last), beyond)


def _spend(cents: int, exponent: int) -> str:
    """Half open: '100-500' is 100.00 up to 499.99."""
    if cents <= 0:
        return "0"
    unit, low = 10**exponent, 0
    for bound in SPENDS[1:]:
        if cents < bound * unit:
            return f"{low}-{bound}"
        low = bound
    return f"{low}+"


def _with_births(rows: pa.Table, last: dt.date, boundary: str) -> pa.Table:
    days = ["" if day is None else day.isoformat() for day in rows["birthday"].to_pylist()]
    read = [births.read(day, boundary) for day in days]
    ages = [births.age_years(day, last.isoformat()) for day in days]
    columns = {
        "star_sign": [one.star_sign for one in read],
        "animal": [one.animal for one in read],
        "decade": [one.decade for one in read],
        "age_band": [births.age_band(age) if age is not None else births.UNKNOWN for age in ages],
        "birth_month": [day[5:7] or births.UNKNOWN for day in days],
        "birth_day": [births.birthday_in(day, last.year)[5:] or births.UNKNOWN for day in days],
    }
    for name, values in columns.items():
        rows = rows.append_column(name, pa.array(values, pa.string()))
    return rows.append_column("age_years", pa.array(ages, pa.int64()))


def listed(base: FactBase, question: Question, limit: int) -> list[dict]:
    """Members of the table `profiles` that fit the question's filters, those who spent most first."""
    fact = FACTS["profiles"]
    leads = {dimension(name).register for name in question.only} - {""}
    table = filtered(fact, table_of(fact, leads), question)
    shown = ("account", "level", "home", "txn_count", "net_cents", "last_ever", "segment", "stage", "stored_cents")
    asked = table.select(*shown).order_by([ibis.desc("net_cents"), "account"]).limit(limit)
    return base.ask(sql_of(asked)).to_pylist()
