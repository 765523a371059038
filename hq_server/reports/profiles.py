"""One row per member on the register at the end of a period: what they bought, and the classes they are in.

Sales taken back whole are no purchases. What a merged account bought is its heir's. Figures of the period count rows
in it; `ever` counts up to its end. Classes are worked out in hq_server/segments, in memory, for the time of one answer,
and only those that a question is about.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from functools import cache, lru_cache
from typing import Any, NamedTuple

import ibis
import numpy as np
import pyarrow as pa

from hq_server.facts.base import FactBase
from hq_server.facts.shapes import compute
from hq_server.reports import outlook
from hq_server.reports.compiling import ANY_DATES, dated, dimension, filtered, sql_of
from hq_server.reports.declarations import Question
from hq_server.reports.periods import Period, before
from hq_server.reports.sources import FACTS, PROFILES, table_of
from hq_server.segments import births, lifecycle, rfm
from hq_server.segments import tables as classes

FREQUENCIES = ((0, 1, 2, 6, 11, 21, 51, 101), ("0", "1", "2-5", "6-10", "11-20", "21-50", "51-100", "101+"))
RECENCIES = ((0, 8, 31, 61, 91, 181, 366), ("0-7", "8-30", "31-60", "61-90", "91-180", "181-365", "366+"))
# whole units of the currency, half open: '100-500' is 100.00 up to 499.99; the first is nothing
SPENDS = ((0, 100, 500, 1000, 2000, 5000), ("0-100", "100-500", "500-1000", "1000-2000", "2000-5000", "5000+"))
NEVER, NOTHING = "never", "0"
BOUGHT = ("txn_count", "net_cents", "purchase_days", "first_date", "last_date", "first_ever", "last_ever",
          "ever_count", "ever_days", "ever_cents")  # fmt: skip
COUNTS = ("txn_count", "net_cents", "purchase_days", "ever_count", "ever_days", "ever_cents")
EVER = "1970-01-01"  # the first day that every engine has


class Asked(NamedTuple):
    """What classes are made from."""

    base: FactBase
    question: Question
    first: dt.date
    last: dt.date
    exponent: int


def add_profiles(base: FactBase, question: Question, exponent: int, wanted: Collection[str] = PROFILES.names) -> None:
    """Makes the table `profiles` that figures of members are asked of; columns that are not wanted stay empty."""
    base.add("profiles", profiles(base, question, exponent, wanted))


def profiles(
    base: FactBase, question: Question, exponent: int, wanted: Collection[str] = PROFILES.names
) -> pa.Table:
    """The rows, columns as sources.PROFILES."""
    first, last = (dt.date.fromisoformat(day) for day in (question.from_date, question.to_date))
    asked = Asked(base, question, first, last, exponent)
    rows = _on_the_register(base, last)
    rows = _whole(_joined(rows, base.ask(dated(_bought(question.rights, base.engine), question))), COUNTS)
    for makes, make in MAKERS:
        if set(makes) & set(wanted):
            rows = make(rows, asked)
    missing = [field for field in PROFILES if field.name not in rows.column_names]
    for field in missing:
        rows = rows.append_column(field, pa.nulls(rows.num_rows, field.type))
    return rows.select(PROFILES.names).cast(PROFILES)


def _on_the_register(base: FactBase, last: dt.date) -> pa.Table:
    members, day = base.registers["members"], pa.scalar(last, pa.date32())
    joined = compute.less_equal(members["joined_date"], day)
    there = compute.or_kleene(compute.is_null(members["left_date"]), compute.greater(members["left_date"], day))
    return members.filter(compute.and_(joined, there))


def _purchases(rights: tuple[str, ...] | None) -> Any:
    """All rows of sales with a card, of persons, up to the end of the period."""
    fact = FACTS["sales"]
    sales = filtered(fact, table_of(fact, {"heirs"}), Question(EVER, ANY_DATES[1], (), rights=rights))
    return sales.filter(sales.account != "").mutate(person=sales["heirs.person"].fill_null(sales.account))


def _paid(rows: Any) -> Any:
    """Sales that were not taken back whole."""
    voids = rows.filter((rows.kind == "return") & rows.transfer.endswith("/void")).select(voided="sale_event")
    sold = rows.filter(rows.kind == "sale")
    return sold.anti_join(voids, sold.event == voids.voided)


@lru_cache(maxsize=64)
def _bought(rights: tuple[str, ...] | None, engine: str) -> str:
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
        ever_days=paid.business_date.nunique(),
    )
    money = rows.group_by("person").aggregate(
        net_cents=rows.net_cents.sum(where=rows.business_date >= starts).fill_null(0).cast("int64"),
        ever_cents=rows.net_cents.sum().fill_null(0).cast("int64"),
    )
    joined = money.left_join(counted, money.person == counted.person)
    return sql_of(joined.select(account=money.person, **{name: joined[name] for name in BOUGHT}), engine)


def _joined(members: pa.Table, more: pa.Table) -> pa.Table:
    """Columns of another table beside each member, null where it has none."""
    at = compute.index_in(members["account"], more["account"].combine_chunks())
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


def _days_of(dates: Any) -> np.ndarray:
    """Days since 1970, 0 where there is none."""
    return compute.fill_null(dates.cast(pa.date32()).cast(pa.int32()), 0).to_numpy().astype(np.int64)


def _day(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days


# ---- what is made when it is asked for


def _with_segment(rows: pa.Table, asked: Asked) -> pa.Table:
    """segment, score; segment_before, score_before and movement against the span of equal length before."""
    rows = _scored(rows, asked.last, asked.question)
    past = before(Period(asked.first, asked.last), asked.last)
    question = asked.question._replace(from_date=past.first.isoformat(), to_date=past.last.isoformat())
    bought = dated(_bought(question.rights, asked.base.engine), question)
    then = _joined(rows.select(["account"]), asked.base.ask(bought))
    then = _scored(_whole(then, COUNTS), past.last, question)
    rows = rows.append_column("score_before", then["score"]).append_column("segment_before", then["segment"])
    return rows.append_column("movement", _movement(rows["score"], then["score"]))


def _scored(rows: pa.Table, last: dt.date, question: Question) -> pa.Table:
    told = question.settings
    settings = rfm.Settings(told.get("m_basis", rfm.TOTAL), told.get("method", rfm.MEAN))
    classed = classes.with_scores(classes.with_rfm(rows, last, settings), last)
    return classed.drop_columns(["recency_days", "r_good", "f_good", "m_good"])


def _movement(now: Any, then: Any) -> Any:
    here, there = compute.is_valid(now), compute.is_valid(then)
    return compute.case_when(
        compute.make_struct(
            compute.and_(here, compute.invert(there)), compute.and_(there, compute.invert(here)),
            compute.fill_null(compute.greater(now, then), False), compute.fill_null(compute.less(now, then), False),
            compute.fill_null(compute.equal(now, then), False),
        ),
        rfm.NEW, rfm.LOST, rfm.UP, rfm.DOWN, rfm.SAME,
    )  # fmt: skip


def _with_recency(rows: pa.Table, asked: Asked) -> pa.Table:
    """recency_days since the last purchase ever, and its band."""
    bought = compute.is_valid(rows["last_ever"]).to_numpy()
    days = _day(asked.last) - _days_of(rows["last_ever"])
    rows = rows.append_column("recency_days", pa.array(days, pa.int64(), mask=~bought))
    return rows.append_column("recency_band", pa.array(np.where(bought, _banded(days, RECENCIES), NEVER), pa.string()))


def _with_bands(rows: pa.Table, asked: Asked) -> pa.Table:
    cents, unit = rows["net_cents"].to_numpy(), 10**asked.exponent
    spent = np.where(cents > 0, _banded(cents // unit, SPENDS), NOTHING)
    rows = rows.append_column("spend_band", pa.array(spent, pa.string()))
    counts = _banded(rows["txn_count"].to_numpy(), FREQUENCIES)
    return rows.append_column("frequency_band", pa.array(counts, pa.string()))


def _banded(values: np.ndarray, bands: tuple[tuple[int, ...], tuple[str, ...]]) -> np.ndarray:
    """The name of the band that each value is in: the last that begins at or below it."""
    begins, names = bands
    return np.array(names)[np.maximum(0, np.searchsorted(begins, values, "right") - 1)]


def _with_cycles(rows: pa.Table, asked: Asked) -> pa.Table:
    """cycle_days and at_risk, of all purchases up to the end of the period."""
    ever = rows.select(["first_ever", "last_ever", "ever_days"])
    own = classes.with_cycles(ever.rename_columns(["first_date", "last_date", "purchase_days"]), asked.last)
    return rows.append_column("cycle_days", own["cycle_days"]).append_column("at_risk", own["at_risk"])


def _with_stage(rows: pa.Table, asked: Asked) -> pa.Table:
    limits = lifecycle.USUAL
    starts = asked.last - dt.timedelta(days=limits.window_days - 1)
    question = asked.question._replace(from_date=starts.isoformat())
    windows = asked.base.ask(dated(_windows(question.rights, asked.base.engine), question))
    found = _joined(rows.select(["account", "first_ever", "last_ever", "ever_count"]), windows)
    found = _whole(found, ("now", "previous", "ever_count"))
    first, final, reentry, prior = (_days_of(found[name]) for name in ("first_ever", "last_ever", "reentry", "prior"))
    prior = np.where(compute.is_null(found["prior"]).to_numpy(), first, prior)
    counts = [found[name].to_numpy() for name in ("now", "previous", "ever_count")]
    told = lifecycle.stages(lifecycle.History(first, final, prior, reentry, *counts), _day(asked.last), limits)
    return rows.append_column("stage", pa.array(np.asarray(told).astype(str), pa.string()))


@lru_cache(maxsize=64)
def _windows(rights: tuple[str, ...] | None, engine: str) -> str:
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
    return sql_of(asked, engine)


def _with_balances(rows: pa.Table, asked: Asked) -> pa.Table:
    rows = _joined(rows, asked.base.ask(dated(_balances(asked.base.engine), asked.question)))
    return _whole(rows, ("stored_cents", "points"))


@cache
def _balances(engine: str) -> str:
    fact = FACTS["value_moves"]
    moves = table_of(fact, {"heirs"})
    moves = moves.filter(moves.business_date <= ibis.date(ANY_DATES[1]))
    moves = moves.mutate(person=moves["heirs.person"].fill_null(moves.account))
    stored = moves.asset_class.isin(("principal", "bonus"))
    asked = moves.group_by(account=moves.person).aggregate(
        stored_cents=moves.amount.sum(where=stored).fill_null(0).cast("int64"),
        points=moves.amount.sum(where=moves.asset_class == "points").fill_null(0).cast("int64"),
    )
    return sql_of(asked, engine)


def _with_births(rows: pa.Table, asked: Asked) -> pa.Table:
    """What follows from a birthday, worked out once for each that there is."""
    encoded = rows["birthday"].combine_chunks().dictionary_encode()
    boundary = asked.question.settings.get("boundary", births.NEW_YEAR)
    known = [_born(day.isoformat() if day else "", asked.last, boundary) for day in encoded.dictionary.to_pylist()]
    unknown = _born("", asked.last, boundary)
    at = compute.fill_null(encoded.indices, len(known))
    for place, name in enumerate(BORN):
        values = pa.array([one[place] for one in (*known, unknown)], PROFILES.field(name).type)
        rows = rows.append_column(name, values.take(at))
    return rows


BORN = ("star_sign", "animal", "decade", "age_years", "age_band", "birth_month", "birth_day")


def _born(day: str, last: dt.date, boundary: str) -> tuple:
    """BORN of one birthday."""
    read, age = births.read(day, boundary), births.age_years(day, last.isoformat())
    kept = births.birthday_in(day, last.year)[5:]
    return (read.star_sign, read.animal, read.decade, age, births.age_band(age), day[5:7] or births.UNKNOWN,
            kept or births.UNKNOWN)  # fmt: skip


MAKERS: tuple[tuple[tuple[str, ...], Callable[[pa.Table, Asked], pa.Table]], ...] = (
    (("segment", "score", "segment_before", "score_before", "movement"), _with_segment),
    (("recency_days", "recency_band"), _with_recency),
    (("frequency_band", "spend_band"), _with_bands),
    (("cycle_days", "at_risk"), _with_cycles),
    (("stage",), _with_stage),
    (("stored_cents", "points"), _with_balances),
    (BORN, _with_births),
    (outlook.COLUMNS, lambda rows, asked: outlook.with_outlook(rows, asked.last)),
)


def listed(base: FactBase, question: Question, limit: int) -> list[dict]:
    """Members of the table `profiles` that fit the question's filters, those who spent most first."""
    fact = FACTS["profiles"]
    leads = {dimension(name).register for name in question.only} - {""}
    table = filtered(fact, table_of(fact, leads), question)
    shown = ("account", "level", "home", "txn_count", "net_cents", "last_ever", "segment", "stage", "stored_cents")
    asked = table.select(*shown).order_by([ibis.desc("net_cents"), "account"]).limit(limit)
    return base.ask(sql_of(asked, base.engine)).to_pylist()
