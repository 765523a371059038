"""Part of the pos: paying value onto a card: whose, how much, the attendant's word that the cash is in the drawer.

States top_up_tap, top_up, top_up_sure, topping_up, top_up_refused.
It has the life of a sale: requested, approved, or voided.
"""

from protocol.sale import step

TENDER = "cash"


def begin_top_up(pos):
    """From the menu; a member already tapped need not tap again."""
    pos.amount_cents = 0
    pos.go("top_up" if pos.member else "top_up_tap")


def top_up_tapped(pos, values: dict):
    """Whose card."""
    pos.member_tapped(values)
    pos.go("top_up")


def erase_top_up(pos):
    """One digit back, then out."""
    if pos.typed:
        pos.erase()
    else:
        pos.member = None
        pos.to_basket()


def confirm_top_up(pos):
    """The amount is typed: show it large once more."""
    cents = pos.typed_cents()
    if cents <= 0:
        pos.say("tender.no_amount")
        return
    pos.amount_cents = cents
    pos.go("top_up_sure")


def back_to_amount(pos):
    """Type it again."""
    pos.go("top_up")


def ask_top_up(pos):
    """The request: journalled and sent by the link until it is answered."""
    if not pos.may_ask():
        return
    values = {
        "operator": pos.operator,
        "shift": pos.shift,
        "account": pos.member["account"],
        "tap": pos.member["tap"],
        "amount_cents": pos.amount_cents,
        "tender": TENDER,
    }
    pos.life = step(pos.life, "pay")[0]
    pos.do("request", pos.LANE, "top_up", values)
    pos.go("topping_up")


def topped(pos, lane: int, message: str, values: dict):
    """The sealed answer to the request."""
    if message == "topped_up":
        pos.life = step(pos.life, "approve")[0]
        pos.part("after").sold(pos, values, 0, 0, None)
        pos.go("topped_up")
    elif message == "refused":
        pos.life = step(pos.life, "refuse")[0]
        pos.refusal = values
        pos.do("beep", "error")
        pos.go("top_up_refused")


def see_top_up_tap(pos) -> dict:
    """Values of the view."""
    return {}


def see_top_up(pos) -> dict:
    """Values of the view."""
    return pos.see_member()


def see_top_up_sure(pos) -> dict:
    """Values of the view."""
    params = pos.see_member()
    params["amount"] = pos.money(pos.amount_cents)
    return params


see_topping_up = see_top_up_sure


def see_top_up_refused(pos) -> dict:
    """Values of the view."""
    params = see_top_up_sure(pos)
    params["reason"] = pos.reason(pos.refusal)
    params["code"] = pos.refusal["reason"]
    return params
