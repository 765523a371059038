"""The views of the pos."""


def _member(v, p, row):
    """The member's card in two rows; what to do when there is none in one."""
    if not p["member"]:
        v.label(row, 1, 38, "member.none")
        return
    v.put(row, 1, 16, p["member"])
    v.put(row, 18, 8, p["level"])
    v.label(row, 26, 13, "member.points", p["points"], align=">")
    v.label(row + 1, 1, 18, "member.here", p["here"])
    if p["since"]:
        v.label(row + 1, 19, 20, "member.in_all", p["in_all"], p["since"], align=">")


def _band(v, key):
    """The outcome in large letters, light on dark: nobody takes it for another one."""
    v.screen.bar(2)
    v.screen.bar(3)
    v.label(2, 0, 40, key, align="^", big=True)


def _typing(v, p, row, key):
    v.label(row, 1, 12, key)
    v.put(row, 14, 25, p["typed"] + "_")


def _wait(v, p, key):
    v.label(5, 0, 40, key, align="^", big=True)
    v.lines(9, 2, p["note"] or ("" if p["link"] else v.texts("link.repeats")), "^")


def pos_boot(v, p):
    """Not yet taken in by the gateway."""
    v.label(5, 0, 40, "boot", align="^")
    v.put(7, 0, 40, p["terminal"], "^")
    v.lines(12, 2, p["note"])


def pos_sign_on(v, p):
    """Number, or a staff card."""
    v.put(2, 0, 40, p["store"], "^")
    v.label(5, 2, 36, "sign_on.number")
    v.put(6, 2, 36, p["typed"] + "_", "<", True)
    v.label(9, 2, 36, "sign_on.or_card")
    v.lines(11, 3, p["note"])
    v.hints("keys.sign_on")


def pos_pin(v, p):
    """The PIN."""
    v.put(2, 0, 40, p["store"], "^")
    v.label(4, 2, 36, "sign_on.of", p["operator"])
    v.label(5, 2, 36, "sign_on.pin")
    v.put(6, 2, 36, p["typed"] + "_", "<", True)
    v.lines(11, 3, p["note"])
    v.hints("keys.pin")


def pos_signing_on(v, p):
    """Waiting for the gateway."""
    _wait(v, p, "wait")


def pos_signing_off(v, p):
    """Waiting for the gateway."""
    _wait(v, p, "wait")


def pos_menu(v, p):
    """What can be done between two sales."""
    v.put(2, 2, 36, p["name"])
    for n in range(1, 6):
        v.put(3 + n, 4, 2, str(n))
        v.label(3 + n, 7, 30, "menu.%d" % n)
    v.lines(11, 3, p["note"])
    v.hints("keys.menu")


def pos_last(v, p):
    """The last receipt."""
    for at, line in enumerate(p["lines"]):
        v.put(1 + at, 4, 32, line)
    v.put(13, 1, 38, p["note"])
    v.hints("keys.last")


def pos_signed_off(v, p):
    """What the drawer should hold."""
    v.put(2, 1, 38, p["name"], "<", True)
    v.figure(5, "signed_off.sales", p["sales"])
    v.figure(8, "signed_off.cash", p["cash"])
    v.hints("keys.any")


def pos_ready(v, p):
    """An empty basket."""
    v.put(1, 1, 24, p["store"])
    v.put(1, 26, 13, p["name"], ">")
    v.label(4, 0, 40, "ready.scan", align="^", big=True)
    _member(v, p, 7)
    if p["times"]:
        v.label(10, 1, 38, "basket.times", p["times"])
    _typing(v, p, 11, "basket.code")
    v.lines(12, 2, p["note"] or p["halted"])
    v.hints("keys.ready")


def pos_basket(v, p):
    """Goods so far, the chosen line dark."""
    _member(v, p, 1)
    for at, (number, name, qty, amount, chosen) in enumerate(p["window"]):
        row = 3 + at
        if chosen:
            v.screen.bar(row)
        v.put(row, 0, 3, str(number), ">")
        v.put(row, 4, 18, name)
        v.put(row, 22, 7, qty, ">")
        v.put(row, 29, 10, amount, ">")
    v.label(9, 1, 15, "basket.lines", p["lines"])
    v.label(10, 1, 15, "basket.items", p["items"])
    v.put(9, 15, 24, p["total"], ">", True)
    if p["times"]:
        v.label(11, 1, 12, "basket.times", p["times"])
        v.put(11, 14, 25, p["typed"] + "_")
    else:
        _typing(v, p, 11, "basket.code")
    if p["waiting"] and not p["note"]:
        v.label(12, 1, 38, "basket.pricing")
    else:
        v.lines(12, 2, p["note"] or p["halted"])
    v.hints("keys.basket")


