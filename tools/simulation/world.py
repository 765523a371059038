"""One seed's world: a chain of stores, its people, its days and its disasters, then healing, then rest."""

from random import Random
from typing import Any

from tools.simulation import faults, pumps, rest, units
from tools.simulation.litres import Litres
from tools.simulation.mix import Mix
from tools.simulation.network import Chance
from tools.simulation.office import Office
from tools.simulation.people import People
from tools.simulation.pump_board import FIRST_LANE
from tools.simulation.schedule import Clock, Schedule, dice
from tools.simulation.store import Store
from tools.simulation.summary import Summary
from tools.simulation.terminal import Terminal
from tools.simulation.truth import Truth

BEGINS_S = 1_700_000_000
PUMPS_HEAR = ("answer", "link", "welcome", "head")
WINDOW_MS = 120_000
VISITS = 30  # moments in a window, per store
HEAL_MS = 4_500_000  # longer than a hold may run before it goes to suspense
COVER = {"principal": 60_000, "bonus": 20_000, "points": 400, "punch": 40}
COVER |= {"adjust:" + asset: 5_000 for asset in ("principal", "bonus", "points", "punch")}
RULES = {
    "version": 1,
    "earn": {"points_per_100_cents": 3},
    "top_up_bonus": [{"from_cents": 2000, "bonus_bp": 1000}],
    "point_value_milli": 1000,
    "bonus_days": 10,
    "points_days": 20,
    "grace_days": 2,
    "offers": units.OFFERS,
}


