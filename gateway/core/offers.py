"""What coupons, punch cards and codes take off a basket, and their redemption. Pure.

What each is worth is a rule of the chain (Rules.offers): so much off, never below nothing. A full punch card is worth a
free item. They are redeemed in the sale's own transaction; each coupon and each member's unit has one holder.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gateway.core.pricing import BasketLine
from gateway.core.rules import Offer, Rules
from protocol.ledger import coupons, punches
from protocol.ledger.lots import Booking, Holding, Refusal, available


class Redeemed(NamedTuple):
    """Lines that lower the total, and what is booked for it."""

    lines: tuple[BasketLine, ...]
    booking: Booking


def redeem(
    units: Iterable[dict],
    holding: Holding,
    transfer: str,
    total_cents: int,
    rules: Rules,
    rights: Mapping[str, int],
    sure_date: str,
) -> Redeemed | Refusal:
    """Uses up what is named, all or nothing. sure_date: '' while the clock is in doubt: then no coupon is too old."""
    lines: list[BasketLine] = []
    booking, left = Booking((), holding), dict(rights)
    for unit in units:
        offer = rules.offers.get(unit["asset"])
        if offer is None:
            return Refusal("coupon_unknown", unit["asset"])
        first_n = len(booking.entries) + 1
        used = _use(unit, offer, booking.holding, transfer, left, sure_date, rules.grace_days, first_n)
        if isinstance(used, Refusal):
            return used
        booking = Booking(booking.entries + used.entries, used.holding)
        left |= {name: left[name] - amount for name, amount in used.rights_drawn.items()}
        off_cents = min(offer.off_cents, total_cents)
        total_cents -= off_cents
        lines.append(BasketLine(unit["asset"], "", -1000, off_cents * 1000, -off_cents, "", 0))
    return Redeemed(tuple(lines), booking)


def lacking(units: Iterable[dict], holding: Holding, rules: Rules) -> dict[str, int]:
    """What of the units is not here and may be at head office or another store: asset -> amount to ask for."""
    wanted: dict[str, int] = {}
    for unit in units:
        offer, asset = rules.offers.get(unit["asset"]), unit["asset"]
        if asset.startswith("code:") and offer and offer.once:
            wanted["once:" + asset[5:]] = 1
        elif offer and not asset.startswith("code:"):
            wanted[asset] = wanted.get(asset, 0) + (offer.punches if asset.startswith("punch:") else 1)
    short = {asset: amount - available(holding, asset) for asset, amount in wanted.items()}
    return {asset: amount for asset, amount in short.items() if amount > 0}


def _use(
    unit: dict,
    offer: Offer,
    holding: Holding,
    transfer: str,
    rights: Mapping[str, int],
    sure_date: str,
    grace_days: int,
    first_n: int,
) -> Booking | Refusal:
    kind, _, name = unit["asset"].partition(":")
    if kind == "coupon":
        lot = unit.get("lot", "")
        return coupons.redeem(holding, transfer, [lot], "", sure_date, grace_days, (), first_n)
    if kind == "punch":
        return punches.redeem(holding, transfer, name, offer.punches, first_n)
    return coupons.use_code(holding, transfer, name, rights, offer.limited, offer.once, (), first_n)
