"""Pumps: one nozzle per terminal. What flows is physical: it goes on whatever happens to terminal, gateway and line.

A hold is asked for; fuel flows only after the gateway has noted that it does; what has flowed is captured, what has not
is released. Sometimes the pump falls silent (unknown), gives more than was held, or says what it gave in two parts.
"""

from typing import TYPE_CHECKING, Any

from tools.simulation.terminal import Terminal

if TYPE_CHECKING:
    from tools.simulation.world import World

LANE = 1
GRADE = {"code": "95", "name_zh": "95", "name_en": "95", "price_milli": 150_000, "unit": "l", "tax_code": "A"}
FLOW_MS = (3_000, 60_000)
ANSWER_MS = 8_000


class Pump:
    """idle, asking (a hold), held, flowing, done (its capture is on the way)."""

    def __init__(self, world: "World", terminal: Terminal):
        self.world, self.terminal, self.dice = world, terminal, world.work_dice
        self.state, self.held, self.total_ml = "idle", {}, 0
        self.account = ""

    def ask(self, account: str, tap: str, cents: int) -> None:
        """Somebody wants fuel for so much; 0: fill it up."""
        if self.state == "idle" and not self.terminal.busy(LANE):
            self.state, self.account = "asking", account
            asked = {"account": account, "tap": tap, "code": GRADE["code"], "nozzle": 1, "cents": cents, "ml": 0}
            self.terminal.request(LANE, "hold", asked)

    def outcome(self, message: str, values: dict) -> None:
        """How a request of this lane ended."""
        if message == "held":
            self.state, self.held = "held", values
            told = {"l": LANE, "hold": values["hold"], "state": "fuelling"}
            self.terminal.link.ask("pump", "pump_state", told, self.world.schedule.now_ms)
            self.world.schedule.after(ANSWER_MS, self._nobody_answered, values["hold"])
        elif message == "captured" and self.state == "flowing":
            self._part(last=True)  # the first part was told, now the rest
        else:
            self.state = "idle"

    def answered(self, message: str, values: dict) -> None:
        """The gateway has noted what the pump does, or nobody knows."""
        if self.state == "held" and values.get("hold") == self.held["hold"]:
            if values.get("state") == "running":
                self.state = "flowing"
                self.world.schedule.after(self.dice.randint(*FLOW_MS), self._hung_up, self.held["hold"])
            else:
                self._release()

    def forget(self) -> None:
        """The terminal lost its flash: it does not know what it was doing."""
        self.state = "idle"

    def _nobody_answered(self, hold: str) -> None:
        if self.state == "held" and self.held["hold"] == hold:
            self._release()

    def _release(self) -> None:
        self.state = "done"
        totals = {"total_before_ml": self.total_ml, "total_after_ml": self.total_ml}
        self.terminal.request(LANE, "release", {"hold": self.held["hold"], **totals})

    def _hung_up(self, hold: str) -> None:
        if self.state != "flowing" or self.held["hold"] != hold:
            return
        if self.world.chance.strikes("pump_silent"):
            told = {"l": LANE, "hold": hold, "state": "unknown"}
            self.terminal.link.ask("pump", "pump_state", told, self.world.schedule.now_ms)
        self._part(last=self.dice.random() < 0.7)

    def _part(self, last: bool) -> None:
        """Tells what has flowed: all of it, or a part before the last."""
        share = self.dice.random() * (1.3 if self.world.chance.strikes("overrun") else 0.6)
        cents = max(1, int(self.held["cents"] * share))
        ml = max(1, cents * 1_000_000 // GRADE["price_milli"])
        before, self.total_ml = self.total_ml, self.total_ml + ml
        self.state = "done" if last else "flowing"
        told: dict[str, Any] = {
            "hold": self.held["hold"], "account": self.account, "code": GRADE["code"], "ml": ml, "amount_cents": cents,
            "price_milli": GRADE["price_milli"], "total_before_ml": before, "total_after_ml": self.total_ml,
            "last": last, "why": "hung_up",
        }
        self.terminal.request(LANE, "capture", told)
