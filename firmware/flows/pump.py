"""The pump: tap, choose, fill, and what was pumped is taken from the card. Its table is pump.txt.

One terminal serves several nozzles and one customer at its screen: while one fills, the next may tap. A nozzle has a
life of its own (pump_nozzle.py, pump_life.py); its lane of requests is its number less one. What few customers need is
a part, read from flash when its state is entered: staff, entry (plate, odometer), coupons, paper.
"""

import gc

from firmware.flows.pump_life import Life
from firmware.flows.pump_nozzle import BUSY
from firmware.flows.pump_parts import load
from firmware.room import tried

SHOWN_MS = 20000  # a receipt stays that long, unless a key or a card comes
CHOOSE_MS = 30000
READ_MS = 8000
ERROR_MS = 6000
SPARE_BYTES = 2048  # kept in one piece: a heap in use has room enough for a part, but not one place for it


class Pump(Life):
    """`at`: the nozzle that the screen is about, None for none."""

    def __init__(self, terminal: str, texts, now_s, nozzles):
        super().__init__(terminal, texts, now_s, nozzles)
        self.asked_offers = 0
        self.part_name = ""
        self.code = self.spare = None
        self.leave()

    def leave(self):
        """Nobody stands at the screen."""
        self.at = self.member = self.operator = self.shift = None
        self.refusal = {}
        self.entered = {}
        self.staff = ""
        self.asks = []
        self.offers = []
        self.more_offers = False
        self.coupon = None
        self.code, self.part_name = None, ""
        if not self.spare:
            gc.collect()
            try:
                self.spare = bytearray(SPARE_BYTES)
            except MemoryError:
                pass  # next time

    def call(self, name: str, *values):
        """A method of this class, or a function of the part that the state belongs to."""
        if hasattr(self, name):
            return getattr(self, name)(*values)
        return getattr(self.part(self.table.get("part." + self.state) or ""), name)(self, *values)

    def part(self, name: str):
        """The code of a part, read from flash unless it is the one in use."""
        if name != self.part_name:
            self.code = self.spare = None
            gc.collect()  # the old part's room for the new one
            self.code = tried(load, name)
            self.part_name = name
        return self.code

    def give_back(self):
        """The heap is full: a part is read again when it is wanted, and here is a place."""
        self.code, self.part_name, self.spare = None, "", None
        for one in self.nozzles:
            one.changed = True  # perhaps it was a report that found no room

    def resting(self) -> bool:
        """Nobody at the screen, no nozzle in use."""
        return super().resting() and not any([one.state in BUSY for one in self.nozzles])

    def standing(self) -> str:
        """Without a note."""
        if self.halted:
            return self.texts("pump.halted")
        if self.link or self.state == "boot":
            return ""
        return self.texts("link.repeats" if self.state == "fill" else "link.down")

    # ---- at the screen

    def welcomed(self, values: dict):
        """The first word of the gateway: ready."""
        self.on_welcome(values)
        self.go("idle")

    def to_idle(self, *values):
        """The invitation, for the next customer."""
        self.put_away()
        self.leave()
        self.go("idle")

    def read(self):
        """A card came."""
        self.put_away()
        self.leave()
        if not (self.link and self.selling):
            self.fail(self.texts("link.down" if not self.link else "store.not_selling"))
            return
        self.go("reading")
        self.identify()
        self.wait(READ_MS)

    def put_away(self):
        """A receipt that was shown is nobody else's to see."""
        if self.state == "done":
            self.at.receipt = None

    def wait(self, ms: int):
        """What the screen shows goes away by itself."""
        self.do("timer", "screen", ms)

    def timed_out(self, name: str):
        """The card dance did not end."""
        if name == "screen":
            self.fail(self.reason({"reason": "busy"}))
        else:
            self.nozzle_timer(name)

    def screen_timer(self, name: str):
        """Nobody has touched it for long."""
        if name == "screen":
            self.to_idle()
        else:
            self.nozzle_timer(name)

    def failed(self, reason: str):
        """No card: why, and what to do."""
        self.fail(self.reason({"reason": reason}))

    def fail(self, text: str):
        """Sorry."""
        self.go("error", text)
        self.do("beep", "error")
        self.wait(ERROR_MS)

    def staff_tapped(self, values: dict):
        """An attendant: to the nozzles."""
        self.part("staff").sign_on_by_card(self, values)

    def to_staff(self):
        """An attendant without a card."""
        self.go("staff_number")
        self.wait(CHOOSE_MS)

    def tapped(self, values: dict):
        """A member: to the nozzle that is lifted, or the only free one, or they say which."""
        self.member = values
        if self.halted:
            self.fail(self.texts("pump.halted"))
            return
        self.do("beep", "ok")
        free = [one for one in self.nozzles if self.usable(one) and self.allowed(one)]
        lifted = [one for one in free if one.lifted]
        if len(lifted) == 1 or len(free) == 1:
            self.pick((lifted or free)[0])
        elif free:
            self.go("choose")
            self.wait(CHOOSE_MS)
        elif [one for one in self.nozzles if self.usable(one)]:
            self.failed("grade_not_allowed")
        else:
            self.fail(self.texts("pump.none_free"))

    def allowed(self, one) -> bool:
        """Whether the card may have this grade."""
        return not self.member or "grades" not in self.member or one.code in self.member["grades"]

    def choose(self, key: str):
        """Nozzle by number."""
        one = self.nozzle(key)
        if one is None:
            return
        if not self.usable(one):
            self.say_busy(one)
        elif not self.allowed(one):
            self.say("reason.grade_not_allowed")
        else:
            self.pick(one)

    def say_busy(self, one):
        """Which nozzle is in use: this one, or another one of its pump."""
        beside = self.neighbour(one)
        self.say("pump.busy", beside.number if one.state == "free" and beside else one.number)

    def nozzle(self, key: str):
        """By the key with its number."""
        number = int(key) if key.isdigit() else 0
        return self.nozzles[number - 1] if 0 < number <= len(self.nozzles) else None

    def pick(self, one):
        """This nozzle: what the card asks for, then how much?"""
        self.at = one
        self.asks = list(self.member.get("asks", ()))
        self.asked_offers += 1
        values = {"account": self.member["account"], "tap": self.member["tap"], "after": 0}
        self.do("ask", "u%d" % self.asked_offers, "units_ask", values)
        self.to_amount()

    def to_amount(self, *values):
        """How much? But first what is still to be typed."""
        self.go("entry" if self.asks else "amount")
        self.wait(CHOOSE_MS)

    def told_offers(self, tag: str, message: str, values: dict):
        """What the card may have taken off; a gateway that knows none shows none."""
        if tag == "u%d" % self.asked_offers and message == "units_told" and self.member:
            self.offers = [offer for offer in values["offers"] if offer["asset"].startswith("coupon:")]
            self.more_offers = values["more"]

    def to_coupons(self):
        """One of them, if the customer wants."""
        if self.offers or self.more_offers:
            self.part("coupons").to_coupons(self)
        else:
            self.say("pump.no_coupon")

    def erase(self):
        """A digit back, then away."""
        if self.typed:
            self.typed = self.typed[:-1]
            self.note = ""
        else:
            self.to_idle()

    def by_amount(self):
        """As much as this money buys."""
        cents = self.typed_cents()
        if cents > 0:
            self.ask(cents, 0)
        else:
            self.say("pump.type_first")

    def by_volume(self):
        """So many litres."""
        whole, _, part = self.typed.partition(".")
        if (whole + part).isdigit() and len(part) <= 3 and len(whole) <= 4 and int(whole + part):
            self.ask(0, int((whole or "0") + (part + "000")[:3]))
        else:
            self.say("pump.type_first")

    def full(self):
        """Until the tank is full, as far as the card goes."""
        self.ask(0, 0)

    def offered(self):
        """Then so much as the store can approve."""
        self.ask(self.refusal["approve_cents"], 0)

    def ask(self, cents: int, ml: int):
        """Sets it aside."""
        one = self.at
        values: dict = {"cents": cents, "ml": ml}
        if self.member:
            values.update({"account": self.member["account"], "tap": self.member["tap"]})
            values.update(self.entered)
            if self.coupon:
                values["coupon"] = self.coupon
        else:
            values.update({"operator": self.operator, "shift": self.shift})
        if self.fill(one, "hold" if self.member else "start", values):
            self.go("asking")
        elif self.link and not self.halted:
            self.say_busy(one)
        else:
            self.say("pump.halted" if self.halted else "link.down")

    def not_held(self, values: dict):
        """Why not, and what would be."""
        self.refusal = values
        self.do("beep", "error")
        self.go("short")
        self.wait(CHOOSE_MS)

    def give_up(self):
        """The customer does not wait."""
        if self.at.step("give_up"):
            self.do("give_up", self.at.number - 1)
        self.to_idle()

    def stop(self):
        """Enough, or not at all."""
        self.stop_one(self.at)

    def look_at(self, key: str):
        """A nozzle's fill, or its last receipt."""
        one = self.nozzle(key)
        if one is not None and (one.state in BUSY or one.receipt):
            self.at = one
            self.go("fill" if one.state in BUSY else self.receipt_view(one))
            self.wait(SHOWN_MS)

    def receipt_view(self, one) -> str:
        """A fill without a member is paid elsewhere."""
        return "unpaid" if "fill" in one.receipt else "done"

    def shown_over(self, one, otherwise: str):
        """A fill is over: who looks at it sees what came of it."""
        if self.at is one and self.state == "fill":
            self.do("beep", "ok")
            if one.receipt:
                self.go(self.receipt_view(one))
                self.wait(SHOWN_MS)
            else:
                self.fail(self.texts(otherwise))

    def slip(self, receipt: dict, one):
        """For the printer."""
        head = {"store": self.store_name, "terminal": self.terminal, "nozzle": one.number, "money": self.money}
        head["price"] = self.price
        head["clock"] = self.clock(self.now_s())
        head["since"] = self.since(receipt.get("in_all_at_s", 0))
        return Slip(self.texts, head, receipt)


class Slip:
    """A receipt on paper: its figures. The lines are made while they are printed."""

    qr = ""

    def __init__(self, texts, head: dict, values: dict):
        self.texts = texts
        self.head = head
        self.values = values

    def __iter__(self):
        return tried(load, "paper").lines(self.texts, self.head, self.values)
