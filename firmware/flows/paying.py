"""Part of the pos: what pays for a basket, the request and its outcome. States tender, paying, refused."""

from firmware.flows.tender import Tender, points_needed
from protocol.sale import step

SIGN_ON_FIRST = ("not_signed_on", "no_shift")
READ_AGAIN = ("basket_changed", "total_mismatch", "nothing_open")


def to_tender(pos):
    """Begins to pay the basket."""
    pos.tender = Tender(pos.total_cents())
    pos.refusal = None
    pos.pay_on_tap = False
    pos.go("tender")


def may_pay(pos) -> bool:
    if pos.typed:
        pos.say("basket.code_first")
    elif pos.waiting or pos.again:
        pos.say("basket.pricing")
    elif not pos.basket.lines:
        pos.say("reason.empty_basket")
    else:
        to_tender(pos)
        return True
    return False


def to_card(pos):
    """From the basket: all from stored value."""
    if may_pay(pos):
        pay_card(pos)


def to_points(pos):
    """From the basket: as much as points can pay."""
    if may_pay(pos):
        pay_points(pos)


def to_cash(pos):
    """From the basket: the tender screen, to type what the customer hands over."""
    may_pay(pos)


def tender_back(pos):
    """One digit back, then what was put down, then the basket."""
    if pos.typed:
        pos.erase()
    elif pos.tender.begun():
        to_tender(pos)
    else:
        pos.to_basket()


def pay_card(pos):
    """Stored value: the typed amount, or all that remains as far as the member has it."""
    go_tender(pos)
    if _all_off(pos):
        return
    if not pos.member:
        pos.pay_on_tap = True
        pos.note = pos.texts("tender.tap")
        return
    typed_cents = pos.typed_cents() if pos.typed else _card_default(pos)
    if typed_cents <= 0:
        pos.say("tender.no_stored" if not pos.typed else "tender.no_amount")
        return
    pos.tender.by_card(typed_cents)
    _put_down(pos)


def _card_default(pos) -> int:
    """What the store just said it can approve; else all the member is known to have, here or elsewhere."""
    if pos.refusal and "approve_cents" in pos.refusal:
        return pos.refusal["approve_cents"]
    return max(pos.stored_here(), pos.stored_in_all())


def pay_points(pos):
    """Points: the typed number of them, or as many as the rest needs and the member has."""
    go_tender(pos)
    if _all_off(pos):
        return
    if not pos.member:
        pos.note = pos.texts("tender.tap_points")
        return
    value_milli = pos.member["point_value_milli"]
    points = _points_to_take(pos, value_milli)
    if points <= 0:
        pos.say("tender.no_points")
        return
    pos.tender.by_points(points, value_milli)
    _put_down(pos)


def _points_to_take(pos, value_milli: int) -> int:
    if pos.typed:
        return int(pos.typed) if pos.typed.isdigit() and value_milli else 0
    rest_cents = pos.tender.remaining() + pos.tender.points_cents
    return min(pos.member["here"]["points"], points_needed(rest_cents, value_milli))


def pay_cash(pos):
    """Cash: the typed amount is what was handed over; without one, exactly the rest."""
    go_tender(pos)
    if _all_off(pos):
        return
    cents = pos.typed_cents() if pos.typed else pos.tender.remaining()
    if cents <= 0:
        pos.say("tender.no_amount")
        return
    pos.tender.by_cash(cents)
    _put_down(pos)


def pay_ok(pos):
    """A typed amount and 'ok' is cash; with nothing typed it says which keys pay."""
    if pos.typed:
        pay_cash(pos)
    elif not _all_off(pos):
        pos.note = pos.texts("tender.choose")


def _all_off(pos) -> bool:
    """Coupons have taken everything off: any key that pays does."""
    if pos.tender.total_cents or not pos.units:
        return False
    ask_pay(pos)
    return True


def go_tender(pos):
    """Every way to pay leads over the tender screen; what was refused is no longer put down, cash stays."""
    if pos.state == "refused":
        pos.tender.stored_cents = pos.tender.points = pos.tender.points_cents = 0
    pos.state = "tender"
    pos.note = ""


def _put_down(pos):
    pos.typed = ""
    if pos.tender.remaining() == 0:
        ask_pay(pos)
    else:
        pos.note = pos.texts("tender.rest")


