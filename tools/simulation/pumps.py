"""Pumps and who stands before them: one dispenser with two hoses for each terminal, and games that people play there.

What flows is physical: it goes on whatever happens to terminal, gateway and line. A customer looks at the dispenser,
not at our states: fuel that comes is taken.
"""

from typing import TYPE_CHECKING, Any

from hardware.emulators.dispenser import AUTHORISED, Decimals, Dispenser
from tools.simulation.dart_line import DartLine
from tools.simulation.litres import Litres
from tools.simulation.pump_board import Board
from tools.simulation.terminal import Terminal

if TYPE_CHECKING:
    from tools.simulation.world import World

ADDRESS = 0x50
GRADES = {"95": 150_000, "D": 140_000}
SPEED = 4.0  # times life: a day is four times two minutes here
LOOK_MS = 1_500
TRIES = 40
FLOW_MS = 4_000
TANKS_ML = (300, 2_000, 5_000, 12_000, 40_000)
GAMES = ("fills", "fills", "fills", "lifts first", "hangs up at once", "lifts twice", "wrong hose",
         "lets it be", "stops")
SLIPS_ML = (30, 200, 900)
OFF_MS = (1_000, 90_000)
LEAK_ML = 120


class Counted(Dispenser):
    """Tells when it takes an authorise."""

    stand: "Stand"

    def command(self, kind: str, *values: Any) -> bool:
        if kind == "authorise" and self.powered:
            self.stand.litres.ordered(self.stand, self._hose)
        return super().command(kind, *values)

    def _happens(self, event: str) -> bool:
        done = super()._happens(event)
        if done and event == "authorise":
            self.stand.litres.begins(self.stand, self._hose)
        return done

    @property
    def _hose(self) -> int:
        return self.allowed[0] if len(self.allowed) == 1 else self.selected


