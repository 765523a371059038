"""Requests that move money. Each one: gather what the store knows, decide (authorise.py), write, answer.

Everything happens in the transaction of the batch; the answer leaves after its commit.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from gateway.core import authorise, fills, fuel_rules, offers, pricing, taps, witness
from gateway.core.asked import Asked, Outcome, Request, Told, Wait, refused
from gateway.core.authorise import Approved, Facts, Unwitnessed
from gateway.core.books import SHOWN, Fill, Member
from gateway.core.pricing import BasketLine
from gateway.core.trade import Trade
from protocol.ledger import offline
from protocol.ledger.entries import Entry
from protocol.ledger.lots import Booking, Holding, Refusal, available, free
from protocol.ledger.offline import Exposure, Limits

SHORT = "insufficient_float"
MAY_COME = (SHORT, "coupon_unknown", "once_away", "insufficient_punches")  # head office may send what lacks


def pay(trade: Trade, request: Request) -> Outcome | Wait:
    """A basket against stored value, points and cash."""
    asked = request.asked
    lines = _lines_to_pay(trade, asked)
    found = fills.of_basket(trade, asked.lane, asked.values["basket"], lines)
    if isinstance(found, str):
        return refuse(trade, asked, Refusal(found), None)
    facts = _facts(trade, asked, fills.as_goods(lines, found))
    if found:
        rules = fuel_rules.in_force(trade.books.fuel.told(), trade.clock.now_s())
        facts = facts._replace(fuel=tuple(found), fuel_rules=rules)
    decision = authorise.pay(asked.values, facts)
    if isinstance(decision, Refusal):
        if decision.reason in MAY_COME and not request.final and _may_come(trade, asked):
            return _wait(trade, asked, facts)
        return refuse(trade, asked, decision, facts.member)
    return _approve_sale(trade, asked, facts, decision, found)


def top_up(trade: Trade, request: Request) -> Outcome:
    """Cash onto a member's account."""
    asked = request.asked
    facts = _facts(trade, asked, ())
    decision = authorise.top_up(asked.values, facts)
    if isinstance(decision, Refusal):
        return refuse(trade, asked, decision, facts.member)
    return _approve_top_up(trade, asked, facts, decision)


def _facts(trade: Trade, asked: Asked, lines: tuple) -> Facts:
    values, books = asked.values, trade.books
    account = values.get("account", "")
    member = (books.member(account) or Member(account)) if account else None
    owed, limits = books.owed(account) if account else {}, _limits(trade, member)
    tap = books.tap(values["tap"]) if "tap" in values else None
    if not taps.valid(tap, asked.name, trade.clock.boot, trade.clock.now_ms()):
        tap = None
    holding = books.holding(account)
    return Facts(
        transfer=asked.transfer,
        duty=books.duty(asked.name, values["operator"], values["shift"]),
        lines=lines,
        holding=holding,
        member=member,
        tap_account=tap.party if tap and tap.kind == "member" else "",
        card_status=books.card_status(tap.card) if tap else "",
        rights=books.rights(),
        rules=trade.rules,
        at_s=trade.clock.now_s(),
        business_date=trade.today(),
        owed=owed,
        lent=lent_so_far(trade, holding, owed) if limits.member_cents else Exposure(owed.get("offline", 0), 0),
        limits=limits,
        unwitnessed=unwitnessed(trade),
        sure_date=trade.sure_today(),
        list_age_s=trade.list_age_s(),
    )


def lent_so_far(trade: Trade, holding: Holding, owed: Mapping[str, int]) -> Exposure:
    """What a member, and all together, owe this store on credit; what open holds may still take is lent already."""
    promised_cents = sum(one.credit_cents for one in trade.books.pump_holds())
    mine_cents = owed.get("offline", 0) + offline.promised_cents(holding)
    return Exposure(mine_cents, trade.books.lent_cents() + promised_cents)


def unwitnessed(trade: Trade) -> Unwitnessed | None:
    """What a start that waits for terminals may still let through; None once all have answered."""
    room_cents = witness.room_cents(trade)
    return None if room_cents is None else Unwitnessed(room_cents, ", ".join(sorted(trade.awaited)))


def _limits(trade: Trade, member: Member | None) -> Limits:
    """What may be lent: nothing while head office answers, for it is asked then."""
    if member is None or not trade.rules.offline_limits or not trade.offline():
        return Limits()
    return Limits(trade.rules.offline_limit_cents(member.level), trade.rules.offline_store_cents)


def _lines_to_pay(trade: Trade, asked: Asked) -> tuple:
    basket = trade.books.basket(asked.lane)
    return () if basket.paid or basket.basket != asked.values["basket"] else basket.lines


