"""Adjustments: people correct a balance, up or down, with a reason and a second person, against the correction book.

A store does so within a right of its own, which head office grants like any other; head office needs none. Nothing is
adjusted below zero: what lies elsewhere has to come first.
"""

from collections.abc import Mapping

from protocol.errors import Ours
from protocol.ledger.credits import open_lot
from protocol.ledger.entries import SINGLE, Line
from protocol.ledger.lots import Booking, Holding, Refusal, available
from protocol.ledger.rights import draw_rights, missing
from protocol.ledger.spending import short, take_from_lots

REASONS = {
    "wrong_entry": "somebody keyed in the wrong amount",
    "missed": "earned or paid in, but never booked",
    "goodwill": "given to make up for something",
    "fault": "a machine's or a program's fault, found by people",
    "misuse": "obtained in a way that the rules do not allow",
    "carried_over": "brought along from an earlier system",
}


def adjust(
    holding: Holding,
    transfer: str,
    asset: str,
    change: int,
    reason: str,
    operator: str,
    second: str,
    rights: Mapping[str, int] | None,
    at_s: int,
    expires: str = "",
    first_n: int = 1,
) -> Booking | Refusal:
    """Credits (change > 0) a lot of its own kind, or debits (change < 0) what is free here, oldest expiry first.

    rights: what the store may still adjust, up and down alike; None at head office. expires: of what is credited.
    Refused with second_person, issue_limit, insufficient_float. Raises Ours for no change, an unknown reason, or
    coupons, which are issued and redeemed one by one.
    """
    if not change or reason not in REASONS or asset.startswith((SINGLE, "once:")):
        raise Ours("malformed", f"an adjustment of {asset} by {change} for {reason}")
    if not operator or not second or operator == second:
        return Refusal("second_person")
    wanted = {} if rights is None else {adjust_right(asset): abs(change)}
    lacking = missing(rights or {}, wanted)
    if lacking:
        return Refusal("issue_limit", lacking)
    book = Line("correction", holding.holder, asset)
    booking = Booking((), holding)
    if change > 0:
        booking = open_lot(booking, transfer, book, asset, change, "adjusted", at_s, expires, first_n)
    elif -change > available(holding, asset):
        return short(holding, asset)
    else:
        booking = take_from_lots(booking, transfer, asset, -change, book, first_n)
    used = draw_rights(transfer, holding.holder, wanted, first_n + len(booking.entries))
    return booking._replace(entries=booking.entries + used, rights_drawn=wanted)


def adjust_right(asset: str) -> str:
    """The right to adjust an asset: 'issue:adjust:principal'; punches of all items share one."""
    return "issue:adjust:" + asset.partition(":")[0]
