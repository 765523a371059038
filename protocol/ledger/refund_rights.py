"""The refund right of a sale: what is still refundable of it, a document that has exactly one holder.

The sale opens it at its store; it moves as value moves: asked for, given up in an event, granted, taken. A part of it
has the same shape, so what a refund uses is taken off (less) and what a voided refund or a return brings is added
(merged), to the cent.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from protocol.errors import Ours, Theirs
from protocol.ledger.entries import Entry
from protocol.ledger.lots import Holding, Refusal, Slice
from protocol.money import ROUNDED_BY, ROUNDINGS, shares

MONEY = ("principal", "bonus")
GIVERS = ("gift_cost", "points_cost", "punch_issued", "coupon_issued")
LENDERS = ("receivable", "offline_credit", "loss")
VERSION = 1
SLICES = ("drawn", "given", "pending")
NAMED = ("codes", "lent")

Named = tuple[tuple[str, int], ...]  # name and amount


class Goods(NamedTuple):
    """What is left of one line of the sale. paid_cents: what was paid for it, the basket's discounts dealt out."""

    line: int  # from 1, as the sale's event has it
    code: str
    qty_milli: int
    paid_cents: int
    earned: Named = ()  # units that this very line gave: punches


class RefundRight(NamedTuple):
    """A sale as far as it can still be refunded. Amounts of slices are what is left, their terms those of the lots."""

    sale: str
    store: str
    account: str
    goods: tuple[Goods, ...] = ()
    drawn: tuple[Slice, ...] = ()  # what the sale took of the member: stored value, points, punches, coupons
    given: tuple[Slice, ...] = ()  # what the sale gave the member
    pending: tuple[Slice, ...] = ()  # what it would have given, had the store had the right: lies in the pool
    codes: Named = ()  # uses of public codes
    lent: Named = ()  # revenue by asset that somebody else paid for the member: he owes it, or owed it
    cash_cents: int = 0
    points_value_cents: int = 0


class Wanted(NamedTuple):
    """What is to be refunded: all that is left, or (line, qty_milli) of goods, or an amount for nothing returned."""

    whole: bool = False
    lines: tuple[tuple[int, int], ...] = ()
    amount_cents: int = 0


WHOLE = Wanted(whole=True)


def open_right(
    sale: str, holding: Holding, entries: Iterable[Entry], lines: Iterable[Mapping], pending: Iterable[Slice] = ()
) -> RefundRight:
    """The right that a sale opens. holding: as the sale left it, emptied slices too, for the terms of the lots drawn.

    entries: all that the sale has booked. lines: as its event tells them (code, qty_milli, amount_cents, and earned:
    {asset: units} where a line gave punches). Raises Ours for a lot whose terms are not in the holding.
    """
    known = {one.lot: one for one in holding.slices}
    right = RefundRight(sale, holding.holder, holding.account, pending=tuple(pending))
    for entry in entries:
        right = merged(right, _of_entry(right, entry, known))
    return right._replace(goods=_goods(tuple(lines), paid_cents(right)))


def share(right: RefundRight, wanted: Wanted) -> RefundRight | Refusal:
    """The part of a right that is wanted: tenders, lots and what was earned in proportion to what was paid.

    Refused with nothing_left_to_refund, more_than_sold. Units (coupons, punches, codes) are in the last part only.
    """
    if is_empty(right):
        return Refusal("nothing_left_to_refund")
    if wanted.whole:
        return right
    goods = _goods_wanted(right, wanted.lines) if wanted.lines else _price_of(right, wanted.amount_cents)
    if isinstance(goods, Refusal):
        return goods
    if wanted.lines and goods == right.goods:
        return right
    return _part(right, goods, sum(one.paid_cents for one in goods) if wanted.lines else wanted.amount_cents)


def paid_cents(right: RefundRight) -> int:
    """What is left of what was paid, by all tenders."""
    stored = sum(one.amount for one in right.drawn if one.asset in MONEY)
    return stored + sum(amount for _, amount in right.lent) + right.cash_cents + right.points_value_cents


def is_empty(right: RefundRight) -> bool:
    """Whether there is nothing to refund any more."""
    return not (paid_cents(right) or right.goods or right.drawn or right.codes)


