"""Coupons, punch cards and codes as a screen lists them: pos and reader say the same of each."""

SHOWN = 6  # as many as the gateway tells at once


def row(flow, offer: dict) -> dict:
    """Values of one line: what it is called, how many punches of how many or until when, what it takes off."""
    kind, _, name = offer["asset"].partition(":")
    what = "%d/%d" % (offer["have"], offer["of"]) if offer["of"] else offer.get("until") or flow.texts("unit." + kind)
    return {"name": name, "what": what, "amount": flow.money(-offer["off_cents"]), "mark": "", "chosen": False}


def usable(offer: dict) -> bool:
    """Whether it can be redeemed now: a punch card only when it is full."""
    return offer["have"] >= max(1, offer["of"])
