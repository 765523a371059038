"""Where value should lie, in words; amounts in whole units of 100 cents, the usual basket is 50."""

import pytest

from hq_server.floats.spread import DAY_S, Plan, Visits, chances, plan, targets, usual

#   what                        | pool | floats   | visits        | grants            | recalls
TABLE = """
nothing anywhere                |    0 | -        | 0001=9        | -                 | -
a member without a place        |  100 | -        | -             | -                 | -
all to the only store           |  300 | -        | 0001=9        | 0001+300          | -
no more than a store can need   |  900 | -        | 0001=9        | 0001+345          | -
too much comes home             |    0 | 0001=500 | 0001=9        | -                 | 0001-154
a little too much stays         |    0 | 0001=360 | 0001=9        | -                 | -
both stores alike               |  200 | -        | 0001=5 0002=5 | 0001+100 0002+100 | -
the likelier has more           |  200 | -        | 0001=9 0002=1 | 0001+154 0002+45  | -
too little to be shared out     |   30 | -        | 0001=9 0002=1 | 0001+30           | -
what lies at a strange store    |    0 | 0003=10  | 0001=9        | -                 | 0003-10
half a basket is not worth it   |   20 | 0001=100 | 0001=9        | -                 | -
one lacks what the other has    |    0 | 0001=200 | 0001=5 0002=5 | -                 | 0001-100
"""


def _cents(text: str, sign: str) -> dict[str, int]:
    return {one.split(sign)[0]: int(one.split(sign)[1]) * 100 for one in text.split() if sign in one[1:]}


def _whole(moves) -> dict[str, int]:
    return {store: cents // 100 * 100 for store, cents in moves}


@pytest.mark.parametrize("row", TABLE.strip().splitlines())
def test_plan(row):
    _, pool, floats, visits, grants, recalls = row.split("|")
    seen = [Visits(store, count // 100, 0) for store, count in _cents(visits, "=").items()]
    found = plan(int(pool) * 100, _cents(floats, "="), chances("", seen, 0), 5000)
    assert _whole(found.grants) == _cents(grants, "+")
    assert _whole(found.recalls) == _cents(recalls, "-")


def test_nothing_is_ever_spread_that_is_not_there():
    for total in (0, 1, 99, 100, 5000, 123_456, 10**9):
        for usual_cents in (0, 1, 100, 5000):
            chance = chances("0001", [Visits("0002", 5, 0), Visits("0003", 1, 0), Visits("0004", 2, 0)], 10 * DAY_S)
            target = targets(total, chance, usual_cents)
            assert sum(target.values()) <= total and all(cents >= 0 for cents in target.values())


def test_old_visits_fade_and_are_forgotten():
    month, quarter = 30 * DAY_S, 91 * DAY_S
    assert chances("", [Visits("0001", 2, 0), Visits("0002", 1, month)], month) == {"0001": 0.5, "0002": 0.5}
    assert chances("", [Visits("0001", 99, 0), Visits("0002", 1, quarter)], quarter) == {"0002": 1.0}
    assert chances("0001", [], 0) == {"0001": 1.0} and chances("", [], 0) == {}


def test_the_usual_basket_follows_slowly():
    assert usual(5000, 1000) == 4500 and usual(100, 1) == 100
    assert isinstance(plan(0, {}, {}, 1), Plan)
