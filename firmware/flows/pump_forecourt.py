"""What concerns all nozzles of a terminal: their live report, list prices, the emergency stop, slips of paper.

Record 0 in flash holds what is not one nozzle's, so that prices come at their moment with the gateway away too.
"""

from firmware.flows.pump_nozzle import BUSY, IN_USE, SUSPENDED, Nozzle
from firmware.flows.pump_pictures import Pictures

PRICES_MS = 20000  # how often it is looked whether a list price has come due
REPORT_MS = 1000  # not more than one report of the nozzles in that time
SLIPS_MAX = 4  # receipts that wait for the printer; one more is not printed
REPORTED = {"arming": "ready", "halting": "stopped"}


class Forecourt(Pictures):
    """The nozzles, without the life of each."""

    def __init__(self, terminal: str, texts, now_s, nozzles):
        super().__init__(terminal, texts, now_s)
        self.nozzles = [Nozzle(at + 1, nozzles[at][0], nozzles[at][1]) for at in range(len(nozzles))]
        self.prices = []
        self.seen_s = 0
        self.trusted = self.halted = False
        self.starts = {}
        self.reported = False
        self.prints = False  # whether there is a printer
        self.slips = []

    def on(self, event: tuple) -> list:
        """Takes one event; a report of the nozzles goes with it when it is time."""
        effects = []
        if event == ("timer", "report"):
            self.reported = False
        else:
            effects = super().on(event)
        if self.link and not self.reported and any([one.changed for one in self.nozzles]):
            effects.append(("tell", "nozzles", {"nozzles": [self.report(one) for one in self.nozzles]}))
            effects.append(("timer", "report", REPORT_MS))
            self.reported = True
        return effects

    def report(self, one) -> dict:
        """One row of the live report."""
        one.changed = False
        state = "suspense" if one.silent and one.record else REPORTED.get(one.state, one.state)
        if one.state == "filling" and one.pump_state == SUSPENDED:
            state = "stopped"
        ml, cents = one.shown()
        row = {"n": one.number, "code": one.code, "state": state, "lifted": one.lifted, "ml": ml, "cents": cents}
        row.update({"price_milli": one.priced_milli, "total_ml": one.total_ml})
        beside = self.neighbour(one) if state == "free" else None
        if beside:
            row["busy"] = beside.number
        if self.halted or one.alarm:
            row["alarm"] = "stop_all" if self.halted else one.alarm
        return row

    def neighbour(self, one):
        """Another nozzle of the same pump that is in use, or None: a pump serves one at a time."""
        for other in self.nozzles:
            if other is not one and other.address == one.address:
                left_open = other.state == "down" and other.record  # as found in flash
                if left_open or other.state in IN_USE:
                    return other
        return None

    def usable(self, one) -> bool:
        """Whether a fill may begin there."""
        return one.state == "free" and not self.halted and self.neighbour(one) is None

    def kept(self, number: int, record):
        """What flash knows from before the power went."""
        if number:
            self.nozzles[number - 1].record = record
            return
        self.prices, self.seen_s = record["prices"], record["seen_s"]
        self.halted, self.starts = record["halted"], record["starts"]

    def keep_all(self):
        """What is not one nozzle's, into flash."""
        record = {"prices": self.prices, "seen_s": self.seen_s, "halted": self.halted, "starts": self.starts}
        self.do("keep", 0, record)

    # ---- list prices

    def told_prices(self, values: dict):
        """All list prices of the store, with the moment of each; ours are kept."""
        codes = [one.code for one in self.nozzles]
        told = [[one["code"], one["price_milli"], one["from_s"]] for one in values["prices"] if one["code"] in codes]
        told.sort(key=lambda price: price[2])
        self.seen_s = self.now_s()
        if told != self.prices:
            self.prices = told
            self.keep_all()
        self.set_prices()

    def due_milli(self, code: str) -> int:
        """The list price now; where the clock is not to be trusted, the one that was due when it last was. 0: none."""
        at_s = self.now_s() if self.trusted else self.seen_s
        milli = 0
        for price in self.prices:
            if price[0] == code and price[2] <= at_s:
                milli = price[1]
        return milli

    def set_prices(self):
        """Idle pumps show what is due."""
        for one in self.nozzles:
            if one.state == "free":
                self.set_price(one)
        self.do("timer", "prices", PRICES_MS)

    def set_price(self, one):
        """Only where nobody is at the pump, and none of its nozzles still shows what it gave."""
        milli = self.due_milli(one.code)
        if not milli or milli == one.priced_milli or one.lifted:
            return
        if any([other.address == one.address and (other.rests or other.state in BUSY) for other in self.nozzles]):
            return
        one.priced_milli = milli
        one.changed = True
        self.do("pump", one.number, "price", milli)
        if self.trusted and [price for price in self.prices if self.seen_s < price[2] <= self.now_s()]:
            self.seen_s = self.now_s()
            self.keep_all()

    # ---- the emergency stop

    def stop_all(self):
        """The emergency key."""
        self.halt(True)
        self.do("beep", "error")

    def halt(self, halted: bool):
        """Every pump stops at once, and nothing is given until somebody in charge says so, over a restart too."""
        if halted:
            self.do("pump", 0, "stop")
        if halted != self.halted:
            self.halted = halted
            self.keep_all()
            for one in self.nozzles:
                one.changed = True

    # ---- paper

    def put_slip(self, receipt: dict, one):
        """A receipt for the printer."""
        if len(self.slips) < SLIPS_MAX:
            self.slips.append(self.slip(receipt, one))
            if len(self.slips) == 1:
                self.do("print", self.slips[0])

    def on_printer(self, good: bool):
        """The paper is out, or it is not: the next one."""
        self.slips.pop(0)
        if not good:
            self.note = self.texts("printer.down")
        if self.slips:
            self.do("print", self.slips[0])
