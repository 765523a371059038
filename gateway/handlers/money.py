"""Requests that move money. Each one: load what the store knows, decide (gateway/core/authorise.py), write, reply.

Everything happens in the transaction of the batch; the reply leaves after its commit.
"""

from gateway.core import authorise, pricing
from gateway.core.authorise import Approved, Facts
from gateway.handlers.asked import Asked, Outcome, Request, Told, Wait, refused
from gateway.handlers.baskets import lane_of
from gateway.handlers.staff import on_duty
from gateway.shop import Shop
from gateway.store import baskets, ledger, members, meta, outbox, shifts, taps
from protocol.ids import request_text
from protocol.ledger.lots import Booking, Refusal

SHORT = "insufficient_float"


def pay(shop: Shop, request: Request) -> Outcome | Wait:
    """A basket against stored value, points and cash."""
    asked = request.asked
    facts = _facts(shop, asked, _lines_to_pay(shop, asked))
    decision = authorise.pay(asked.values, facts)
    if isinstance(decision, Refusal):
        if decision.reason == SHORT and not request.final and _may_come(shop, asked):
            return _wait(shop, asked, facts)
        return _refuse(shop, asked, decision)
    return _approve_sale(shop, asked, facts, decision)


def top_up(shop: Shop, request: Request) -> Outcome:
    """Cash onto a member's account."""
    asked = request.asked
    facts = _facts(shop, asked, ())
    decision = authorise.top_up(asked.values, facts)
    if isinstance(decision, Refusal):
        return _refuse(shop, asked, decision)
    return _approve_top_up(shop, asked, facts, decision)


def void(shop: Shop, request: Request) -> Outcome:
    """The terminal gave this id up: what was booked is taken back, what was not never will be."""
    asked, last = request.asked, request.last
    approved = last is not None and last.sequence == asked.values["n"] and last.outcome == "approved"
    return _reverse(shop, asked) if approved else _bury(shop, asked)


def _facts(shop: Shop, asked: Asked, lines: tuple) -> Facts:
    values = asked.values
    account = values.get("account", "")
    member = members.get(shop.db, account) if account else None
    tap = taps.valid(shop.db, values.get("tap", ""), asked.name, shop.clock.boot, shop.clock.now_ms())
    genuine = tap is not None and tap.kind == "member"
    return Facts(
        transfer=request_text(asked.request),
        duty=on_duty(shop, asked.name, values["operator"], values["shift"]),
        lines=lines,
        holding=ledger.holding(shop.db, account, shop.store),
        status=member.status if member else "active",
        tap_account=tap.party if tap and genuine else "",
        card_status=members.card_status(shop.db, tap.card) if tap else "",
        rights=ledger.rights(shop.db),
        rules=shop.rules,
        at_s=shop.clock.now_s(),
        business_date=shop.today(),
    )


def _lines_to_pay(shop: Shop, asked: Asked) -> tuple:
    basket = baskets.current(shop.db, lane_of(asked))
    if basket.paid or basket.basket != asked.values["basket"]:
        return ()
    return tuple(baskets.lines(shop.db, lane_of(asked)))


def _may_come(shop: Shop, asked: Asked) -> bool:
    """Whether asking head office can help: it answers now, and the member may have more elsewhere."""
    return not shop.offline() and "account" in asked.values


def _wait(shop: Shop, asked: Asked, facts: Facts) -> Wait:
    here = ledger.here(facts.holding)
    missing = {
        "principal": max(0, asked.values["stored_cents"] - here["principal"] - here["bonus"]),
        "points": max(0, asked.values["points"] - here["points"]),
    }
    wanted = {asset: amount for asset, amount in missing.items() if amount}
    return Wait(shop.want(facts.holding.account, wanted), facts.holding.account)


def _refuse(shop: Shop, asked: Asked, why: Refusal) -> Outcome:
    seq = shop.write_event("refusal", **_story(asked), receipt=None, reason=why.reason, detail=why.detail)
    more: dict[str, object] = {"seq": seq}
    if why.reason == SHORT:
        more |= _what_is_known(shop, asked, why)
    return Outcome(refused(asked, why.reason, why.detail, **more), "refused", seq)


def _what_is_known(shop: Shop, asked: Asked, why: Refusal) -> dict:
    member = members.get(shop.db, asked.values["account"])
    known = {"approve_cents": why.approve_cents or 0}
    if member:
        known |= {"in_all_cents": member.principal + member.bonus, "in_all_at_s": member.as_of_s}
    return known


def _approve_sale(shop: Shop, asked: Asked, facts: Facts, sale: Approved) -> Outcome:
    receipt, offline = meta.next_receipt(shop.db), shop.offline()
    seq = shop.write_event(
        "sale",
        sale.entries,
        **_when(facts),
        **_story(asked),
        receipt=receipt,
        lines=[line.told() for line in facts.lines],
        tenders=sale.tenders,
        earned_points=sale.earned_points,
        pending_points=sale.pending_points,
        points_expire=sale.points_expire,
        rules=facts.rules.version,
        offline=offline,
    )
    _book(shop, facts, sale)
    baskets.close_paid(shop.db, lane_of(asked))
    shifts.add(shop.db, asked.values["shift"], 1, asked.values["cash_cents"])
    paid = sale.tenders
    told = _ids(asked) | {
        "receipt": receipt,
        "business_date": facts.business_date,
        "total_cents": asked.values["total_cents"],
        "principal_cents": paid["principal"],
        "bonus_cents": paid["bonus"],
        "points": paid["points"],
        "points_cents": paid["points_value"],
        "cash_cents": paid["cash"],
        "earned": sale.earned_points + sale.pending_points,
        "taxes": pricing.taxes(facts.lines)[:8],
        "offline": offline,
    }
    if "account" in asked.values:
        members.learn_usual(shop.db, facts.holding.account, paid["principal"] + paid["bonus"])
        told |= balances(shop, facts.holding.account)
    return _approved(shop, Told("receipt", told), seq)


