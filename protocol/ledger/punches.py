"""Punches: uses of one item that a member has bought or earned. Counted by item, never money.

They are lots like points: the oldest expiry goes first, expiry.py moves what is over to breakage, and a store gives
them within its right 'issue:punch', which all items share. A free item is so many punches redeemed at once.
"""

from collections.abc import Mapping

from protocol.errors import Ours
from protocol.ledger.credits import Pending, give
from protocol.ledger.lots import Booking, Holding, Refusal, available, check_amounts
from protocol.ledger.spending import spent_to, take_from_lots


def earn(
    holding: Holding,
    transfer: str,
    item: str,
    punches: int,
    rights: Mapping[str, int],
    at_s: int,
    expires: str = "",
    first_n: int = 1,
) -> Booking | Pending:
    """Gives punches for a purchase; pending, not refused, where the store's right is used up. punches > 0."""
    return give(holding, transfer, asset_of(item), punches, rights, at_s, expires, first_n)


def sell(
    holding: Holding,
    transfer: str,
    item: str,
    punches: int,
    rights: Mapping[str, int],
    at_s: int,
    expires: str = "",
    first_n: int = 1,
) -> Booking | Refusal:
    """Gives the punches of a card that is paid for; refused with issue_limit, for who has paid may not have to wait."""
    sold = earn(holding, transfer, item, punches, rights, at_s, expires, first_n)
    return Refusal("issue_limit", "issue:punch") if isinstance(sold, Pending) else sold


def redeem(holding: Holding, transfer: str, item: str, punches: int, first_n: int = 1) -> Booking | Refusal:
    """Takes so many punches of an item, oldest expiry first; refused with insufficient_punches. punches > 0."""
    check_amounts(punches=punches)
    if punches == 0:
        raise Ours("malformed", "no punches to redeem")
    asset = asset_of(item)
    here = available(holding, asset)
    if here < punches:
        return Refusal("insufficient_punches", f"{here} of {punches} here")
    to = spent_to(asset, holding.holder)
    return take_from_lots(Booking((), holding), transfer, asset, punches, to, first_n)


def asset_of(item: str) -> str:
    """The asset that counts the punches of an item."""
    return "punch:" + item
