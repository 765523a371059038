"""Fuel: an amount is held before the pump gives any, what was pumped is captured, the rest is free again.

    hold        card and grade -> so much is set aside, or how much could be; no event: nothing has moved
    start       an attendant lets a nozzle go: nothing is set aside, what flows is a fill that somebody pays (fills.py)
    capture     what the pump gave, with its totals: always booked, however late, whatever has become of the hold
    release     nothing flowed: the hold is let go

On what terms a hold is made is fuel_terms.py, what becomes of it in between hold_life.py, how litres are booked
delivering.py. A nozzle (a lane of its terminal) has one hold at a time.
"""

from typing import Any

from gateway.core import (
    authorise,
    delivering,
    fills,
    fuel_day,
    fuel_limits,
    fuel_rules,
    fuel_terms,
    hold_life,
    money,
    nozzles,
    taps,
    voiding,
)
from gateway.core.asked import Asked, Outcome, Request, Told, Wait, refused
from gateway.core.books import Member, PumpHold
from gateway.core.delivering import Delivery, short
from gateway.core.fuel_limits import Bound
from gateway.core.fuel_terms import Terms
from gateway.core.pricing import BasketLine
from gateway.core.trade import Trade
from protocol.errors import Theirs
from protocol.ids import parse_request
from protocol.ledger import accounts, coupons, holds, offline
from protocol.ledger.holds import CLOSED, IN_SUSPENSE, OPEN, RUNNING
from protocol.ledger.lots import Booking, Holding, Refusal
from protocol.ledger.offline import Limits
from protocol.money import MILLI, down, line_amount_cents, up

SHORT = "insufficient_float"
FORECOURT = "forecourt"  # the terminal at which attendants' shifts of the forecourt page are open
TOTALS = ("total_before_ml", "total_after_ml", "why", "last")


def hold(trade: Trade, request: Request) -> Outcome | Wait:
    """Sets an amount aside for a nozzle, in full or not at all; `cents` and `ml` of 0 mean as much as there is."""
    asked, values = request.asked, request.asked.values
    member = trade.books.member(values["account"]) or Member(values["account"])
    terms = _terms(trade, asked, member)
    if isinstance(terms, Refusal):
        return _refuse(trade, asked, terms, member)
    _clear_lane(trade, asked)
    before = trade.books.holding(member.account)
    stop = fuel_terms.bound(trade, terms, values, member, before)
    if isinstance(stop, Refusal):
        return _refuse(trade, asked, stop, member, terms)
    wanted, about_day = fuel_terms.lacking(trade, terms, asked, stop, before)
    if (wanted or about_day) and not request.final and not trade.offline():
        more = {"fuel": about_day} if about_day else {}
        return Wait(trade.want(member.account, wanted, **more), member.account)
    stop = fuel_terms.here(terms, stop, values, before)
    booked = _set_aside(trade, asked, member, before, terms, stop)
    if isinstance(booked, Refusal):
        return _refuse(trade, asked, booked, member, terms)
    return _held(trade, asked, member, before, booked, terms, stop)


def start(trade: Trade, request: Request) -> Outcome:
    """An attendant lets a nozzle go; nothing is set aside, so there is a bound for what may stay unpaid."""
    asked, values = request.asked, request.asked.values
    duty, grade = _duty(trade, asked), trade.books.shelf(values["code"])
    if duty or grade is None:
        return _refuse(trade, asked, Refusal(duty) if duty else Refusal("unknown_goods", values["code"]), None)
    price_milli = fuel_rules.list_price(trade.books.fuel.told(), grade.code, trade.clock.now_s(), grade.price_milli)
    most_cents = trade.rules.fill_max_cents or trade.rules.pay_max_cents or fuel_terms.FULL_CENTS
    cents = values["cents"] or up(values["ml"] * price_milli, MILLI * MILLI) or most_cents
    if cents > most_cents:
        return _refuse(trade, asked, Refusal("limit_exceeded", f"at most {most_cents}", most_cents), None)
    _clear_lane(trade, asked)
    most_ml = down(cents * MILLI * MILLI, price_milli) if price_milli else 0
    stop = Bound(cents, values["ml"] or most_ml)
    kept = _noted(trade, asked, "", grade, price_milli, stop)
    trade.books.put_pump_hold(kept)
    told = asked.ids | {"hold": asked.transfer, "cents": cents, "ml": stop.ml, "price_milli": price_milli}
    told |= {"name": short(grade.name), "offline": trade.offline()}
    return money.approved(trade, Told("started", told), trade.head().seq)


