"""Handlers of the pos: paying value onto a card. It has the life of a sale: requested, approved, or voided."""

from protocol.sale import step

TENDER = "cash"


class ToppingUp:
    """Member's card, amount, the attendant's word that the cash is in the drawer."""

    def begin_top_up(self):
        """From the menu; a member already tapped need not tap again."""
        self.amount_cents = 0
        self.go("top_up" if self.member else "top_up_tap")

    def top_up_tapped(self, values: dict):
        """Whose card."""
        self.member_tapped(values)
        self.go("top_up")

    def erase_top_up(self):
        """One digit back, then out."""
        if self.typed:
            self.erase()
        else:
            self.member = None
            self.to_basket()

    def confirm_top_up(self):
        """The amount is typed: show it large once more."""
        cents = self.typed_cents()
        if cents <= 0:
            self.say("tender.no_amount")
            return
        self.amount_cents = cents
        self.go("top_up_sure")

    def back_to_amount(self):
        """Type it again."""
        self.go("top_up")

    def ask_top_up(self):
        """The request: journalled and sent by the link until it is answered."""
        if not self.may_ask():
            return
        values = {
            "operator": self.operator,
            "shift": self.shift,
            "account": self.member["account"],
            "tap": self.member["tap"],
            "amount_cents": self.amount_cents,
            "tender": TENDER,
        }
        self.life = step(self.life, "pay")[0]
        self.do("request", self.LANE, "top_up", values)
        self.go("topping_up")

    def topped(self, lane: int, message: str, values: dict):
        """The sealed answer to the request."""
        if message == "topped_up":
            self.life = step(self.life, "approve")[0]
            self._receipt(values, 0, 0, None)
            self.go("topped_up")
        elif message == "refused":
            self.life = step(self.life, "refuse")[0]
            self.refusal = values
            self.do("beep", "error")
            self.go("top_up_refused")

    def see_top_up_tap(self) -> dict:
        """Values of the view."""
        return {}

    def see_top_up(self) -> dict:
        """Values of the view."""
        return self.see_member()

    def see_top_up_sure(self) -> dict:
        """Values of the view."""
        params = self.see_member()
        params["amount"] = self.money(self.amount_cents)
        return params

    see_topping_up = see_top_up_sure

    def see_top_up_refused(self) -> dict:
        """Values of the view."""
        params = self.see_top_up_sure()
        params["reason"] = self.reason(self.refusal)
        params["code"] = self.refusal["reason"]
        return params

    def see_topped_up(self) -> dict:
        """Values of the view."""
        params = self.see_approved()
        params["bonus"] = self.money(self.receipt.values["bonus_cents"]) if self.receipt.values["bonus_cents"] else ""
        return params
