"""Real baskets as past sales: the traps of the data set, and the same sums as the data itself."""

import pytest

from hq_server.imports import store
from tests.hq_server import engines, small_chain
from tools import past_households
from tools.households import LITRES_PER_GALLON, STATION


@pytest.fixture(scope="module")
def days():
    """The last three days of the year; by UTC the last baskets are of the next."""
    return list(past_households.lines(False, "2017-12-29", "2017-12-31"))


def test_the_last_evening_of_the_year_is_of_that_year(days):
    assert max(line.date for line in days) == "2017-12-31"
    assert min(line.date for line in days) == "2017-12-29"
    assert {line.time[:2] for line in days if line.date == "2017-12-31"} >= {"22", "23"}


def test_petrol_is_in_litres_and_prepaid_is_apart(days):
    metered = [line for line in days if line.unit == "L"]
    prepaid = [line for line in days if line.code.endswith("-prepaid")]
    assert len(metered) > 50 and prepaid
    assert 20 < sum(line.quantity_milli for line in metered) / len(metered) / 1000 < 60, "litres of one fill"
    assert all(line.quantity_milli == 1000 and line.unit == "pc" for line in prepaid)
    assert {line.store for line in (*metered, *prepaid)} == {STATION}
    per_litre = sorted(line.paid_cents * 1000 / line.quantity_milli for line in metered)
    assert 40 < per_litre[len(per_litre) // 2] < 100, f"cents a litre; a gallon has {LITRES_PER_GALLON}"


def test_nothing_is_no_line_and_free_goods_are(days):
    assert all(line.quantity_milli or line.paid_cents for line in days)
    assert any(line.quantity_milli and not line.paid_cents for line in days)
    assert all(line.discount_cents >= 0 for line in days)


def test_a_weeks_baskets_through_the_import(days, tmp_path):
    some = days[:1500]
    hq = small_chain.open_chain(tmp_path, int(small_chain.START.timestamp()))
    with hq.db.write() as connection:
        from hq_server.fleet import store as fleet

        fleet.add_store(connection, STATION, 1, name="Petrol", timezone=past_households.ZONE)
    done = past_households.bring_in(hq, some, "days")
    assert done["sales"].added == len({(line.store, line.basket) for line in some})
    assert done["members"].added == len({line.household for line in some})
    again = past_households.bring_in(hq, some, "days")
    assert [(one.added, one.changed) for one in again.values()] == [(0, 0)] * 3
    with hq.db.read() as connection:
        told = list(store.documents(connection))
    kept = [line for document in told for line in document.lines]
    assert sum(line.gross_cents - line.discount_cents for line in kept) == sum(line.paid_cents for line in some)
    assert sum(line.qty_milli for line in kept) == sum(line.quantity_milli for line in some)
    assert all(document.account for document in told)
    hq.close()
    engines.drop(tmp_path)