def capture(trade: Trade, request: Request) -> Outcome:
    """Books what was pumped. Refused only where these very litres have been booked, or it is another's hold."""
    asked, values = request.asked, request.asked.values
    kept = _hold_of(trade, asked)
    if isinstance(kept, Refusal):
        return _refuse(trade, asked, kept, None)
    forward = values["total_after_ml"] >= values["total_before_ml"]
    if kept.state == CLOSED and forward and values["total_after_ml"] <= kept.upto_ml:
        return _refuse(trade, asked, Refusal("hold_closed", "booked up to these totals"), None)
    line = _line(kept, values["ml"], values["price_milli"], values["amount_cents"], values["code"])
    who = {"operator": kept.operator or None, "shift": kept.shift or None, "account": kept.account or None}
    totals = {name: values[name] for name in TOTALS}
    told = delivering.beyond_said(Delivery(kept, line, values["last"], money.story(asked, who), totals))
    if told is None:
        upto_ml = values["total_before_ml"] + kept.said_ml
        nozzles.delivered(trade, kept, upto_ml, values["total_after_ml"], booked=False)
        return _refuse(trade, asked, Refusal("hold_closed", "two people have said it"), None)
    return delivering.book(trade, asked, told)


def release(trade: Trade, request: Request) -> Outcome:
    """Nothing flowed: what was set aside is free again. Repeats, and holds that are gone, change nothing."""
    asked, values = request.asked, request.asked.values
    kept = _hold_of(trade, asked)
    if isinstance(kept, Refusal):
        return _refuse(trade, asked, kept, None)
    if values["total_after_ml"] > values["total_before_ml"]:
        return _refuse(trade, asked, Refusal("total_mismatch", "fuel has flowed: capture it"), None)
    hold_life.let_go(trade, kept, asked.transfer)
    nozzles.delivered(trade, kept, values["total_before_ml"], values["total_after_ml"], booked=False)
    told = asked.ids | {"hold": kept.hold}
    return money.approved(trade, Told("released", told), trade.head().seq)


def void(trade: Trade, request: Request) -> Outcome:
    """A hold whose answer nobody has seen is let go: no pump can have begun. All else is as with any request."""
    asked, last = request.asked, request.last
    event = trade.books.event_of(asked.transfer.removesuffix("/void")) if last and last.message == "capture" else None
    if event and event["kind"] == "fill":
        return _refuse(trade, asked, Refusal("hold_closed", "what has flowed is to be paid"), None)
    quiet = last is not None and last.sequence == asked.values["n"] and last.message in ("hold", "start", "release")
    if not quiet or last is None or last.outcome != "approved":
        return voiding.void(trade, request)
    kept = trade.books.pump_hold(asked.transfer.removesuffix("/void"))
    if last.message in ("hold", "start") and kept is not None:
        hold_life.let_go(trade, kept, asked.transfer + "/rest")
    return voiding.bury(trade, asked)


def close_by_people(trade: Trade, hold_id: str, ml: int, cents: int, operator: str, second: str) -> str:
    """Two people say what a hold in suspense has given (0: nothing); '' or the reason why not.

    cents 0 with litres: worked out from the price of the hold. The pump's own word, should it come later, is booked as
    far as it goes beyond theirs.
    """
    kept = trade.books.pump_hold(hold_id)
    if kept is None or kept.state != IN_SUSPENSE:
        return "nothing_open"
    if not fills.two_people(trade, operator, second):
        return "second_person"
    cents = cents or line_amount_cents(ml, kept.price_milli)
    if not cents:
        hold_life.let_go(trade, kept, hold_id + "/people")
        return ""
    line = _line(kept, ml, kept.price_milli, cents, kept.code)
    who = {"transfer": hold_id + "/people", "account": kept.account or None, "terminal": kept.terminal}
    who |= {"operator": operator, "second": second}
    delivering.book(trade, None, Delivery(kept, line, True, who, nozzles.said(trade, kept, ml), said=True))
    return ""


