"""Part of the pump: a coupon is chosen before the hold. States coupons, coupons_asking.

Choosing sets nothing aside: the hold names the coupon, and the gateway takes it with the fill or refuses.
"""

from firmware.flows.offered import SHOWN, row

SHOWN_MS = 30000


def to_coupons(pump):
    """The page that was told with the tap."""
    pump.first, pump.line = 0, 0
    pump.go("coupons")
    pump.wait(SHOWN_MS)


def coupon_up(pump):
    """The line above, or the page before."""
    pump.wait(SHOWN_MS)
    if pump.line:
        pump.line -= 1
    elif pump.first:
        _ask(pump, pump.first - SHOWN)


def coupon_down(pump):
    """The line below, or the next page."""
    pump.wait(SHOWN_MS)
    if pump.line + 1 < len(pump.offers):
        pump.line += 1
    elif pump.more_offers:
        _ask(pump, pump.first + SHOWN)


def _ask(pump, first: int):
    pump.first, pump.line = first, 0
    pump.asked_offers += 1
    values = {"account": pump.member["account"], "tap": pump.member["tap"], "after": first}
    pump.do("ask", "u%d" % pump.asked_offers, "units_ask", values)
    pump.go("coupons_asking")


def coupons_told(pump, tag: str, message: str, values: dict):
    """A page, or word about a nozzle."""
    pump.answered(tag, message, values)
    if tag == "u%d" % pump.asked_offers:
        pump.go("coupons")


def take_coupon(pump):
    """This one; the same again: none."""
    if pump.offers:
        asset = pump.offers[pump.line]["asset"]
        pump.coupon = None if asset == pump.coupon else asset
    pump.to_amount()


def see_coupons(pump) -> dict:
    """Values of the view."""
    rows = [row(pump, offer) for offer in pump.offers]
    for at in range(len(rows)):
        rows[at]["chosen"] = at == pump.line
        rows[at]["mark"] = "*" if pump.offers[at]["asset"] == pump.coupon else ""
    return {"name": pump.member["display"], "window": rows, "more": pump.more_offers}


def see_coupons_asking(pump) -> dict:
    """Values of the view."""
    return {}