def _may_come(trade: Trade, asked: Asked) -> bool:
    """Whether asking head office can help: it answers now, and the member may have more elsewhere."""
    return not trade.offline() and "account" in asked.values


def _wait(trade: Trade, asked: Asked, facts: Facts) -> Wait:
    has = here(facts.holding)
    missing = {
        "principal": max(0, asked.values["stored_cents"] - has["principal"] - has["bonus"]),
        "points": max(0, asked.values["points"] - has["points"]),
    }
    wanted = {asset: amount for asset, amount in missing.items() if amount}
    wanted |= offers.lacking(asked.values.get("units", ()), facts.holding, trade.rules)
    return Wait(trade.want(facts.holding.account, wanted), facts.holding.account)


def refuse(trade: Trade, asked: Asked, why: Refusal, member: Member | None) -> Outcome:
    seq = trade.write_event("refusal", **story(asked), receipt=None, reason=why.reason, detail=why.detail)
    more: dict[str, object] = {"seq": seq}
    if why.reason in (SHORT, "offline_limit", "witness_awaited"):
        more["approve_cents"] = why.approve_cents or 0
        if member:
            more |= {"in_all_cents": member.principal + member.bonus, "in_all_at_s": member.as_of_s}
    return Outcome(refused(asked, why.reason, why.detail, **more), "refused", seq)