def pos_cancel(v, p):
    """Really?"""
    v.label(3, 0, 40, "cancel.sure", align="^", big=True)
    v.label(6, 0, 40, "basket.lines", p["lines"], align="^")
    v.put(8, 0, 40, p["total"], "^", True)
    v.hints("keys.cancel")


def pos_tender(v, p):
    """What has been put down, what remains."""
    _member(v, p, 1)
    v.pair(3, "receipt.total", p["total"])
    row = 4
    if p["stored"]:
        v.pair(row, "stored", "-" + p["stored"])
        row += 1
    if p["points_taken"]:
        v.label(row, 1, 22, "receipt.points", p["points_taken"])
        v.put(row, 24, 15, "-" + p["points_value"], ">")
        row += 1
    if p["cash"]:
        v.pair(row, "receipt.cash", "-" + p["cash"])
    v.figure(8, "tender.remaining", p["remaining"])
    if p["can"]:
        v.label(10, 1, 38, "tender.can", p["can"])
    _typing(v, p, 11, "tender.amount")
    v.lines(12, 2, p["note"])
    v.hints("keys.tender")


def pos_paying(v, p):
    """The request is on its way."""
    _wait(v, p, "wait")
    v.figure(12, "receipt.total", p["total"])
    v.hints("keys.paying")


def pos_refused(v, p):
    """Nothing was taken: why, and the ways on."""
    _band(v, "refused.big")
    v.lines(5, 3, p["reason"])
    if p["can"]:
        v.pair(8, "refused.can", p["can"])
    if p["known"]:
        v.pair(9, "refused.known", p["known"])
        if p["known_since"]:
            v.label(10, 1, 38, "refused.since", p["known_since"])
    if p["note"]:
        v.lines(12, 2, p["note"])
    else:
        v.figure(11, "receipt.total", p["total"])
        v.put(13, 1, 38, p["code"])
    v.hints("keys.refused")


def pos_approved(v, p):
    """Paid: what to give back, and the receipt."""
    _done(v, p, "approved.paid")


def pos_topped_up(v, p):
    """Value is on the card."""
    _done(v, p, "approved.paid_in")


def _done(v, p, key):
    for row in (1, 2):
        v.screen.bar(row)
    v.label(1, 1, 14, key, big=True)
    v.put(1, 15, 24, p["total"], ">", True)
    if p["change"]:
        v.figure(3, "receipt.change", p["change"])
    elif p.get("bonus"):
        v.figure(3, "receipt.gift", p["bonus"])
    else:
        v.label(3, 1, 38, "receipt.number", p["number"])
    if p["offline"]:
        v.label(4, 1, 14, "approved.offline")
    for at, line in enumerate(p["lines"]):
        v.put(5 + at, 4, 32, line)
    v.put(13, 1, 38, p["note"])
    v.hints("keys.approved")


def pos_voiding(v, p):
    """Nobody may be told 'approved' any more."""
    _band(v, "voiding.big")
    v.long_label(5, 3, "voiding.why")
    v.lines(9, 3, p["note"] or ("" if p["link"] else v.texts("link.repeats")))
    v.hints("keys.wait")


def pos_voided(v, p):
    """It counts for nothing."""
    _band(v, "voided.big")
    v.long_label(5, 3, "voided.reversed" if p["reversed"] else "voided.nothing")
    if p["number"]:
        v.label(9, 1, 38, "receipt.number", p["number"])
    v.hints("keys.any")


def pos_top_up_tap(v, p):
    """Whose card?"""
    v.label(4, 0, 40, "top_up.tap", align="^", big=True)
    v.lines(8, 3, p["note"], "^")
    v.hints("keys.back")


def pos_top_up(v, p):
    """How much?"""
    _member(v, p, 2)
    v.label(5, 2, 36, "top_up.how_much")
    v.put(6, 2, 36, p["typed"] + "_", "<", True)
    v.lines(10, 3, p["note"])
    v.hints("keys.top_up")


def pos_top_up_sure(v, p):
    """Is the cash in the drawer?"""
    _member(v, p, 2)
    v.label(5, 2, 36, "top_up.sure")
    v.put(7, 2, 36, p["amount"], "<", True)
    v.lines(10, 3, p["note"])
    v.hints("keys.top_up_sure")


def pos_topping_up(v, p):
    """The request is on its way."""
    _wait(v, p, "wait")
    v.figure(12, "top_up.amount", p["amount"])
    v.hints("keys.paying")


def pos_top_up_refused(v, p):
    """Nothing was credited: why."""
    _band(v, "top_up_refused.big")
    v.lines(5, 3, p["reason"])
    v.figure(9, "top_up.amount", p["amount"])
    v.lines(12, 2, p["note"] or p["code"])
    v.hints("keys.top_up_refused")
