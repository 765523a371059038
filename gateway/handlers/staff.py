"""Attendants sign on and off, by number and PIN or by staff card, with or without head office."""

from gateway.core import taps
from gateway.core.asked import Asked, Told, refused
from gateway.core.books import Tap
from gateway.shop import Shop
from gateway.store import shifts, staff
from gateway.store import taps as store_taps
from gateway.store.staff import Attendant


def sign_on(shop: Shop, asked: Asked) -> Told:
    """Opens the attendant's shift at this terminal, or goes on with the open one."""
    if shop.fenced():
        return refused(asked, "fenced")
    found = _by_tap(shop, asked) if "tap" in asked.values else _by_pin(shop, asked)
    if isinstance(found, str):
        return refused(asked, found)
    shift = begin(shop, asked.name, found.operator)
    told = {"operator": found.operator, "name": _short(found.name), "role": found.role, "shift": shift}
    return Told("signed_on", {"r": asked.values["r"]} | told)


def vouch(shop: Shop, asked: Asked) -> Told:
    """A second person agrees by number and PIN: noted like the tap of their staff card."""
    found = _by_pin(shop, asked)
    if isinstance(found, str):
        return refused(asked, found)
    tap = Tap(shop.random(8).hex(), asked.name, "staff", found.operator, "", shop.clock.boot, shop.clock.now_ms())
    store_taps.put(shop.db, tap)
    told = {"tap": tap.tap, "operator": found.operator, "name": _short(found.name)}
    return Told("staff_tapped", {"r": asked.values["r"]} | told)


def sign_off(shop: Shop, asked: Asked) -> Told:
    """Closes the shift; the answer says what should be in the drawer."""
    if shop.fenced():
        return refused(asked, "fenced")
    values = asked.values
    shift = shifts.get(shop.db, values["shift"])
    if shift is None or (shift.operator, shift.terminal) != (values["operator"], asked.name):
        return refused(asked, "no_shift")
    if shift.open:
        shifts.close(shop.db, shift.shift, shop.clock.now_s())
        told = {"operator": shift.operator, "terminal": asked.name, "shift": shift.shift}
        shop.write_event("shift_closed", **told, sales=shift.sales, cash_cents=shift.cash_cents)
    return Told("signed_off", {"r": values["r"], "sales": shift.sales, "cash_cents": shift.cash_cents})


def _by_tap(shop: Shop, asked: Asked) -> Attendant | str:
    tap = shop.books.tap(asked.values["tap"])
    if tap is None or tap.kind != "staff" or not taps.valid(tap, asked.name, shop.clock.boot, shop.clock.now_ms()):
        return "tap_again"
    attendant = staff.get(shop.db, tap.party)
    return attendant if attendant and attendant.status == "active" else "not_allowed"


def _by_pin(shop: Shop, asked: Asked) -> Attendant | str:
    return by_pin(shop, asked.values["operator"], asked.values.get("pin", ""))


def by_pin(shop: Shop, operator: str, pin: str) -> Attendant | str:
    """The attendant with this number and PIN; the reason where it is refused, after some tries for a while."""
    attendant = staff.get(shop.db, operator)
    if attendant is None or attendant.status != "active":
        return "wrong_pin"
    tries = _tries(shop, attendant)
    if tries >= staff.TRIES_MAX:
        return "pin_locked"
    if staff.pin_fits(attendant, pin):
        staff.set_tries(shop.db, attendant.operator, 0)
        return attendant
    staff.set_tries(shop.db, attendant.operator, tries + 1)
    return "wrong_pin"


def _tries(shop: Shop, attendant: Attendant) -> int:
    # The lock runs on the monotonic clock and starts anew with the process: a restart never shortens it.
    if attendant.tries < staff.TRIES_MAX:
        return attendant.tries
    now_ms = shop.clock.now_ms()
    until_ms = shop.pin_locked_until_ms.setdefault(attendant.operator, now_ms + staff.LOCK_MS)
    if now_ms < until_ms:
        return attendant.tries
    del shop.pin_locked_until_ms[attendant.operator]
    return 0


def begin(shop: Shop, terminal: str, operator: str) -> int:
    """Somebody signs on at a terminal: their shift there, opened now or before."""
    shift = _open_shift(shop, terminal, operator)
    shop.write_event("sign_on", operator=operator, terminal=terminal, shift=shift)
    return shift


def _open_shift(shop: Shop, terminal: str, operator: str) -> int:
    shift = shifts.open_of(shop.db, operator, terminal)
    if not shift:
        shift = shifts.begin(shop.db, operator, terminal, shop.clock.now_s())
        shop.write_event("shift_opened", operator=operator, terminal=terminal, shift=shift)
    return shift


def _short(name: str) -> str:
    return name.encode()[:32].decode(errors="ignore")
