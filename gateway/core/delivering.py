"""What was delivered is booked, whatever has become of its hold: a member's as a sale, an attendant's as a fill to pay.

A coupon is spent with the first litres that reach its minimum. What people have said before is not booked again.
"""

from typing import NamedTuple

from gateway.core import authorise, fills, fuel_day, fuel_rules, hold_life, money, nozzles, pricing, witness
from gateway.core.asked import Asked, Outcome, Told
from gateway.core.authorise import Facts
from gateway.core.books import Member, PumpHold
from gateway.core.fuel_rules import FuelCoupon
from gateway.core.pricing import BasketLine
from gateway.core.trade import Trade
from protocol.ledger import coupons, holds
from protocol.ledger.holds import CLOSED
from protocol.ledger.lots import Booking, Holding
from protocol.ledger.offline import Exposure, Limits
from protocol.money import down

NO_POINTS = {"points": 0, "points_cents": 0, "cash_cents": 0}


class Delivery(NamedTuple):
    """Litres under a hold. story: transfer and who; totals: as they were told. said: people say it, no pump.

    Then the totals are those of the last delivery and what they have said, {} where none was ever told.
    """

    kept: PumpHold
    line: BasketLine
    last: bool
    story: dict
    totals: dict
    said: bool = False


class Paid(NamedTuple):
    """How a delivery is paid: entries, what of its amount a coupon pays, and the coupon that is spent ('': none)."""

    booking: Booking
    off_cents: int
    coupon: str = ""


def book(trade: Trade, asked: Asked | None, one: Delivery) -> Outcome:
    """Event, books, totals, answer."""
    told = _sell(trade, asked, one) if one.kept.account else _to_pay(trade, asked, one)
    if one.totals:
        nozzles.delivered(trade, one.kept, one.totals["total_before_ml"], one.totals["total_after_ml"])
    return told


def beyond_said(one: Delivery) -> Delivery | None:
    """What of a delivery goes beyond the litres that people have booked already; None for nothing."""
    said_ml, line = one.kept.said_ml, one.line
    if said_ml <= 0:
        return one
    rest_ml = line.qty_milli - said_ml
    rest_cents = down(line.amount_cents * rest_ml, line.qty_milli)
    if rest_ml <= 0 or rest_cents <= 0:
        return None
    totals = one.totals | {"total_before_ml": one.totals["total_before_ml"] + said_ml, "said_ml": said_ml}
    return one._replace(line=line._replace(qty_milli=rest_ml, amount_cents=rest_cents), totals=totals)


def _to_pay(trade: Trade, asked: Asked | None, one: Delivery) -> Outcome:
    """No member has paid for it: it is told with its totals and waits for somebody who pays."""
    fill = fills.make(trade, one.kept, one.line, **one.story, fuel=_evidence(trade, one, {}))
    _keep(trade, one, CLOSED if one.last else one.kept.state)
    if asked is None:
        return Outcome(Told("filled", {}), "approved", fill.seq)
    told = asked.ids | {
        "hold": one.kept.hold,
        "fill": fill.fill,
        "business_date": fill.business_date,
        "name": short(one.line.name),
        "ml": fill.ml,
        "price_milli": fill.price_milli,
        "total_cents": fill.total_cents,
        "offline": trade.offline(),
    }
    return money.approved(trade, Told("filled", told), fill.seq)


