import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from hq_server.segments import cycles, goods, lifecycle, rfm, tables

# days away, purchases, minor units -> bits by mean, by mean with the mean of a purchase, by median, by 10/3/20000
MEMBERS = """
member  r    f   m       mean  ticket  median  fixed
Ada     2    12  60000   111   110     111     111
Bo      70   10  90000   011   010     011     011
Cem     5    1   45000   101   101     101     101
Dee     90   2   44000   001   001     001     001
Eva     1    11  9000    110   110     110     110
Fay     60   9   8000    010   010     010     010
Gus     3    1   500     100   100     100     100
Hal     200  1   400     000   000     000     000
Ivo     -    0   0       lapsed lapsed lapsed lapsed
"""
ROWS = [line.split() for line in MEMBERS.strip().splitlines()[1:]]


def base() -> rfm.Base:
    return rfm.Base(*(np.array([0 if row[at] == "-" else int(row[at]) for row in ROWS]) for at in (1, 2, 3)))


@pytest.mark.parametrize(
    ("column", "settings"),
    [
        (4, rfm.Settings()),
        (5, rfm.Settings(m_basis=rfm.AVERAGE)),
        (6, rfm.Settings(method=rfm.MEDIAN)),
        (7, rfm.Settings(method=rfm.FIXED, fixed=(10, 3, 20000))),
    ],
)
def test_bits(column, settings):
    assert list(rfm.segments(base(), settings)) == [row[column] for row in ROWS]


def test_at_the_threshold_f_and_m_are_good_and_r_is_not():
    same = np.array([7, 7, 7])
    assert list(rfm.segments(rfm.Base(same, same, same))) == ["011"] * 3
    assert list(rfm.segments(rfm.Base(same, same, same), rfm.Settings(m_basis=rfm.AVERAGE))) == ["011"] * 3


def test_nobody_and_no_such_method():
    nothing = np.array([], dtype=np.int64)
    assert list(rfm.segments(rfm.Base(nothing, nothing, nothing))) == []
    with pytest.raises(ValueError, match="mode"):
        rfm.segments(base(), rfm.Settings(method="mode"))


def test_both_sets_name_all_eight_and_one_name_means_two_cells():
    assert sorted(cell.bits for cell in rfm.CELLS) == sorted(f"{code:03b}" for code in range(8))
    assert rfm.name_of("000", "value", "zh") == "一般挽留客户"
    assert rfm.name_of("010", "rank", "zh") == "一般挽留"
    for naming in rfm.NAMINGS:
        assert len({rfm.name_of(cell.bits, naming, "zh") for cell in rfm.CELLS}) == 8


def test_scores_are_fifths():
    assert list(rfm.scores(np.array([10, 20, 30, 40, 50]))) == [1, 2, 3, 4, 5]
    assert list(rfm.scores(np.array([10, 20, 30, 40, 50]), best_is_low=True)) == [5, 4, 3, 2, 1]
    assert list(rfm.scores(np.array([7, 7, 7, 9]))) == [1, 1, 1, 4]


def test_movement():
    before, now = {"a": 9, "b": 9, "c": 9, "d": 9}, {"a": 10, "b": 8, "c": 9, "e": 3}
    assert rfm.moved(before, now) == {"a": "up", "b": "down", "c": "same", "d": "lost", "e": "new"}


def test_cycles_and_who_is_late():
    days = cycles.Days(np.array([0, 0, 50, 0]), np.array([40, 60, 50, 80]), np.array([5, 2, 1, 9]))
    found = cycles.cycles(days)
    assert list(found.days[[0, 1, 3]]) == [10, 60, 10] and np.isnan(found.days[2])
    assert (found.mean, found.median) == (80 / 3, 10)
    assert list(cycles.at_risk(days, 70)) == [True, False, False, False]
    assert list(cycles.at_risk(days, 71)) == [True, False, True, False], "who came once is measured by the median"


@pytest.mark.parametrize(
    ("first", "last", "before", "reentry", "now", "previous", "ever", "stage"),
    [
        (0, 0, 0, 0, 0, 0, 0, "prospect"),
        (10, 20, 20, 0, 0, 0, 3, "lost"),
        (10, 909, 909, 0, 0, 2, 3, "dormant"),
        (950, 950, 950, 950, 1, 0, 1, "new"),
        (10, 990, 800, 960, 2, 0, 5, "reactivated"),
        (10, 990, 900, 990, 2, 4, 9, "declining"),
        (10, 990, 900, 950, 5, 4, 9, "growing"),
        (10, 990, 900, 950, 3, 4, 9, "mature"),
    ],
)
def test_stages(first, last, before, reentry, now, previous, ever, stage):
    row = (first, last, before, reentry, now, previous, ever)
    history = lifecycle.History(*(np.array([value]) for value in row))
    assert list(lifecycle.stages(history, 1000)) == [stage]


def test_classes_of_goods():
    assert list(goods.abc_classes(np.array([70, 10, 10, 5, 5, 0, -3]))) == ["A", "A", "B", "B", "C", "C", "C"]
    assert list(goods.abc_classes(np.array([99, 1]))) == ["A", "C"]
    assert list(goods.abc_classes(np.array([], dtype=np.int64))) == []


def test_preference():
    told = goods.preference_index(np.array([30, 0, 10]), 40, np.array([100, 50, 0]), 200)
    assert list(told[:2]) == [150, 0] and np.isnan(told[2])


def test_pairs():
    baskets = [("milk", "bread"), ("bread", "milk", "milk"), ("bread",), ("tea", "milk")]
    (pair,) = goods.bought_together(baskets)
    assert pair == ("bread", "milk", 2, 3, 3, 4) and pair.lift == pytest.approx(8 / 9)


def members_table() -> pa.Table:
    day = dt.date(2026, 11, 1)
    return pa.table(
        {
            "account": ["a", "b", "c", "d"],
            "first_date": pa.array([day, day, day - dt.timedelta(60), None], pa.date32()),
            "last_date": pa.array([day + dt.timedelta(20), day, day - dt.timedelta(30), None], pa.date32()),
            "txn_count": [6, 1, 4, 0],
            "net_cents": [9000, 400, 5000, 0],
            "purchase_days": [5, 1, 4, 0],
        }
    )


def test_tables_take_columns_more():
    as_of = dt.date(2026, 11, 23)
    told = tables.with_cycles(tables.with_scores(tables.with_rfm(members_table(), as_of), as_of), as_of)
    rows = told.to_pylist()
    assert [row["recency_days"] for row in rows] == [2, 22, 52, None]
    assert [row["segment"] for row in rows] == ["111", "100", "011", "lapsed"]
    assert [row["m_good"] for row in rows] == [True, False, True, None]
    assert [row["cycle_days"] for row in rows] == [5, None, 10, None]
    assert [row["at_risk"] for row in rows] == [False, True, True, False]
    assert [row["score"] for row in rows] == [12, 4, 5, None]


def test_tables_tell_what_comes_next():
    rows = tables.with_outlook(members_table(), dt.date(2026, 11, 23)).to_pylist()
    assert rows[3]["churn_risk"] is None
    assert rows[0]["churn_risk"] < rows[2]["churn_risk"]
    assert rows[0]["value_cents"] > 0
