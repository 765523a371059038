"""Members and attendants: who comes when, with which basket, and how long they wait."""

from typing import TYPE_CHECKING, Any

from gateway.core.books import Tap
from gateway.core.pricing import BasketLine
from tools.simulation import units
from tools.simulation.back_office import BackOffice
from tools.simulation.terminal import Terminal

if TYPE_CHECKING:
    from tools.simulation.store import Store
    from tools.simulation.world import World

PATIENCE_MS = (12_000, 45_000)
HURRY_MS = (5, 2_000)
PLUG_MS = 30
CROWD_MS = 1_000
LATELY = 40
MEMBER_LANE = 0
AT_COUNTERS = ("top_up", "refund", "fuel", "fuel_staff", "adjust")  # and whatever pays


class People:
    """Everything is drawn from the seed's dice for work."""

    def __init__(self, world: "World"):
        self.world = world
        self.dice = world.work_dice
        self.accounts = ["%032x" % self.dice.getrandbits(128) for _ in range(world.mix.members)]
        self.stores = sorted(world.stores)
        self.homes = {account: self.dice.choice(self.stores) for account in self.accounts}
        self._works = [name for name, weight in world.mix.work.items() for _ in range(weight)] or ["pay_stored"]
        self.sales: list[tuple[str, int]] = []  # sales that were shown as approved, and their receipts
        self.wallets = units.Wallets(self.dice)
        self.back_office = BackOffice(world)
        self._baskets = 0
        self._taps = 0

    def come(self) -> None:
        """One moment of the day: somebody does something."""
        work = self.dice.choice(self._works)
        account = self.dice.choice(self.accounts)
        self.world.summary.work[work] += 1
        if work.startswith("pay") or work in AT_COUNTERS:
            self._visit(work, account)
        else:
            getattr(self.back_office, work)(account)

    def _visit(self, work: str, account: str) -> None:
        home = self.homes[account]
        store = home if self.dice.random() < 0.5 else self.dice.choice(self.stores)
        self.at_counter(work, account, store)
        if self.world.chance.strikes("crowd"):
            for other in self.stores:
                if other != store:
                    wait_ms = self.dice.randint(0, CROWD_MS)
                    self.world.schedule.after(wait_ms, self.at_counter, work, account, other)

    def at_counter(self, work: str, account: str, store_code: str) -> None:
        """A member with a card before one of the store's terminals."""
        terminal = self.world.terminals[self.dice.choice(self.world.terminals_of[store_code])]
        store = self.world.store_of(terminal)
        cents, part = self._cents(), self.dice.random()
        if terminal.busy(MEMBER_LANE) or not terminal.ready or not store.alive:
            self.world.summary.turned_away["counter_closed"] += 1
            return
        if work in ("fuel", "fuel_staff"):
            self._fuel(work, store, terminal, account, cents if part > 0.3 else 0)
            return
        values = self._values(store, terminal, account, work, cents, part)
        message = "pay" if work.startswith("pay") else work
        terminal.request(MEMBER_LANE, message, values)
        self._wait(terminal, MEMBER_LANE)

    def _fuel(self, work: str, store: "Store", terminal: Terminal, account: str, cents: int) -> None:
        stand = self.world.pumps[terminal.name]
        if not stand.free:
            self.world.summary.turned_away["pump_in_use"] += 1
        elif work == "fuel":
            stand.customer(account, self._tap(store, terminal, account), cents)
        else:
            stand.attendant(cents, _shift(terminal))

    def _wait(self, terminal: Terminal, lane: int) -> None:
        chance, schedule = self.world.chance, self.world.schedule
        there = terminal.lanes.open.get(lane)
        if there is None:
            return
        if chance.strikes("pull_plug"):
            schedule.after(self.dice.randint(0, PLUG_MS), terminal.start)
        waits = HURRY_MS if chance.strikes("give_up") else PATIENCE_MS
        schedule.after(self.dice.randint(*waits), terminal.give_up, lane, there.sequence)
        if chance.strikes("again"):
            schedule.after(self.dice.randint(1, 3000), terminal.send_again, lane)

    def _cents(self) -> int:
        return self.dice.choice((50, 120, 300, 300, 700, 1500, 4000))

    def _values(
        self, store: "Store", terminal: Terminal, account: str, work: str, cents: int, part: float
    ) -> dict[str, Any]:
        tap = self._tap(store, terminal, account)
        values: dict[str, Any] = {"operator": "7", "shift": _shift(terminal), "account": account, "tap": tap}
        if work == "refund":
            return self._refund(terminal, values, cents, part)
        if work == "top_up":
            return values | {"amount_cents": cents * 5, "tender": "cash"}
        if work == "adjust":
            return values | units.adjustment(self.dice, self._second(store, terminal))
        self._baskets += 1
        line = BasketLine("100", "Tea", 1000, cents * 1000, cents, "A", 1900)
        store.books.note_basket((terminal.name, terminal.flash.number, MEMBER_LANE), self._baskets, (line,))
        if work == "pay_units":
            shown, left = self.wallets.shown(account, cents)
            return values | self._tenders(left, left, 0) | {"units": shown}
        points = min(cents // 10, 30) if work in ("pay_points", "pay_mixed") else 0
        stored = {"pay_stored": cents, "pay_cash": 0, "pay_points": 0}.get(work, int((cents - points) * part))
        return values | self._tenders(cents, stored, points)

    def _tenders(self, total_cents: int, stored_cents: int, points: int) -> dict[str, Any]:
        """The basket that was scanned last, paid so; what is not paid otherwise in cash."""
        return {
            "basket": self._baskets, "lines": 1, "stored_cents": stored_cents, "points": points, "points_cents": points,
            "cash_cents": total_cents - stored_cents - points, "total_cents": total_cents,
        }

    def _refund(self, terminal: Terminal, values: dict, cents: int, part: float) -> dict[str, Any]:
        """One of the last sales, wherever it was: all of it, a part, or a line; crowds ask for it at several stores."""
        sale, receipt = self.sales[-1 - int(part * min(len(self.sales), LATELY))] if self.sales else ("", 1)
        del values["account"], values["tap"]
        about: dict[str, Any] = {"sale": sale} if sale and cents != 700 else {"receipt": receipt}
        if sale and "receipt" in about:
            about["store"] = sale.partition("-")[0]
        how = {120: {"amount_cents": 100}, 1500: {"lines": [{"line": 1, "qty_milli": 500}]}}.get(cents, {})
        return values | about | how | {"why": "returned"}

    def _tap(self, store: "Store", terminal: Terminal, account: str) -> str:
        return self._shown(store, terminal, "member", account, "0001:" + account[:14].upper()).tap

    def _second(self, store: "Store", terminal: Terminal) -> Tap:
        """A supervisor agrees, or only the attendant's own card is there."""
        operator = self.dice.choice(("9", "9", "9", "7"))
        return self._shown(store, terminal, "staff", operator, "0001:" + operator * 14)

    def _shown(self, store: "Store", terminal: Terminal, kind: str, party: str, card: str) -> Tap:
        self._taps += 1
        now_ms = store.clock.now_ms()
        tap = Tap("%016x" % self._taps, terminal.name, kind, party, card, store.clock.boot, now_ms)
        store.books.note_tap(tap)
        return tap


def _shift(terminal: Terminal) -> int:
    """Each terminal's attendant signed on in the morning, one after the other."""
    return int(terminal.name.rpartition("pos")[2])
