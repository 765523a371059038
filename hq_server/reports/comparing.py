"""Figures beside those of the period before (环比) and of a year ago (同比)."""

from hq_server.reports.declarations import ADDITIVE, RATIO, SHARE, Measure, Names, Values
from protocol.money import half_up

BEFORE, AGO = "_prev", "_last_year"
_PREV: Names = {"zh": "环比期", "en": "before"}
_AGO: Names = {"zh": "去年同期", "en": "a year ago"}


def compared(own: tuple[Measure, ...]) -> tuple[Measure, ...]:
    """The figures, and of the first one also what it was before and a year ago, with its growth."""
    first = own[0]
    return (
        *own,
        _beside(first, BEFORE, _PREV, {"zh": "相邻等长期间。", "en": "The period before, with as many elapsed days."}),
        _beside(first, AGO, _AGO, {"zh": "去年相同日期。", "en": "The same dates a year earlier."}),
        _growth("difference", first, {"zh": "差额", "en": "Difference"},
                {"zh": "本期减环比期。", "en": "Less the period before."}, first.unit),
        _growth("chain_growth", first, {"zh": "环比", "en": "On the period before"},
                {"zh": "与环比期之差除以环比期。", "en": "Difference divided by the period before."}, SHARE),
        _growth("yoy_growth", first, {"zh": "同比", "en": "On a year ago"},
                {"zh": "与去年同期之差除以去年同期。", "en": "Difference divided by that of a year ago."}, SHARE),
    )  # fmt: skip


def _beside(first: Measure, suffix: str, when: Names, meaning: Names) -> Measure:
    name = {language: f"{first.name[language]} ({when[language]})" for language in first.name}
    return Measure(first.id + suffix, first.unit, ADDITIVE if first.kind == ADDITIVE else RATIO, name, meaning)


def _growth(name: str, first: Measure, called: Names, meaning: Names, unit: str) -> Measure:
    return Measure(name, unit, RATIO, called, meaning, of=(first.id,))


def with_growth(first: str, now: Values, prev: int | None, ago: int | None) -> Values:
    """The columns that compared() adds."""
    own = now[first]
    return now | {
        first + BEFORE: prev,
        first + AGO: ago,
        "difference": None if own is None or prev is None else own - prev,
        "chain_growth": growth(own, prev),
        "yoy_growth": growth(own, ago),
    }


def growth(now: int | None, was: int | None) -> int | None:
    """In 1/1000 of a percent; None where there was nothing."""
    if now is None or not was:
        return None
    return half_up((now - was) * 100_000, abs(was))
