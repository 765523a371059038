"""Coupons, codes and once-per-member offers as value: single units that one holder has, so none is used twice.

    coupon:X   one lot per coupon, an amount of 1: granted, returned, recalled, held and expired by the code for money
    code:X     the uses left of a public code with a total limit: a right, shared out among the stores
    once:X     what one member may still have of an offer: a unit of his, at one holder at a time

What a coupon is worth, and of which goods, is a rule of its definition and no matter of the ledger.
"""

from collections.abc import Collection, Iterable, Mapping

from protocol.errors import Ours
from protocol.ids import lot_id
from protocol.ledger.credits import Pending, give, use_rights
from protocol.ledger.entries import HQ, SINGLE, Entry, Line, member_line
from protocol.ledger.expiry import over
from protocol.ledger.lots import (
    Booking,
    Hold,
    Holding,
    Part,
    Refusal,
    Slice,
    available,
    check_amounts,
    credited,
    held_by_lot,
    lot_name,
    month_start,
    slice_of,
)
from protocol.ledger.rights import code_name, missing
from protocol.ledger.spending import spent_to, take_from_lots, take_parts

LOCKED = "locked"  # the state of a hold that is an open basket's; holds.LIFE knows no way out of it


def issue(
    holding: Holding,
    transfer: str,
    name: str,
    rights: Mapping[str, int],
    at_s: int,
    expires: str = "",
    first_n: int = 1,
) -> Booking | Pending:
    """Gives a member one coupon; pending where the store has no right 'issue:coupon:<name>' left."""
    return give(holding, transfer, SINGLE + name, 1, rights, at_s, expires, first_n)


def lock(
    holding: Holding,
    lock_id: str,
    lots: Iterable[str],
    business_date: str = "",
    grace_days: int = 0,
    used: Collection[str] = (),
) -> Booking | Refusal:
    """Sets coupons aside for an open basket (lock_id), beside those that it has already; all of them or none."""
    lots = tuple(dict.fromkeys(lots))
    refusal = _first_refusal(holding, lock_id, lots, business_date, grace_days, used)
    if refusal:
        return refusal
    there = _locked(holding, lock_id)
    added = tuple(Part(_coupon(holding, lot).asset, lot, 1) for lot in lots if lot not in _lots(there))
    return Booking((), _with_lock(holding, there._replace(parts=there.parts + added)))


def unlock(holding: Holding, lock_id: str, lots: Collection[str] | None = None) -> Booking:
    """Takes coupons out of a basket again; None: all of them. Nothing locked is an answer too."""
    there = _locked(holding, lock_id)
    kept = tuple(part for part in there.parts if lots is not None and part.lot not in lots)
    return Booking((), _with_lock(holding, there._replace(parts=kept)))


def redeem(
    holding: Holding,
    transfer: str,
    lots: Iterable[str],
    lock_id: str = "",
    business_date: str = "",
    grace_days: int = 0,
    used: Collection[str] = (),
    first_n: int = 1,
) -> Booking | Refusal:
    """Uses these coupons up, all or none; those that the basket lock_id has locked are free for it.

    business_date: of the store; '' while its clock is in doubt, when age is no reason to refuse. used: lots that are
    known to be used though they are not here. What stays locked under lock_id stays so.
    """
    lots = tuple(dict.fromkeys(lots))
    refusal = _first_refusal(holding, lock_id, lots, business_date, grace_days, used)
    if refusal:
        return refusal
    booking = unlock(holding, lock_id, lots)
    for lot in lots:
        asset = _coupon(holding, lot).asset
        booking = take_parts(booking, transfer, [(asset, lot, 1)], spent_to(asset, holding.holder), first_n)
    return booking


def use_code(
    holding: Holding,
    transfer: str,
    name: str,
    rights: Mapping[str, int],
    limited: bool = True,
    once: bool = False,
    used: Collection[str] = (),
    first_n: int = 1,
) -> Booking | Refusal:
    """Uses a public code: one of the uses this store has of it (limited), the member's own unit (once), or both.

    used: names that this member is known to have had. Refused with code_used_up, once_used, or once_away where the
    unit lies elsewhere.
    """
    wanted = {code_name(name): 1} if limited else {}
    if once and not available(holding, "once:" + name):
        return Refusal("once_used" if name in used else "once_away", name)
    if missing(rights, wanted):
        return Refusal("code_used_up", name)
    booking = Booking((), holding)
    if once:
        unit = "once:" + name
        booking = take_from_lots(booking, transfer, unit, 1, spent_to(unit, holding.holder), first_n)
    return use_rights(booking, transfer, wanted, first_n)


def issue_once(pool: Holding, name: str, at_s: int, units: int = 1, expires: str = "") -> Booking:
    """Head office makes a member's units of an offer. Its transfer is named after both, so that it is booked once."""
    check_amounts(units=units)
    if pool.holder != HQ or units == 0:
        raise Ours("malformed", f"{units} units of {name} at {pool.holder}")
    asset, transfer = "once:" + name, once_transfer(name, pool.account)
    terms = Slice(asset, "", units, HQ, "coupon", expires, month_start(at_s))
    unit = terms._replace(lot=lot_name(pool.account, terms))
    line = member_line(pool.account, asset, HQ, unit.lot)
    return Booking((Entry(transfer, 1, Line("coupon_issued", HQ, asset), line, units),), credited(pool, unit))


def once_transfer(name: str, account: str) -> str:
    """The transfer under which a member's units of an offer are made."""
    return f"once/{name}/{account}"


def coupon_lot(transfer: str, n: int = 1) -> str:
    """The coupon that entry n of a transfer issues: its lot, which is also what the member shows."""
    return lot_id(transfer, n)


def _first_refusal(
    holding: Holding, lock_id: str, lots: tuple[str, ...], business_date: str, grace_days: int, used: Collection[str]
) -> Refusal | None:
    mine, held = _lots(_locked(holding, lock_id)), held_by_lot(holding)
    for lot in lots:
        one = slice_of(holding, lot)
        if lot in used:
            return Refusal("coupon_used", lot)
        if one is None or not one.amount or not one.asset.startswith(SINGLE):
            return Refusal("coupon_unknown", lot)
        if lot in held and lot not in mine:
            return Refusal("coupon_locked", lot)
        if business_date and over(one, business_date, grace_days):
            return Refusal("coupon_expired", one.expires)
    return None


def _coupon(holding: Holding, lot: str) -> Slice:
    one = slice_of(holding, lot)
    if one is None:
        raise Ours("coupon_unknown", lot)
    return one


def _locked(holding: Holding, lock_id: str) -> Hold:
    """The lock of a basket; an empty one if there is none."""
    found = next((one for one in holding.holds if one.hold_id == lock_id), None)
    if found and found.state != LOCKED:
        raise Ours("malformed", f"{lock_id} is a hold of money")
    return found or Hold(lock_id, (), LOCKED)


def _lots(held: Hold) -> set[str]:
    return {part.lot for part in held.parts}


def _with_lock(holding: Holding, lock: Hold) -> Holding:
    others = tuple(one for one in holding.holds if one.hold_id != lock.hold_id)
    return holding._replace(holds=(*others, lock) if lock.parts else others)