def merged(one: RefundRight, other: RefundRight) -> RefundRight:
    """Two parts of one right together. Raises Ours for parts of different sales, or of one lot under other terms."""
    return _combined(one, other, 1)


def less(right: RefundRight, part: RefundRight) -> RefundRight:
    """A right without one of its parts. Raises Ours if it is no part of it."""
    return _combined(right, part, -1)


def common(one: RefundRight, other: RefundRight) -> RefundRight:
    """What two parts both have, amount by amount: it can be taken off (less) either of them. Raises Ours as merged."""
    both = merged(one, other)  # only of one sale, and a lot has one set of terms
    slices = {name: _both_have(getattr(one, name), getattr(other, name)) for name in SLICES}
    named = {name: _named_both(getattr(one, name), getattr(other, name)) for name in NAMED}
    goods = {each.line: each for each in other.goods}
    return both._replace(
        goods=tuple(
            fewer
            for each in one.goods
            if each.line in goods and any((fewer := _fewer(each, goods[each.line]))[2:])
        ),
        cash_cents=min(one.cash_cents, other.cash_cents),
        points_value_cents=min(one.points_value_cents, other.points_value_cents),
        **slices,
        **named,
    )


def encode(right: RefundRight) -> dict:
    """As events and messages carry it: plain JSON values."""
    return {
        "v": VERSION,
        "sale": right.sale,
        "store": right.store,
        "account": right.account,
        "goods": [[*one[:4], [list(unit) for unit in one.earned]] for one in right.goods],
        **{name: [list(one) for one in getattr(right, name)] for name in SLICES + NAMED},
        "cash_cents": right.cash_cents,
        "points_value_cents": right.points_value_cents,
    }


def decode(told: Mapping) -> RefundRight:
    """The inverse of encode. Raises Theirs('malformed', 'unknown_version')."""
    try:
        if told["v"] != VERSION:
            raise Theirs("unknown_version", "refund right of version %s" % told["v"])
        goods = tuple(Goods(line, code, qty, paid, _named(earned)) for line, code, qty, paid, earned in told["goods"])
        drawn, given, pending = (tuple(Slice(*one) for one in told[name]) for name in SLICES)
        codes, lent = (_named(told[name]) for name in NAMED)
        parts = (goods, drawn, given, pending, codes, lent, told["cash_cents"], told["points_value_cents"])
        right = RefundRight(told["sale"], told["store"], told["account"], *parts)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as wrong:
        raise Theirs("malformed", f"refund right: {wrong}") from wrong
    if not _is_whole(right):
        raise Theirs("malformed", "a refund right with an amount that is none")
    return right


def _of_entry(right: RefundRight, entry: Entry, known: Mapping[str, Slice]) -> RefundRight:
    """What one entry of a sale adds to its right."""
    nothing = RefundRight(right.sale, right.store, right.account)
    debit, credit = entry.debit, entry.credit
    if debit.book == "member" and credit.book not in ("member", "receivable", "offline_credit"):
        return nothing._replace(drawn=(_terms(known, debit.lot, entry.amount),))
    if credit.book == "member" and debit.book in GIVERS:
        return nothing._replace(given=(_terms(known, credit.lot, entry.amount),))
    if credit.book == "right_used" and credit.asset.startswith("code:"):
        return nothing._replace(codes=((credit.asset, entry.amount),))
    if credit.book == "revenue" and debit.book in LENDERS:
        return nothing._replace(lent=((credit.asset, entry.amount),))
    if credit.book == "revenue" and debit.book == "cash":
        return nothing._replace(cash_cents=entry.amount)
    if credit.book == "revenue" and debit.book == "gift_cost":
        return nothing._replace(points_value_cents=entry.amount)
    return nothing


def _terms(known: Mapping[str, Slice], lot: str, amount: int) -> Slice:
    if lot not in known:
        raise Ours("malformed", f"the terms of lot {lot} are not known here")
    return known[lot]._replace(amount=amount)


def _goods(lines: tuple[Mapping, ...], paid: int) -> tuple[Goods, ...]:
    """The lines that were sold, with what was paid for each; a line below zero lowers all others."""
    sold = [(at, line) for at, line in enumerate(lines, 1) if line["qty_milli"] > 0 and line["amount_cents"] >= 0]
    dealt = shares(paid, [line["amount_cents"] for _, line in sold])
    return tuple(
        Goods(at, line["code"], line["qty_milli"], cents, tuple(sorted(line.get("earned", {}).items())))
        for (at, line), cents in zip(sold, dealt, strict=True)
    )


