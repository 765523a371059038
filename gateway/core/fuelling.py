"""Fuel: an amount is held before the pump gives any, what was pumped is captured, the rest is free again.

    hold        card and grade -> so much is set aside, or how much could be; no event: nothing has moved
    capture     what the pump gave, with its totals: always booked, however late, whatever has become of the hold
    release     nothing flowed: the hold is let go

What becomes of a hold in between is hold_life.py. A nozzle (a lane of its terminal) has one hold at a time.
"""

from gateway.core import authorise, hold_life, money, pricing, taps, voiding, witness
from gateway.core.asked import Asked, Outcome, Request, Told, Wait, refused
from gateway.core.authorise import Facts
from gateway.core.books import Member, PumpHold
from gateway.core.pricing import BasketLine
from gateway.core.trade import Trade
from protocol.errors import Theirs
from protocol.ids import parse_request
from protocol.ledger import accounts, holds, offline
from protocol.ledger.holds import CLOSED, IN_SUSPENSE, OPEN, RUNNING
from protocol.ledger.lots import Booking, Holding, Refusal, stored_cents
from protocol.ledger.offline import Exposure, Limits
from protocol.money import MILLI, down, up

SHORT = "insufficient_float"
FULL_CENTS = 30_000  # set aside for "fill it up", where the chain has no limit of its own
NO_POINTS = {"points": 0, "points_cents": 0, "cash_cents": 0}


def hold(trade: Trade, request: Request) -> Outcome | Wait:
    """Sets an amount aside for a nozzle, in full or not at all; `cents` and `ml` of 0 mean as much as there is."""
    asked, values = request.asked, request.asked.values
    member = trade.books.member(values["account"]) or Member(values["account"])
    grade = trade.books.shelf(values["code"])
    refusal = _not_served(trade, asked, member, grade)
    if refusal or grade is None:
        return _refuse(trade, asked, refusal or Refusal("unknown_goods", values["code"]), member)
    _clear_lane(trade, asked)
    before, full = trade.books.holding(member.account), not (values["cents"] or values["ml"])
    wanted_cents = _full_cents(trade, member) if full else values["cents"] or _cost_cents(values["ml"], grade)
    missing_cents = wanted_cents - stored_cents(before)
    if missing_cents > 0 and not request.final and not trade.offline():
        return Wait(trade.want(member.account, {"principal": missing_cents}), member.account)
    cents = min(wanted_cents, stored_cents(before)) if full else wanted_cents
    booked = _set_aside(trade, asked, member, before, cents)
    if isinstance(booked, Refusal):
        return _refuse(trade, asked, booked, member)
    return _held(trade, asked, member, before, booked, grade)


def capture(trade: Trade, request: Request) -> Outcome:
    """Books what was pumped. Refused only where these very litres have been booked, or it is another's hold."""
    asked, values = request.asked, request.asked.values
    kept = _hold_of(trade, asked)
    if isinstance(kept, Refusal):
        return _refuse(trade, asked, kept, None)
    if kept.state == CLOSED and values["total_after_ml"] <= kept.upto_ml:
        return _refuse(trade, asked, Refusal("hold_closed", "booked up to these totals"), None)
    line = BasketLine(
        values["code"], kept.name, values["ml"], values["price_milli"], values["amount_cents"],
        kept.tax_code, kept.tax_bp,
    )  # fmt: skip
    more = {**money.story(asked), "fuel": _evidence(values)}
    return _sell(trade, asked, kept, line, values["last"], more)


def release(trade: Trade, request: Request) -> Outcome:
    """Nothing flowed: what was set aside is free again. Repeats, and holds that are gone, change nothing."""
    asked, values = request.asked, request.asked.values
    kept = _hold_of(trade, asked)
    if isinstance(kept, Refusal):
        return _refuse(trade, asked, kept, None)
    if values["total_after_ml"] != values["total_before_ml"]:
        return _refuse(trade, asked, Refusal("total_mismatch", "fuel has flowed: capture it"), None)
    hold_life.let_go(trade, kept, asked.transfer)
    told = asked.ids | {"hold": kept.hold}
    return money.approved(trade, Told("released", told), trade.head().seq)


