"""What members are likely to do next, as whole columns of profiles: churn risk, purchases, next visit, value.

Twelve months from the end of the period, discounted by one percent a month; the model is segments/future.py. It takes
who came on one day only for active, and knows no seasons: the report says so.
"""

import datetime as dt

import numpy as np
import pyarrow as pa

from hq_server.facts.shapes import compute
from hq_server.segments import tables

COLUMNS = ("churn_risk", "expected_milli", "next_visit_days", "value_cents", "risk_band")
SHARE, MILLI = 100_000, 1000  # shares are in 1/1000 of a percent, purchases in 1/1000
BANDS = ((10, "00-10"), (25, "10-25"), (50, "25-50"), (75, "50-75"), (100, "75-100"))
NEVER = "never"
_TOLD = {"churn_risk": SHARE, "expected_purchases": MILLI, "next_visit_days": 1, "value_cents": 1}


def with_outlook(rows: pa.Table, last: dt.date) -> pa.Table:
    """COLUMNS beside EVER of each member; null for who never bought, and for all where nobody has come back."""
    try:
        told = tables.with_outlook(rows.select(tables.EVER), last, of=tables.EVER)
        found = [_whole(told[name], times) for name, times in _TOLD.items()]
    except ValueError:
        found = [pa.nulls(rows.num_rows, pa.int64()) for _ in _TOLD]
    bands = [_band(risk) for risk in found[0].to_pylist()]
    for name, column in zip(COLUMNS, (*found, pa.array(bands, pa.string())), strict=True):
        rows = rows.append_column(name, column)
    return rows


def _whole(column: pa.ChunkedArray, times: int) -> pa.Array:
    """Rounded half up, as figures are whole numbers."""
    missing = compute.is_null(column).to_numpy()
    values = np.floor(column.fill_null(0).to_numpy() * times + 0.5)
    return pa.array(values.astype(np.int64), mask=missing)


def _band(risk: int | None) -> str:
    """Of a share: half open, but for the last."""
    if risk is None:
        return NEVER
    return next((name for below, name in BANDS if risk < below * SHARE // 100), BANDS[-1][1])