def tender_tapped(pos, values: dict):
    """The member's card during payment; pays at once where the card key was pressed before."""
    pos.member_tapped(values)
    pays, pos.pay_on_tap = pos.pay_on_tap, False
    if pos.tender.total_cents != pos.total_cents():
        to_tender(pos)  # what another member's coupons took off is to be paid again
    elif pays:
        pay_card(pos)


def ask_pay(pos):
    """The request: journalled and sent by the link until it is answered."""
    if not pos.may_ask():
        pos.tender = Tender(pos.total_cents())
        pos.go("tender", pos.note)
        return
    tender = pos.tender
    values = {
        "operator": pos.operator,
        "shift": pos.shift,
        "basket": pos.basket.number,
        "lines": pos.basket.lines,
        "total_cents": tender.total_cents,
        "stored_cents": tender.stored_cents,
        "points": tender.points,
        "points_cents": tender.points_cents,
        "cash_cents": tender.cash_cents,
    }
    if pos.member:
        values["account"], values["tap"] = pos.member["account"], pos.member["tap"]
    if pos.units:
        values["units"] = [{name: unit[name] for name in ("asset", "lot") if name in unit} for unit in pos.units]
    pos.life = step(pos.life, "pay")[0]
    pos.do("request", pos.LANE, "pay", values)
    pos.go("paying")


def paid(pos, lane: int, message: str, values: dict):
    """The sealed answer to the request."""
    if message == "receipt":
        pos.life = step(pos.life, "approve")[0]
        tender = pos.tender
        pos.part("after").sold(pos, values, tender.handed_cents, tender.change(), pos.basket)
        pos.go("approved")
    elif message == "refused":
        pos.life = step(pos.life, "refuse")[0]
        _refused(pos, values)


def _refused(pos, values: dict):
    pos.refusal = values
    pos.do("beep", "error")
    reason = values["reason"]
    if reason in SIGN_ON_FIRST:
        pos.to_sign_on()
        pos.note = pos.reason(values)
    elif reason in READ_AGAIN:
        pos.units = []
        pos.to_basket(pos.texts("reason.basket_changed"))
        pos.part("selling").read_again(pos)
    else:
        pos.go("refused")


def refused_back(pos):
    """Back to the tender screen: pay in another way."""
    go_tender(pos)


def refused_digit(pos, key: str):
    """An amount for another way to pay."""
    refused_back(pos)
    pos.type_digit(key)


def refused_tapped(pos, values: dict):
    """The card again: the same payment once more where only the tap was too old."""
    same = pos.refusal["reason"] == "tap_again" and pos.member and pos.member["account"] == values["account"]
    pos.member_tapped(values)
    if same:
        ask_pay(pos)
    else:
        to_tender(pos)


def see_tender(pos) -> dict:
    """Values of the view; amounts not put down are ''."""
    tender = pos.tender
    params = pos.see_member()
    params["total"] = pos.money(tender.total_cents)
    params["remaining"] = pos.money(tender.remaining())
    params["stored"] = pos.money(-tender.stored_cents) if tender.stored_cents else ""
    params["points_taken"] = str(tender.points) if tender.points else ""
    params["points_value"] = pos.money(-tender.points_cents)
    params["cash"] = pos.money(-tender.cash_cents) if tender.cash_cents else ""
    params["off"] = pos.money(tender.total_cents - pos.basket.total_cents) if pos.units else ""
    params["can"] = _can_approve(pos)
    params["wants_tap"] = pos.pay_on_tap
    return params


def _can_approve(pos) -> str:
    if pos.refusal and "approve_cents" in pos.refusal:
        return pos.money(pos.refusal["approve_cents"])
    return ""


def see_refused(pos) -> dict:
    """Values of the view: the reason, and what can be done now."""
    refusal = pos.refusal or {}
    params = see_tender(pos)
    params["reason"] = pos.reason(refusal)
    params["code"] = refusal["reason"]
    params["known"] = pos.money(refusal["in_all_cents"]) if "in_all_cents" in refusal else ""
    params["known_since"] = pos.since(refusal.get("in_all_at_s", 0))
    return params


def see_paying(pos) -> dict:
    """Values of the view."""
    return {"total": pos.money(pos.tender.total_cents)}