def void(trade: Trade, request: Request) -> Outcome:
    """A hold whose answer nobody has seen is let go: no pump can have begun. All else is as with any request."""
    asked, last = request.asked, request.last
    quiet = last is not None and last.sequence == asked.values["n"] and last.message in ("hold", "release")
    if not quiet or last is None or last.outcome != "approved":
        return voiding.void(trade, request)
    kept = trade.books.pump_hold(asked.transfer.removesuffix("/void"))
    if last.message == "hold" and kept is not None:
        hold_life.let_go(trade, kept, asked.transfer + "/rest")
    return voiding.bury(trade, asked)


def close_by_people(trade: Trade, hold_id: str, ml: int, cents: int, operator: str, second: str) -> str:
    """Two people say what a hold in suspense has given (0: nothing); '' or the reason why not."""
    kept = trade.books.pump_hold(hold_id)
    if kept is None or kept.state != IN_SUSPENSE:
        return "nothing_open"
    if not second or second == operator or trade.books.role(second) != "supervisor" or not trade.books.role(operator):
        return "second_person"
    if not cents:
        hold_life.let_go(trade, kept, hold_id + "/people")
        return ""
    line = BasketLine(kept.code, kept.name, ml, kept.price_milli, cents, kept.tax_code, kept.tax_bp)
    who = {"transfer": hold_id + "/people", "account": kept.account, "terminal": kept.terminal}
    who |= {"operator": operator, "second": second}
    _sell(trade, None, kept, line, True, who)
    return ""


# ---- holding


def _not_served(trade: Trade, asked: Asked, member: Member, grade: BasketLine | None) -> Refusal | None:
    values, books = asked.values, trade.books
    if "operator" in values:
        duty = books.duty(asked.name, values["operator"], values.get("shift", 0))
        if duty:
            return Refusal(duty)
    if grade is None:
        return Refusal("unknown_goods", values["code"])
    tap = books.tap(values["tap"])
    good = taps.valid(tap, asked.name, trade.clock.boot, trade.clock.now_ms())
    if not tap or not good or (tap.kind, tap.party) != ("member", member.account):
        return Refusal("tap_again")
    if books.card_status(tap.card) == "blocked":
        return Refusal("card_blocked")
    barred = accounts.barred(member.status, "hold")
    return Refusal(barred) if barred else None


def _full_cents(trade: Trade, member: Member) -> int:
    """All that the member is known to have anywhere, within the chain's limit."""
    known_cents = max(member.principal + member.bonus, stored_cents(trade.books.holding(member.account)))
    return max(1, min(known_cents, trade.rules.pay_max_cents or FULL_CENTS))


def _cost_cents(ml: int, grade: BasketLine) -> int:
    return up(ml * grade.price_milli, MILLI * MILLI)


def _set_aside(trade: Trade, asked: Asked, member: Member, before: Holding, cents: int) -> Booking | Refusal:
    most_cents = trade.rules.pay_max_cents
    if most_cents and cents > most_cents:
        return Refusal("limit_exceeded", f"at most {most_cents}")
    if cents <= 0:
        return Refusal(SHORT, "stored value", 0)
    beyond = authorise.beyond_witness(money.unwitnessed(trade), cents)
    beyond = beyond or authorise.stale_list(trade.rules, trade.list_age_s(), cents)
    if beyond:
        return beyond
    limits = Limits()
    if trade.offline():
        limits = Limits(trade.rules.offline_limit_cents(member.level), trade.rules.offline_store_cents)
    lent = money.lent_so_far(trade, before, trade.books.owed(member.account))
    return offline.hold(before, asked.transfer, cents, limits, lent, trade.rules.order)