def _goods_wanted(right: RefundRight, lines: tuple[tuple[int, int], ...]) -> tuple[Goods, ...] | Refusal:
    left, wanted = {one.line: one for one in right.goods}, dict(lines)
    for line, qty_milli in wanted.items():
        if line not in left or not 0 < qty_milli <= left[line].qty_milli:
            return Refusal("more_than_sold", f"line {line}: {left[line].qty_milli if line in left else 0} left")
    return tuple(_of_goods(one, wanted[one.line]) for one in right.goods if one.line in wanted)


def _of_goods(one: Goods, qty_milli: int) -> Goods:
    part = ROUNDINGS[ROUNDED_BY["part of a line refunded"]]
    units = ROUNDINGS[ROUNDED_BY["earned units taken back"]]
    earned = ((asset, units(amount * qty_milli, one.qty_milli)) for asset, amount in one.earned)
    paid = part(one.paid_cents * qty_milli, one.qty_milli)
    return one._replace(qty_milli=qty_milli, paid_cents=paid, earned=_without_zeros(dict(earned)))


def _price_of(right: RefundRight, amount_cents: int) -> tuple[Goods, ...] | Refusal:
    """An amount for nothing returned lowers what was paid for all that is left."""
    left = paid_cents(right)
    if amount_cents <= 0:
        raise Ours("malformed", f"a refund of {amount_cents}")
    if amount_cents > left:
        return Refusal("more_than_sold", f"{left} left", left)
    paid = [one.paid_cents for one in right.goods]
    dealt = shares(min(amount_cents, sum(paid)), paid)
    return tuple(
        one._replace(qty_milli=0, paid_cents=cents, earned=())
        for one, cents in zip(right.goods, dealt, strict=True)
        if cents
    )


def _part(right: RefundRight, goods: tuple[Goods, ...], cents: int) -> RefundRight:
    """The part of a right that goes with these goods, of which so much was paid."""
    money = [one for one in right.drawn if one.asset in MONEY]
    tenders = [right.points_value_cents, *(one.amount for one in money)]
    tenders += [*(amount for _, amount in right.lent), right.cash_cents]
    value, *dealt, cash = shares(cents, tenders)
    drawn = [one._replace(amount=amount) for one, amount in zip(money, dealt, strict=False)]
    lent = [(asset, amount) for (asset, _), amount in zip(right.lent, dealt[len(money) :], strict=True)]
    points = [one for one in right.drawn if one.asset == "points"]
    back = shares(_points_back(right, points, value, cents), [one.amount for one in points])
    drawn += [one._replace(amount=amount) for one, amount in zip(points, back, strict=True)]
    given, pending = _earned_part(right, goods, cents)
    return right._replace(
        goods=goods,
        drawn=tuple(one for one in drawn if one.amount),
        given=given,
        pending=pending,
        codes=(),
        lent=_without_zeros(dict(lent)),
        cash_cents=cash,
        points_value_cents=value,
    )


def _points_back(right: RefundRight, points: list[Slice], value: int, cents: int) -> int:
    """How many of the points that were drawn go back for so much of their value (or of the sale, if they paid none)."""
    part, whole = (value, right.points_value_cents) if right.points_value_cents else (cents, paid_cents(right))
    rule = ROUNDINGS[ROUNDED_BY["points back in a refund"]]
    return rule(sum(one.amount for one in points) * part, whole) if whole else 0


def _earned_part(right: RefundRight, goods: tuple[Goods, ...], cents: int) -> tuple[tuple, tuple]:
    """What is taken back, of given and of pending: what these goods gave, and by amount what the whole sale gave."""
    due = {}
    for asset in {one.asset for one in (*right.given, *right.pending)}:
        all_of_it = sum(one.amount for one in (*right.given, *right.pending) if one.asset == asset)
        by_line = _by_line(goods, asset)
        rule = "earned points taken back" if asset == "points" else "earned units taken back"
        rest = (all_of_it - _by_line(right.goods, asset)) * cents
        paid = paid_cents(right)
        due[asset] = by_line + (ROUNDINGS[ROUNDED_BY[rule]](rest, paid) if paid else 0)
    pending = _first(right.pending, due)
    return _first(right.given, due), pending