# ---- holding


def _terms(trade: Trade, asked: Asked, member: Member) -> Terms | Refusal:
    """On what terms this member may fill here now."""
    values, books = asked.values, trade.books
    duty, grade = _duty(trade, asked) if "operator" in values else "", books.shelf(values["code"])
    if duty or grade is None:
        return Refusal(duty) if duty else Refusal("unknown_goods", values["code"])
    tap = books.tap(values["tap"])
    good = taps.valid(tap, asked.name, trade.clock.boot, trade.clock.now_ms())
    if not tap or not good or (tap.kind, tap.party) != ("member", member.account):
        return Refusal("tap_again")
    if books.card_status(tap.card) == "blocked":
        return Refusal("card_blocked")
    barred = accounts.barred(member.status, "hold")
    return Refusal(barred) if barred else fuel_terms.of(trade, asked, member, tap.card, grade)


def _duty(trade: Trade, asked: Asked) -> str:
    """An attendant on duty here, or with the forecourt's page."""
    who = asked.values["operator"], asked.values.get("shift", 0)
    return trade.books.duty(asked.name, *who) and trade.books.duty(f"{trade.store}-{FORECOURT}", *who)


def _set_aside(
    trade: Trade, asked: Asked, member: Member, before: Holding, terms: Terms, stop: Bound
) -> Booking | Refusal:
    cents = stop.cents - terms.off_cents(stop.cents)
    if stop.cents <= 0:
        return Refusal(SHORT, "stored value", 0)
    beyond = authorise.beyond_witness(money.unwitnessed(trade), cents)
    beyond = beyond or authorise.stale_list(trade.rules, trade.list_age_s(), cents)
    if beyond:
        return beyond
    limits = Limits()
    if trade.offline():
        limits = Limits(trade.rules.offline_limit_cents(member.level), trade.rules.offline_store_cents)
    lent, order = money.lent_so_far(trade, before, trade.books.owed(member.account)), trade.rules.order
    if cents:
        booked = offline.hold(before, asked.transfer, cents, limits, lent, order)
    else:  # a coupon pays all of it
        booked = holds.set_aside(before, asked.transfer, 0, order)
    name = asked.values.get("coupon", "")
    if isinstance(booked, Refusal) or not name:
        return booked
    lot, lock = [fuel_terms.coupon_lot(before, name)], hold_life.lock_of(asked.transfer)
    return coupons.lock(booked.holding, lock, lot, trade.sure_today(), trade.rules.grace_days)


def _held(
    trade: Trade, asked: Asked, member: Member, before: Holding, booked: Booking, terms: Terms, stop: Bound
) -> Outcome:
    made = holds.open_hold(booked.holding, asked.transfer)
    tap = trade.books.tap(asked.values["tap"])
    if made is None or tap is None:
        raise KeyError(asked.transfer)  # it was made just now
    trade.books.save(before, booked.holding)
    quote, values, off_cents = terms.quote, asked.values, terms.off_cents(stop.cents)
    kept = _noted(trade, asked, member.account, terms.grade, quote.price_milli, stop)
    name = values.get("coupon", "")
    trade.books.put_pump_hold(
        kept._replace(
            credit_cents=made.credit_cents,
            list_milli=quote.list_milli,
            rule=quote.rule,
            off_cents=off_cents,
            coupon=name,
            coupon_lot=fuel_terms.coupon_lot(before, name) if name else "",
            card=tap.card,
            vehicle=fuel_limits.vehicle(member.account, values.get("plate", "")),
            odometer=values.get("odometer", 0),
        )
    )
    fuel_day.set_aside(trade, terms.limits, asked.transfer, stop.ml, stop.cents)
    told = asked.ids | {"hold": asked.transfer, "cents": stop.cents, "ml": stop.ml, "price_milli": quote.price_milli}
    told |= {"name": short(terms.grade.name), "offline": trade.offline()}
    told |= {"list_milli": quote.list_milli} if quote.list_milli > quote.price_milli else {}
    told |= {"off_cents": off_cents} if off_cents else {}
    told |= money.after(member, booked.holding, {})
    return money.approved(trade, Told("held", told), trade.head().seq)


