import datetime as dt

import pytest

from hq_server.segments import births

# birthday    sign          lunar new year  立春      decade
TABLE = """
1990-05-01    taurus        horse           horse     1990
1990-01-26    aquarius      snake           snake     1990
1990-01-27    aquarius      horse           snake     1990
2024-02-09    aquarius      rabbit          dragon    2020
2024-02-10    aquarius      dragon          dragon    2020
1985-02-19    pisces        rat             ox        1980
1985-02-20    pisces        ox              ox        1980
1979-12-22    capricorn     goat            goat      1970
1980-01-19    capricorn     goat            goat      1980
1980-01-20    aquarius      goat            goat      1980
2000-02-29    pisces        dragon          dragon    2000
1900-01-30    aquarius      pig             pig       1900
1899-12-31    capricorn     unknown         unknown   1890
''            unknown       unknown         unknown   unknown
1990-02-30    unknown       unknown         unknown   unknown
"""


@pytest.mark.parametrize("line", TABLE.strip().splitlines())
def test_what_a_birthday_says(line):
    birthday, sign, animal, by_spring, decade = line.replace("''", "-").split()
    birthday = birthday.strip("-")
    assert births.read(birthday) == (sign, animal, decade)
    assert births.read(birthday, births.LI_CHUN).animal == by_spring


def test_years_begin_where_the_moon_says():
    """New moons are 29.53 days apart: from one new year to the next lie twelve or thirteen of them."""
    days = [
        dt.date(year, *divmod(births.begins(year), 100)) for year in range(births.FIRST_YEAR, births.LAST_YEAR + 1)
    ]
    assert {(b - a).days for a, b in zip(days, days[1:], strict=False)} <= {353, 354, 355, 383, 384, 385}
    moon = (days[-1] - days[0]).days / 29.530588
    assert abs(moon - round(moon)) < 0.05
    assert all(day.isoformat()[5:] >= "01-21" and day.isoformat()[5:] <= "02-21" for day in days)


def test_spring_begins_a_quarter_of_a_day_later_each_year_until_a_leap_day():
    days = [dt.date(year, 2, births.begins(year, births.LI_CHUN) - 200) for year in range(1900, 2101)]
    assert {(b - a).days for a, b in zip(days, days[1:], strict=False)} == {365, 366}


@pytest.mark.parametrize(
    ("birthday", "as_of", "age", "band"),
    [
        ("2000-02-29", "2018-02-28", 17, "0-17"),
        ("2000-02-29", "2018-03-01", 18, "18-24"),
        ("1960-11-23", "2025-11-23", 65, "65+"),
        ("1960-11-24", "2025-11-23", 64, "55-64"),
        ("", "2025-11-23", None, "unknown"),
        ("2030-01-01", "2025-11-23", None, "unknown"),
    ],
)
def test_age(birthday, as_of, age, band):
    assert births.age_years(birthday, as_of) == age
    assert births.age_band(age) == band


def test_a_leap_day_is_kept_a_day_earlier_in_common_years():
    assert births.birthday_in("2000-02-29", 2026) == "2026-02-28"
    assert births.birthday_in("2000-02-29", 2028) == "2028-02-29"
    assert births.birthday_in("nobody", 2028) == ""