def _sell(trade: Trade, asked: Asked | None, one: Delivery) -> Outcome:
    kept, line = one.kept, one.line
    before = trade.books.holding(kept.account)
    facts = _facts(trade, one.story["transfer"], line, before)
    paid = _pay(trade, one, before)
    owed_cents = holds.owed_cents(paid.booking.entries)
    tenders = authorise.tenders_of(paid.booking.entries, NO_POINTS)
    sale = authorise.with_points(paid.booking, facts, tenders, fuel_points(trade, facts.member, line, tenders))
    sale = authorise.with_punches(sale, facts)
    over_cents = max(0, line.amount_cents - paid.off_cents - _held_cents(before, kept.hold))
    extra = {"over_cents": over_cents, "owed_cents": owed_cents, "lent_cents": sale.lent_cents}
    saved_cents = fuel_rules.saved_cents(kept.list_milli, line.qty_milli, line.amount_cents) if kept.list_milli else 0
    extra |= {"off_cents": paid.off_cents, "saved_cents": saved_cents}
    receipt, offline_now = trade.next_receipt(), trade.offline()
    lines = (line, _coupon_line(kept, paid.off_cents)) if paid.off_cents else (line,)
    day = _day(trade, one)
    seq = trade.write_event(
        "sale",
        sale.entries,
        at_s=facts.at_s,
        business_date=facts.business_date,
        **one.story,
        receipt=receipt,
        hold=kept.hold,
        over_cents=over_cents,
        fuel=_evidence(trade, one, day | {"saved_cents": saved_cents}),
        lines=money.lines_told(lines, sale),
        tenders=sale.tenders | ({"receivable": owed_cents} if owed_cents else {}),
        earned_points=sale.earned_points,
        pending_points=sale.pending_points,
        collected=dict(sale.collected),
        lots=money.lot_rows(before, sale),
        points_expire=sale.points_expire,
        rules=facts.rules.version,
        offline=offline_now,
        **money.units_pending(sale),
    )
    changes = hold_life.book(trade, before, Booking(sale.entries, sale.holding), line.amount_cents)
    witness.spent(trade, sale.tenders["principal"] + sale.tenders["bonus"])
    left = holds.open_hold(sale.holding, kept.hold)
    _keep(trade, one, left.state if left else CLOSED, "" if paid.off_cents else kept.coupon_lot)
    if asked is None:
        return Outcome(Told("captured", {}), "approved", seq)
    told = asked.ids | {
        "hold": kept.hold,
        "receipt": receipt,
        "business_date": facts.business_date,
        "name": short(line.name),
        "ml": line.qty_milli,
        "price_milli": line.price_milli,
        "total_cents": line.amount_cents,
        "principal_cents": sale.tenders["principal"],
        "bonus_cents": sale.tenders["bonus"],
        "earned": sale.earned_points + sale.pending_points,
        "taxes": pricing.taxes((line,)),
        "offline": offline_now,
    }
    told |= {name: cents for name, cents in extra.items() if cents} | _for_the_journal(kept, paid, day)
    if kept.list_milli > line.price_milli:
        told["list_milli"] = kept.list_milli
    return money.approved(trade, Told("captured", told | money.after(facts.member, sale.holding, changes)), seq)


def _for_the_journal(kept: PumpHold, paid: Paid, day: dict) -> dict:
    """What only the answer tells of a fill, should this disk be lost: coupon, card, the day that it counts to."""
    told = {"coupon": paid.coupon, "card": kept.card, "day": ""} | day
    return {name: value for name, value in told.items() if value}


def fuel_points(trade: Trade, member: Member | None, line: BasketLine, tenders: dict[str, int]) -> int:
    """What litres earn that were paid so."""
    rules = fuel_rules.in_force(trade.books.fuel.told(), trade.clock.now_s())
    return fuel_rules.earned(rules, trade.rules, line.code, member.level if member else "", line, tenders)


def short(name: str) -> str:
    """As much of a name as messages have room for."""
    return name.encode()[:32].decode(errors="ignore")


def _pay(trade: Trade, one: Delivery, before: Holding) -> Paid:
    """From what the hold has set aside, less what its coupon pays; a coupon that is gone pays nothing."""
    kept, cents, transfer = one.kept, one.line.amount_cents, one.story["transfer"]
    order = trade.rules.order
    off_cents = _off_cents(trade, one)
    if kept.coupon_lot and off_cents is not None:
        taken = holds.delivered(before, kept.hold, transfer, cents - off_cents, one.last, order)
        lot, lock, n = [kept.coupon_lot], hold_life.lock_of(kept.hold), len(taken.entries) + 1
        used = coupons.redeem(taken.holding, transfer, lot, lock, "", trade.rules.grace_days, (), n)
        if isinstance(used, Booking):
            return Paid(Booking(taken.entries + used.entries, used.holding), off_cents, kept.coupon)
    return Paid(holds.delivered(before, kept.hold, transfer, cents, one.last, order), 0)


