"""The same on Arrow tables: one row per member in, columns more out.

Columns that are read: account, first_date, last_date (date32; null: never bought), txn_count, net_cents, purchase_days.
"""

import datetime as dt

import numpy as np
import pyarrow as pa

from hq_server.segments import cycles, future, rfm


def with_rfm(members: pa.Table, as_of: dt.date, settings: rfm.Settings = rfm.USUAL) -> pa.Table:
    """recency_days (null: never), r_good, f_good, m_good, segment ('101', 'lapsed')."""
    recency = _days(as_of) - _day_numbers(members, "last_date")
    bought = _numbers(members, "txn_count") > 0
    base = rfm.Base(recency, _numbers(members, "txn_count"), _numbers(members, "net_cents"))
    bits = rfm.segments(base, settings)
    members = members.append_column("recency_days", pa.array(recency, pa.int64(), mask=~bought))
    for at, name in enumerate(("r_good", "f_good", "m_good")):
        good = np.array([code[at] == "1" for code in bits], dtype=bool)
        members = members.append_column(name, pa.array(good, mask=~bought))
    return members.append_column("segment", pa.array(bits, pa.string()))


def with_scores(members: pa.Table, as_of: dt.date) -> pa.Table:
    """score (3 to 15) of members who bought; null for the others."""
    bought = _numbers(members, "txn_count") > 0
    recency = _days(as_of) - _day_numbers(members, "last_date")
    base = rfm.Base(recency, _numbers(members, "txn_count"), _numbers(members, "net_cents"))
    found = np.zeros(len(bought), dtype=np.int64)
    found[bought] = rfm.score_sums(rfm.Base(*(column[bought] for column in base)))
    return members.append_column("score", pa.array(found, mask=~bought))


def with_cycles(members: pa.Table, as_of: dt.date, k: float = cycles.LATE_AFTER_CYCLES) -> pa.Table:
    """cycle_days (null: bought on fewer than two days) and at_risk."""
    bought = _numbers(members, "purchase_days") > 0
    first, last = (_day_numbers(members, name) for name in ("first_date", "last_date"))
    days = cycles.Days(first, last, _numbers(members, "purchase_days"))
    own = cycles.cycles(days).days
    members = members.append_column("cycle_days", pa.array(own, mask=np.isnan(own)))
    return members.append_column("at_risk", pa.array(cycles.at_risk(days, _days(as_of), k) & bought))


WITHIN = ("first_date", "last_date", "purchase_days", "net_cents")
EVER = ("first_ever", "last_ever", "ever_days", "ever_cents")


def with_outlook(
    members: pa.Table, as_of: dt.date, months: int = 12, discount_per_month: float = 0.01, of: tuple = WITHIN
) -> pa.Table:
    """churn_risk, expected_purchases, next_visit_days, value_cents of members who bought; null for the others.

    A purchase day counts as one purchase, its worth is the mean over all of them. of: the columns that are read. Raises
    ValueError where no member has come back.
    """
    bought = _numbers(members, of[2]) > 0
    first, last = (_day_numbers(members, name)[bought] for name in of[:2])
    count = _numbers(members, of[2])[bought]
    summary = future.Summary(count - 1, last - first, _days(as_of) - first)
    mean = _numbers(members, of[3])[bought] / count
    told = future.outlook(summary, mean, months, discount_per_month)
    for name, column in told._asdict().items():
        values = np.zeros(len(bought))
        values[bought] = column
        members = members.append_column(name, pa.array(values, mask=~bought))
    return members


def _numbers(members: pa.Table, name: str) -> np.ndarray:
    return members[name].to_numpy().astype(np.int64)


def _day_numbers(members: pa.Table, name: str) -> np.ndarray:
    """Days since 1970; 0 where there is no date."""
    return members[name].cast(pa.date32()).cast(pa.int32()).fill_null(0).to_numpy().astype(np.int64)


def _days(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days
