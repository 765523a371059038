"""Part of the pump: an attendant at the terminal. States staff_number, staff_pin, staff_asking, staff, staff_nozzle.

Card or number and PIN each time: a pump stands in the open, so whoever leaves the screen has left.
"""

from firmware.flows.pump_nozzle import SUSPENDED

SHOWN_MS = 60000


def _to(pump, state: str, note: str = ""):
    pump.go(state, note)
    pump.wait(SHOWN_MS)


def sign_on_by_card(pump, values: dict):
    """A staff card instead of number and PIN."""
    _ask(pump, "sign_on", {"operator": "", "tap": values["tap"]})


def enter_number(pump):
    """The number is typed; the PIN comes next."""
    if pump.typed:
        number = pump.typed[:16]
        _to(pump, "staff_pin")
        pump.staff = number


def enter_pin(pump):
    """Number and PIN to the gateway."""
    if pump.typed:
        _ask(pump, "sign_on", {"operator": pump.staff, "pin": pump.typed[:12]})


def _ask(pump, message: str, values: dict):
    pump.do("ask", message, message, values)
    pump.go("staff_asking")


def staff_answered(pump, tag: str, message: str, values: dict):
    """The gateway's word about the attendant, or about a nozzle."""
    if tag not in ("sign_on", "sign_off"):
        pump.answered(tag, message, values)
    elif message == "signed_on":
        pump.operator, pump.shift = values["operator"], values["shift"]
        pump.staff = values["name"]
        pump.do("beep", "ok")
        to_menu(pump)
    elif message == "signed_off":
        pump.to_idle()
        pump.note = pump.texts("pump.signed_off", pump.money(values["cash_cents"]))
    else:
        pump.failed(values.get("reason", "busy"))


def to_menu(pump):
    """Which nozzle?"""
    pump.at = None
    _to(pump, "staff")


def staff_choose(pump, key: str):
    """A nozzle by number."""
    one = pump.nozzle(key)
    if one is not None:
        pump.at = one
        _to(pump, "staff_nozzle")


def staff_resume(pump):
    """After an emergency stop: pumps may give again."""
    pump.halt(False)
    _to(pump, "staff")


def staff_sign_off(pump):
    """The shift of this terminal ends."""
    _ask(pump, "sign_off", {"operator": pump.operator, "shift": pump.shift})


def staff_erase(pump):
    """A digit back, then to the nozzles."""
    if pump.typed:
        pump.erase()
    else:
        to_menu(pump)


def staff_pause(pump):
    """Pauses a fill, or lets it go on."""
    pump.pause(pump.at, "resume" if pump.at.pump_state == SUSPENDED else "suspend")
    pump.at.alarm = ""
    pump.wait(SHOWN_MS)


def see_staff_number(pump) -> dict:
    """Values of the view."""
    return {"store": pump.store_name}


def see_staff_pin(pump) -> dict:
    """Values of the view."""
    return {"operator": pump.staff, "typed": "*" * len(pump.typed) + "_"}


def see_staff_asking(pump) -> dict:
    """Values of the view."""
    return {}


def see_staff(pump) -> dict:
    """Values of the view."""
    lines = [pump.see_nozzle(one) for one in pump.nozzles]
    return {"name": pump.staff, "lines": lines, "halted": pump.halted}


def see_staff_nozzle(pump) -> dict:
    """Values of the view."""
    return {"lines": [pump.see_nozzle(pump.at)], "fills": pump.at.state == "filling"}
