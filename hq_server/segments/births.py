"""What a birthday says: age, star sign, birth decade, Chinese zodiac. '' is unknown, and so is what is no date.

Lunar new year and 立春 are tables, not a library: those on PyPI are either GPL or carry an almanac. Two of them, which
do not share code, agree with these tables for every year.
"""

import datetime as dt
from functools import lru_cache
from typing import NamedTuple

UNKNOWN = "unknown"
FIRST_YEAR, LAST_YEAR = 1900, 2100

# First day of each sign (month * 100 + day); Capricorn begins the year and ends it.
_SIGNS = (
    (120, "aquarius"), (219, "pisces"), (321, "aries"), (420, "taurus"), (521, "gemini"), (622, "cancer"),
    (723, "leo"), (823, "virgo"), (923, "libra"), (1024, "scorpio"), (1123, "sagittarius"), (1222, "capricorn"),
)  # fmt: skip
STAR_SIGNS = (
    "aries", "taurus", "gemini", "cancer", "leo", "virgo", "libra", "scorpio", "sagittarius", "capricorn", "aquarius",
    "pisces",
)  # fmt: skip
ANIMALS = (
    "rat", "ox", "tiger", "rabbit", "dragon", "snake", "horse", "goat", "monkey", "rooster", "dog", "pig",
)  # fmt: skip
AGE_BANDS = ((18, "0-17"), (25, "18-24"), (35, "25-34"), (45, "35-44"), (55, "45-54"), (65, "55-64"))
OLDEST_BAND = "65+"

# Gregorian date of the first day of the lunar year (month * 100 + day), 1900 to 2100, at Beijing.
_NEW_YEARS = tuple(map(int, """
131 219 208 129 216 204 125 213 202 122 210 130 218 206 126 214 203 123 211 201
220 208 128 216 205 124 213 202 123 210 130 217 206 126 214 204 124 211 131 219
208 127 215 205 125 213 202 122 210 129 217 206 127 214 203 124 212 131 218 208
128 215 205 125 213 202 121 209 130 217 206 127 215 203 123 211 131 218 207 128
216 205 125 213 202 220 209 129 217 206 127 215 204 123 210 131 219 207 128 216
205 124 212 201 122 209 129 218 207 126 214 203 123 210 131 219 208 128 216 205
125 212 201 122 210 129 217 206 126 213 203 123 211 131 219 208 128 215 204 124
212 201 122 210 130 217 206 126 214 202 123 211 201 219 208 128 215 204 124 212
202 121 209 129 217 205 126 214 203 123 211 131 219 207 127 215 205 124 212 202
122 209 129 217 206 126 214 203 124 210 130 218 207 127 215 205 125 212 201 121
209""".split()))  # fmt: skip
# Day of February on which 立春 falls.
_LI_CHUN = tuple(map(int, (
    "44555455545554455445544554455445544554455445544454445444544454445444544454445444544444444444444444444"
    "4444444444444444344434443444344434443444344434443344334433443344334433443344334433343334333433343334"
)))  # fmt: skip
NEW_YEAR, LI_CHUN = "lunar_new_year", "li_chun"


class Birth(NamedTuple):
    """What one birthday says, as keys of dimensions."""

    star_sign: str
    animal: str
    decade: str


def read(birthday: str, boundary: str = NEW_YEAR) -> Birth:
    """All keys of a birthday 'YYYY-MM-DD'; `boundary` is where the year of an animal begins."""
    born = _date(birthday)
    if born is None:
        return Birth(UNKNOWN, UNKNOWN, UNKNOWN)
    return Birth(star_sign(born), zodiac(born, boundary), decade(born))


def star_sign(born: dt.date) -> str:
    """Western star sign by month and day."""
    at = born.month * 100 + born.day
    return next((sign for first, sign in reversed(_SIGNS) if at >= first), "capricorn")


def zodiac(born: dt.date, boundary: str = NEW_YEAR) -> str:
    """The animal of the lunar year of birth; unknown outside 1900 to 2100."""
    if not FIRST_YEAR <= born.year <= LAST_YEAR:
        return UNKNOWN
    is_before = born.month * 100 + born.day < begins(born.year, boundary)
    return ANIMALS[(born.year - is_before - 4) % len(ANIMALS)]


def begins(year: int, boundary: str = NEW_YEAR) -> int:
    """Month * 100 + day on which the animal of a year begins. Raises KeyError for another boundary."""
    return {NEW_YEAR: _NEW_YEARS[year - FIRST_YEAR], LI_CHUN: 200 + _LI_CHUN[year - FIRST_YEAR]}[boundary]


def decade(born: dt.date) -> str:
    """'1970' for 1970 to 1979 (70后)."""
    return f"{born.year // 10 * 10:04d}"


@lru_cache(maxsize=65536)
def age_years(birthday: str, as_of: str) -> int | None:
    """Completed years; None where the birthday is unknown or to come. Born on 29 February: older on 1 March."""
    born, today = _date(birthday), dt.date.fromisoformat(as_of)
    if born is None or born > today:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def age_band(age: int | None) -> str:
    """The band of an age in years."""
    if age is None:
        return UNKNOWN
    return next((band for below, band in AGE_BANDS if age < below), OLDEST_BAND)


def birthday_in(birthday: str, year: int) -> str:
    """The day on which it is kept in a year, '' if unknown; 29 February is kept on 28 February in common years."""
    born = _date(birthday)
    if born is None:
        return ""
    is_leap_day = (born.month, born.day) == (2, 29) and not _is_leap(year)
    return f"{year:04d}-{born.month:02d}-{born.day - is_leap_day:02d}"


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@lru_cache(maxsize=65536)
def _date(birthday: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(birthday) if len(birthday) == 10 else None
    except ValueError:
        return None