def _noted(
    trade: Trade, asked: Asked, account: str, grade: BasketLine, price_milli: int, stop: Bound
) -> PumpHold:
    """What is kept of a nozzle from now on."""
    values = asked.values
    return PumpHold(
        asked.transfer, account, asked.name, values["l"], OPEN, trade.clock.boot, trade.clock.now_ms(),
        values["code"], grade.name, price_milli, grade.tax_code, grade.tax_bp,
        operator=values.get("operator", ""), shift=values.get("shift", 0), cents=stop.cents, ml=stop.ml,
        at_s=trade.clock.now_s(),
    )  # fmt: skip


def _clear_lane(trade: Trade, asked: Asked) -> None:
    """A nozzle has one hold: an older one that nobody began is let go, one that ran is known to nobody any more."""
    for kept in trade.books.pump_holds():
        if (kept.terminal, kept.lane) == (asked.name, asked.values["l"]) and kept.hold != asked.transfer:
            if kept.state == OPEN:
                hold_life.step(trade, kept, "void")
            elif kept.state == RUNNING:
                hold_life.suspend(trade, kept)


# ---- capturing


def _hold_of(trade: Trade, asked: Asked) -> PumpHold | Refusal:
    """The hold that is spoken of; one that is known no more is told by the request. Refused for another's."""
    values = asked.values
    try:
        mine = parse_request(values["hold"]).terminal == asked.name
    except Theirs:
        mine = False
    kept = trade.books.pump_hold(values["hold"])
    if not mine or kept and values.get("account", kept.account) != kept.account:
        return Refusal("nothing_open", values["hold"])
    if kept:
        return kept
    code = values.get("code", "")
    grade = trade.books.shelf(code) or BasketLine(code, code, 0, 0, 0, "", 0)
    return PumpHold(
        values["hold"], values.get("account", ""), asked.name, values["l"], CLOSED, trade.clock.boot,
        trade.clock.now_ms(), code, grade.name, values.get("price_milli", 0), grade.tax_code, grade.tax_bp, 0, -1,
    )  # fmt: skip


def _line(kept: PumpHold, ml: int, price_milli: int, amount_cents: int, code: str) -> BasketLine:
    return BasketLine(code, kept.name, ml, price_milli, amount_cents, kept.tax_code, kept.tax_bp)


def _refuse(trade: Trade, asked: Asked, why: Refusal, member: Member | None, terms: Terms | None = None) -> Outcome:
    """Also tells head office's word on the card's day that nothing comes of it. A plate stays out of the event."""
    fuel_day.ended(trade, asked.transfer)
    told: dict[str, Any] = money.story(asked) | ({"frame": None} if "plate" in asked.values else {})
    seq = trade.write_event("refusal", **told, receipt=None, reason=why.reason, detail=why.detail)
    more: dict[str, object] = {"seq": seq}
    if why.approve_cents is not None and (member or why.reason == "limit_exceeded"):
        more |= {"approve_cents": max(0, why.approve_cents)}
    if why.approve_cents is not None and member:
        more |= {"in_all_cents": member.principal + member.bonus, "in_all_at_s": member.as_of_s}
    if why.reason == "day_limit" and terms:
        left = {"day_left_ml": terms.left.ml, "day_left_cents": terms.left.cents}
        more |= {name: amount for name, amount in left.items() if amount is not None}
    return Outcome(refused(asked, why.reason, why.detail, **more), "refused", seq)
