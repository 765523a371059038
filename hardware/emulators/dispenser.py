"""A dispenser as people and its line know it, without clock and line: hoses, states, flow, presets, totals.

One dispenser has one address on the bus and one or more hoses (logical nozzles), each with its grade's price and its
totaliser. One hose is out at a time. What was pumped and the totalisers survive a cut of power. Lives are in LIFE: what
is not listed there changes nothing.

    dispenser.command("reset"); dispenser.command("preset_cents", 2000); dispenser.command("authorise")
    dispenser.lift(1); dispenser.squeeze(); dispenser.flow(60.0); dispenser.hang_up()
"""

from typing import NamedTuple

from hardware.emulators.flow import Flow
from protocol.money import MILLI, half_up

NOT_PROGRAMMED, RESET, AUTHORISED, FILLING, DONE, MAX, OFF, SUSPENDED = 0, 1, 2, 4, 5, 6, 7, 8
NAMES = {NOT_PROGRAMMED: "not_programmed", RESET: "reset", AUTHORISED: "authorised", FILLING: "filling", DONE: "done",
         MAX: "max", OFF: "off", SUSPENDED: "suspended"}  # fmt: skip
HOSES_MAX = 8
EMERGENCY_ALARM, POWER_ALARM = 9, 10  # unverified: the numbers of alarms differ between makers

LIFE = {
    NOT_PROGRAMMED: {"priced": DONE},
    RESET: {"reset": RESET, "authorise": AUTHORISED, "stop": DONE, "off": OFF, "fault": DONE},
    AUTHORISED: {"flowed": FILLING, "suspend": SUSPENDED, "stop": DONE, "off": OFF, "fault": DONE, "reached": MAX},
    FILLING: {"suspend": SUSPENDED, "hung_up": DONE, "stop": DONE, "off": OFF, "fault": DONE, "reached": MAX},
    SUSPENDED: {"resume": AUTHORISED, "resume_flow": FILLING, "hung_up": DONE, "stop": DONE, "off": OFF, "fault": DONE},
    DONE: {"reset": RESET, "stop": DONE, "off": OFF, "fault": DONE},
    MAX: {"reset": RESET, "stop": DONE, "hung_up": DONE, "off": OFF, "fault": DONE},
    OFF: {"reset": RESET, "stop": DONE},
}
SHOW_S = 0.2  # how often the display, and what the line is told of it, follows the meter
PRICED_IN = (NOT_PROGRAMMED, RESET, AUTHORISED, DONE, MAX, OFF)  # and only while the fill has not begun


class Decimals(NamedTuple):
    """Digits behind the point on this dispenser's displays and on its line; `money`: of the chain's minor unit."""

    volume: int = 2
    amount: int = 2
    price: int = 3
    money: int = 2

    @property
    def step_ml(self) -> int:
        """The smallest volume the meter shows, in ml."""
        return 10 ** max(0, 3 - self.volume)

    @property
    def step_cents(self) -> int:
        return 10 ** max(0, self.money - self.amount)