def _approve_sale(trade: Trade, asked: Asked, facts: Facts, sale: Approved, found: Mapping[int, Fill]) -> Outcome:
    receipt, offline = trade.next_receipt(), trade.offline()
    seq = trade.write_event(
        "sale",
        sale.entries,
        **_when(facts),
        **story(asked),
        receipt=receipt,
        lines=lines_told(facts.lines + sale.off, sale, {at: fill.fill for at, fill in found.items()}),
        tenders=sale.tenders,
        earned_points=sale.earned_points,
        pending_points=sale.pending_points,
        collected=dict(sale.collected),
        lots=lot_rows(facts.holding, sale),
        points_expire=sale.points_expire,
        rules=facts.rules.version,
        offline=offline,
        **units_pending(sale),
    )
    paid = sale.tenders
    shown = _book(trade, facts, sale, paid["principal"] + paid["bonus"])
    witness.spent(trade, paid["principal"] + paid["bonus"] + paid["points_value"])
    trade.books.close_basket(asked.lane)
    fills.paid(trade, found, seq)
    trade.books.count_sale(asked.values["shift"], 1, asked.values["cash_cents"])
    told = asked.ids | {
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
    if sale.off:
        told["off_cents"] = -pricing.total_cents(sale.off)
    if sale.lent_cents:
        told["lent_cents"] = sale.lent_cents
    told |= punches_told(trade, sale)
    return approved(trade, Told("receipt", told | shown), seq)


def lines_told(
    lines: Iterable[BasketLine], sale: Approved, fill: Mapping[int, int] = MappingProxyType({})
) -> list[dict]:
    """The lines of a sale as its event has them, each with the punches it earned and the fill that it pays for."""
    by_line = sale.stamps.by_line if sale.stamps else {}
    more: dict[int, dict] = {at: {"earned": dict(units)} for at, units in by_line.items()}
    for at, number in fill.items():
        more[at] = more.get(at, {}) | {"fill": number}
    return [line.told() | more.get(at, {}) for at, line in enumerate(lines)]


def units_pending(sale: Approved) -> dict:
    """What the event says of punches that this store had no right left to give."""
    return {"pending_units": sale.stamps.without_right()} if sale.stamps and sale.stamps.pending else {}


def punches_told(trade: Trade, sale: Approved) -> dict:
    """What a receipt says of punches: those earned, and how full each card is here."""
    if not sale.stamps:
        return {}
    rows, cards = [], trade.rules.offers
    for asset, units in sorted(sale.stamps.in_all().items()):
        have = available(sale.holding, asset)
        rows.append({"asset": asset, "earned": units, "have": have, "of": cards[asset].punches})
    return {"punches": rows[:8]}


def _approve_top_up(trade: Trade, asked: Asked, facts: Facts, credit: Approved) -> Outcome:
    receipt, offline = trade.next_receipt(), trade.offline()
    seq = trade.write_event(
        "top_up",
        credit.entries,
        **_when(facts),
        **story(asked),
        receipt=receipt,
        tenders=credit.tenders,
        collected=dict(credit.collected),
        lots=lot_rows(facts.holding, credit),
        bonus_expires=credit.bonus_expires,
        rules=facts.rules.version,
        offline=offline,
    )
    trade.books.meet(facts.holding.account)
    shown = _book(trade, facts, credit, 0)
    trade.books.count_sale(asked.values["shift"], 0, credit.tenders["cash"])
    told = asked.ids | {
        "receipt": receipt,
        "business_date": facts.business_date,
        "principal_cents": credit.tenders["principal"],
        "bonus_cents": credit.tenders["bonus"],
        "offline": offline,
    }
    if credit.collected:
        told["collected_cents"] = sum(credit.collected.values())
    return approved(trade, Told("topped_up", told | shown), seq)


def _book(trade: Trade, facts: Facts, booked: Approved, paid_cents: int) -> dict:
    """Writes what was approved; gives the balances that the receipt shows."""
    return after(facts.member, booked.holding, write(trade, facts.holding, booked, paid_cents))


def after(member: Member | None, held: Holding, changes: Mapping[str, int]) -> dict:
    """The balances after a booking that changed so much, as receipts show them; none without a member."""
    if member is None:
        return {}
    in_all = {asset: max(0, known + changes.get(asset, 0)) for asset, known in member.in_all.items()}
    return _shown(here(held), in_all, member.as_of_s)


def lot_rows(before: Holding, booked: Approved | Booking) -> list[list]:
    """The terms of every lot that a booking touched: head office and a later refund need no other source for them."""
    touched = {line.lot for entry in booked.entries for line in (entry.debit, entry.credit) if line.book == "member"}
    known = {one.lot: one for one in (*before.slices, *booked.holding.slices) if one.lot in touched}
    return [[one.asset, one.lot, one.origin, one.kind, one.expires, one.opened_s] for one in known.values()]


def write(trade: Trade, before: Holding, booked: Approved | Booking, paid_cents: int = 0) -> dict[str, int]:
    """Keeps what a booking made of a holding and of the rights; gives the change per asset that is shown."""
    trade.books.draw_rights(rights_drawn(trade.store, booked.entries))
    if not before.account:
        return {}
    trade.books.save(before, booked.holding)
    debts = debts_in(booked.entries)
    if debts:
        trade.books.owe(before.account, debts)
    old, new = here(before), here(booked.holding)
    changes = {asset: new[asset] - old[asset] for asset in SHOWN}
    trade.books.follow(before.account, changes, paid_cents)
    return changes


def debts_in(entries: Iterable[Entry]) -> dict[str, int]:
    """What these entries make a member owe, less what they pay of it: by asset, this store's lending as 'offline'."""
    debts: dict[str, int] = {}
    for entry in entries:
        for line, amount in ((entry.debit, entry.amount), (entry.credit, -entry.amount)):
            if line.book in ("receivable", "offline_credit"):
                name = "offline" if line.book == "offline_credit" else line.asset
                debts[name] = debts.get(name, 0) + amount
    return debts


def rights_drawn(store: str, entries: Iterable[Entry]) -> dict[str, int]:
    """right -> what these entries use of it here, less what they give back."""
    drawn: dict[str, int] = {}
    for entry in entries:
        for line, amount in ((entry.debit, entry.amount), (entry.credit, -entry.amount)):
            if line.book == "right" and line.holder == store:
                drawn[line.asset] = drawn.get(line.asset, 0) + amount
    return drawn


def approved(trade: Trade, told: Told, seq: int) -> Outcome:
    """The good end of a request, with the head for the terminal's witness record."""
    head = {"incarnation": trade.incarnation, "seq": seq}
    return Outcome(Told(told.message, told.values | head), "approved", seq)


def here(held: Holding) -> dict[str, int]:
    """What this store can take now, as messages say it."""
    has: dict[str, int] = dict.fromkeys(SHOWN, 0)
    for one in free(held):
        if one.asset in has:
            has[one.asset] += one.amount
    return has


def balances(trade: Trade, account: str) -> dict:
    """here, in_all and from when, as taps show them."""
    member = trade.books.member(account) or Member(account)
    return _shown(here(trade.books.holding(account)), member.in_all, member.as_of_s)


def _shown(has: dict[str, int], in_all: dict[str, int], as_of_s: int) -> dict:
    """In all is never shown below what lies here."""
    in_all = {asset: max(amount, has[asset]) for asset, amount in in_all.items()}
    return {"here": has, "in_all": in_all, "in_all_at_s": as_of_s}


def _when(facts: Facts) -> dict:
    """The event has the very labels that its lots were opened with."""
    return {"at_s": facts.at_s, "business_date": facts.business_date}


def story(asked: Asked, of: dict | None = None) -> dict:
    """What every money event tells: its transfer, the request with its very frame, who and for whom."""
    who = of or asked.values
    return {
        "transfer": asked.transfer,
        "request": asked.request_told,
        "message": asked.message,
        "frame": asked.frame.decode(),
        "operator": who.get("operator"),
        "shift": who.get("shift"),
        "account": who.get("account"),
    }
