"""The parts of the coverage bench that need no chain."""

from tools.bench_coverage import account_of, replay
from tools.coverage import DAY_S, HOME, KNOWN, NEW, Habits, Outages, Score
from tools.visits import Visit


def test_a_tenth_of_the_time_is_cut_and_spells_have_their_length():
    cuts = Outages(["0001", "0002"], 0, 400 * DAY_S, DAY_S, seed=1)
    hours = [cuts.up("0001", hour * 3600) for hour in range(400 * 24)]
    assert 0.05 < hours.count(False) / len(hours) < 0.16
    starts = [at_s for at_s, store, up in cuts.changes() if store == "0001" and not up]
    assert not cuts.up("0001", starts[0]) and not cuts.up("0001", starts[0] + DAY_S - 1)
    assert cuts.up("0001", starts[0] + DAY_S) and cuts.up("0001", starts[0] - 1)
    assert sorted(cuts.changes()) == cuts.changes()


def test_kinds_of_visits():
    habits = Habits()
    assert habits.kind("0001", 0) == HOME
    for day in (1, 2):
        habits.visit("0001", day * DAY_S, 1000)
    assert habits.kind("0002", 3 * DAY_S) == NEW
    habits.visit("0002", 3 * DAY_S, 1000)
    assert (habits.kind("0001", 4 * DAY_S), habits.kind("0002", 4 * DAY_S)) == (HOME, KNOWN)
    assert habits.kind("0002", 93 * DAY_S) == HOME, "the first store is forgotten by then"


def test_topping_up_by_usual_baskets():
    habits = Habits(usual_cents=2500)
    assert [habits.tops_up_cents(left, 4) for left in (5000, 4999, 0)] == [0, 10_000, 10_000]
    assert habits.tops_up_cents(0, 3) == 8000


def test_shares():
    score = Score()
    score.add(True, HOME, True, 0)
    score.add(False, HOME, False, 700)
    assert (score.share(HOME, True), score.share(HOME, False), score.share(HOME, True, False)) == (100, 0, 50)
    assert score.elsewhere_cents == 700 and score.share(NEW, True) == 100.0


def test_a_small_year_through_the_chain():
    """Two stores taken in turn; the sums are compared inside; a system that refused everybody would fail here."""
    year = [Visit(7, "0001" if day % 5 else "0002", day * DAY_S, 1000 + 37 * day) for day in range(1, 60)]
    run = replay(year, DAY_S, baskets=6, seed=3)
    assert run.taps == 59 and run.score.asked[True, HOME] > 30
    assert run.score.share(HOME, True, False) > 95 and run.score.share(KNOWN, True) > 80
    assert run.asked < run.taps and len(account_of(7)) == 32
