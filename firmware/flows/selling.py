"""Handlers of the pos: a basket of scanned goods, priced line by line by the gateway."""

from firmware.flows.basket import Basket, parse_quantity, quantity
from protocol.sale import step

WAITING_MAX = 8  # scans that wait for the gateway's price; another one is refused with a beep
TRIES = 3  # a line is asked for that often before the attendant is told
SHOWN = 6  # lines on the screen
BASKET_MAX = 2147483647
CODE_MAX = 24
_CHANGED = ("basket_changed", "nothing_open")


class Selling:
    """`waiting` holds (line or 0 for a new one, code, quantity); the first of them is on its way."""

    def new_basket(self, number: int = 0):
        """An empty basket with a number of its own, and nobody's card."""
        if not number:
            number = self.basket.number % BASKET_MAX + 1
        self.basket = Basket(number)
        self.waiting = []
        self.asked = ""
        self.tries = 0
        self.again = 0
        self.told_again = False
        self.member = None
        self.tender = None
        self.selected = 0
        self.top = 0
        self.times_milli = 1000

    def busy_basket(self) -> bool:
        """Whether there is something in the basket or on its way there."""
        return bool(self.basket.lines or self.waiting)

    def to_basket(self, note: str = ""):
        """The basket as it is; whoever is not signed on comes to the sign-on."""
        self.tender = None
        self.go("basket" if self.operator is not None else "sign_on", note)

    # scanning

    def scan(self, code: str):
        """A code from the scanner, with the quantity typed before it."""
        self.note = ""
        qty_milli, self.times_milli = self.times_milli, 1000
        if len(self.waiting) >= WAITING_MAX:
            self.say("basket.too_fast")
        elif not self.selling or not self.link:
            self.may_ask()
        elif not code or len(code.encode()) > CODE_MAX:
            self.say("basket.unknown_code", code[:CODE_MAX])
        else:
            self.typed = ""
            self._wait(0, code, qty_milli)

    def enter(self):
        """A typed code is taken like a scanned one; with nothing typed the basket is to be paid."""
        if self.typed:
            self.scan(self.typed)
        elif self._paying_may_begin():
            self.note = ""

    def times(self):
        """The typed number is how many of the next goods."""
        qty_milli = parse_quantity(self.typed)
        self.note = ""
        if qty_milli <= 0:
            self.say("basket.type_quantity")
            return
        self.times_milli = qty_milli
        self.typed = ""

    def change_quantity(self):
        """The typed number becomes the quantity of the chosen line."""
        qty_milli = parse_quantity(self.typed)
        if qty_milli <= 0 or not self.selected:
            self.say("basket.type_quantity")
            return
        self.typed = ""
        self._wait(self.selected, self.basket.line(self.selected).code, qty_milli)

    def take_out(self):
        """The chosen line (the last one, unless up or down were used) leaves the basket."""
        if self.selected and not self.waiting:
            self._wait(self.selected, self.basket.line(self.selected).code, 0)

    def ask_cancel(self):
        """The whole basket away? One more key decides."""
        if self.busy_basket() or self.member:
            self.go("cancel")

    def cancel_basket(self):
        """Nothing was paid: the next basket."""
        step(self.life, "cancel")
        self.new_basket()
        self.to_basket(self.texts("basket.cancelled"))

    def _wait(self, number: int, code: str, qty_milli: int):
        self.note = ""
        self.waiting.append((number, code, qty_milli))
        if len(self.waiting) == 1:
            self._ask()

    def _ask(self):
        number, code, qty_milli = self.waiting[0]
        number = number or self.basket.next_number()
        if not number:
            self.waiting = []
            self.say("reason.basket_full")
            return
        self._set_line(number, code, qty_milli)

    def _set_line(self, number: int, code: str, qty_milli: int):
        values = {"l": self.LANE, "basket": self.basket.number, "line": number, "code": code, "qty_milli": qty_milli}
        values.update({"operator": self.operator, "shift": self.shift})
        self.asked = "line %d/%d" % (self.basket.number, number)
        self.do("ask", self.asked, "set_line", values)

    def answered(self, tag: str, message: str, values: dict):
        """The gateway's word about the line that was asked for."""
        if tag != self.asked:
            return
        self.asked = ""
        if message == "priced":
            self.tries = 0
            self._priced(values)
        elif message == "refused":
            self._line_refused(values)
        else:
            self._line_unanswered()

    def _priced(self, values: dict):
        if self.again:
            self.basket.write(self.again, self.basket.line(self.again).code, values)
            self._read_again_from(self.basket.after(self.again))
            return
        number, code, _ = self.waiting.pop(0)
        self.basket.write(values["line"], code, values)
        if values["qty_milli"]:
            self._select(values["line"])
        else:
            self._select(self.basket.before(values["line"] + 1) or self.basket.after(0))
        if values["lines"] != self.basket.lines and not self.told_again:
            self.read_again()
            return
        self.told_again = False
        self.let_go()
        if self.waiting:
            self._ask()

    def _line_refused(self, values: dict):
        if values["reason"] in _CHANGED and self.basket.used and not self.told_again:
            self.read_again()
            return
        code = self.waiting[0][1] if self.waiting else ""
        self.waiting = []
        self.again = 0
        if values["reason"] in ("not_signed_on", "no_shift"):
            self.to_sign_on()
        if values["reason"] == "unknown_goods":
            self.say("basket.unknown_code", code)
            return
        self.note = self.reason(values)
        self.do("beep", "error")

    def _line_unanswered(self):
        self.tries += 1
        if self.tries < TRIES and self.link:
            self._repeat()
            return
        code = self.waiting[0][1] if self.waiting else ""
        self.tries = 0
        self.waiting = []
        self.say("basket.no_answer", code)

    def _repeat(self):
        if self.again:
            self._read_again_from(self.again)
        else:
            self._ask()

    def read_again(self):
        """The gateway's basket is not ours: it is told all lines once more, under a new number."""
        self.told_again = True  # once; if that does not help, the attendant is told
        self.basket.number = self.basket.number % BASKET_MAX + 1
        self._read_again_from(self.basket.after(0))

    def _read_again_from(self, number: int):
        self.again = number
        if not number:
            if self.waiting:
                self._ask()
            return
        line = self.basket.line(number)
        self._set_line(number, line.code, line.qty_milli)

    # choosing a line

    def line_up(self):
        """The line above."""
        self._select(self.basket.before(self.selected) or self.selected)

    def line_down(self):
        """The line below."""
        self._select(self.basket.after(self.selected) or self.selected)

    def _select(self, number: int):
        self.note = ""
        self.selected = number
        above = number
        for _ in range(SHOWN - 1):
            above = self.basket.before(above) or above
        if not self.top or number < self.top:
            self.top = number
        if self.top < above or not self.basket.line(self.top).qty_milli:
            self.top = above

    # member

    def member_tapped(self, values: dict):
        """A member's card may be tapped at any time; another one takes its place."""
        self.member = values
        self.note = ""
        self.do("beep", "ok")

    def not_member(self, values: dict):
        """A staff card where a member's card is wanted."""
        self.say("card.staff_here")

    # views

    def stored_here(self) -> int:
        """What this store can take of the member's stored value."""
        here = self.member["here"]
        return here["principal"] + here["bonus"]

    def stored_in_all(self) -> int:
        """The member's stored value, last known in all."""
        in_all = self.member["in_all"]
        return in_all["principal"] + in_all["bonus"]

    def see_member(self) -> dict:
        """What every view of a sale tells about the member's card."""
        if not self.member:
            return {"member": ""}
        return {
            "member": self.member["display"],
            "level": self.member["level"],
            "here": self.money(self.stored_here()),
            "in_all": self.money(self.stored_in_all()),
            "since": self.since(self.member["in_all_at_s"]),
            "points": str(self.member["here"]["points"]),
        }

    def see_basket(self) -> dict:
        """Values of the view: an empty basket is the invitation to sell."""
        params = self.see_member()
        params["name"] = self.operator_name
        params["times"] = quantity(self.times_milli) if self.times_milli != 1000 else ""
        if not self.busy_basket():
            params["view"] = "pos.ready"
            params["store"] = self.store_name
            return params
        params["waiting"] = len(self.waiting)
        params["lines"] = self.basket.lines
        params["items"] = quantity(self.basket.items_milli)
        params["total"] = self.money(self.basket.total_cents)
        params["window"] = self._window()
        return params

    def _window(self) -> list:
        """The lines on the screen."""
        shown = []
        number = self.top or self.basket.after(0)
        while number and len(shown) < SHOWN:
            line = self.basket.line(number)
            values = {"number": number, "name": line.name, "chosen": number == self.selected}
            values["qty"], values["amount"] = quantity(line.qty_milli), self.money(line.amount_cents)
            shown.append(values)
            number = self.basket.after(number)
        return shown

    def see_cancel(self) -> dict:
        """Values of the view."""
        return {"lines": self.basket.lines, "total": self.money(self.basket.total_cents)}
