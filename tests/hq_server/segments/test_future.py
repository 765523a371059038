"""The models on the data set of their papers."""

import csv
from pathlib import Path

import numpy as np
import pytest

from hq_server.segments import future

ROWS = list(csv.DictReader((Path(__file__).parent / "cdnow.csv").open()))


def column(name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in ROWS])


CDNOW = future.Summary(column("x"), column("t_x"), column("T"))


@pytest.fixture(scope="module")
def buying():
    return future.fit_purchasing(CDNOW)


def test_the_parameters_are_those_of_the_paper(buying):
    assert [round(value, 3) for value in buying] == [0.243, 4.414, 0.793, 2.426]


def test_spending_gives_the_parameters_of_its_note():
    assert [round(value, 2) for value in future.fit_spending(CDNOW.repeats, column("zbar"))] == [6.25, 3.74, 15.45]


def test_the_example_of_the_paper(buying):
    """Two repeats, the last in week 30.43 of 38.86: 1.226 more in the next 39 weeks."""
    one = future.Summary(*(np.array([value]) for value in (2, 30.43, 38.86)))
    assert future.purchases_within(buying, one, 39)[0] == pytest.approx(1.226, abs=5e-4)


def test_expected_purchases_are_the_chance_of_one_where_time_is_short(buying):
    """Within a moment, the chance to buy is rate times time, for those who are still there."""
    r, alpha, *_ = buying
    soon = future.purchases_within(buying, CDNOW, 1e-4)
    rate = (r + CDNOW.repeats) / (alpha + CDNOW.age)
    assert np.allclose(soon, future.still_active(buying, CDNOW) * rate * 1e-4, rtol=1e-3)


def test_half_have_come_by_the_next_visit(buying):
    r, alpha, *_ = buying
    by = future.next_visit(buying, CDNOW)
    none_came = ((alpha + CDNOW.age) / (alpha + CDNOW.age + by)) ** (r + CDNOW.repeats)
    assert np.allclose(none_came, 0.5)


def test_who_has_been_away_longer_than_usual_is_at_risk():
    often = np.array([10, 10, 0])
    told = future.outlook(
        future.Summary(
            np.concatenate([often, CDNOW.repeats]),
            np.concatenate([[200, 100, 0], CDNOW.recency * 7]),
            np.concatenate([[210, 210, 210], CDNOW.age * 7]),
        ),
        np.concatenate([[5000, 5000, 5000], column("zbar") * 100]),
    )
    assert told.churn_risk[0] < 0.1 < 0.9 < told.churn_risk[1]
    assert told.churn_risk[2] == 0  # as the model has it
    assert told.value_cents[0] > told.value_cents[1]
    assert (told.expected_purchases >= 0).all() and np.isfinite(told.value_cents).all()


def test_nobody_came_back():
    with pytest.raises(ValueError, match="bought twice"):
        future.fit_purchasing(future.Summary(np.zeros(3), np.zeros(3), np.ones(3)))
    with pytest.raises(ValueError, match="bought twice"):
        future.fit_spending(np.zeros(3), np.zeros(3))
