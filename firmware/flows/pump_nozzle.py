"""A nozzle's own life as a table: (state, what happens) -> state. What is not listed changes nothing.

    down      the pump says nothing           ready    it may be lifted
    free      nobody's                        filling  fuel flows, or did and it is not hung up yet
    asked     a hold is on its way            telling  capture or release is told until it is answered
    noting    the gateway notes that it fills voiding  the hold is taken back
"""

from protocol.money import line_amount_cents

IDLE, READY, FUELLING, ENDED = 0, 1, 2, 3  # what the pump says, as firmware/drivers/pump.py

NOZZLE = {
    ("down", "up"): "free",
    ("free", "down"): "down",
    ("free", "hold"): "asked",
    ("asked", "held"): "noting",
    ("asked", "refused"): "free",
    ("asked", "give_up"): "voiding",
    ("voiding", "voided"): "free",
    ("noting", "noted"): "ready",
    ("noting", "end"): "telling",
    ("ready", "flows"): "filling",
    ("ready", "end"): "telling",
    ("filling", "end"): "telling",
    ("telling", "again"): "filling",
    ("telling", "over"): "free",
    ("down", "resume"): "filling",
    ("down", "resume_ready"): "ready",
    ("down", "pending"): "telling",
    ("down", "undo"): "voiding",
}
BUSY = ("asked", "noting", "ready", "filling", "telling", "voiding")


class Nozzle:
    """One hose: what the pump says of it, and the record of the hold under which it fills (kept in flash)."""

    def __init__(self, number: int, code: str):
        self.number = number
        self.code = code
        self.state = "down"
        self.record = None
        self.receipt = None
        self.pump_state = IDLE
        self.lifted = False
        self.ml = self.cents = self.total_ml = 0
        self.refused = False
        self.silent = False

    def step(self, event: str) -> bool:
        """Takes the event if the table has it."""
        after = NOZZLE.get((self.state, event))
        if after:
            self.state = after
        return after is not None

    def delivered_ml(self) -> int:
        """By the totaliser since the hold."""
        return max(0, self.total_ml - self.record["before_ml"])

    def delivered_cents(self) -> int:
        """As the pump shows it, or worked out where it shows another fill."""
        ml = self.delivered_ml()
        return self.cents if ml == self.ml else line_amount_cents(ml, self.record["price_milli"])