def _by_line(goods: Iterable[Goods], asset: str) -> int:
    return sum(dict(one.earned).get(asset, 0) for one in goods)


def _first(slices: tuple[Slice, ...], due: dict[str, int]) -> tuple[Slice, ...]:
    """Slices up to what is due of each asset, which is lowered by them."""
    taken = []
    for one in slices:
        amount = min(one.amount, due[one.asset])
        due[one.asset] -= amount
        if amount:
            taken.append(one._replace(amount=amount))
    return tuple(taken)


def _combined(one: RefundRight, other: RefundRight, sign: int) -> RefundRight:
    if one[:3] != other[:3]:
        raise Ours("malformed", f"rights of {one.sale} and {other.sale}")
    both = one._replace(
        goods=_goods_combined(one.goods, other.goods, sign),
        cash_cents=one.cash_cents + sign * other.cash_cents,
        points_value_cents=one.points_value_cents + sign * other.points_value_cents,
        **{name: _slices(getattr(one, name), getattr(other, name), sign) for name in SLICES},
        **{name: _amounts(getattr(one, name), getattr(other, name), sign) for name in NAMED},
    )
    if not _is_whole(both):
        raise Ours("malformed", f"what is taken off is no part of the right of {one.sale}")
    return both


def _goods_combined(one: tuple[Goods, ...], other: tuple[Goods, ...], sign: int) -> tuple[Goods, ...]:
    found = {each.line: each for each in one}
    for each in other:
        there = found.get(each.line, Goods(each.line, each.code, 0, 0))
        found[each.line] = there._replace(
            qty_milli=there.qty_milli + sign * each.qty_milli,
            paid_cents=there.paid_cents + sign * each.paid_cents,
            earned=_amounts(there.earned, each.earned, sign),
        )
    return tuple(found[line] for line in sorted(found) if any(found[line][2:]))


def _slices(one: tuple[Slice, ...], other: tuple[Slice, ...], sign: int) -> tuple[Slice, ...]:
    found = {each.lot: each for each in one}
    for each in other:
        there = found.get(each.lot, each._replace(amount=0))
        if there._replace(amount=0) != each._replace(amount=0):
            raise Ours("malformed", f"lot {each.lot} has two sets of terms")
        found[each.lot] = there._replace(amount=there.amount + sign * each.amount)
    return tuple(each for each in found.values() if each.amount)


def _both_have(one: tuple[Slice, ...], other: tuple[Slice, ...]) -> tuple[Slice, ...]:
    there = {each.lot: each.amount for each in other}
    fewer = (each._replace(amount=min(each.amount, there.get(each.lot, 0))) for each in one)
    return tuple(each for each in fewer if each.amount)


def _named_both(one: Named, other: Named) -> Named:
    there = dict(other)
    return _without_zeros({name: min(amount, there.get(name, 0)) for name, amount in one})


def _fewer(one: Goods, other: Goods) -> Goods:
    qty, paid = min(one.qty_milli, other.qty_milli), min(one.paid_cents, other.paid_cents)
    return one._replace(qty_milli=qty, paid_cents=paid, earned=_named_both(one.earned, other.earned))


def _amounts(one: Named, other: Named, sign: int) -> Named:
    found = dict(one)
    for name, amount in other:
        found[name] = found.get(name, 0) + sign * amount
    return _without_zeros(found)


def _without_zeros(amounts: dict[str, int]) -> Named:
    return tuple(sorted((name, amount) for name, amount in amounts.items() if amount))


def _named(told: Iterable) -> Named:
    return tuple((name, amount) for name, amount in told)


def _is_whole(right: RefundRight) -> bool:
    """Whether every amount is a whole number from 0 up."""
    amounts = [right.cash_cents, right.points_value_cents]
    amounts += [one.amount for one in (*right.drawn, *right.given, *right.pending)]
    amounts += [amount for _, amount in (*right.codes, *right.lent)]
    for one in right.goods:
        amounts += [one.qty_milli, one.paid_cents, *(amount for _, amount in one.earned)]
    return all(type(amount) is int and amount >= 0 for amount in amounts)
