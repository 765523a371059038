"""A fuel shift in words: totals beside sales per nozzle, money beside cash; every litre and cent has its line."""

import pytest

from gateway.core import fuel_shift
from gateway.core.fuel_shift import Cash, Delivery, Money
from gateway.core.pumped import NozzleTotal

PRICE_MILLI = 150_000  # 1.50 a litre
NO_MONEY, NO_CASH = Money(0, 0, {}, 0, 0), Cash(0, 0, 0)
HOW = {"sold": fuel_shift.SOLD, "unpaid": fuel_shift.UNPAID, "lost": fuel_shift.LOST}

# One nozzle that stands at 1,000 l when the shift is opened. Each fill is how, volume, totals before and after (in l).
LITRES = """
fills                                            closes  tested | totals sold unpaid lost gap | gaps (after>before l)
-                                                1000    0      | 0      0    0      0    0   | -
sold 20 1000-1020                                1020    0      | 20     20   0      0    0   | -
sold 20 1000-1020, unpaid 5 1020-1025            1025    0      | 25     20   5      0    0   | -
sold 20 1000-1020, lost 5 1020-1025              1025    0      | 25     20   0      5    0   | -
sold 20 1000-1020                                1030    0      | 30     20   0      0    10  | 1>0 10
sold 20 1000-1020                                1030    10     | 30     20   0      0    0   | 1>0 10
sold 20 1003-1023, sold 7 1025-1032              1032    0      | 32     27   0      0    5   | 0>1 3, 1>2 2
sold 20 1000-1021                                1021    0      | 21     20   0      0    1   | 1>1 1
sold 20 0-0, sold 5 1020-1025                    1025    0      | 25     25   0      0    0   | -
sold 5 1000-1005, sold 20 0-0                    1028    0      | 28     25   0      0    3   | 2>0 3
sold 5 1020-1025, sold 20 1000-1020              1025    0      | 25     25   0      0    0   | -
sold 20 1000-1020                                900     0      | -100   20   0      0    -120 | 1>0 -120
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()[1:]]


def deliveries(text: str) -> list[Delivery]:
    found = []
    for number, one in enumerate(text.split(", ") if text != "-" else [], 1):
        how, litres, totals = one.split()
        before, after = (int(word) * 1000 for word in totals.split("-"))
        ml = int(litres) * 1000
        found.append(
            Delivery("0001-pump1", 1, "305", HOW[how], number, ml, ml * 150 // 1000, PRICE_MILLI, before, after)
        )
    return found


def at(total_ml: int, nozzle: int = 1) -> NozzleTotal:
    return NozzleTotal("0001-pump1", nozzle, "305", total_ml, 0)


@pytest.mark.parametrize("row", rows(LITRES), ids=lambda row: row[0])
def test_each_litre_of_the_totals_has_its_line(row):
    *words, closes, tested = row[0].rsplit(None, 2)
    own = deliveries(" ".join(words))
    tests = {("0001-pump1", 1): int(tested) * 1000}
    closed = fuel_shift.close([at(1_000_000)], [at(int(closes) * 1000)], own, tests, NO_MONEY, NO_CASH)
    (line,) = closed.nozzles
    litres = [line.totals_ml, line.sold_ml, line.unpaid_ml, line.lost_ml, line.gap_ml]
    assert [one // 1000 for one in litres] == [int(word) for word in row[1].split()]
    told = ", ".join(f"{one.after}>{one.before} {one.ml // 1000}" for one in closed.gaps) or "-"
    assert told == row[2]
    assert sum(one.ml for one in closed.gaps) == line.gap_ml + line.test_ml
    assert all(one.cents == one.ml * 150 // 1000 for one in closed.gaps)


def test_a_nozzle_that_was_first_seen_within_the_shift_and_one_that_is_gone():
    own = deliveries("sold 20 1000-1020")
    first = fuel_shift.close([], [at(1_020_000)], own, {}, NO_MONEY, NO_CASH).nozzles[0]
    gone = fuel_shift.close([at(1_000_000)], [], own, {}, NO_MONEY, NO_CASH).nozzles[0]
    idle = fuel_shift.close([], [at(7, nozzle=2)], [], {}, NO_MONEY, NO_CASH).nozzles[0]
    assert [(one.totals_ml, one.gap_ml) for one in (first, gone, idle)] == [(20_000, 0), (20_000, 0), (0, 0)]


MONEY = """
unpaid before, delivered | tenders                  | lost  unpaid now | difference
0      10000             | principal 10000          | 0     0          | 0
0      10000             | principal 6000 cash 1000 | 1000  2000       | 0
2000   0                 | cash 2000                | 0     0          | 0
0      10000             | principal 9999           | 0     0          | 1
"""


@pytest.mark.parametrize("row", rows(MONEY), ids=lambda row: row[1])
def test_what_was_delivered_is_paid_lost_or_open(row):
    before, delivered = map(int, row[0].split())
    words = row[1].split()
    tenders = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    lost, now = map(int, row[2].split())
    assert Money(before, delivered, tenders, lost, now).difference_cents == int(row[3])


@pytest.mark.parametrize(("counted", "over"), [(15_000, 0), (15_001, 1), (14_000, -1000)])
def test_the_drawer(counted, over):
    assert Cash(5000, 10_000, counted).over_cents == over


def test_what_is_told_is_bounded_and_has_its_sums():
    own = [Delivery("0001-pump1", 1, "305", "sold", n, 1000, 150, PRICE_MILLI, n * 2000, n * 2000 + 1000)
           for n in range(1, 400)]  # fmt: skip
    told = fuel_shift.told(fuel_shift.close([at(2000)], [at(799_000)], own, {}, NO_MONEY, Cash(1, 2, 4)))
    assert len(told["gaps"]) == fuel_shift.GAPS_MAX
    assert (told["nozzles"][0]["gap_ml"], told["nozzles"][0]["totals_ml"]) == (398_000, 797_000)
    assert (told["cash"]["expected_cents"], told["cash"]["over_cents"]) == (3, 1)