class Dispenser:
    """`speed`: how much faster than life it flows. `slips_ml`: how much more it gives than a preset.

    `stuck`: its valve does not close as long as the lever is pulled. `leaks_ml_s`: what drips past the totaliser when
    nobody fills, so that totals and fills part.
    """

    def __init__(
        self, address: int = 0x50, hoses: int = 2, decimals: Decimals | None = None, total_ml: int = 1_000_000
    ) -> None:
        self.address, self.decimals = address, decimals or Decimals()
        self.state, self.alarm, self.powered, self.halted = NOT_PROGRAMMED, 0, True, False
        self.prices = [0] * hoses
        self.totals_ml, self.totals_cents, self.fills = [total_ml] * hoses, [0] * hoses, [0] * hoses
        self.allowed = tuple(range(1, hoses + 1))
        self.lifted, self.selected, self.squeezed = 0, 1, False
        self.ml, self.fill_hose, self.fill_price_milli = 0, 1, 0
        self.preset: tuple[str, int] | None = None
        self.wanted_ml: int | None = None
        self.speed, self.slips_ml, self.stuck, self.leaks_ml_s = 1.0, 0, False, 0.0
        self._flow, self._drip_ml = Flow(), 0.0
        self._shown, self._shown_s = (0, 0), 0.0

    @property
    def hoses(self) -> int:
        return len(self.prices)

    @property
    def cents(self) -> int:
        """The amount of the fill that is shown, from the volume that is shown."""
        step = self.decimals.step_cents
        return half_up(self.ml * self.fill_price_milli, MILLI * MILLI * step) * step

    @property
    def shown(self) -> tuple[int, int]:
        """(ml, cents) as the display has them: while fuel flows they follow the meter in steps of time."""
        moving = self.state == FILLING and self.gives and self.squeezed
        return self._shown if moving else (self.ml, self.cents)

    def lift(self, hose: int = 1) -> bool:
        """Out of its holder. False where another is out already."""
        if self.lifted:
            return self.lifted == hose
        self.lifted = self.selected = hose
        return True

    def hang_up(self) -> None:
        """Back in its holder."""
        self.release()
        self.lifted = 0
        self._happens("hung_up")

    def squeeze(self, ml: int | None = None) -> None:
        """The lever is pulled until so much has come, or until release() or hang_up()."""
        self.squeezed, self.wanted_ml = True, ml

    def release(self) -> None:
        self.squeezed = False

    def power_off(self) -> None:
        """The valve falls shut and the line is dead; memory has a battery."""
        self.powered = False

    def power_on(self) -> None:
        """It comes up with its last fill shown and gives nothing until it is authorised anew."""
        self.powered, self.alarm, self.preset = True, POWER_ALARM, None
        self.allowed = tuple(range(1, self.hoses + 1))
        self._happens("fault")

    def zeroise(self) -> None:
        """A new computer head: no prices, no fill; totalisers stay."""
        self.prices = [0] * self.hoses
        self.state, self.ml, self.preset, self.alarm = NOT_PROGRAMMED, 0, None, 0

    def emergency(self) -> None:
        """The red button: every motor stops, nothing is authorised before it is pulled out again."""
        self.halted, self.alarm = True, EMERGENCY_ALARM
        self._happens("fault")

    def clear_emergency(self) -> None:
        self.halted, self.alarm = False, 0

    def command(self, kind: str, *values) -> bool:
        """What the line asks. True: taken. False: ignored, as the real one does in a state that does not allow it."""
        if not self.powered:
            return False
        if kind == "authorise" and self.halted:
            return False
        if kind == "resume" and self.ml:
            kind = "resume_flow"
        take = getattr(self, "_take_" + kind, None)
        return self._happens(kind) if take is None else take(*values)

    def _take_reset(self) -> bool:
        if not self._happens("reset"):
            return False
        self.ml, self.preset, self.fill_hose = 0, None, self.selected
        self.fill_price_milli = self.prices[self.selected - 1]
        self.alarm = EMERGENCY_ALARM if self.halted else 0
        self._flow = Flow()
        return True

    def _take_allow(self, hoses: tuple[int, ...]) -> bool:
        self.allowed = tuple(hose for hose in hoses if 1 <= hose <= self.hoses)
        return True

    def _take_preset_ml(self, ml: int) -> bool:
        return self._take_preset("ml", ml)

    def _take_preset_cents(self, cents: int) -> bool:
        return self._take_preset("cents", cents)

    def _take_preset(self, kind: str, value: int) -> bool:
        """One is in force, the newest; it may lie below what has flowed already. 0: no bound (unverified)."""
        self.preset = (kind, value) if value else None
        if self.state == FILLING and self._preset_left_ml() == 0:
            self._happens("reached")
        return True

    def _take_price(self, prices_milli: tuple[int, ...]) -> bool:
        """Of the first hoses, in order; the others keep theirs. Prices without a hose are passed over.

        Controllers are in use that know fewer hoses than there are: those sell, one that never had a price does not.
        """
        begun = self.state == AUTHORISED and self.ml
        if not prices_milli or self.state not in PRICED_IN or begun:
            return False
        self.prices[: len(prices_milli)] = prices_milli[: self.hoses]
        self._happens("priced")
        return True

    @property
    def gives(self) -> bool:
        """The motor runs and the valve is open: fuel comes as soon as the lever is pulled."""
        if not self.powered or self.halted or not self.lifted or not self.prices[self.lifted - 1]:
            return False
        return self._valve_hangs or (self.state in (AUTHORISED, FILLING) and self.lifted in self.allowed)

    @property
    def _valve_hangs(self) -> bool:
        return self.stuck and self.squeezed and self.state in (MAX, SUSPENDED, DONE)

    def flow(self, seconds: float) -> None:
        """So much time passes."""
        if not self.powered:
            return
        self._drip(seconds)
        self._run(seconds * self.speed)
        self._shown_s += seconds
        if self._shown_s >= SHOW_S:
            self._shown, self._shown_s = (self.ml, self.cents), 0.0

    def _run(self, left_s: float) -> None:
        while left_s > 0 and self.gives and self.squeezed:
            gained_ml, took_s = self._flow.step(left_s, self.left_ml(), self.decimals.step_ml)
            left_s -= took_s
            self._meter(gained_ml)
            self._end_where_due()

    def _meter(self, gained_ml: int) -> None:
        if not gained_ml:
            return
        at, before_cents = self.lifted - 1, self.cents
        if self.state == AUTHORISED:
            self.fill_hose, self.fill_price_milli, before_cents = self.lifted, self.prices[at], 0
            self.fills[at] += 1
        self.ml += gained_ml
        self.totals_ml[at] += gained_ml
        self.totals_cents[at] += self.cents - before_cents
        self._happens("flowed")

    def _end_where_due(self) -> None:
        """The preset or the tank ends the flow; a stuck valve knows no preset."""
        if self._preset_left_ml() == 0:
            self._happens("reached")
        if self._tank_left_ml() == 0:
            self.squeezed = False

    def left_ml(self) -> int | None:
        """What may still come before a preset or the tank stops it; whole steps of the meter. None: no end known."""
        bounds = [ml for ml in (self._preset_left_ml(), self._tank_left_ml()) if ml is not None]
        return min(bounds) if bounds else None

    def _preset_left_ml(self) -> int | None:
        if self.preset is None or self.state not in (AUTHORISED, FILLING):
            return None
        kind, value = self.preset
        if kind == "cents":
            price_milli = self.fill_price_milli if self.ml else self.prices[self.selected - 1]
            value = value * MILLI * MILLI // max(1, price_milli)
        return self._steps(value + self.slips_ml - self.ml)

    def _tank_left_ml(self) -> int | None:
        return None if self.wanted_ml is None else self._steps(self.wanted_ml - self.ml)

    def _steps(self, ml: int) -> int:
        return max(0, ml - ml % self.decimals.step_ml)

    def _drip(self, seconds: float) -> None:
        self._drip_ml += self.leaks_ml_s * seconds * self.speed
        whole = self._steps(int(self._drip_ml + 1e-6))
        self._drip_ml -= whole
        self.totals_ml[self.selected - 1] += whole

    def _happens(self, event: str) -> bool:
        after = LIFE[self.state].get(event)
        if after is None:
            return False
        self.state = after
        return True