class World:
    """All of it. `depth` makes the storage: tools/simulation/depth.py."""

    def __init__(self, seed: int, mix: Mix, depth: Any, summary: Summary | None = None):
        self.seed, self.mix, self.depth = seed, mix, depth
        self.summary = summary or Summary()
        self.steps: list[tuple] = []
        self.schedule = Schedule()
        self.chance = Chance({}, dice(seed, "faults"))
        self.fault_dice, self.work_dice = dice(seed, "disasters"), dice(seed, "work")
        self.backup_dice = dice(seed, "backups")
        self.night_ms = 0
        self.open = True
        self.truth = Truth()
        self._ids: dict[str, Random] = {}
        self.office_clock = Clock(self.schedule, BEGINS_S)
        self.office = Office(self, depth.vault(self))
        self.stores: dict[str, Store] = {}
        self.clones: dict[str, Store] = {}
        self.terminals: dict[str, Terminal] = {}
        self.terminals_of: dict[str, list[str]] = {}
        self.set_aside: list[Store] = []
        self.posts: dict[str, list[tuple[str, tuple]]] = {}  # store -> (life, what its uplink said to it)
        self._begin()
        self.chance.faults = dict(mix.faults)

    # what parts ask of their world

    def ids(self, of: str) -> Random:
        """Where a node's random ids come from."""
        if of not in self._ids:
            self._ids[of] = dice(self.seed, "ids/" + of)
        return self._ids[of]

    def at(self, name: str) -> Store | None:
        """The store (or clone) that goes by this name now."""
        return self.stores.get(name) or self.clones.get(name)

    def store_of(self, terminal: Terminal) -> Store:
        """Whom a terminal is connected to: its store, or the clone that has drawn it away."""
        clone = self.clones.get(terminal.name.partition("-")[0] + "'")
        if clone is not None and terminal.name in clone.terminals:
            return clone
        return self.stores[terminal.name.partition("-")[0]]

    def to_gateway(self, terminal: str, message: str, frame: Any) -> None:
        """A terminal sends."""
        store = self.store_of(self.terminals[terminal])
        store.lan.send(store.hears, terminal, message, frame)

    def to_terminal(self, store: Store, terminal: str, message: str, values: dict) -> None:
        """A gateway sends."""
        if self.store_of(self.terminals[terminal]) is store:
            store.lan.send(self.terminals[terminal].hear, message, values)

    def trace(self, who: str, what: Any) -> None:
        """One step as both depths must see it."""
        if self.depth.compared:
            if isinstance(what, list):
                what = [(*one[:2], {name: value for name, value in one[2].items() if name != "r"}) for one in what]
            self.steps.append((self.schedule.now_ms, who, what))

    def from_terminal(self, terminal: Terminal, event: tuple) -> None:
        """What a terminal shows."""
        if event[0] in PUMPS_HEAR or (event[0] in ("outcome", "pending") and event[1] >= FIRST_LANE):
            self.pumps[terminal.name].board.hears(event)
        if event[0] == "outcome":
            _, lane, message, values = event
            self.summary.outcome(message, values)
            if "n" in values:
                key = f"{terminal.name}/{terminal.flash.number}/{lane}/{values['n']}"
                self.truth.was_shown(key, message, values, self.store_of(terminal).name)
                if message == "receipt":
                    self.people.sales.append((key, values["receipt"]))
                if self.chance.strikes("mixed_up"):
                    self.schedule.after(self.fault_dice.randint(1, 500), faults.mix_up, self, terminal, lane)

    # a life of the chain

    def run(self) -> None:
        """Days with faults, then everything is mended, then the accounts are closed. Raises Violated."""
        for _ in range(self.mix.days):
            for _ in range(self.mix.busy_times):
                self._window()
            self._night()
        self.heal()
        rest.check(self)

    def _begin(self) -> None:
        self.office.found()
        for number in range(1, self.mix.stores + 1):
            code = "%04d" % number
            self.office.vault.found_store(code)
            self.enrol(code, Clock(self.schedule, BEGINS_S))
            names = [f"{code}-pos{at + 1}" for at in range(self.mix.terminals)]
            self.terminals_of[code] = self.stores[code].terminals = names
        for name in [one for names in self.terminals_of.values() for one in names]:
            self.terminals[name] = Terminal(
                name, self.schedule, self.ids(name), self.to_gateway, self.from_terminal, self.letter_is_right
            )
        self.litres = self.truth.litres = Litres(self)
        self.pumps = {name: pumps.Stand(self, one, self.litres) for name, one in self.terminals.items()}
        for name, one in self.terminals.items():
            one.cut, one.begun = self.pumps[name].board.cut, self.pumps[name].board.wanted_at_start
        self.people = People(self)
        self.office.transaction(lambda vault: [vault.add_member(*one) for one in self.people.homes.items()])
        for store in self.stores.values():
            store.start(machine_too=True)
        for terminal in self.terminals.values():
            terminal.start()
        lend_cents = self.truth.lend_cents = self.mix.lend_cents
        offline = {"levels": {"*": lend_cents}, "store_cents": 3 * lend_cents}
        self.office.lay_down(RULES | {"order": self.mix.order, "offline": offline})
        self.schedule.until(10_000)
        if self.mix.faults.get("restore_office"):
            self.office.back_up()

    def letter_is_right(self, terminal: str, values: dict) -> bool:
        """Head office has said that this incarnation is (or was) the gateway of the terminal's store."""
        life = self.truth.lives.get(values["incarnation"])
        return life is not None and life.store == terminal.partition("-")[0]

    def enrol(self, code: str, clock: Clock) -> bool:
        """A gateway on an empty disk is enrolled; whether head office could do it."""
        incarnation = self.ids("enrolment").randbytes(16).hex()
        books = self.depth.books(code, incarnation)
        if not self.office.enrol(code, incarnation):
            return False
        self.truth.enrolled(code, incarnation)
        books.begin()
        books.keep("life_before", self.stores[code].books.incarnation if code in self.stores else "")
        books.keep("lives_before", ",".join(self._open_lives(code, incarnation)))
        books.keep("hq_life", self.office.vault.office().life)
        books.keep("receipt", str(self.office.vault.life(incarnation).last_receipt))  # the answer to enrolment says so
        books.commit()
        before = self.stores.get(code)
        if before is not None:
            before.kill()
            self.set_aside.append(before)
        fresh = self.stores[code] = Store(self, code, books, clock)
        if before is not None:
            fresh.terminals, fresh.line, fresh.lan = before.terminals, before.line, before.lan
        return True

    def _open_lives(self, code: str, incarnation: str) -> list[str]:
        """As head office tells them at an enrolment: lives of this store whose cases nobody has closed."""
        mine = sorted(one.incarnation for one in self.truth.lives.values() if one.store == code)
        vault = self.office.vault
        return [one for one in mine if one != incarnation and vault.life(one).status != "closed"]

    def _window(self) -> None:
        start_ms = self.schedule.now_ms
        faults.plan(self, WINDOW_MS)
        for _ in range(VISITS * self.mix.stores):
            self.schedule.after(self.work_dice.randint(0, WINDOW_MS), self.people.come)
        self.schedule.until(start_ms + WINDOW_MS)
        faults.operators(self)
        self.schedule.until(start_ms + WINDOW_MS + 20_000)

    def _night(self) -> None:
        """Everything stands still for the night but the clocks."""
        for clock in {id(store.clock): store.clock for store in self.stores.values()}.values():
            clock.sleep(self.mix.night_s * 1000)
        self.office_clock.sleep(self.mix.night_s * 1000)
        for store in [one for one in (*self.stores.values(), *self.clones.values()) if one.alive]:
            store.note_heard([name for name in store.terminals if self.terminals[name].on])

    def heal(self) -> None:
        """All lines are mended, all processes run, operators do their work; then there is time."""
        self.chance.heal()
        faults.mend(self)
        until_ms = self.schedule.now_ms + HEAL_MS
        while self.schedule.now_ms < until_ms:
            self.schedule.until(self.schedule.now_ms + 60_000)
            faults.operators(self)
            if rest.quiet(self):
                break
        self.open = False