def _off_cents(trade: Trade, one: Delivery) -> int | None:
    """What the hold's coupon pays of this delivery; None: it is not spent by it."""
    rules = fuel_rules.in_force(trade.books.fuel.told(), trade.clock.now_s())
    coupon = rules.coupons.get(one.kept.coupon)
    if coupon is None:  # the rules have changed meanwhile: what was promised at the hold counts
        coupon = FuelCoupon(off_cents=one.kept.off_cents)
    off_cents = fuel_rules.coupon_off_cents(coupon, one.line.qty_milli, one.line.amount_cents)
    return off_cents if off_cents or coupon.off_milli else None


def _coupon_line(kept: PumpHold, off_cents: int) -> BasketLine:
    return BasketLine(kept.coupon, "", -1000, off_cents * 1000, -off_cents, "", 0)


def _held_cents(before: Holding, hold: str) -> int:
    held = holds.open_hold(before, hold)
    return holds.held_cents(held) + held.credit_cents if held else 0


def _day(trade: Trade, one: Delivery) -> dict:
    """Notes what the card has had of its day, also where its hold was given up before the litres were told."""
    kept, line = one.kept, one.line
    if kept.card and trade.books.fuel.hold(kept.hold) is None:
        fuel_day.set_aside(trade, trade.books.fuel.limits(kept.card), kept.hold, 0, 0)
    in_all = kept.got_ml + line.qty_milli, kept.got_cents + line.amount_cents
    told = fuel_day.taken(trade, kept.hold, *in_all, one.last)
    return told | ({"card": kept.card} if told and kept.card else {})


def _evidence(trade: Trade, one: Delivery, more: dict) -> dict:
    """What an event tells of a fill: the nozzle, its totals, the fuel shift, the car by its number, the prices."""
    kept = one.kept
    told = {
        "nozzle": kept.nozzle,
        "shift": trade.number("fuel_shift"),
        "ml": one.line.qty_milli,
        "amount_cents": one.line.amount_cents,
        **one.totals,
    }
    told |= {name: getattr(kept, name) for name in ("card", "list_milli", "rule", "vehicle", "odometer")} | more
    return {name: value for name, value in told.items() if value or name in one.totals}


def _keep(trade: Trade, one: Delivery, state: str, coupon_lot: str = "") -> None:
    """A hold that is closed is remembered with its totals, so that the same litres are not booked again."""
    kept, line = one.kept, one.line
    noted = kept._replace(
        state=state,
        upto_ml=kept.upto_ml if one.said else max(kept.upto_ml, one.totals["total_after_ml"]),
        since_ms=trade.clock.now_ms(),
        got_ml=kept.got_ml + line.qty_milli,
        got_cents=kept.got_cents + line.amount_cents,
        said_ml=max(0, kept.said_ml) + line.qty_milli if one.said else kept.said_ml,
        coupon_lot=coupon_lot,
    )
    trade.books.put_pump_hold(noted)
    if state == CLOSED:
        hold_life.closed(trade, noted)


def _facts(trade: Trade, transfer: str, line: BasketLine, before: Holding) -> Facts:
    books, account = trade.books, before.account
    return Facts(
        transfer=transfer,
        duty="",
        lines=(line,),
        holding=before,
        member=books.member(account) or Member(account),
        tap_account=account,
        card_status="",
        rights=books.rights(),
        rules=trade.rules,
        at_s=trade.clock.now_s(),
        business_date=trade.today(),
        owed=books.owed(account),
        lent=Exposure(),
        limits=Limits(),
    )