def _approve_top_up(shop: Shop, asked: Asked, facts: Facts, credit: Approved) -> Outcome:
    receipt, offline = meta.next_receipt(shop.db), shop.offline()
    seq = shop.write_event(
        "top_up",
        credit.entries,
        **_when(facts),
        **_story(asked),
        receipt=receipt,
        tenders=credit.tenders,
        bonus_expires=credit.bonus_expires,
        rules=facts.rules.version,
        offline=offline,
    )
    members.meet(shop.db, facts.holding.account)
    _book(shop, facts, credit)
    shifts.add(shop.db, asked.values["shift"], 0, credit.tenders["cash"])
    told = _ids(asked) | {
        "receipt": receipt,
        "business_date": facts.business_date,
        "principal_cents": credit.tenders["principal"],
        "bonus_cents": credit.tenders["bonus"],
        "offline": offline,
    }
    return _approved(shop, Told("topped_up", told | balances(shop, facts.holding.account)), seq)


def _book(shop: Shop, facts: Facts, booked: Approved | Booking) -> None:
    changes = ledger.apply(shop.db, facts.holding, booked.holding)
    ledger.draw_rights(shop.db, booked.rights_drawn)
    if facts.holding.account:
        members.shift_in_all(shop.db, facts.holding.account, changes)


def _approved(shop: Shop, told: Told, seq: int) -> Outcome:
    head = {"incarnation": shop.incarnation, "seq": seq}
    return Outcome(Told(told.message, told.values | head), "approved", seq)


def balances(shop: Shop, account: str) -> dict:
    """here, in_all and from when, as receipts and taps show them; in all is never shown below what lies here."""
    member = members.get(shop.db, account) or members.Member(account)
    here = ledger.here(ledger.holding(shop.db, account, shop.store))
    in_all = {asset: max(amount, here[asset]) for asset, amount in member.in_all.items()}
    return {"here": here, "in_all": in_all, "in_all_at_s": member.as_of_s}


def _reverse(shop: Shop, asked: Asked) -> Outcome:
    first = request_text(asked.request)
    sale = outbox_event(shop, first)
    account = sale.get("account") or ""
    before = ledger.holding(shop.db, account, shop.store)
    booking = authorise.void(ledger.entries_of(shop.db, first), first + "/void", before)
    receipt = meta.next_receipt(shop.db)
    seq = shop.write_event(
        "void", booking.entries, **_story(asked, sale), receipt=receipt, outcome="reversed", voids=sale["receipt"]
    )
    changes = ledger.apply(shop.db, before, booking.holding)
    ledger.draw_rights(shop.db, booking.rights_drawn)
    members.shift_in_all(shop.db, account, changes)
    shifts.add(shop.db, sale["shift"], -1 if sale["kind"] == "sale" else 0, -sale["tenders"]["cash"])
    return _voided(shop, asked, "reversed", seq, receipt=receipt)


def _bury(shop: Shop, asked: Asked) -> Outcome:
    """Nothing is booked under this id and nothing ever will be: the tombstone refuses a late original."""
    story = _story(asked, {"operator": None, "shift": None, "account": None})
    seq = shop.write_event("void", **story, receipt=None, outcome="voided")
    return _voided(shop, asked, "voided", seq)


def _voided(shop: Shop, asked: Asked, outcome: str, seq: int, **more: int) -> Outcome:
    told = _ids(asked) | {"outcome": outcome, "incarnation": shop.incarnation, "seq": seq} | more
    return Outcome(Told("void_answer", told), outcome, seq)


def outbox_event(shop: Shop, transfer: str) -> dict:
    """The event of an approved request. Raises KeyError if there is none: the lane says approved, so there must be."""
    event = outbox.of_transfer(shop.db, transfer)
    if event is None:
        raise KeyError(transfer)
    return event


def _when(facts: Facts) -> dict:
    """The event has the very labels that its lots were opened with."""
    return {"at_s": facts.at_s, "business_date": facts.business_date}


def _ids(asked: Asked) -> dict:
    return {name: asked.values[name] for name in ("j", "l", "n")}


def _story(asked: Asked, of: dict | None = None) -> dict:
    """What every money event tells: its transfer, the request with its very frame, who and for whom."""
    request = asked.request
    who = of or asked.values
    return {
        "transfer": request_text(request) + ("/void" if asked.message == "void" else ""),
        "request": request._asdict(),
        "message": asked.message,
        "frame": asked.frame.decode(),
        "operator": who.get("operator"),
        "shift": who.get("shift"),
        "account": who.get("account"),
    }
