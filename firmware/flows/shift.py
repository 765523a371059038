"""Part of the pos: who stands at it. States boot, sign_on, pin, signing_on, menu, signing_off, signed_off."""


def welcomed(pos, values: dict):
    """The gateway has taken this terminal in: someone may sign on."""
    pos.on_welcome(values)
    pos.go("sign_on")


def sign_on_card_placed(pos):
    """A staff card right after a sign-off."""
    pos.to_sign_on()
    pos.identify()


def enter_operator(pos):
    """The number is typed; the PIN comes next."""
    if pos.typed:
        number = pos.typed[:16]
        pos.go("pin")
        pos.entered = number


def erase_pin(pos):
    """One digit back; from an empty PIN to the number."""
    if not pos.typed:
        pos.go("sign_on")
    pos.erase()


def enter_pin(pos):
    """Number and PIN to the gateway."""
    if pos.typed:
        _ask_sign_on(pos, {"operator": pos.entered, "pin": pos.typed[:12]})


def sign_on_by_card(pos, values: dict):
    """A staff card instead of number and PIN."""
    _ask_sign_on(pos, {"operator": "", "tap": values["tap"]})


def _ask_sign_on(pos, values: dict):
    pos.do("ask", "sign_on", "sign_on", values)
    pos.go("signing_on")


def signed_on(pos, tag: str, message: str, values: dict):
    """The gateway's word about the attendant."""
    if tag != "sign_on":
        return
    if message != "signed_on":
        pos.go("sign_on", pos.reason(values if message == "refused" else {"reason": "busy"}))
        pos.do("beep", "error")
        return
    pos.operator, pos.operator_name, pos.shift = values["operator"], values["name"], values["shift"]
    pos.do("beep", "ok")
    pos.to_basket()


def not_staff(pos, values: dict):
    """A member's card where a staff card is wanted."""
    pos.say("sign_on.not_staff")


def choose(pos, key: str):
    """1 top up, 2 last receipt, 3 print it, 4 language, 5 sign off, 6 refund."""
    pos.note = ""
    if key == "1":
        pos.part("topping_up").begin_top_up(pos)
    elif key == "6":
        pos.part("refunding").begin_refund(pos)
    elif key == "4":
        pos.switch_language()
    elif key == "5":
        pos.do("ask", "sign_off", "sign_off", {"operator": pos.operator, "shift": pos.shift})
        pos.go("signing_off")
    elif key in "23" and not pos.receipt:
        pos.say("last.none")
    elif key == "2":
        pos.first = 0
        pos.go("last")
    elif key == "3":
        pos.print_again()


def signed_off(pos, tag: str, message: str, values: dict):
    """The shift's figures, or back to work."""
    if tag != "sign_off":
        return
    if message == "signed_off":
        pos.figures = values
        pos.go("signed_off")
        return
    pos.to_basket(pos.reason(values if message == "refused" else {"reason": "busy"}))
    pos.do("beep", "error")


def see_boot(pos) -> dict:
    """Values of the view."""
    return {"terminal": pos.terminal}


def see_sign_on(pos) -> dict:
    """Values of the view."""
    return {"store": pos.store_name}


def see_pin(pos) -> dict:
    """Values of the view."""
    return {"store": pos.store_name, "operator": pos.entered, "typed": "*" * len(pos.typed) + "_"}


def see_signing_on(pos) -> dict:
    """Values of the view."""
    return {}


see_signing_off = see_signing_on


def see_menu(pos) -> dict:
    """Values of the view."""
    return {"name": pos.operator_name}


def see_signed_off(pos) -> dict:
    """Values of the view."""
    return {
        "name": pos.operator_name,
        "sales": str(pos.figures["sales"]),
        "cash": pos.money(pos.figures["cash_cents"]),
    }
