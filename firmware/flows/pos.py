"""The pos: an attendant signs on, sells baskets, takes top-ups, signs off. All that can happen stands in pos.txt.

A board's heap does not hold all of its code at once: what belongs to some states only is a part (shift, selling,
paying, redeeming, topping_up, refunding, after), read from flash when one of them is entered; here is what several
parts need.
"""

import gc

from firmware.flows.basket import BASKET_MAX, Basket
from firmware.flows.flow import Flow
from firmware.flows.parts import load
from firmware.flows.shelf import Shelf
from firmware.room import tried
from protocol.sale import OPEN, REQUESTED, VOIDING, step


class Pos(Flow):
    """One lane, one basket. `life` follows protocol/sale.py: the screen says 'approved' only where that does."""

    APP = "pos"
    LANE = 0

    def __init__(self, terminal: str, texts, now_s, first_basket: int, folder: str):
        super().__init__(terminal, texts, now_s)
        self.shelves = (Shelf(folder + "/basket.0"), Shelf(folder + "/basket.1"))
        self.life = OPEN
        self.operator = self.shift = self.figures = None
        self.journal_full = False
        self.receipt = None
        self.printing = False
        self.first = 0
        self.part_name = ""
        self.code = None
        self.seeks = 0
        self.new_basket(first_basket)

    def call(self, name: str, *values):
        """A method of this class, 'part.function', or a function of the part that the state belongs to."""
        if hasattr(self, name):
            return getattr(self, name)(*values)
        part, dot, function = name.partition(".")
        if not dot:
            part, function = self.table.get("part." + self.state) or "", name
        return getattr(self.part(part), function)(self, *values)

    def part(self, name: str):
        """The code of a part, read from flash unless it is the one in use."""
        if name != self.part_name:
            self.code = None
            if self.receipt and not self.printing:  # printed, its code is in use: it stays, for the next receipt too
                self.receipt.code = None
            gc.collect()  # the old part's room for the new one
            self.code = tried(load, name)
            self.part_name = name
        return self.code

    def new_basket(self, number: int = 0):
        """An empty basket with a number of its own, and nobody's card."""
        if not number:
            number = self.basket.number % BASKET_MAX + 1
        sold = self.sold()
        if sold:
            sold.put_away()
        self.basket = Basket(number, self.shelves[bool(sold) and sold.shelf is self.shelves[0]])
        self.waiting = []
        self.asked = ""
        self.tries = 0
        self.again = 0
        self.told_again = False
        self.member = None
        self.units = []
        self.tender = None
        self.told = None
        self.selected = 0
        self.top = 0
        self.times_milli = 1000

    def resting(self) -> bool:
        """Nobody's turn, or an empty basket that nobody has laid a card to."""
        return super().resting() or self.state == "basket" and not self.busy_basket() and self.member is None

    def busy_basket(self) -> bool:
        """Whether there is something in the basket or on its way there."""
        return bool(self.basket.lines or self.waiting)

    def to_basket(self, note: str = ""):
        """The basket as it is; whoever is not signed on comes to the sign-on."""
        self.tender = None
        self.go("basket" if self.operator is not None else "sign_on", note)

    def ask_cancel(self):
        """The whole basket away? One more key decides."""
        if self.busy_basket() or self.member:
            self.go("cancel")

    def member_tapped(self, values: dict):
        """A member's card may be tapped at any time; another one takes its place."""
        if not self.member or self.member["account"] != values["account"]:
            self.units = [unit for unit in self.units if unit["asset"].startswith("code:")]  # the rest is another's
        self.member = values
        self.note = ""
        self.do("beep", "ok")

    def not_member(self, values: dict):
        """A staff card where a member's card is wanted."""
        self.say("card.staff_here")

    def total_cents(self) -> int:
        """What the basket costs less what is redeemed for it, each at most what is left."""
        rest_cents = self.basket.total_cents
        for unit in self.units:
            rest_cents -= min(unit["off_cents"], rest_cents)
        return rest_cents

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

    def to_sign_on(self):
        """The next attendant, please."""
        self.operator = self.shift = None
        self.go("sign_on")

    def open_menu(self):
        """Only between two sales: a basket is paid or cancelled first."""
        if self.busy_basket():
            self.say("basket.finish_first")
        else:
            self.go("menu")

    def menu_scan(self, code: str):
        """Scanning goods is always the next sale."""
        self.to_basket()
        self.part("selling").scan(self, code)

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

    def sold(self):
        """The basket of the last receipt, if it had one: a second print may need it."""
        return self.receipt and self.receipt.head["basket"]

    def give_back(self):
        """The heap is full: of the sale before only its figures are kept."""
        sold = self.sold()
        if sold and sold is not self.basket:
            sold.let_go()

    def on_journal(self, word: str):
        """The journal of requests: full of unanswered ones, or with room again."""
        self.journal_full = word == "full"

    def on_printer(self, good: bool):
        """The paper is out, or it is not."""
        self.printing = False
        if not good:
            self.say("printer.down")

    def halted(self) -> str:
        """Why no money request may be made now, as text; '' when nothing stands in the way."""
        if self.journal_full:
            return self.texts("journal.full")
        if not self.selling:
            return self.texts("store.not_selling")
        return "" if self.link else self.texts("link.down")

    def standing(self) -> str:
        """Without a note: what stands in the way of selling, or of the request on its way."""
        if self.state == "basket":
            return self.halted()
        if self.state in ("paying", "topping_up", "refunding", "voiding") and not self.link:
            return self.texts("link.repeats")
        return ""

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

    def print_again(self):
        """The last receipt once more on paper."""
        if not self.printing:
            self.printing = True
            self.do("print", self.receipt)
        self.note = self.texts("printing")
