"""Handlers of the pos: start, sign-on, menu, last receipt, sign-off."""


class Shift:
    """Who stands at this pos."""

    def welcomed(self, values: dict):
        """The gateway has taken this terminal in: someone may sign on."""
        self.on_welcome(values)
        self.go("sign_on")

    def to_sign_on(self):
        """The next attendant, please."""
        self.operator = self.shift = None
        self.go("sign_on")

    def sign_on_card_placed(self):
        """A staff card right after a sign-off."""
        self.to_sign_on()
        self.identify()

    def enter_operator(self):
        """The number is typed; the PIN comes next."""
        if self.typed:
            number = self.typed[:16]
            self.go("pin")
            self.entered = number

    def erase_pin(self):
        """One digit back; from an empty PIN to the number."""
        if not self.typed:
            self.go("sign_on")
        self.erase()

    def enter_pin(self):
        """Number and PIN to the gateway."""
        if self.typed:
            self._ask_sign_on({"operator": self.entered, "pin": self.typed[:12]})

    def sign_on_by_card(self, values: dict):
        """A staff card instead of number and PIN."""
        self._ask_sign_on({"operator": "", "tap": values["tap"]})

    def _ask_sign_on(self, values: dict):
        self.do("ask", "sign_on", "sign_on", values)
        self.go("signing_on")

    def signed_on(self, tag: str, message: str, values: dict):
        """The gateway's word about the attendant."""
        if tag != "sign_on":
            return
        if message != "signed_on":
            self.go("sign_on", self.reason(values if message == "refused" else {"reason": "busy"}))
            self.do("beep", "error")
            return
        self.operator, self.operator_name, self.shift = values["operator"], values["name"], values["shift"]
        self.do("beep", "ok")
        self.to_basket()

    def not_staff(self, values: dict):
        """A member's card where a staff card is wanted."""
        self.say("sign_on.not_staff")

    # menu

    def open_menu(self):
        """Only between two sales: a basket is paid or cancelled first."""
        if self.busy_basket():
            self.say("basket.finish_first")
        else:
            self.go("menu")

    def choose(self, key: str):
        """1 top up, 2 last receipt, 3 print it, 4 language, 5 sign off."""
        self.note = ""
        if key == "1":
            self.begin_top_up()
        elif key == "4":
            self.switch_language()
        elif key == "5":
            self.do("ask", "sign_off", "sign_off", {"operator": self.operator, "shift": self.shift})
            self.go("signing_off")
        elif key in "23" and not self.receipt:
            self.say("last.none")
        elif key == "2":
            self.first = 0
            self.go("last")
        elif key == "3":
            self.print_again()

    def menu_scan(self, code: str):
        """Scanning goods is always the next sale."""
        self.to_basket()
        self.scan(code)

    def signed_off(self, tag: str, message: str, values: dict):
        """The shift's figures, or back to work."""
        if tag != "sign_off":
            return
        if message == "signed_off":
            self.figures = values
            self.go("signed_off")
            return
        self.to_basket(self.reason(values if message == "refused" else {"reason": "busy"}))
        self.do("beep", "error")

    # views

    def see_boot(self) -> dict:
        """Values of the view."""
        return {"terminal": self.terminal}

    def see_sign_on(self) -> dict:
        """Values of the view."""
        return {"store": self.store_name}

    def see_pin(self) -> dict:
        """Values of the view."""
        return {"store": self.store_name, "operator": self.entered, "typed": "*" * len(self.typed) + "_"}

    def see_signing_on(self) -> dict:
        """Values of the view."""
        return {}

    see_signing_off = see_signing_on

    def see_menu(self) -> dict:
        """Values of the view."""
        return {"name": self.operator_name}

    def see_last(self) -> dict:
        """Values of the view."""
        return {"lines": self.receipt.window(self.first, 12)}

    def see_signed_off(self) -> dict:
        """Values of the view."""
        return {
            "name": self.operator_name,
            "sales": str(self.figures["sales"]),
            "cash": self.money(self.figures["cash_cents"]),
        }
