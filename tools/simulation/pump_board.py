"""A terminal's pump app: the firmware's own flow and driver; what its tasks do around them is done here.

    flow      firmware/flows/pump.py, event by event; its pictures are not drawn
    driver    firmware/drivers/dart.py over protocol/dart; it waits for the end of an order by looking each turn
    tasks     firmware/pump_task.py and shell.py in short: orders one after another, changes told, records kept

Its lanes lie above the till's: nozzle 1 is lane 1 here. Nobody starts the app before it is needed.
"""

from typing import TYPE_CHECKING, Any

from firmware.drivers.dart import Dart, Silent
from firmware.flows import flow as flows
from firmware.flows import pump as pump_flow
from firmware.flows.pump import Pump
from tools.simulation.dart_line import DartLine

if TYPE_CHECKING:
    from tools.simulation.pumps import Stand

FIRST_LANE = 1
SILENT_MS = 4_000  # firmware/pump_task.py
ANSWER_MS = 8_100  # firmware/net/link.py gives a question up before that
WELCOME = {"store_name": "", "exponent": 2, "selling": True}
CUT_BEFORE = ("request", "keep", "pump", "ask", "give_up")
NO_TIMERS = ("prices", "screen")  # list prices are not simulated; customers here do not stand about


class Roomy:
    """Frees nothing: the flow makes room on a board's small heap; to look through this process's costs a fifth."""

    @staticmethod
    def collect() -> None:
        pass


setattr(pump_flow, "gc", Roomy)  # noqa: B010  (a module's name for another module)


class Begun(Exception):
    """An order is on its way to this address."""


class Words:
    """In the place of texts."""

    language = "en"

    def __call__(self, key: str, *values: object) -> str:
        return key

    def __contains__(self, key: str) -> bool:
        return True


class Driver(Dart):
    """Orders begin; that they end is seen in the controller."""

    async def _order(self, nozzle: int, order: Any, *values: Any) -> None:
        self._side(nozzle)
        address = self._nozzles[nozzle - 1][0]
        self._control.order(address, order, *values)
        raise Begun(address)


class Quiet(Pump):
    """Without a screen."""

    def show(self) -> None:
        """Nothing is drawn."""


def _table() -> dict[str, str]:
    with open(f"{flows.DIR}/pump.txt") as lines:
        return dict(line.rstrip("\n").split(" ", 1) for line in lines if " " in line)


TABLE = _table()


