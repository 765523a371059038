"""The pos: an attendant signs on, sells baskets, takes top-ups, signs off. All that can happen stands in pos.txt."""

from firmware.flows.flow import Flow
from firmware.flows.paying import Paying
from firmware.flows.selling import Selling
from firmware.flows.shift import Shift
from firmware.flows.topping_up import ToppingUp
from protocol.sale import OPEN


class Pos(Shift, Selling, Paying, ToppingUp, Flow):
    """One lane, one basket. Each of the four files holds the handlers of its states."""

    APP = "pos"
    LANE = 0

    def __init__(self, terminal: str, texts, now_s, first_basket: int = 1):
        super().__init__(terminal, texts, now_s)
        self.life = OPEN
        self.operator = self.shift = self.figures = None
        self.journal_full = False
        self.receipt = None
        self.printing = False
        self.first = 0
        self.new_basket(first_basket)

    def on_journal(self, word: str):
        """The journal of requests: full of unanswered ones, or with room again."""
        self.journal_full = word == "full"

    def on_printer(self, good: bool):
        """The paper is out, or it is not."""
        self.printing = False
        self.let_go()
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
        if self.state in ("paying", "topping_up", "voiding") and not self.link:
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

    def scroll_up(self):
        """Receipt on the screen."""
        self.first = max(0, self.first - 4)

    def scroll_down(self):
        """Receipt on the screen; stops when its last line shows."""
        if len(self.receipt.window(self.first + 4, 5)) == 5:
            self.first += 4

    def print_again(self):
        """The last receipt once more on paper."""
        if not self.printing:
            self.printing = True
            self.do("print", self.receipt)
        self.note = self.texts("printing")