def _held(trade: Trade, asked: Asked, member: Member, before: Holding, booked: Booking, grade: BasketLine) -> Outcome:
    made = holds.open_hold(booked.holding, asked.transfer)
    if made is None:
        raise KeyError(asked.transfer)  # it was made just now
    cents, values = holds.held_cents(made) + made.credit_cents, asked.values
    trade.books.save(before, booked.holding)
    trade.books.put_pump_hold(
        PumpHold(
            asked.transfer,
            member.account,
            asked.name,
            values["l"],
            OPEN,
            trade.clock.boot,
            trade.clock.now_ms(),
            values["code"],
            grade.name,
            grade.price_milli,
            grade.tax_code,
            grade.tax_bp,
            made.credit_cents,
            0,
        )  # fmt: skip
    )
    ml = down(cents * MILLI * MILLI, grade.price_milli) if grade.price_milli else 0
    told = asked.ids | {"hold": asked.transfer, "cents": cents, "ml": ml, "price_milli": grade.price_milli}
    told |= {"name": _short(grade.name), "offline": trade.offline()}
    told |= money.after(member, booked.holding, {})
    return money.approved(trade, Told("held", told), trade.head().seq)


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


def _sell(trade: Trade, asked: Asked | None, kept: PumpHold, line: BasketLine, last: bool, more: dict) -> Outcome:
    """The sale of what was delivered: event, books, answer."""
    before = trade.books.holding(kept.account)
    facts = _facts(trade, more["transfer"], line, before)
    held = holds.open_hold(before, kept.hold)
    held_cents = holds.held_cents(held) + held.credit_cents if held else 0
    taken = holds.delivered(before, kept.hold, facts.transfer, line.amount_cents, last, facts.rules.order)
    owed_cents = holds.owed_cents(taken.entries)
    sale = authorise.with_points(taken, facts, authorise.tenders_of(taken.entries, NO_POINTS), line)
    sale = authorise.with_punches(sale, facts)
    receipt, offline_now = trade.next_receipt(), trade.offline()
    over_cents = max(0, line.amount_cents - held_cents)
    told_tenders = sale.tenders | ({"receivable": owed_cents} if owed_cents else {})
    seq = trade.write_event(
        "sale",
        sale.entries,
        at_s=facts.at_s,
        business_date=facts.business_date,
        **more,
        receipt=receipt,
        hold=kept.hold,
        over_cents=over_cents,
        lines=money.lines_told((line,), sale),
        tenders=told_tenders,
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
    _keep_closed(trade, kept, sale.holding, more.get("fuel", {}).get("total_after_ml", kept.upto_ml))
    if asked is None:
        return Outcome(Told("captured", {}), "approved", seq)
    told = asked.ids | {
        "hold": kept.hold,
        "receipt": receipt,
        "business_date": facts.business_date,
        "name": _short(line.name),
        "ml": line.qty_milli,
        "price_milli": line.price_milli,
        "total_cents": line.amount_cents,
        "principal_cents": sale.tenders["principal"],
        "bonus_cents": sale.tenders["bonus"],
        "earned": sale.earned_points + sale.pending_points,
        "taxes": pricing.taxes((line,)),
        "offline": offline_now,
    }
    extra = {"over_cents": over_cents, "owed_cents": owed_cents, "lent_cents": sale.lent_cents}
    told |= {name: cents for name, cents in extra.items() if cents}
    shown = money.after(facts.member, sale.holding, changes)
    return money.approved(trade, Told("captured", told | shown), seq)


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


def _evidence(values: dict) -> dict:
    names = ("ml", "amount_cents", "total_before_ml", "total_after_ml", "why", "last")
    return {name: values[name] for name in names}


def _keep_closed(trade: Trade, kept: PumpHold, after: Holding, upto_ml: int) -> None:
    """A hold that is closed is remembered with its totals, so that the same litres are not booked again."""
    left = holds.open_hold(after, kept.hold)
    state = left.state if left else CLOSED
    trade.books.put_pump_hold(
        kept._replace(state=state, upto_ml=max(kept.upto_ml, upto_ml), since_ms=trade.clock.now_ms())
    )


def _refuse(trade: Trade, asked: Asked, why: Refusal, member: Member | None) -> Outcome:
    seq = trade.write_event("refusal", **money.story(asked), receipt=None, reason=why.reason, detail=why.detail)
    more: dict[str, object] = {"seq": seq}
    if why.approve_cents is not None and member:
        more |= {"approve_cents": max(0, why.approve_cents)}
        more |= {"in_all_cents": member.principal + member.bonus, "in_all_at_s": member.as_of_s}
    return Outcome(refused(asked, why.reason, why.detail, **more), "refused", seq)


def _short(name: str) -> str:
    return name.encode()[:32].decode(errors="ignore")
