"""The pump: tap, choose, fill, and what was pumped is taken from the card. Its table is pump.txt.

One terminal serves several nozzles and one customer at its screen: while one fills, the next may tap. A nozzle has a
life of its own (pump_nozzle.py); its lane of requests is its number less one.
"""

from firmware.flows.pump_nozzle import BUSY, ENDED, FUELLING, IDLE, READY, Nozzle
from firmware.flows.pump_pictures import Pictures

SHOWN_MS = 20000  # a receipt stays that long, unless a key or a card comes
CHOOSE_MS = 30000
READ_MS = 8000
LIFT_MS = 60000  # an authorised nozzle that nobody lifts is let go
AGAIN_MS = 15000  # a refused capture is told again: what flowed is owed
ERROR_MS = 6000
DONE_WITH = ("hold_closed", "nothing_open")  # refusals after which there is nothing left to tell


class Pump(Pictures):
    """`at`: the nozzle that the screen is about, None for none."""

    def __init__(self, terminal: str, texts, now_s, codes):
        super().__init__(terminal, texts, now_s)
        self.nozzles = [Nozzle(at + 1, code) for at, code in enumerate(codes)]
        self.at = None
        self.member = None
        self.refusal = {}

    def resting(self) -> bool:
        """Nobody at the screen, no nozzle in use."""
        return super().resting() and not any([one.state in BUSY for one in self.nozzles])

    def standing(self) -> str:
        """Without a note."""
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
        self.at = self.member = None
        self.refusal = {}
        self.go("idle")

    def read(self):
        """A card came."""
        self.put_away()
        self.at = self.member = None
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
        """A pump has nothing for attendants."""
        self.fail(self.texts("card.staff_here"))

    def tapped(self, values: dict):
        """A member: to the nozzle that is lifted, or the only free one, or they say which."""
        self.member = values
        self.do("beep", "ok")
        free = [one for one in self.nozzles if one.state == "free"]
        lifted = [one for one in free if one.lifted]
        if len(lifted) == 1 or len(free) == 1:
            self.pick((lifted or free)[0])
        elif free:
            self.go("choose")
            self.wait(CHOOSE_MS)
        else:
            self.fail(self.texts("pump.none_free"))

    def choose(self, key: str):
        """Nozzle by number."""
        one = self.nozzle(key)
        if one is None:
            return
        if one.state == "free":
            self.pick(one)
        else:
            self.say("pump.busy", one.number)

    def nozzle(self, key: str):
        """By the key with its number."""
        number = int(key) if key.isdigit() else 0
        return self.nozzles[number - 1] if 0 < number <= len(self.nozzles) else None

    def pick(self, one):
        """This nozzle: how much?"""
        self.at = one
        self.go("amount")
        self.wait(CHOOSE_MS)

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
        if (whole + part).isdigit() and len(part) <= 3 and len(whole) <= 4:
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
        """Sets it aside: only then may the pump give anything."""
        one = self.at
        if not self.link or not one.step("hold"):
            self.say("link.down" if not self.link else "pump.busy", *([one.number] if self.link else []))
            return
        one.receipt = None
        values = {"account": self.member["account"], "tap": self.member["tap"], "code": one.code}
        values.update({"nozzle": one.number, "cents": cents, "ml": ml})
        self.do("request", one.number - 1, "hold", values)
        self.go("asking")

    def give_up(self):
        """The customer does not wait."""
        if self.at.step("give_up"):
            self.do("give_up", self.at.number - 1)
        self.to_idle()

    def stop(self):
        """Enough, or not at all."""
        if self.at.state in ("ready", "filling"):
            self.do("pump", self.at.number, "stop")

    def look_at(self, key: str):
        """A nozzle's fill, or its last receipt."""
        one = self.nozzle(key)
        if one is not None and (one.state in BUSY or one.receipt):
            self.at = one
            self.go("fill" if one.state in BUSY else "done")
            self.wait(SHOWN_MS)

    # ---- what the pump says

    def nozzle_told(self, number: int, state: int, lifted: bool, ml: int, cents: int, total_ml: int):
        """A change of a nozzle."""
        one = self.nozzles[number - 1]
        one.silent = False
        one.pump_state, one.lifted, one.ml, one.cents, one.total_ml = state, lifted, ml, cents, total_ml
        if one.state == "down":
            self.came_up(one)
        elif one.state == "ready" and state == FUELLING:
            one.step("flows")
        elif one.state in ("ready", "filling") and state in (IDLE, ENDED):
            self.ended(one, "hung_up" if not lifted else "stopped")

    def came_up(self, one):
        """The pump answers: whatever was left open when the power went is worked out from its totals."""
        if one.record is None:
            one.step("up")
        elif one.pump_state == READY:
            one.step("resume_ready")
            self.wait_lift(one)
        else:
            one.step("resume")
            if one.pump_state in (IDLE, ENDED):
                self.ended(one, "recovered")

    def nozzle_silent(self, number: int):
        """The pump has not answered for some seconds."""
        one = self.nozzles[number - 1]
        one.step("down")
        if one.record is not None and not one.silent:
            one.silent = True
            self.tell_state(one, "unknown")

    def ended(self, one, why: str):
        """The fill is over: what flowed is captured, or the hold is let go."""
        record, ml = one.record, one.delivered_ml()
        if not one.step("end"):
            return
        values = {"hold": record["hold"], "total_before_ml": record["before_ml"], "total_after_ml": one.total_ml}
        if ml:
            values.update({"account": record["account"], "code": record["code"], "ml": ml, "why": why, "last": True})
            values.update({"amount_cents": max(1, one.delivered_cents()), "price_milli": record["price_milli"]})
        self.do("request", one.number - 1, "capture" if ml else "release", values)

    def kept(self, number: int, record):
        """What flash knows of a nozzle from before the power went."""
        self.nozzles[number - 1].record = record

    def refused_by_pump(self, number: int):
        """It would not begin: nothing flows."""
        one = self.nozzles[number - 1]
        if one.state == "ready":
            self.ended(one, "stopped")

    # ---- what the gateway says

    def pending(self, lane: int, message: str, values: dict):
        """A request of before the restart: a capture is told on, a hold that nobody saw is taken back."""
        one = self.nozzles[lane]
        one.step("pending" if message in ("capture", "release") else "undo")

    def outcome(self, lane: int, message: str, values: dict):
        """The sealed answer to a nozzle's request."""
        one = self.nozzles[lane]
        if message == "held" and one.step("held"):
            self.held(one, values)
        elif message in ("captured", "released"):
            self.over(one, values if message == "captured" else None, "pump.nothing")
        elif message == "void_answer":
            one.step("voided")
        elif message == "refused":
            self.refused(one, values)

    def held(self, one, values: dict):
        """So much may flow, once the gateway has noted that it does."""
        one.record = {
            "hold": values["hold"],
            "account": self.member["account"],
            "code": one.code,
            "price_milli": values["price_milli"],
            "cents": values["cents"],
            "name": values["name"],
            "before_ml": one.total_ml,
        }
        self.do("keep", one.number, one.record)
        self.tell_state(one, "fuelling")
        if self.at is one:
            self.go("fill")

    def tell_state(self, one, word: str):
        """The gateway hears what the pump does under the hold."""
        values = {"l": one.number - 1, "hold": one.record["hold"], "state": word}
        self.do("ask", "n%d" % one.number, "pump_state", values)

    def answered(self, tag: str, message: str, values: dict):
        """Noted: only now may the pump give. Anything else, and nothing flows."""
        one = self.nozzles[int(tag[1:]) - 1]
        if one.state != "noting":
            return
        if message == "pump_noted" and values["state"] == "running":
            one.step("noted")
            record = one.record
            self.do("pump", one.number, "authorise", record["price_milli"], record["cents"], 0)
            self.wait_lift(one)
            self.do("beep", "ok")
        else:
            self.ended(one, "stopped")

    def wait_lift(self, one):
        """An authorised nozzle does not wait for ever."""
        self.do("timer", "n%d" % one.number, LIFT_MS)

    def nozzle_timer(self, name: str):
        """Nobody lifted it; or a capture that was refused is told again."""
        if name == "screen":
            return
        one = self.nozzles[int(name[1:]) - 1]
        if one.state == "ready":
            self.do("pump", one.number, "stop")
        elif one.state == "telling" and one.refused:
            one.refused = False
            one.step("again")
            self.ended(one, "recovered")

    def refused(self, one, values: dict):
        """A hold: why not, and what would be. A capture: again, unless there is nothing left to tell."""
        if one.step("refused"):
            self.refusal = values
            if self.at is one:
                self.do("beep", "error")
                self.go("short")
                self.wait(CHOOSE_MS)
        elif one.state == "telling" and values["reason"] in DONE_WITH:
            self.over(one, None, "pump.booked")
        elif one.state == "telling":
            one.refused = True
            self.note = self.reason(values)
            self.do("timer", "n%d" % one.number, AGAIN_MS)

    def over(self, one, receipt, otherwise: str):
        """The gateway has booked it, or let go."""
        if one.step("over"):
            one.receipt, one.record = receipt, None
            self.do("keep", one.number, None)
        if self.at is one and self.state == "fill":
            self.do("beep", "ok")
            self.go("done" if receipt else "error", "" if receipt else self.texts(otherwise))
            self.wait(SHOWN_MS if receipt else ERROR_MS)
