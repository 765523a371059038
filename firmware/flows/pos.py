"""The pos: an attendant signs on, sells baskets, takes top-ups, signs off. The table of all that can happen is here."""

from firmware.flows.flow import ANY, Flow
from firmware.flows.paying import Paying
from firmware.flows.selling import Selling
from firmware.flows.shift import Shift
from firmware.flows.topping_up import ToppingUp
from protocol.sale import OPEN

_AFTER = {"up": "scroll_up", "down": "scroll_down", "f1": "print_again", "menu": "next_menu", "digit": "next_digit"}
_AFTER.update({"scan": "next_scan", "card_placed": "next_card", "*": "next_sale"})
_OVER = {"scan": "next_scan", "card_placed": "next_card", "digit": "next_digit", "*": "next_sale"}


class Pos(Shift, Selling, Paying, ToppingUp, Flow):
    """One lane, one basket. Each file of the four holds the handlers of its rows."""

    APP = "pos"
    LANE = 0
    TABLE = {
        ANY: {
            "start": "redraw",
            "link": "on_link",
            "gateway": "on_gateway",
            "welcome": "on_welcome",
            "head": "on_head",
            "journal": "on_journal",
            "printer": "on_printer",
            "pending": "pending",
            "card_error": "card_error",
        },
        # shift.py
        "boot": {"welcome": "welcomed"},
        "sign_on": {
            "digit": "type_digit",
            "back": "erase",
            "ok": "enter_operator",
            "menu": "switch_language",
            "card_placed": "identify",
            "staff_tapped": "sign_on_by_card",
            "tapped": "not_staff",
        },
        "pin": {
            "digit": "type_digit",
            "back": "erase_pin",
            "ok": "enter_pin",
            "card_placed": "identify",
            "staff_tapped": "sign_on_by_card",
            "tapped": "not_staff",
        },
        "signing_on": {"answer": "signed_on"},
        "menu": {"digit": "choose", "back": "to_basket", "menu": "to_basket", "scan": "menu_scan"},
        "last": {"up": "scroll_up", "down": "scroll_down", "f1": "print_again", "*": "to_basket", "scan": "menu_scan"},
        "signing_off": {"answer": "signed_off"},
        "signed_off": {"*": "to_sign_on", "card_placed": "sign_on_card_placed"},
        # selling.py
        "basket": {
            "digit": "type_digit",
            "back": "erase",
            "ok": "enter",
            "f1": "times",
            "f2": "change_quantity",
            "f3": "take_out",
            "f4": "ask_cancel",
            "up": "line_up",
            "down": "line_down",
            "card": "to_card",
            "cash": "to_cash",
            "points": "to_points",
            "menu": "open_menu",
            "scan": "scan",
            "answer": "answered",
            "card_placed": "identify",
            "tapped": "member_tapped",
            "staff_tapped": "not_member",
        },
        "cancel": {"ok": "cancel_basket", "back": "to_basket", "answer": "answered"},
        # paying.py
        "tender": {
            "digit": "type_digit",
            "back": "tender_back",
            "card": "pay_card",
            "cash": "pay_cash",
            "points": "pay_points",
            "ok": "pay_ok",
            "f4": "ask_cancel",
            "card_placed": "identify",
            "tapped": "tender_tapped",
            "staff_tapped": "not_member",
        },
        "paying": {"outcome": "paid", "back": "give_up"},
        "refused": {
            "digit": "refused_digit",
            "back": "refused_back",
            "ok": "refused_back",
            "card": "pay_card",
            "cash": "pay_cash",
            "points": "pay_points",
            "f4": "ask_cancel",
            "card_placed": "identify",
            "tapped": "refused_tapped",
            "staff_tapped": "not_member",
        },
        "approved": _AFTER,
        "voiding": {"outcome": "voided"},
        "voided": _OVER,
        # topping_up.py
        "top_up_tap": {
            "card_placed": "identify",
            "tapped": "top_up_tapped",
            "staff_tapped": "not_member",
            "back": "to_basket",
        },
        "top_up": {
            "digit": "type_digit",
            "back": "erase_top_up",
            "ok": "confirm_top_up",
            "cash": "confirm_top_up",
            "card_placed": "identify",
            "tapped": "top_up_tapped",
        },
        "top_up_sure": {"ok": "ask_top_up", "cash": "ask_top_up", "back": "back_to_amount"},
        "topping_up": {"outcome": "topped", "back": "give_up"},
        "top_up_refused": {
            "ok": "back_to_amount",
            "back": "to_basket",
            "card_placed": "identify",
            "tapped": "top_up_tapped",
        },
        "topped_up": _AFTER,
    }

    def __init__(self, terminal: str, texts, now_s, first_basket: int = 1):
        super().__init__(terminal, texts, now_s)
        self.life = OPEN
        self.operator = self.shift = self.figures = None
        self.journal_full = False
        self.receipt = None
        self.first = 0
        self.new_basket(first_basket)

    def on_journal(self, word: str):
        """The journal of requests: full of unanswered ones, or with room again."""
        self.journal_full = word == "full"

    def on_printer(self, good: bool):
        """The printer came back with its answer."""
        if not good:
            self.say("printer.down")

    def halted(self) -> str:
        """Why no money request may be made now, as text; '' when nothing stands in the way."""
        if self.journal_full:
            return self.texts("journal.full")
        if not self.selling:
            return self.texts("store.not_selling")
        return "" if self.link else self.texts("link.down")

    def may_ask(self) -> bool:
        """Whether a money request may be made; says why not."""
        self.note = self.halted()
        if self.note:
            self.do("beep", "error")
        return not self.note

    def erase(self):
        """Takes back the last letter typed."""
        self.note = ""
        self.typed = self.typed[:-1]

    def scroll_up(self):
        """Receipt on the screen."""
        self.first = max(0, self.first - 4)

    def scroll_down(self):
        """Receipt on the screen; stops when its last line shows."""
        if len(self.receipt.window(self.first + 4, 5)) == 5:
            self.first += 4

    def print_again(self):
        """The last receipt once more on paper."""
        if self.receipt:
            self.do("print", self.receipt)
            self.note = self.texts("printing")