class Stand:
    """A terminal's dispenser, its line, the app, and whoever stands there."""

    codes = tuple(GRADES)
    hoses = numbers = (1, 2)

    def __init__(self, world: "World", terminal: Terminal, litres: Litres):
        self.world, self.terminal, self.litres, self.dice = world, terminal, litres, world.work_dice
        self.dispenser = Counted(ADDRESS, 2, Decimals(2, 2, 3))
        self.dispenser.stand, self.dispenser.speed = self, SPEED
        self._flowed_ms = 0
        self.board = Board(self)
        self.line = DartLine(world, self.dispenser, self.flow, self.board.look)
        self.game, self.number, self.tank_ml, self._visit = "", 1, 0, 0

    @property
    def free(self) -> bool:
        """Nobody is here, and nothing of before is open."""
        lanes = self.terminal.lanes.open
        return not self.game and not any(lane in lanes for lane in (1, 2)) and self.board.resting()

    # physics

    def flow(self) -> None:
        """Up to now."""
        now_ms, one = self.world.schedule.now_ms, self.dispenser
        if one.squeezed and one.lifted:
            before_ml = one.totals_ml[one.lifted - 1]
            one.flow((now_ms - self._flowed_ms) / 1000)
            if one.totals_ml[one.lifted - 1] != before_ml:
                self.litres.flowed(self, one.lifted)
        self._flowed_ms = now_ms

    def power_cut(self, for_ms: int) -> None:
        """The dispenser is dark for a while."""
        if self.dispenser.powered:
            self.line.power(False)
            self.world.schedule.after(for_ms, self.power_back)

    def power_back(self) -> None:
        if not self.dispenser.powered:
            self.line.power(True)

    def leak(self) -> None:
        """The totaliser counts what nobody has let go."""
        self.litres.excuse(self.terminal.name, "leak")
        self.dispenser.totals_ml[0] += LEAK_ML
        self.litres.leaked(self, 1, LEAK_ML)

    def mend(self) -> None:
        """Nobody is here any more, everything has power."""
        self.dispenser.slips_ml, self.dispenser.stuck = 0, False
        self._leave(self._visit)
        self.power_back()
        self.board.begin()
        self._lift(1)  # its totaliser is read when a nozzle is moved
        self.world.schedule.after(10 * LOOK_MS, self._hang_up, self._visit)

    # people

    def customer(self, account: str, tap: str, cents: int) -> None:
        """Somebody with a card wants fuel for so much; 0: fill it up."""
        self._come()
        self.world.schedule.after(2 * LOOK_MS, self._taps, self._visit, account, tap, cents)

    def attendant(self, cents: int, shift: int) -> None:
        """Somebody without a card, let go from afar; the word may come twice."""
        self._come()
        told = {"nozzle": self.number, "do": "start", "operator": "7", "shift": shift, "cents": cents, "ml": 0}
        told["ask"] = "%08x" % self.dice.getrandbits(32)
        for _ in range(self.dice.choice((1, 1, 2))):
            self.world.schedule.after(2 * LOOK_MS, self._let_go, self._visit, dict(told))
        self.world.schedule.after(3 * LOOK_MS, self._stands, self._visit, TRIES)

    def _come(self) -> None:
        self._visit += 1
        self.game, self.number = self.dice.choice(GAMES), self.dice.choice(self.numbers)
        self.tank_ml = self.dice.choice(TANKS_ML)
        self.dispenser.slips_ml, self.dispenser.stuck = 0, False
        self.board.begin()
        if self.game == "lifts first":
            self._lift(self.number)
        self.world.summary.happened["game_" + self.game.replace(" ", "_")] += 1

    def _let_go(self, visit: int, told: dict) -> None:
        if visit == self._visit and self.board.flow is not None:
            self.board.emit(("pump_do", told))

    def _taps(self, visit: int, account: str, tap: str, cents: int) -> None:
        board: Any = self.board
        if visit != self._visit or board.flow is None:
            self._leave(visit)
            return
        keys = ["f2"] if not cents else [*("%d.%02d" % (cents // 100, cents % 100)), "ok"]
        for event in (("card_placed",), ("tapped", {"account": account, "tap": tap})):
            board.emit(event)
        if board.flow is not None and board.flow.state == "choose":
            board.emit(("key", str(self.number)))
        if board.flow is None or board.flow.state != "amount":
            self._leave(visit)
            return
        self.number = board.flow.at.number
        for key in keys:
            if board.flow is not None:
                board.emit(("key", key))
        if self.world.chance.strikes("give_up"):
            self.world.schedule.after(self.dice.randint(0, 20), self._stops, visit)
        self.world.schedule.after(LOOK_MS, self._stands, visit, TRIES)

    def _stands(self, visit: int, tries: int) -> None:
        """Looks at the dispenser, and takes what comes."""
        one = self.dispenser
        if visit != self._visit or not self.game:
            return
        if tries <= 0 or (self.game == "lets it be" and tries < TRIES - 12):
            self._leave(visit)
            return
        if one.state == AUTHORISED and not one.lifted:
            self._at_the_hose()
        if one.gives and not one.squeezed and one.ml < self.tank_ml:
            self._squeeze(visit)
            return
        self.world.schedule.after(LOOK_MS, self._stands, visit, tries - 1)

    def _at_the_hose(self) -> None:
        if self.game == "lets it be":
            return
        if self.game == "wrong hose":
            self.game = "fills"
            self._lift(3 - self.number)
            self.world.schedule.after(self.dice.randint(100, 3_000), self._hang_up, self._visit)
        elif self.game in ("hangs up at once", "lifts twice"):
            self.game = "fills" if self.game == "lifts twice" else "lets it be"
            self._lift(self.number)
            self.world.schedule.after(self.dice.randint(10, 1_000), self._hang_up, self._visit)
        else:
            self._lift(self.number)

    def _lift(self, hose: int) -> None:
        self.flow()
        self.dispenser.lift(hose)
        self.line.wake()

    def _hang_up(self, visit: int) -> None:
        if visit == self._visit:
            self.flow()
            self.dispenser.hang_up()
            self.line.wake()

    def _squeeze(self, visit: int) -> None:
        chance, one = self.world.chance, self.dispenser
        self.flow()
        if chance.strikes("overrun"):
            one.slips_ml = chance.dice.choice(SLIPS_ML)
        if chance.strikes("pump_stuck"):
            one.stuck = True
            self.litres.excuse(self.terminal.name, "stuck")
        one.squeeze(self.tank_ml)
        if chance.strikes("pump_silent"):
            self.world.schedule.after(chance.dice.randint(500, 8_000), self.power_cut, chance.dice.randint(*OFF_MS))
        if self.game == "stops":
            self.world.schedule.after(self.dice.randint(500, 8_000), self._stops, visit)
        self._flows(visit)

    def _stops(self, visit: int) -> None:
        """Enough: by the key at the terminal."""
        if visit == self._visit and self.board.flow is not None:
            self.board.emit(("key", "back"))

    def _flows(self, visit: int) -> None:
        """While it flows; then it is hung up, sooner or later, and somebody may drive off."""
        if visit != self._visit:
            return
        self.flow()
        self.line.wake()
        one = self.dispenser
        if one.squeezed and one.gives:
            self.world.schedule.after(FLOW_MS, self._flows, visit)
        else:
            self.world.schedule.after(self.dice.randint(300, 12_000), self._leave, visit)

    def _leave(self, visit: int) -> None:
        if visit == self._visit:
            self._hang_up(visit)
            self.game = ""
            self._visit += 1
