"""A nozzle's own life as a table: (state, what happens) -> state. What is not listed changes nothing.

down      the pump says nothing               filling  fuel flows, or did and it is not hung up yet
free      nobody's                            halting  it is told to stop, and believed once it has taken that
asked     a hold or a start is on its way     telling  capture or release is told until it is answered
noting    the gateway notes that it fills     voiding  the hold is taken back
arming    the pump is told to give            ready    it may be lifted
"""

from protocol.money import line_amount_cents

IDLE, READY, FUELLING, ENDED, SUSPENDED = 0, 1, 2, 3, 4  # what the pump says

NOZZLE = {
    ("down", "up"): "free",
    ("free", "down"): "down",
    ("free", "hold"): "asked",
    ("asked", "held"): "noting",
    ("asked", "refused"): "free",
    ("asked", "give_up"): "voiding",
    ("voiding", "voided"): "free",
    ("noting", "noted"): "arming",
    ("noting", "end"): "telling",
    ("arming", "armed"): "ready",
    ("arming", "not_armed"): "halting",
    ("halting", "halted"): "ready",
    ("ready", "flows"): "filling",
    ("ready", "end"): "telling",
    ("filling", "end"): "telling",
    ("telling", "over"): "free",
    ("telling", "more"): "filling",
    ("down", "resume"): "filling",
    ("down", "resume_ready"): "ready",
    ("down", "resume_ended"): "telling",
    ("down", "pending"): "telling",
    ("down", "undo"): "voiding",
}
IN_USE = ("asked", "noting", "arming", "ready", "filling", "halting")  # no other nozzle of its pump may be used then
BUSY = IN_USE + ("telling", "voiding")
TOTAL_STEP_ML = 20  # totalisers count in steps of 10 ml, before and after: that near, the pump's own figures hold
ML_MAX = 99999999


def look(state: str, event: str):
    """What becomes of the state; None: nothing."""
    return NOZZLE.get((state, event))


class Nozzle:
    """One hose. `record`: the hold under which it fills, kept in flash; `lost`: it was out of sight meanwhile."""

    def __init__(self, number: int, code: str, address: int):
        self.number = number
        self.code = code
        self.address = address
        self.state = "down"
        self.record = None
        self.receipt = None
        self.account = None
        self.wish_ml = 0
        self.pump_state = IDLE
        self.lifted = False
        self.ml = self.cents = self.total_ml = 0
        self.priced_milli = 0
        self.alarm = ""
        self.refused = self.silent = self.lost = self.flowed = self.stopped = self.rests = False
        self.changed = True

    def step(self, event: str) -> bool:
        """Takes the event if the table has it."""
        after = look(self.state, event)
        if after:
            self.state = after
            self.changed = True
        return after is not None

    def heard(self, state: int, lifted: bool, ml: int, cents: int, total_ml: int):
        """The pump's word."""
        self.pump_state, self.lifted = state, bool(lifted)
        self.ml, self.cents, self.total_ml = ml, cents, total_ml
        self.silent = False
        self.changed = True

    def begin(self, account, wish_ml: int):
        """A hold is asked for, by a member or (without an account) by an attendant."""
        self.account, self.wish_ml = account, wish_ml
        self.receipt = None
        self.alarm = ""
        self.refused = self.silent = self.lost = self.flowed = self.stopped = self.rests = False

    def delivered(self) -> tuple:
        """(ml, cents, whether it is as the pump shows it): what the totaliser has counted since the hold.

        A totaliser that went backwards says nothing; the pump's own figures do, if it was seen to give.
        """
        counted_ml = self.total_ml - self.record["before_ml"]
        near = abs(counted_ml - self.ml) <= TOTAL_STEP_ML
        if (near or counted_ml < 0) and self.ml and (self.flowed or counted_ml > 0):
            return self.ml, self.cents, near
        ml = min(max(0, counted_ml), ML_MAX)
        return ml, line_amount_cents(ml, self.record["price_milli"]), counted_ml == 0

    def shown(self) -> tuple:
        """(ml, cents) for the screen, in any state: many totalisers are read only at the end."""
        record = self.record
        if not record or self.state not in ("filling", "telling"):
            return 0, 0
        if "after_ml" in record:
            return record["ml"], record["amount_cents"]
        return self.ml, self.cents

    def end(self, why: str):
        """What flowed goes into the record: from now on it is told as it stands there."""
        ml, cents, agreed = self.delivered()
        if ml and not agreed:
            why = "recovered" if self.lost else "differs"
        more = {"after_ml": self.total_ml, "ml": ml, "amount_cents": max(1, cents) if ml else 0, "why": why}
        self.record.update(more)
