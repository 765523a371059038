"""The decisions about money: pay, top up, void. Pure: everything they look at comes in, nothing is written.

An expected no is a Refusal with a reason code; the order of the checks is the order of the tables below.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from gateway.core import fuel_rules, offers, pricing, stamps
from gateway.core.books import Member
from gateway.core.fuel_rules import NO_RULES, RuleSet
from gateway.core.pricing import BasketLine
from gateway.core.rules import Rules, top_up_bonus_cents
from gateway.core.stamps import Stamps
from protocol.ledger import accounts, offline, reversals, spending
from protocol.ledger import credits as crediting
from protocol.ledger.credits import Owed
from protocol.ledger.entries import Entry
from protocol.ledger.expiry import good_until
from protocol.ledger.lots import Booking, Holding, Refusal, Slice
from protocol.ledger.offline import Exposure, Limits
from protocol.money import down, points_earned, points_value_cents


class Unwitnessed(NamedTuple):
    """A start that waits for terminals: what may still be let through, and who is waited for."""

    room_cents: int
    awaited: str


class Facts(NamedTuple):
    """What the store knows when it decides. tap_account: whose card was tapped here lately ('' nobody's).

    owed: what the member owes by asset, as far as is known. lent, limits: offline credit; limits of 0 while head office
    answers. list_age_s: since head office was last heard. fuel: which of the lines are fuel, by place; fuel_rules: what
    counts for it now.
    """

    transfer: str
    duty: str
    lines: tuple[BasketLine, ...]
    holding: Holding
    member: Member | None
    tap_account: str
    card_status: str
    rights: Mapping[str, int]
    rules: Rules
    at_s: int
    business_date: str
    owed: Mapping[str, int]
    lent: Exposure
    limits: Limits
    unwitnessed: Unwitnessed | None = None
    sure_date: str = ""
    list_age_s: int = 0
    fuel: tuple[int, ...] = ()
    fuel_rules: RuleSet = NO_RULES


class Approved(NamedTuple):
    """What is to be booked. tenders in minor units (points in points); pending: points that HQ has to credit.

    collected: what was owed and has been taken from this credit, by asset, and as offline. lent_cents: of principal.
    stamps: punches that the goods earned.
    """

    entries: tuple[Entry, ...]
    holding: Holding
    tenders: dict[str, int]
    earned_points: int = 0
    pending_points: int = 0
    points_expire: str = ""
    bonus_expires: str = ""
    collected: Mapping[str, int] = MappingProxyType({})
    lent_cents: int = 0
    off: tuple[BasketLine, ...] = ()
    stamps: Stamps | None = None


Check = Callable[[dict, Facts], str]

# asked, facts -> '' or the detail of the refusal; the first one that speaks is the reason
PAY_CHECKS: tuple[tuple[str, Check], ...] = (
    ("empty_basket", lambda asked, facts: "" if facts.lines else "no lines here"),
    ("basket_changed", lambda asked, facts: _basket_differs(asked, facts)),
    ("total_mismatch", lambda asked, facts: _tenders_differ(asked, facts)),
    ("unknown_account", lambda asked, facts: _no_account(asked)),
    ("tap_again", lambda asked, facts: _tap_missing(asked, facts)),
)


def pay(asked: dict, facts: Facts) -> Approved | Refusal:
    """A basket against its tenders: stored value, points, cash in one sale, never in part; offers lower its total."""
    used = _redeemed(asked, facts)
    if isinstance(used, Refusal):
        return _first_refusal(PAY_CHECKS[:1], asked, facts) or used
    if used.lines:
        asked = asked | {"lines": asked["lines"] + len(used.lines)}
        facts = facts._replace(lines=facts.lines + used.lines, holding=used.booking.holding)
    refusal = (
        _first_refusal(PAY_CHECKS, asked, facts)
        or _limit(asked["stored_cents"], facts.rules.pay_max_cents)
        or beyond_witness(facts.unwitnessed, asked["stored_cents"] + asked["points_cents"])
        or stale_list(facts.rules, facts.list_age_s, asked["stored_cents"] + asked["points_cents"])
    )
    if refusal:
        return refusal
    spent = _spend(asked, facts, used.booking)
    if isinstance(spent, Refusal):
        return spent
    tenders = tenders_of(spent.entries, asked)
    spent = _with_cash(spent, facts, asked["cash_cents"])
    if "account" not in asked:
        return _approved(spent, tenders)
    sale = with_punches(with_points(spent, facts, tenders, _points(facts, tenders)), facts)
    return sale._replace(off=used.lines) if used.lines else sale


def _redeemed(asked: dict, facts: Facts) -> offers.Redeemed | Refusal:
    if "units" not in asked:
        return offers.Redeemed((), Booking((), facts.holding))
    goods_cents = pricing.total_cents(facts.lines)
    return offers.redeem(
        asked["units"], facts.holding, facts.transfer, goods_cents, facts.rules, facts.rights, facts.sure_date
    )


def top_up(asked: dict, facts: Facts) -> Approved | Refusal:
    """Cash onto an account, with the gift that the rules lay down, within the store's issuing right."""
    reason = facts.duty or _member_refused(facts, "top_up")
    if reason:
        return Refusal(reason)
    if facts.tap_account != asked["account"]:
        return Refusal("tap_again")
    paid_in_cents = asked["amount_cents"]
    refusal = _limit(paid_in_cents, facts.rules.top_up_max_cents)
    if refusal:
        return refusal
    bonus_cents = top_up_bonus_cents(facts.rules, paid_in_cents)
    expires = good_until(facts.business_date, facts.rules.bonus_days)
    booked = crediting.top_up(
        facts.holding, facts.transfer, paid_in_cents, bonus_cents, facts.rights, facts.at_s, expires
    )
    if isinstance(booked, Refusal):
        return booked
    # Points that are owed are taken from points, when some are earned.
    owed = {asset: facts.owed[asset] for asset in ("principal", "bonus") if facts.owed.get(asset)}
    booked, collected = crediting.collect_owed(booked, facts.transfer, Owed(owed, facts.lent.member_cents))
    approved = _approved(booked, {"principal": paid_in_cents, "bonus": bonus_cents, "cash": paid_in_cents})
    return approved._replace(bonus_expires=expires, collected=collected)


def void(booked: Iterable[Entry], transfer: str, holding: Holding, terms: Iterable[Slice] = ()) -> Booking:
    """Takes back what was booked under an id nobody was told of; without entries there is nothing to take back.

    terms: of lots whose emptied slices may have gone.
    """
    entries = tuple(booked)
    return reversals.reverse(entries, transfer, holding, terms) if entries else Booking((), holding)


def tenders_of(entries: Iterable[Entry], asked: dict) -> dict[str, int]:
    """How a sale was paid, principal and bonus as the entries drew them."""
    drawn = {"principal": 0, "bonus": 0}
    for entry in entries:
        if entry.credit.book == "revenue" and entry.debit.book in ("member", "offline_credit"):
            drawn[entry.credit.asset] += entry.amount
    rest = {"points": asked["points"], "points_value": asked["points_cents"], "cash": asked["cash_cents"]}
    return drawn | rest


def _spend(asked: dict, facts: Facts, before: Booking) -> Booking | Refusal:
    """Stored value, lent as far as the rules let a cut store lend, then points; after what is booked before."""
    rules, transfer, limits, lent = facts.rules, facts.transfer, facts.limits, facts.lent
    n = len(before.entries) + 1
    spent = offline.debit(before.holding, transfer, asked["stored_cents"], limits, lent, rules.order, n)
    if isinstance(spent, Refusal):
        return spent
    if before.entries:
        spent = spent._replace(entries=before.entries + spent.entries)
    if not asked["points"]:
        return spent
    n = len(spent.entries) + 1
    points = spending.debit(spent.holding, transfer, 0, asked["points"], asked["points_cents"], rules.order, n)
    return points if isinstance(points, Refusal) else points._replace(entries=spent.entries + points.entries)


def _first_refusal(checks: tuple, asked: dict, facts: Facts) -> Refusal | None:
    if facts.duty:
        return Refusal(facts.duty)
    for reason, check in checks:
        detail = check(asked, facts)
        if detail:
            return Refusal(reason, detail)
    reason = _member_refused(facts, "pay") if "account" in asked else ""
    return Refusal(reason) if reason else None


def _basket_differs(asked: dict, facts: Facts) -> str:
    here = len(facts.lines), pricing.total_cents(facts.lines)
    shown = asked["lines"], asked["total_cents"]
    return "" if here == shown else "{} lines of {} here".format(*here)


def _tenders_differ(asked: dict, facts: Facts) -> str:
    if asked["stored_cents"] + asked["points_cents"] + asked["cash_cents"] != asked["total_cents"]:
        return "tenders"
    worth_cents = points_value_cents(asked["points"], facts.rules.point_value_milli)
    return "" if asked["points_cents"] <= worth_cents else f"points pay {worth_cents}"


def _no_account(asked: dict) -> str:
    return "" if "account" in asked or not (asked["stored_cents"] or asked["points"]) else "no member in this sale"


def _tap_missing(asked: dict, facts: Facts) -> str:
    return "" if asked.get("account", "") in ("", facts.tap_account) else "no valid tap"


def _member_refused(facts: Facts, act: str) -> str:
    if facts.card_status == "blocked":
        return "card_blocked"
    return accounts.barred(facts.member.status, act) if facts.member else ""


def beyond_witness(unwitnessed: Unwitnessed | None, cents: int) -> Refusal | None:
    """A disk that may have been set back lets only a budget of value through."""
    if unwitnessed is None or cents <= unwitnessed.room_cents:
        return None
    return Refusal("witness_awaited", unwitnessed.awaited, unwitnessed.room_cents)


def stale_list(rules: Rules, age_s: int, cents: int) -> Refusal | None:
    """A deny list that is too old may lack the very card that is shown: less may go by one tap."""
    if not rules.stale_list_after_s or age_s <= rules.stale_list_after_s or cents <= rules.stale_list_limit_cents:
        return None
    most_cents = rules.stale_list_limit_cents
    return Refusal("limit_exceeded", f"deny list {age_s // 60} min old: at most {most_cents}", most_cents)


def _limit(cents: int, max_cents: int) -> Refusal | None:
    return Refusal("limit_exceeded", f"at most {max_cents}") if max_cents and cents > max_cents else None


def _with_cash(booking: Booking, facts: Facts, cash_cents: int) -> Booking:
    if not cash_cents:
        return booking
    entry = spending.cash(facts.transfer, facts.holding.holder, cash_cents, len(booking.entries) + 1)
    return booking._replace(entries=(*booking.entries, entry))


def _points(facts: Facts, tenders: dict[str, int]) -> int:
    """Fuel earns as it does at the pump, for its share of what earns; everything else by the amount."""
    paid_cents = sum(tenders.get(tender, 0) for tender in facts.rules.earn_on)
    goods_cents = sum(line.amount_cents for line in facts.lines if line.amount_cents > 0)
    level, points, rest_cents = facts.member.level if facts.member else "", 0, paid_cents
    for line in [facts.lines[at] for at in facts.fuel]:
        share = {facts.rules.earn_on[0]: down(paid_cents * line.amount_cents, goods_cents)} if paid_cents else {}
        points += fuel_rules.earned(facts.fuel_rules, facts.rules, line.code, level, line, share)
        rest_cents -= sum(share.values())
    return points + points_earned(rest_cents, facts.rules.points_per_100_cents)


def with_points(spent: Booking, facts: Facts, tenders: dict[str, int], points: int) -> Approved:
    """What was paid so earns points, now or pending; of those that are owed some are taken back at once."""
    if not points:
        return _approved(spent, tenders)
    expires = good_until(facts.business_date, facts.rules.points_days)
    first_n = len(spent.entries) + 1
    earned = crediting.earn(spent.holding, facts.transfer, points, facts.rights, facts.at_s, expires, first_n)
    if isinstance(earned, crediting.Pending):
        return _approved(spent, tenders)._replace(pending_points=points, points_expire=expires)
    both = Booking(spent.entries + earned.entries, earned.holding)
    owed = {"points": facts.owed["points"]} if facts.owed.get("points") else {}
    both, collected = crediting.collect_owed(both, facts.transfer, Owed(owed))
    return _approved(both, tenders)._replace(earned_points=points, points_expire=expires, collected=collected)


def with_punches(sale: Approved, facts: Facts) -> Approved:
    """The punches that goods earn, as far as the rules name them; those that are owed are taken back."""
    if not any(offer.earned_by for offer in facts.rules.offers.values()):
        return sale
    booking = Booking(sale.entries, sale.holding)
    given = stamps.give(
        booking, facts.transfer, facts.lines, facts.rules, facts.rights, facts.at_s, facts.business_date
    )
    if not given.by_line:
        return sale
    owed = {asset: facts.owed[asset] for asset in given.in_all() if facts.owed.get(asset)}
    both, collected = crediting.collect_owed(given.booking, facts.transfer, Owed(owed))
    collected = {**sale.collected, **collected}
    return sale._replace(entries=both.entries, holding=both.holding, stamps=given, collected=collected)


def _approved(booking: Booking, tenders: dict[str, int]) -> Approved:
    lent_cents = offline.lent_in(booking.entries)
    return Approved(booking.entries, booking.holding, tenders, lent_cents=max(0, lent_cents))
