"""What pumps and gateway say of the nozzles, and what is told them: every litre under a hold, every hold to its end.

Nothing flows before the gateway has noted it, and authorise is said once: a pump that did not answer to it is told to
stop, and believed only after it has taken that.
"""

from firmware.flows.pump_forecourt import REPORT_MS, Forecourt
from firmware.flows.pump_nozzle import ENDED, FUELLING, IDLE, READY, SUSPENDED

LIFT_MS = 60000  # an authorised nozzle that nobody lifts is let go
AGAIN_MS = 15000  # a refused capture is told again: what flowed is owed
HALT_MS = 2000  # a pump that did not take a stop is told again
REST_MS = 15000  # so long an idle pump shows the last fill before it shows the list price
OVER_ML = 500  # a pump that gives so much more than its preset is stopped
DONE_WITH = ("hold_closed", "nothing_open")  # refusals after which there is nothing left to tell


class Life(Forecourt):
    """Of a flow with nozzles; what a customer sees of it is pump.py."""

    # ---- what the pump says

    def nozzle_told(self, number: int, state: int, lifted: bool, ml: int, cents: int, total_ml: int):
        """A change of a nozzle."""
        one = self.nozzles[number - 1]
        hung_up = one.lifted and not lifted
        one.heard(state, lifted, ml, cents, total_ml)
        if one.state == "down":
            self.came_up(one)
        elif one.state == "free":
            self.stray(one)
        elif one.state in ("ready", "filling"):
            if state in (FUELLING, SUSPENDED):
                one.flowed = True
                one.step("flows")
                self.watch(one)
            elif state == READY and hung_up:
                self.do("pump", number, "stop")
            elif state != READY:
                self.ended(one, "stopped" if lifted else "hung_up")

    def came_up(self, one):
        """The pump answers: whatever was left open when the power went is worked out from its totals."""
        if one.record is None:
            one.step("up")
            one.priced_milli = 0
            self.stray(one)
            self.do("timer", "prices", REPORT_MS)
        elif "after_ml" in one.record:
            one.step("resume_ended")
            self.tell_end(one)
        elif one.pump_state == READY:
            one.step("resume_ready")
            self.wait_lift(one)
        else:
            one.lost = True
            one.step("resume")
            if one.pump_state in (IDLE, ENDED):
                self.ended(one, "recovered")

    def stray(self, one):
        """Nobody's nozzle gives nothing."""
        if one.pump_state in (READY, FUELLING, SUSPENDED) and not self.neighbour(one):
            self.do("pump", one.number, "stop")

    def watch(self, one):
        """A pump that has not heard its preset is stopped."""
        record = one.record
        over = one.cents > record["cents"] + record["price_milli"] * OVER_ML // 1000000
        wish_ml = record.get("wish_ml", 0)
        if (over or wish_ml and one.ml > wish_ml + OVER_ML) and not one.stopped:
            one.stopped = True
            self.do("pump", one.number, "stop")

    def nozzle_silent(self, number: int):
        """The pump has not answered for some seconds."""
        one = self.nozzles[number - 1]
        one.step("down")
        record = one.record
        if record is None:
            return
        if "after_ml" in record:
            if one.step("resume_ended"):
                self.tell_end(one)
        elif not one.silent:
            one.silent = one.lost = one.changed = True
            self.tell_state(one, "unknown")

    def alarmed(self, number: int, text: str):
        """The dispenser complains; '' when it is over."""
        one = self.nozzles[number - 1]
        one.alarm = text
        one.changed = True
        if text:
            self.do("beep", "error")

    def pump_did(self, number: int, what: str, good: bool):
        """The pump has taken a command, or has not answered to it."""
        one = self.nozzles[number - 1]
        if what == "price":
            one.priced_milli = one.priced_milli if good else 0
        elif what == "authorise":
            if one.step("armed" if good else "not_armed"):
                if good:
                    self.wait_lift(one)
                    self.do("beep", "ok")
                else:
                    self.do("pump", number, "stop")
        elif what == "stop":
            if one.state == "halting" and not good:
                self.do("timer", "n%d" % number, HALT_MS)
            elif one.step("halted") or one.state == "ready":
                self.wait_lift(one)

    def ended(self, one, why: str):
        """The fill is over: what flowed is captured, or the hold is let go."""
        if one.step("end"):
            one.end(why)
            self.do("keep", one.number, one.record)
            self.tell_end(one)

    def tell_end(self, one):
        """As the record has it, however often."""
        record = one.record
        values = {"hold": record["hold"], "total_before_ml": record["before_ml"], "total_after_ml": record["after_ml"]}
        if record["ml"]:
            values.update({"code": record["code"], "price_milli": record["price_milli"], "last": True})
            values.update({"ml": record["ml"], "amount_cents": record["amount_cents"], "why": record["why"]})
            if record["account"]:
                values["account"] = record["account"]
        self.do("request", one.number - 1, "capture" if record["ml"] else "release", values)

    # ---- what the gateway says

    def on_welcome(self, values: dict):
        """It has the time, and hears what it may have missed."""
        super().on_welcome(values)
        self.trusted, self.reported = True, False
        self.do("timer", "prices", REPORT_MS)
        for one in self.nozzles:
            one.changed = True
            if one.silent and one.record:
                self.tell_state(one, "unknown")

    def pending(self, lane: int, message: str, values: dict):
        """A request of before the restart: a capture is told on, a hold that nobody saw is taken back."""
        one = self.nozzles[lane]
        one.step("pending" if message in ("capture", "release") else "undo")

    def fill(self, one, message: str, values: dict) -> bool:
        """Asks for a hold, or for an attendant's start: only then may the pump give anything."""
        if not (self.link and self.usable(one) and one.step("hold")):
            return False
        one.begin(values.get("account"), values["ml"])
        values.update({"code": one.code, "nozzle": one.number})
        self.do("request", one.number - 1, message, values)
        return True

    def outcome(self, lane: int, message: str, values: dict):
        """The sealed answer to a nozzle's request."""
        one = self.nozzles[lane]
        if message in ("held", "started"):
            if one.step("held"):
                self.held(one, values)
        elif message in ("captured", "filled", "released"):
            self.over(one, None if message == "released" else values, "pump.nothing")
        elif message == "void_answer":
            one.step("voided")
        elif message == "refused":
            self.refused(one, values)

    def held(self, one, values: dict):
        """So much may flow, once the gateway has noted that it does."""
        one.record = {
            "hold": values["hold"],
            "account": one.account,
            "code": one.code,
            "price_milli": values["price_milli"],
            "list_milli": values.get("list_milli", 0),
            "cents": values["cents"],
            "wish_ml": min(one.wish_ml, values["ml"]),
            "name": values["name"],
            "before_ml": one.total_ml,
        }
        self.do("keep", one.number, one.record)
        self.tell_state(one, "fuelling")
        if self.at is one and self.state == "asking":
            self.go("fill")

    def tell_state(self, one, word: str):
        """The gateway hears what the pump does under the hold."""
        values = {"l": one.number - 1, "hold": one.record["hold"], "state": word}
        self.do("ask", "n%d" % one.number, "pump_state", values)

    def answered(self, tag: str, message: str, values: dict):
        """Noted: only now may the pump give. Anything else, and nothing flows."""
        if tag[0] != "n":
            self.told_offers(tag, message, values)
            return
        one = self.nozzles[int(tag[1:]) - 1]
        if one.state != "noting":
            return
        record = one.record
        noted = message == "pump_noted" and values["state"] == "running" and values["hold"] == record["hold"]
        if noted and not (self.halted or one.lost) and one.step("noted"):
            one.priced_milli = record["price_milli"]
            ml = record["wish_ml"]
            self.do("pump", one.number, "authorise", one.priced_milli, 0 if ml else record["cents"], ml)
        else:
            self.ended(one, "stopped")

    def wait_lift(self, one):
        """An authorised nozzle does not wait for ever."""
        self.do("timer", "n%d" % one.number, LIFT_MS)

    def nozzle_timer(self, name: str):
        """Nobody lifted it; a stop or a refused capture is told again; the list price comes back."""
        if name == "prices":
            self.set_prices()
            return
        if name[0] != "n":
            return
        one = self.nozzles[int(name[1:]) - 1]
        if one.state in ("ready", "halting"):
            self.do("pump", one.number, "stop")
        elif one.state == "telling" and one.refused:
            one.refused = False
            self.tell_end(one)
        elif one.state == "free":
            one.rests = False
            self.set_prices()

    def refused(self, one, values: dict):
        """A hold: why not, and what would be. A capture: again, unless there is nothing left to tell."""
        if one.step("refused"):
            if self.at is one:
                self.not_held(values)
        elif one.state == "telling" and values["reason"] in DONE_WITH:
            self.over(one, None, "pump.booked")
        elif one.state == "telling":
            one.refused = True
            self.note = self.reason(values)
            self.do("timer", "n%d" % one.number, AGAIN_MS)

    def over(self, one, receipt, otherwise: str):
        """The gateway has booked it, or let go. What the totaliser has counted since then is told too."""
        record = one.record
        if record and one.pump_state in (IDLE, ENDED) and one.total_ml > record.get("after_ml", one.total_ml):
            if one.step("more"):
                record["before_ml"] = record.pop("after_ml")
                one.lost, one.flowed = True, False
                self.ended(one, "recovered")
            return
        if one.step("over"):
            one.receipt, one.record = receipt, None
            one.rests = True  # it still shows what it gave
            self.do("keep", one.number, None)
            self.do("timer", "n%d" % one.number, REST_MS)
            if receipt and self.prints:
                self.put_slip(receipt, one)
            elif receipt:
                for name in ("taxes", "hold", "incarnation"):  # what paper alone says
                    receipt.pop(name, None)
        self.shown_over(one, otherwise)

    # ---- from afar

    def pump_do(self, values: dict):
        """What an attendant at the store's page wants of a nozzle, or (0) of all."""
        what, number = values["do"], values["nozzle"]
        if number == 0 and what in ("stop", "resume"):
            self.halt(what == "stop")
        if not 0 < number <= len(self.nozzles):
            return
        one = self.nozzles[number - 1]
        if what == "start":
            self.start_from_afar(one, values)
        elif what == "stop":
            self.stop_one(one)
        else:
            self.pause(one, what)

    def start_from_afar(self, one, values: dict):
        """The same word twice starts one fill."""
        if self.starts.get(str(one.number)) == values["ask"] or "operator" not in values:
            return
        wanted = {"cents": values.get("cents", 0), "ml": values.get("ml", 0)}
        wanted.update({"operator": values["operator"], "shift": values["shift"]})
        self.starts[str(one.number)] = values["ask"]
        self.keep_all()
        self.fill(one, "start", wanted)

    def stop_one(self, one):
        """Enough, or not at all."""
        if one.state in ("ready", "filling"):
            self.do("pump", one.number, "stop")

    def pause(self, one, what: str):
        """suspend or resume, while it fills."""
        if one.state == "filling":
            self.do("pump", one.number, what)
