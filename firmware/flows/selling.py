"""Part of the pos: a basket of scanned goods, priced line by line by the gateway. States basket, cancel.

`waiting` holds (line or 0 for a new one, code, quantity); the first of them is on its way.
"""

from firmware.flows.basket import BASKET_MAX, parse_quantity, quantity
from protocol.sale import step

WAITING_MAX = 8  # scans that wait for the gateway's price; another one is refused with a beep
TRIES = 3  # a line is asked for that often before the attendant is told
SHOWN = 6  # lines on the screen
CODE_MAX = 24
CHANGED = ("basket_changed", "nothing_open")


def scan(pos, code: str):
    """A code from the scanner, with the quantity typed before it."""
    pos.note = ""
    qty_milli, pos.times_milli = pos.times_milli, 1000
    if len(pos.waiting) >= WAITING_MAX:
        pos.say("basket.too_fast")
    elif not pos.selling or not pos.link:
        pos.may_ask()
    elif not code or len(code.encode()) > CODE_MAX:
        pos.say("basket.unknown_code", code[:CODE_MAX])
    else:
        pos.typed = ""
        _wait(pos, 0, code, qty_milli)


def enter(pos):
    """A typed code is taken like a scanned one; with nothing typed the basket is to be paid."""
    if pos.typed:
        scan(pos, pos.typed)
    elif pos.part("paying").may_pay(pos):
        pos.note = ""


def times(pos):
    """The typed number is how many of the next goods."""
    qty_milli = parse_quantity(pos.typed)
    pos.note = ""
    if qty_milli <= 0:
        pos.say("basket.type_quantity")
        return
    pos.times_milli = qty_milli
    pos.typed = ""


def change_quantity(pos):
    """The typed number becomes the quantity of the chosen line."""
    qty_milli = parse_quantity(pos.typed)
    if qty_milli <= 0 or not pos.selected:
        pos.say("basket.type_quantity")
        return
    pos.typed = ""
    _wait(pos, pos.selected, pos.basket.line(pos.selected).code, qty_milli)


def take_out(pos):
    """The chosen line (the last one, unless up or down were used) leaves the basket."""
    if pos.selected and not pos.waiting:
        _wait(pos, pos.selected, pos.basket.line(pos.selected).code, 0)


def cancel_basket(pos):
    """Nothing was paid: the next basket."""
    step(pos.life, "cancel")
    pos.new_basket()
    pos.to_basket(pos.texts("basket.cancelled"))


def _wait(pos, number: int, code: str, qty_milli: int):
    pos.note = ""
    pos.waiting.append((number, code, qty_milli))
    if len(pos.waiting) == 1:
        _ask(pos)


def _ask(pos):
    number, code, qty_milli = pos.waiting[0]
    number = number or pos.basket.next_number()
    if not number:
        pos.waiting = []
        pos.say("reason.basket_full")
        return
    _set_line(pos, number, code, qty_milli)


def _set_line(pos, number: int, code: str, qty_milli: int):
    values = {"l": pos.LANE, "basket": pos.basket.number, "line": number, "code": code, "qty_milli": qty_milli}
    values.update({"operator": pos.operator, "shift": pos.shift})
    pos.asked = "line %d/%d" % (pos.basket.number, number)
    pos.do("ask", pos.asked, "set_line", values)


def answered(pos, tag: str, message: str, values: dict):
    """The gateway's word about the line that was asked for."""
    if tag != pos.asked:
        return
    pos.asked = ""
    if message == "priced":
        pos.tries = 0
        _priced(pos, values)
    elif message == "refused":
        _line_refused(pos, values)
    else:
        _line_unanswered(pos)


def _priced(pos, values: dict):
    if pos.again:
        pos.basket.write(pos.again, pos.basket.line(pos.again).code, values)
        _read_again_from(pos, pos.basket.after(pos.again))
        return
    number, code, _ = pos.waiting.pop(0)
    pos.basket.write(values["line"], code, values)
    if values["qty_milli"]:
        _select(pos, values["line"])
    else:
        _select(pos, pos.basket.before(values["line"] + 1) or pos.basket.after(0))
    if values["lines"] != pos.basket.lines and not pos.told_again:
        read_again(pos)
        return
    pos.told_again = False
    if pos.waiting:
        _ask(pos)


def _line_refused(pos, values: dict):
    if values["reason"] in CHANGED and pos.basket.used and not pos.told_again:
        read_again(pos)
        return
    code = pos.waiting[0][1] if pos.waiting else ""
    pos.waiting = []
    pos.again = 0
    if values["reason"] in ("not_signed_on", "no_shift"):
        pos.to_sign_on()
    if values["reason"] == "unknown_goods":
        pos.say("basket.unknown_code", code)
        return
    pos.note = pos.reason(values)
    pos.do("beep", "error")


def _line_unanswered(pos):
    pos.tries += 1
    if pos.tries < TRIES and pos.link:
        _repeat(pos)
        return
    code = pos.waiting[0][1] if pos.waiting else ""
    pos.tries = 0
    pos.waiting = []
    pos.say("basket.no_answer", code)


def _repeat(pos):
    if pos.again:
        _read_again_from(pos, pos.again)
    else:
        _ask(pos)


def read_again(pos):
    """The gateway's basket is not ours: it is told all lines once more, under a new number."""
    pos.told_again = True  # once; if that does not help, the attendant is told
    pos.basket.number = pos.basket.number % BASKET_MAX + 1
    _read_again_from(pos, pos.basket.after(0))


def _read_again_from(pos, number: int):
    pos.again = number
    if not number:
        if pos.waiting:
            _ask(pos)
        return
    line = pos.basket.line(number)
    _set_line(pos, number, line.code, line.qty_milli)


def line_up(pos):
    """The line above."""
    _select(pos, pos.basket.before(pos.selected) or pos.selected)


def line_down(pos):
    """The line below."""
    _select(pos, pos.basket.after(pos.selected) or pos.selected)


def _select(pos, number: int):
    pos.note = ""
    pos.selected = number
    above = number
    for _ in range(SHOWN - 1):
        above = pos.basket.before(above) or above
    if not pos.top or number < pos.top:
        pos.top = number
    if pos.top < above or not pos.basket.line(pos.top).qty_milli:
        pos.top = above


def see_basket(pos) -> dict:
    """Values of the view: an empty basket is the invitation to sell."""
    params = pos.see_member()
    params["name"] = pos.operator_name
    params["times"] = quantity(pos.times_milli) if pos.times_milli != 1000 else ""
    if not pos.busy_basket():
        params["view"] = "pos.ready"
        params["store"] = pos.store_name
        return params
    params["waiting"] = len(pos.waiting)
    params["lines"] = pos.basket.lines
    params["items"] = quantity(pos.basket.items_milli)
    params["total"] = pos.money(pos.basket.total_cents)
    params["window"] = Window(pos)
    return params


class Window:
    """The lines on the screen, each made when it is drawn: all of them at once would be 3 KB."""

    def __init__(self, pos):
        self.pos = pos

    def __iter__(self):
        basket = self.pos.basket
        number = self.pos.top or basket.after(0)
        for _ in range(SHOWN):
            if not number:
                return
            line = basket.line(number)
            values = {"number": number, "name": line.name, "chosen": number == self.pos.selected}
            values["qty"], values["amount"] = quantity(line.qty_milli), self.pos.money(line.amount_cents)
            yield values
            number = basket.after(number)


def see_cancel(pos) -> dict:
    """Values of the view."""
    return {"lines": pos.basket.lines, "total": pos.money(pos.basket.total_cents)}
