"""One change of the chain's fuel rules: which sets it is written into, and what it makes of each. Pure.

A set of rules is whole by itself. So a change that counts from a moment on is made to the set that counts at that
moment, and to every set that is planned for later: none of them takes it back when its time comes.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from hq_server.fuel.rules import RuleSet
from hq_server.fuel.schemas import FuelCoupon, FuelRules, LitrePoints, MemberPrice

Change = Callable[[FuelRules], FuelRules]
PREFIX = "coupon:"


class Edit(NamedTuple):
    """What becomes of the set that begins then; base: what it said before, '' for nothing."""

    from_s: int
    base: str


def counts_at(sets: Sequence[RuleSet], at_s: int) -> RuleSet | None:
    """The set that counts at a moment, or None before the first; of two for one moment the newer."""
    due = [one for one in sets if one.from_s <= at_s]
    return max(due, key=lambda one: (one.from_s, one.version), default=None)


def planned(sets: Sequence[RuleSet], at_s: int) -> list[RuleSet]:
    """What will count after a moment, in the order of time: of several for one moment the newest."""
    newest = {one.from_s: one for one in sorted(sets, key=lambda one: one.version) if one.from_s > at_s}
    return [newest[from_s] for from_s in sorted(newest)]


def edits(sets: Sequence[RuleSet], from_s: int) -> list[Edit]:
    """The sets that a change from a moment on is written into."""
    base = counts_at(sets, from_s)
    return [Edit(from_s, base.body if base else "")] + [Edit(one.from_s, one.body) for one in planned(sets, from_s)]


# ---- changes


def member_price(one: MemberPrice) -> Change:
    """In the place of the one of its name."""
    return lambda rules: replace(
        rules, member_prices=[old for old in rules.member_prices if old.name != one.name] + [one]
    )


def no_member_price(name: str) -> Change:
    return lambda rules: replace(rules, member_prices=[old for old in rules.member_prices if old.name != name])


def points(one: LitrePoints) -> Change:
    """In the place of the one for the same levels and grades."""
    return lambda rules: replace(rules, points=[old for old in rules.points if whom(old) != whom(one)] + [one])


def no_points(key: str) -> Change:
    return lambda rules: replace(rules, points=[old for old in rules.points if whom(old) != key])


def whom(one: LitrePoints) -> str:
    """Whom and what a rule of points is for, as one text: 'gold silver|4001'."""
    return " ".join(sorted(one.levels)) + "|" + " ".join(sorted(one.grades))


def multiplier(level: str, times_bp: int | None) -> Change:
    """How often the points of a level count ('*': every other level); None: as all others."""
    new = {} if times_bp is None else {level: times_bp}
    return lambda rules: replace(
        rules, multipliers_bp={old: bp for old, bp in rules.multipliers_bp.items() if old != level} | new
    )


def coupon(asset: str, one: FuelCoupon | None) -> Change:
    """What a coupon is worth at the pump; None: nothing any more."""
    new = {} if one is None else {asset: one}
    return lambda rules: replace(rules, coupons={old: its for old, its in rules.coupons.items() if old != asset} | new)


def pump_step(step_milli: int, ask_from_bp: int) -> Change:
    """The smallest step of a price at the pump, and from which jump on a price is asked again."""
    return lambda rules: replace(rules, step_milli=step_milli, ask_from_bp=ask_from_bp)
