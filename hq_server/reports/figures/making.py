"""How figures are declared: one short function per kind."""

from typing import Any

from hq_server.reports.declarations import (
    ADDITIVE,
    COMBINED,
    COUNT,
    DISTINCT,
    EXTREME,
    RATIO,
    SHARE,
    WITHIN,
    Measure,
    Names,
)

TIMES = ("day", "week", "month", "quarter", "year", "weekday", "hour")
# a balance belongs to a whole period and to no place where something happens
NO_BALANCE = (*TIMES, "store", "terminal", "operator", "shift", "move", "offline", "late", "arrived")
SALES, LINES, MOVES, MEMBERS = ("sales", "sale_lines"), ("sale_lines",), ("value_moves",), ("profiles",)
PER_SHARE, PER_PIECE, DAY_S = 100_000, 1000, 86_400


def names(zh: str, en: str) -> Names:
    return {"zh": zh, "en": en}


def total(
    name: str,
    unit: str,
    zh: str,
    en: str,
    means_zh: str,
    means_en: str,
    facts: tuple[str, ...],
    column: str = "",
    where: Any = None,
    span: str = WITHIN,
    never_by: tuple[str, ...] = (),
) -> Measure:
    told = names(means_zh, means_en)
    return Measure(name, unit, ADDITIVE, names(zh, en), told, facts, column, where, span, never_by=never_by)


def distinct(
    name: str, zh: str, en: str, means_zh: str, means_en: str, facts: tuple[str, ...], column: str, where: Any = None
) -> Measure:
    return Measure(name, COUNT, DISTINCT, names(zh, en), names(means_zh, means_en), facts, column, where)


def extreme(
    name: str,
    unit: str,
    zh: str,
    en: str,
    means_zh: str,
    means_en: str,
    facts: tuple[str, ...],
    column: str,
    how: str,
    where: Any = None,
) -> Measure:
    return Measure(name, unit, EXTREME, names(zh, en), names(means_zh, means_en), facts, column, where, how=how)


def quotient(
    name: str, unit: str, zh: str, en: str, means_zh: str, means_en: str, over: str, under: str, times: int = 0
) -> Measure:
    by = times or (PER_SHARE if unit == SHARE else 1)
    return Measure(name, unit, RATIO, names(zh, en), names(means_zh, means_en), of=(over, under), times=by)


def combined(name: str, unit: str, zh: str, en: str, means_zh: str, means_en: str, *of: tuple[str, int]) -> Measure:
    return Measure(name, unit, COMBINED, names(zh, en), names(means_zh, means_en), of=of)


def of_rows(name: str, unit: str, kind: str, zh: str, en: str, means_zh: str, means_en: str, of: str = "") -> Measure:
    return Measure(name, unit, kind, names(zh, en), names(means_zh, means_en), of=(of,) if of else ())


def with_card(t: Any) -> Any:
    return t.account != ""


def after_close(t: Any) -> Any:
    """Whether a row reached head office after its business date was closed: 24:00 UTC of the next day."""
    return t.received_at_s // DAY_S - t.business_date.epoch_seconds() // DAY_S > 1


def of_assets_late(*assets: str) -> Any:
    return lambda t: t.asset_class.isin(assets) & after_close(t)


def of_kind(*kinds: str) -> Any:
    return lambda t: t.kind.isin(kinds)