class Board:
    """Of one terminal with the hoses of one dispenser."""

    def __init__(self, stand: "Stand"):
        self.stand, self.world, self.terminal = stand, stand.world, stand.terminal
        self.flow: Quiet | None = None
        self.driver: Driver | None = None
        self._life = 0
        self._end()

    @property
    def line(self) -> DartLine:
        return self.stand.line

    def _end(self) -> None:
        self.flow = self.driver = None
        self._events: list[tuple] = []
        self._runs = False
        self._wanted: list[tuple] = []
        self._order: tuple | None = None
        self._last: dict[int, tuple] = {}
        self._timers: dict[str, int] = {}
        self._silent_ms: int | None = None

    def cut(self) -> None:
        """No power, or a new start: what is not in flash is gone."""
        self._life += 1
        self._end()
        self.line.plug(None)

    def begin(self) -> None:
        """The app is there: what flash knows first, then whatever the line and the gateway say."""
        if self.flow is not None or not self.terminal.on:
            return
        hoses = [(self.stand.dispenser.address, hose) for hose in self.stand.hoses]
        codes = [(code, self.stand.dispenser.address) for code in self.stand.codes]
        self.driver = Driver(None, hoses)
        self.flow = Quiet(self.terminal.name, Words(), lambda: 1_700_000_000, codes)
        self.flow.table = TABLE  # type: ignore[assignment]
        kept = [(number, record) for number, record in self.terminal.flash.nozzles.items() if record]
        for number, record in sorted(kept, key=lambda one: one[0]):
            self.emit(("kept", number, dict(record)))
        self.emit(("start",))
        if self.terminal.link.ready:
            self.emit(("welcome", WELCOME))
        self.line.plug(self.driver._control)
        self._hear_silence()

    def wanted_at_start(self) -> None:
        """A terminal that has power again begins by itself where something was left open."""
        kept = [record for number, record in self.terminal.flash.nozzles.items() if number and record]
        if kept or any(lane >= FIRST_LANE for lane in self.terminal.lanes.open):
            self.begin()

    def resting(self) -> bool:
        """Nothing is going on at any nozzle."""
        return self.flow is None or all(one.state == "free" for one in self.flow.nozzles)

    # events in, effects out

    def hears(self, event: tuple) -> None:
        """Of terminal or gateway."""
        if self.flow is None:
            return
        if event[0] in ("outcome", "pending"):
            event = (event[0], event[1] - FIRST_LANE, *event[2:])
        elif event[0] == "answer":
            event = ("answer", event[1].partition("/")[2], *event[2:])
        elif event[0] == "welcome":
            event = ("welcome", WELCOME)
        self.emit(tuple(dict(part) if isinstance(part, dict) else part for part in event))  # it may take parts away

    def emit(self, event: tuple) -> None:
        """One after the other."""
        self._events.append(event)
        if self._runs:
            return
        self._runs, life = True, self._life
        while self._events and life == self._life and self.flow is not None:
            for effect in self.flow.on(self._events.pop(0)):
                if effect[0] in CUT_BEFORE and self.world.chance.strikes("pump_cut"):
                    self.terminal.start()
                    return
                getattr(self, "_" + effect[0], self._nothing)(*effect[1:])
                if life != self._life:
                    return
        self._runs = False

    def _nothing(self, *values: object) -> None:
        """Pictures, sounds, paper."""

    def _request(self, lane: int, message: str, values: dict) -> None:
        self.terminal.request(lane + FIRST_LANE, message, values)

    def _give_up(self, lane: int) -> None:
        there = self.terminal.lanes.open.get(lane + FIRST_LANE)
        if there is not None:
            self.terminal.give_up(lane + FIRST_LANE, there.sequence)

    def _ask(self, tag: str, message: str, values: dict) -> None:
        if message != "pump_state":
            self.emit(("answer", tag, "no_answer", {}))
            return
        now_ms = self.world.schedule.now_ms
        self.terminal.link.ask("pump/" + tag, message, values | {"l": values["l"] + FIRST_LANE}, now_ms)
        self.world.schedule.after(ANSWER_MS, self._no_answer, self._life)

    def _no_answer(self, life: int) -> None:
        if life == self._life:
            self.terminal.link.tick(self.world.schedule.now_ms)

    def _tell(self, message: str, values: dict) -> None:
        rows = [row | {"n": row["n"] + FIRST_LANE} for row in values["nozzles"]]
        self.terminal.link.tell(message, {"nozzles": rows})

    def _timer(self, name: str, ms: int) -> None:
        if name not in NO_TIMERS:
            self._timers[name] = due_ms = self.world.schedule.now_ms + ms
            self.world.schedule.after(ms, self._rings, self._life, name, due_ms)

    def _rings(self, life: int, name: str, due_ms: int) -> None:
        if life == self._life and self._timers.get(name) == due_ms:
            del self._timers[name]
            self.emit(("timer", name))

    def _keep(self, number: int, record: dict | None) -> None:
        self.terminal.flash.nozzles[number] = dict(record) if record else None
        self.stand.litres.kept(self.stand, number, record)

    def _pump(self, number: int, what: str, *values: int) -> None:
        self._wanted.append((number, what, *values))
        self.world.schedule.after(1, self._work, self._life)

    # what the pump's task does

    def look(self) -> None:
        """After each turn of the line: an order's end, and what has changed."""
        if self._order is not None:
            number, what, address = self._order
            result = self.driver._control.result(address) if self.driver else None
            if result is not None:
                self._order = None
                self._last.pop(number, None)
                self.world.schedule.after(1, self._work, self._life)
                self.emit(("pump_did", number, what, not result))
        self._say_changes()

    def _say_changes(self) -> None:
        driver, life = self.driver, self._life
        for number in self.stand.numbers if driver else ():
            told = _ran(driver.status(number))  # type: ignore[union-attr]
            if life != self._life:
                return
            if isinstance(told, tuple):
                self._silent_ms = None
                if told != self._last.get(number):
                    self._last[number] = told
                    self.emit(("nozzle", number, *told))
            elif self._silent_ms is None:
                self._hear_silence()

    def _hear_silence(self) -> None:
        """The pump says nothing (yet)."""
        self._silent_ms = self.world.schedule.now_ms
        self.world.schedule.after(SILENT_MS + 1, self._silence, self._life, self._silent_ms)

    def _silence(self, life: int, since_ms: int) -> None:
        if life == self._life and self._silent_ms == since_ms:
            for number in self.stand.numbers:
                self._last.pop(number, None)
                if life == self._life:
                    self.emit(("silent", number))

    def _work(self, life: int) -> None:
        """The next order, if none is open."""
        if life != self._life or self._order is not None or not self._wanted or self.driver is None:
            return
        number, what, *values = self._wanted.pop(0)
        begun = _ran(getattr(self.driver, what)(number, *values))
        self.line.wake()
        if isinstance(begun, Begun):
            self._order = number, what, begun.args[0]
        else:
            self._last.pop(number, None)
            self.world.schedule.after(1, self._work, life)
            self.emit(("pump_did", number, what, False))


def _ran(work: Any) -> Any:
    """What a coroutine gives that never waits here."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    except (Begun, Silent) as end:
        return end
    raise RuntimeError("it waits")
