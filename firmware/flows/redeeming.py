"""Part of the pos: coupons, punch cards and codes that take something off the basket. States units, units_asking.

`offers` is one page of what the gateway says the member has here; `units` are the chosen ones. They are redeemed by the
payment itself: choosing sets nothing aside, and the gateway may still refuse.
"""

from firmware.flows.offered import SHOWN, row, usable

UNITS_MAX = 8
CODE_BYTES = 19


def to_units(pos):
    """From the tender screen: what the member of this basket may use."""
    _begin(pos)
    if pos.member:
        _ask(pos, "")
    else:
        pos.go("units", pos.texts("units.tap"))


def _begin(pos):
    pos.offers, pos.more, pos.unit_at, pos.unit_pages = [], False, 0, [0]


def _ask(pos, code: str):
    values = {"after": 0 if code else pos.unit_pages[-1]}
    if code:
        values["code"] = code
    if pos.member:
        values["account"], values["tap"] = pos.member["account"], pos.member["tap"]
    pos.seeks += 1
    pos.asked = "units%s %d" % ("_code" if code else "", pos.seeks)
    pos.do("ask", pos.asked, "units_ask", values)
    pos.go("units_asking")


def units_answered(pos, tag: str, message: str, values: dict):
    """The gateway's word: a page of what the member has, or what a code is worth."""
    if tag != pos.asked:
        return
    pos.asked = ""
    pos.go("units")
    if message != "units_told":
        pos.note = pos.reason(values if message == "refused" else {"reason": "busy"})
        pos.do("beep", "error")
    elif tag.startswith("units_code"):
        pos.offers = pos.offers[: SHOWN - 1] + values["offers"]
        pos.unit_at = len(pos.offers) - 1
        _choose(pos, pos.offers[-1])
    else:
        pos.offers, pos.more, pos.unit_at = values["offers"], values["more"], 0
        pos.note = "" if pos.offers else pos.texts("units.none")


def unit_up(pos):
    """The line above; above the first one, the page before."""
    if pos.unit_at:
        pos.unit_at -= 1
    elif len(pos.unit_pages) > 1:
        pos.unit_pages.pop()
        _ask(pos, "")


def unit_down(pos):
    """The line below; below the last one, the next page."""
    if pos.unit_at + 1 < len(pos.offers):
        pos.unit_at += 1
    elif pos.more and pos.member:
        pos.unit_pages.append(pos.unit_pages[-1] + SHOWN)
        _ask(pos, "")


def mark_unit(pos):
    """The dark line takes something off, or after all not."""
    pos.note = ""
    if not pos.offers:
        pos.say("units.none")
        return
    offer = pos.offers[pos.unit_at]
    if _at(pos, offer) < 0:
        _choose(pos, offer)
    else:
        pos.units.pop(_at(pos, offer))


def _choose(pos, offer: dict):
    if not usable(offer):
        pos.say("units.not_full")
    elif len(pos.units) >= UNITS_MAX:
        pos.say("units.too_many")
    else:
        pos.units.append(offer)


def _at(pos, offer: dict) -> int:
    for at, unit in enumerate(pos.units):
        if unit["asset"] == offer["asset"] and unit.get("lot") == offer.get("lot"):
            return at
    return -1


def enter_code(pos):
    """A typed code is asked for; without one, on to paying."""
    if pos.typed:
        scan_code(pos, pos.typed)
    else:
        pos.part("paying").to_tender(pos)


def scan_code(pos, code: str):
    """A code from the scanner, here or on the tender screen."""
    if pos.state == "tender":
        _begin(pos)
    if len(code.encode()) > CODE_BYTES:
        pos.say("reason.coupon_unknown")
    else:
        _ask(pos, code)


def units_back(pos):
    """One digit back, then on to paying."""
    if pos.typed:
        pos.erase()
    else:
        enter_code(pos)


def units_tapped(pos, values: dict):
    """The member's card: what is on it?"""
    pos.member_tapped(values)
    to_units(pos)


def see_units(pos) -> dict:
    """Values of the view."""
    params = pos.see_member()
    params["window"] = [_row(pos, at) for at in range(len(pos.offers))]
    params["more"] = pos.more
    params["total"] = pos.money(pos.total_cents())
    return params


def _row(pos, at: int) -> dict:
    values = row(pos, pos.offers[at])
    values["chosen"] = at == pos.unit_at
    values["mark"] = "*" if _at(pos, pos.offers[at]) >= 0 else ""
    return values


def see_units_asking(pos) -> dict:
    """Values of the view."""
    return {}
