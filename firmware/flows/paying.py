"""Handlers of the pos: what pays for a basket, the request, its outcome, and what happens when nobody waits for it."""

from firmware.flows.basket import KEPT_FOR_REPRINT
from firmware.flows.receipt import Receipt
from firmware.flows.tender import Tender, points_needed
from protocol.sale import OPEN, REQUESTED, VOIDING, step

SIGN_ON_FIRST = ("not_signed_on", "no_shift")
READ_AGAIN = ("basket_changed", "total_mismatch", "nothing_open")


class Paying:
    """`life` is the state of protocol/sale.py; the screen says 'approved' only where that table does."""

    # tender

    def to_tender(self):
        """Begins to pay the basket."""
        self.tender = Tender(self.basket.total_cents)
        self.refusal = None
        self.pay_on_tap = False
        self.go("tender")

    def _paying_may_begin(self) -> bool:
        if self.typed:
            self.say("basket.code_first")
        elif self.waiting or self.again:
            self.say("basket.pricing")
        elif not self.basket.lines:
            self.say("reason.empty_basket")
        else:
            self.to_tender()
            return True
        return False

    def to_card(self):
        """From the basket: all from stored value."""
        if self._paying_may_begin():
            self.pay_card()

    def to_points(self):
        """From the basket: as much as points can pay."""
        if self._paying_may_begin():
            self.pay_points()

    def to_cash(self):
        """From the basket: the tender screen, to type what the customer hands over."""
        self._paying_may_begin()

    def tender_back(self):
        """One digit back, then what was put down, then the basket."""
        if self.typed:
            self.erase()
        elif self.tender.begun():
            self.to_tender()
        else:
            self.to_basket()

    def pay_card(self):
        """Stored value: the typed amount, or all that remains as far as the member has it."""
        self.go_tender()
        if not self.member:
            self.pay_on_tap = True
            self.note = self.texts("tender.tap")
            return
        typed_cents = self.typed_cents() if self.typed else self._card_default()
        if typed_cents <= 0:
            self.say("tender.no_stored" if not self.typed else "tender.no_amount")
            return
        self.tender.by_card(typed_cents)
        self._put_down()

    def _card_default(self) -> int:
        """What the store just said it can approve; else all the member is known to have, here or elsewhere."""
        if self.refusal and "approve_cents" in self.refusal:
            return self.refusal["approve_cents"]
        return max(self.stored_here(), self.stored_in_all())

    def pay_points(self):
        """Points: the typed number of them, or as many as the rest needs and the member has."""
        self.go_tender()
        if not self.member:
            self.note = self.texts("tender.tap_points")
            return
        value_milli = self.member["point_value_milli"]
        points = self._points_to_take(value_milli)
        if points <= 0:
            self.say("tender.no_points")
            return
        self.tender.by_points(points, value_milli)
        self._put_down()

    def _points_to_take(self, value_milli: int) -> int:
        if self.typed:
            return int(self.typed) if self.typed.isdigit() and value_milli else 0
        rest_cents = self.tender.remaining() + self.tender.points_cents
        return min(self.member["here"]["points"], points_needed(rest_cents, value_milli))

    def pay_cash(self):
        """Cash: the typed amount is what was handed over; without one, exactly the rest."""
        self.go_tender()
        cents = self.typed_cents() if self.typed else self.tender.remaining()
        if cents <= 0:
            self.say("tender.no_amount")
            return
        self.tender.by_cash(cents)
        self._put_down()

    def pay_ok(self):
        """A typed amount and 'ok' is cash; with nothing typed it says which keys pay."""
        if self.typed:
            self.pay_cash()
        else:
            self.note = self.texts("tender.choose")

    def go_tender(self):
        """Every way to pay leads over the tender screen; what was refused is no longer put down, cash stays."""
        if self.state == "refused":
            self.tender.stored_cents = self.tender.points = self.tender.points_cents = 0
        self.state = "tender"
        self.note = ""

    def _put_down(self):
        self.typed = ""
        if self.tender.remaining() == 0:
            self.ask_pay()
        else:
            self.note = self.texts("tender.rest")

    def tender_tapped(self, values: dict):
        """The member's card during payment; pays at once where the card key was pressed before."""
        self.member_tapped(values)
        if self.pay_on_tap:
            self.pay_on_tap = False
            self.pay_card()

    # request and outcome

    def ask_pay(self):
        """The request: journalled and sent by the link until it is answered."""
        if not self.may_ask():
            self.tender = Tender(self.basket.total_cents)
            self.go("tender", self.note)
            return
        tender = self.tender
        values = {
            "operator": self.operator,
            "shift": self.shift,
            "basket": self.basket.number,
            "lines": self.basket.lines,
            "total_cents": tender.total_cents,
            "stored_cents": tender.stored_cents,
            "points": tender.points,
            "points_cents": tender.points_cents,
            "cash_cents": tender.cash_cents,
        }
        if self.member:
            values["account"], values["tap"] = self.member["account"], self.member["tap"]
        self.life = step(self.life, "pay")[0]
        self.do("request", self.LANE, "pay", values)
        self.go("paying")

    def paid(self, lane: int, message: str, values: dict):
        """The sealed answer to the request."""
        if message == "receipt":
            self.life = step(self.life, "approve")[0]
            tender = self.tender
            self._receipt(values, tender.handed_cents, tender.change(), self.basket)
            self.go("approved")
        elif message == "refused":
            self.life = step(self.life, "refuse")[0]
            self._refused(values)

    def _receipt(self, values: dict, handed_cents: int, change_cents: int, basket):
        head = {
            "store": self.store_name,
            "terminal": self.terminal,
            "operator": self.operator,
            "clock": self.clock(self.now_s()),
            "since": self.since(values.get("in_all_at_s", 0)),
            "money": self.money,
            "handed_cents": handed_cents,
            "change_cents": change_cents,
            "basket": basket,
        }
        self.receipt = Receipt(self.texts, head, values)
        self.first = 0
        self.printing = True
        self.do("beep", "ok")
        self.do("print", self.receipt)

    def _refused(self, values: dict):
        self.refusal = values
        self.do("beep", "error")
        reason = values["reason"]
        if reason in SIGN_ON_FIRST:
            self.to_sign_on()
            self.note = self.reason(values)
        elif reason in READ_AGAIN:
            self.to_basket(self.texts("reason.basket_changed"))
            self.read_again()
        else:
            self.go("refused")

    def refused_back(self):
        """Back to the tender screen: pay in another way."""
        self.go_tender()

    def refused_digit(self, key: str):
        """An amount for another way to pay."""
        self.refused_back()
        self.type_digit(key)

    def refused_tapped(self, values: dict):
        """The card again: the same payment once more where only the tap was too old."""
        same = self.refusal["reason"] == "tap_again" and self.member and self.member["account"] == values["account"]
        self.member_tapped(values)
        if same:
            self.ask_pay()
        else:
            self.to_tender()

    # giving up, starting again

    def give_up(self):
        """Nobody waits any longer: the request is taken back, whatever came of it."""
        self.life = step(self.life, "give_up")[0]
        self.do("give_up", self.LANE)
        self.go("voiding")

    def pending(self, lane: int, message: str, values: dict):
        """A request of before the restart, whose outcome nobody saw."""
        self.life = step(VOIDING if message == "void" else REQUESTED, "restart")[0]
        self.do("give_up", lane)
        self.go("voiding")

    def voided(self, lane: int, message: str, values: dict):
        """The gateway has acknowledged that the request counts for nothing."""
        if message == "void_answer":
            self.life = step(self.life, "voided")[0]
            self.undone = values
            self.do("beep", "ok")
            self.go("voided")
        elif message == "receipt":
            self.life = step(self.life, "approve")[0]
        elif message == "refused":
            self.life = step(self.life, "refuse")[0]
            self.note = self.reason(values)

    # the next sale

    def next_sale(self):
        """Any key: a new basket."""
        if self.life != OPEN:
            self.life = step(self.life, "done")[0]
        self.new_basket()
        self.let_go()
        self.to_basket()
        if self.operator is None and not self.store_name:
            self.go("boot")

    def let_go(self):
        """Of the sale before only what a second print may need is kept, once the first print is done."""
        sold = self.receipt and self.receipt.head["basket"]
        if sold and sold is not self.basket and (not self.printing or self.basket.used > KEPT_FOR_REPRINT):
            sold.shorten()

    def next_scan(self, code: str):
        """A scan is the first line of the next basket."""
        self.next_sale()
        if self.state == "basket":
            self.scan(code)

    def next_digit(self, key: str):
        """A digit begins the next basket too."""
        self.next_sale()
        if self.state != "boot":
            self.type_digit(key)

    def next_card(self):
        """A card is the next member's."""
        self.next_sale()
        if self.state != "boot":
            self.identify()

    def next_menu(self):
        """The menu between two sales."""
        self.next_sale()
        self.open_menu()

    # views

    def see_tender(self) -> dict:
        """Values of the view; amounts not put down are ''."""
        tender = self.tender
        params = self.see_member()
        params["total"] = self.money(tender.total_cents)
        params["remaining"] = self.money(tender.remaining())
        params["stored"] = self.money(-tender.stored_cents) if tender.stored_cents else ""
        params["points_taken"] = str(tender.points) if tender.points else ""
        params["points_value"] = self.money(-tender.points_cents)
        params["cash"] = self.money(-tender.cash_cents) if tender.cash_cents else ""
        params["can"] = self._can_approve()
        params["wants_tap"] = self.pay_on_tap
        return params

    def _can_approve(self) -> str:
        if self.refusal and "approve_cents" in self.refusal:
            return self.money(self.refusal["approve_cents"])
        return ""

    def see_refused(self) -> dict:
        """Values of the view: the reason, and what can be done now."""
        refusal = self.refusal or {}
        params = self.see_tender()
        params["reason"] = self.reason(refusal)
        params["code"] = refusal["reason"]
        params["known"] = self.money(refusal["in_all_cents"]) if "in_all_cents" in refusal else ""
        params["known_since"] = self.since(refusal.get("in_all_at_s", 0))
        return params

    def see_paying(self) -> dict:
        """Values of the view."""
        return {"total": self.money(self.tender.total_cents)}

    def see_approved(self) -> dict:
        """Values of the view."""
        head, values = self.receipt.head, self.receipt.values
        return {
            "total": self.money(values["total_cents"] if "total_cents" in values else values["principal_cents"]),
            "change": self.money(head["change_cents"]) if head["change_cents"] else "",
            "number": str(values["receipt"]),
            "offline": values["offline"],
            "lines": self.receipt.window(self.first, 8),
        }

    def see_voiding(self) -> dict:
        """Values of the view."""
        return {}

    def see_voided(self) -> dict:
        """Values of the view."""
        return {"reversed": self.undone["outcome"] == "reversed", "number": str(self.undone.get("receipt", ""))}
