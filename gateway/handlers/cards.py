"""A card in the field: the remote SAM proves it, the tap says who it is and what the store can take."""

from gateway.core import fuel_limits, fuel_terms
from gateway.core.asked import Asked, Told, refused
from gateway.core.books import Member, Tap
from gateway.core.money import balances
from gateway.shop import Identity, Refusal, Script, Shop
from gateway.store import members, staff, taps
from protocol.ledger import accounts

USUAL_CENTS = 3000  # what a member is taken to spend until this store has seen them pay
GRADES_MAX = 8  # that a tap tells
AHEAD = 2  # float asked for at the tap reaches for so many usual baskets


def card_seen(shop: Shop, asked: Asked) -> Told:
    """The first authentication step of a card; the answer is the script to play next."""
    return _told(shop, asked, shop.cards.seen(asked.name, asked.values["uid"], asked.values["answer"]))


def card_answers(shop: Shop, asked: Asked) -> Told:
    """What the card answered; the answer is a further script, or who it is."""
    return _told(shop, asked, shop.cards.answers(asked.name, asked.values["script"], asked.values["answers"]))


def _told(shop: Shop, asked: Asked, step: Script | Identity | Refusal) -> Told:
    if isinstance(step, Refusal):
        return refused(asked, step.reason, step.detail)
    if isinstance(step, Script):
        return Told("card_script", {"r": asked.values["r"], "script": step.number, "apdus": list(step.apdus)})
    return _staff_tapped(shop, asked, step) if step.kind == "staff" else _tapped(shop, asked, step)


def _staff_tapped(shop: Shop, asked: Asked, card: Identity) -> Told:
    operator = staff.by_card(shop.db, card.card) or card.party
    attendant = staff.get(shop.db, operator)
    if attendant is None or attendant.status != "active" or members.card_status(shop.db, card.card) == "blocked":
        return refused(asked, "card_blocked" if attendant else "unknown_card")
    tap = _note(shop, asked, "staff", operator, card.card)
    return Told("staff_tapped", {"r": asked.values["r"], "tap": tap, "operator": operator, "name": attendant.name[:10]})


def _tapped(shop: Shop, asked: Asked, card: Identity) -> Told:
    if members.card_status(shop.db, card.card) == "blocked":
        return refused(asked, "card_blocked")
    account = members.account_of_card(shop.db, card.card) or card.party
    member = members.meet(shop.db, account)
    barred = accounts.barred(member.status, "pay")
    if barred:
        return refused(asked, barred)
    told = balances(shop, account)
    _ask_ahead(shop, member, told)
    values = {
        "r": asked.values["r"],
        "tap": _note(shop, asked, "member", account, card.card),
        "account": account,
        "card": card.card,
        "display": member.display.encode()[:32].decode(errors="ignore"),
        "level": member.level,
        "point_value_milli": shop.rules.point_value_milli,
    }
    return Told("tapped", values | told | _limits(shop, card.card))


def _limits(shop: Shop, card: str) -> dict:
    """What a pump has to know of a card that may not have everything."""
    limits = shop.books.fuel.limits(card)
    left = fuel_terms.room(shop, limits)
    grades = list(limits.grades) if len(limits.grades) <= GRADES_MAX else []  # the hold is decided here in any case
    told: dict = {"asks": list(fuel_limits.asks(limits)), "grades": grades}
    told = {name: value for name, value in told.items() if value}
    days = {"day_left_ml": left.ml, "day_left_cents": left.cents}
    return told | {name: amount for name, amount in days.items() if amount is not None}


def _note(shop: Shop, asked: Asked, kind: str, party: str, card: str) -> str:
    tap = shop.random(8).hex()
    taps.put(shop.db, Tap(tap, asked.name, kind, party, card, shop.clock.boot, shop.clock.now_ms()))
    return tap


def _ask_ahead(shop: Shop, member: Member, told: dict) -> None:
    """Float that may be short at the till is on its way while the goods are still being scanned."""
    here_cents = told["here"]["principal"] + told["here"]["bonus"]
    in_all_cents = told["in_all"]["principal"] + told["in_all"]["bonus"]
    usual_cents = member.usual_cents or USUAL_CENTS
    more_elsewhere = in_all_cents > here_cents or member.as_of_s == 0
    if here_cents < usual_cents and more_elsewhere and not shop.offline():
        shop.want(member.account, {"principal": AHEAD * usual_cents - here_cents})
