"""A store: the production core (gateway/core) as its sale process runs it, over one disk, killable at any write.

    arrive(item) -> the broker's queue -> one batch, one transaction -> answers leave after the commit

What gateway/desk.py does around the core is done here in the same order: a savepoint per message, repeats of what was
not acknowledged, heads told at a start and each minute. See README.md for what is modelled and what is real.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from gateway.core import fills, fuelling, hold_life, inbox, moves, nozzles, salvage, upkeep, witness
from gateway.core.asked import Asked
from gateway.core.counter import Counter
from gateway.core.inbox import Heard
from gateway.core.salvage import Hearing, Testimony
from gateway.core.trade import Budget, Trade
from protocol.errors import Theirs
from tools.simulation.depth import Answer
from tools.simulation.disk import Dying, Killed
from tools.simulation.network import Wire
from tools.simulation.schedule import Clock
from tools.simulation.uplink import Uplink

if TYPE_CHECKING:
    from tools.simulation.world import World

COMMIT_MS = (1, 6)
HEAD_EVERY_MS = 60_000
WRITES = frozenset(
    {
        "keep", "keep_rules", "append", "note_booked", "put_lane", "save", "draw_rights", "put_move", "meet",
        "put_member", "follow", "drop_emptied", "put_refund_right", "owe", "set_member_status", "set_card",
        "close_basket", "count_sale", "put_targets", "put_pump_hold", "put_fill", "put_nozzle_total",
    }
)
KINDS = {**moves.KINDS, "revocation": lambda trade, body: None}  # what is not about money changes nothing here
POSTS = ("hq", "booked", "line")  # what the uplink says; the broker keeps what was not acknowledged
BUDGET = Budget(1_000, 4_000)
WRITES_MAX = 12  # a sale writes about ten times


class Store:
    """One gateway at work on `books`. A clone is a second one on a copied disk, with terminals of its own."""

    def __init__(self, world: "World", code: str, books: Any, clock: Clock, name: str = ""):
        self.world, self.code, self.books, self.clock = world, code, books, clock
        self.name = name or code
        self.lan = Wire("lan", world.schedule, world.chance)
        self.line = Wire("wan", world.schedule, world.chance)
        self.alive = self.lost = self.fenced = False
        self.epoch = 0
        self.terminals: list[str] = []
        self.images: list[Any] = []
        self.uplink = Uplink(self)
        self._queue: list[tuple] = []
        self._heard: set[str] = set()  # terminals, since that was written down
        self._working = False

    def note_heard(self, terminals: Iterable[str]) -> None:
        """Whoever said anything is written down each minute; at night all that are on say hello."""
        if terminals:
            self.books.begin()
            for name in sorted(terminals):
                self.books.note_terminal(name, self.clock.now_s())
            self.books.commit()

    # life and death

    def start(self, machine_too: bool = False) -> None:
        """The sale process starts on what the disk holds."""
        if machine_too:
            self.clock.start()
            self._queue.clear()
        self.epoch += 1
        self._heard.clear()
        self.alive, self._working = True, False
        self.trade = Trade(self.books, self.clock, self.world.ids(self.code).randbytes, budget=BUDGET)
        self.hearing = Hearing(
            self.trade, self.books.value("life_before"), self.books.value("lives_before").split(",")
        )
        self.counter = Counter(self.trade, self.world.depth.sealed)
        self.world.truth.started(self)
        try:
            self.transaction(lambda: witness.start(self.trade))
        except Killed:
            self._die()
            return
        self.uplink.start()
        self._tell_heads(self.epoch)
        self._wake()

    def tell_old_disk(self, old: Any) -> None:
        """As gateway/bootstrap.py at the first start of a new life: what head office may not know of the old one."""
        lines = [event.line for event, _ in old.events_after(salvage.told_upto(old.value))]
        if self.alive and lines:
            try:
                self.transaction(lambda: salvage.tell_old_lines(self.trade, old.incarnation, lines))
            except Killed:
                self._die()
                self.world.schedule.after(5_000, self.tell_old_disk, old)
        elif lines:
            self.world.schedule.after(5_000, self.tell_old_disk, old)

    def close_suspense(self) -> None:
        """Two people say that a hold in suspense has given nothing."""
        if not self.alive or self.trade.fenced():
            return
        for kept in [one for one in self.books.pump_holds() if one.state == "suspense"]:
            self.world.litres.excuse(kept.terminal, "people")
            if not self._by_people(lambda kept=kept: fuelling.close_by_people(self.trade, kept.hold, 0, 0, "7", "9")):
                return

    def settle_fills(self) -> None:
        """Fills of attendants are paid in cash, or given up by two people; some are tried twice."""
        if not self.alive or self.trade.fenced():
            return
        dice = self.world.fault_dice
        for fill in self.books.unpaid_fills():
            for _ in range(dice.choice((1, 1, 1, 2))):
                pays = dice.random() < 0.6
                self.world.summary.happened["fill_paid" if pays else "drive_off"] += 1
                if pays and not self._by_people(lambda fill=fill: self._paid(fill)):
                    return
                if not pays and not self._by_people(lambda fill=fill: fills.drive_off(self.trade, fill.fill, "7", "9")):
                    return

    def _paid(self, fill: Any) -> Any:
        return fills.settle_cash(self.trade, fill.fill, fill.total_cents, "7", 1)

    def _by_people(self, work: Callable[[], Any]) -> bool:
        """A transaction at the forecourt's page; whether the process lived."""
        try:
            self.transaction(work)
        except Killed:
            self._die()
            return False
        return True

    def kill(self) -> None:
        """kill -9 of the sale process (and its uplink); what is durable stays."""
        self.alive = False
        self.epoch += 1
        self.books.rollback()

    def come_back(self, machine_too: bool = False) -> None:
        """The supervisor starts it again, unless people have replaced it meanwhile."""
        if not self.alive and not self.lost and self.world.at(self.name) is self:
            self.start(machine_too)

    # messages in, answers out

    def arrive(self, *item: Any) -> None:
        """Something for the sale process lies in the broker."""
        self._queue.append(item)
        if item[0] in POSTS:
            self.world.posts.setdefault(self.name, []).append((self.books.incarnation, item))
        self._wake()

    def hears(self, terminal: str, message: str, frame: Any) -> None:
        """A terminal's frame comes over the wire."""
        self.arrive("frame", terminal, message, frame)

    def _wake(self) -> None:
        if self.alive and self._queue and not self._working:
            self._working = True
            self.world.schedule.after(0, self._work, self.epoch)

    def _work(self, epoch: int) -> None:
        """One batch."""
        if epoch != self.epoch:
            return
        batch, self._queue = self._queue, []
        try:
            replies = self.transaction(lambda: self._each(batch))
        except Killed:
            self._queue = batch + self._queue  # not acknowledged: the broker says it again
            self._die()
            return
        if self.world.chance.strikes("kill_before_send"):
            self._queue = batch + self._queue
            self._die()
            return
        wants = list(self.trade.wants)
        wait_ms = self.world.chance.dice.randint(*COMMIT_MS)
        self.world.schedule.after(wait_ms, self._send, epoch, replies, wants)

    def transaction(self, work: Callable[[], Any]) -> Any:
        """One transaction of the production code, which may die at any of its writes. Raises Killed."""
        if self.world.chance.strikes("kill_at_write"):
            dying: Any = Dying(self.books, self.world.chance.dice.randint(0, WRITES_MAX), WRITES)
            self.trade.books = dying
            try:
                result = self.trade.transaction(work)
            finally:
                self.trade.books = self.books
        else:
            result = self.trade.transaction(work)
        self.world.truth.committed(self)
        why = self.books.value("fenced")
        if why and not self.fenced:
            self.fenced = True
            self.world.truth.fenced_itself(self, why)
        return result

    def _die(self) -> None:
        self.kill()
        self.world.schedule.after(self.world.chance.dice.randint(50, 4000), self.come_back)

    def _send(self, epoch: int, replies: list, wants: list[dict]) -> None:
        """What was decided leaves the store."""
        if epoch != self.epoch:
            return
        self._working = False
        for reply in replies:
            self.world.to_terminal(self, *reply)
        for want in wants:
            self.uplink.wanted(want)
        self.uplink.more()
        self._watch_waits()
        self._wake()

    def _each(self, batch: list[tuple]) -> list:
        replies: list = []
        for item in batch:
            before = len(replies)
            try:
                with self.books.part():
                    replies += self._one(item)
            except Theirs as wrong:
                del replies[before:]
                self.world.summary.turned_away[wrong.reason] += 1
        opened = [self.world.depth.opened(reply) for reply in replies]
        self.world.trace(self.name, opened)
        return opened

    def _one(self, item: tuple) -> list:
        if item[0] == "frame":
            return self._frame(*item[1:])
        if item[0] == "upkeep":
            upkeep.keep_up(self.trade)
            hold_life.keep_up(self.trade)
            return []
        if item[0] == "late":
            return [reply for key in self.counter.late() for reply in self.counter.again(key, True)]
        heard = _hear(self.trade, item)
        if heard.kind:
            self.world.summary.kinds[heard.kind] += 1
        again = self.counter.concerned(heard)
        return [reply for key, final in again for reply in self.counter.again(key, final)]

    def _frame(self, terminal: str, message: str, frame: Any) -> list:
        self._heard.add(terminal)
        if message == "hello":
            told = self._hello(terminal, frame.values)
            heard = self.counter.heard_from(terminal)
            return told + [reply for key, final in heard for reply in self.counter.again(key, final)]
        if message == "pump_state":
            told = hold_life.note_state(self.trade, Asked(terminal, message, frame.values, frame))
            return [Answer(terminal, told.message, told.values)]
        if message == "nozzles":
            nozzles.told(self.trade, terminal, frame.values["nozzles"], frame.values.get("j", ""))
            return []
        if message == "testimony":
            return self._testimony(terminal, frame.values)
        return self.counter.request(Asked(terminal, message, frame.values, frame))

    def _hello(self, terminal: str, values: dict) -> list:
        seen = values.get("witness_incarnation", ""), values["witness_seq"]
        self.books.note_terminal(terminal, self.clock.now_s())
        witness.hello(self.trade, terminal, *seen, values.get("answers", ""))
        told = [Answer(terminal, "welcome", {"r": values["r"], **self.head_values(terminal, values["j"])})]
        if self.hearing.wanted(terminal):
            told.append(Answer(terminal, "testify", {"life": self.hearing.life}))
        return told

    def _testimony(self, terminal: str, values: dict) -> list:
        """All pairs of a journal at once; over the air they come one by one."""
        if values["life"] != self.hearing.life or not self.hearing.wanted(terminal):
            return []
        for at, (asked, frame, told, answer) in enumerate(values["pairs"], 1):
            request = Asked(terminal, asked, frame.values, frame).request
            pair = Testimony(request, asked, frame.decode(), frame.values, told, answer)
            self.hearing.heard(terminal, pair, at)
        self.hearing.heard(terminal, None, 0)
        return []

    def head_values(self, terminal: str, journal: str) -> dict:
        testifies = self.hearing.wanted(terminal)
        booked = (lambda: self.books.booked(terminal, journal)) if journal else list
        return witness.head(self.trade, terminal, testifies, booked)

    # what time brings

    def _tell_heads(self, epoch: int) -> None:
        if epoch != self.epoch or not self.world.open:
            return
        self.note_heard(self._heard)
        self._heard.clear()
        for terminal in self.terminals:
            self.world.to_terminal(self, terminal, "head", self.head_values(terminal, ""))
        if upkeep.due(self.trade) or self.books.pump_holds():
            self.arrive("upkeep")
        self.world.schedule.after(HEAD_EVERY_MS, self._tell_heads, epoch)

    def _watch_waits(self) -> None:
        due = self.counter.due_ms()
        if due:
            wait_ms = max(1, min(due) - self.clock.now_ms())
            self.world.schedule.after(wait_ms, self._late, self.epoch)

    def _late(self, epoch: int) -> None:
        if epoch == self.epoch and self.counter.late():
            self.arrive("late")


def _hear_line(trade: Trade, up: bool, fenced: str = "", at_s: int = 0, life: str = "", *safe_seq: Any) -> Heard:
    """A heartbeat's answer says both at once here; over the broker these are two messages."""
    for seq in safe_seq:
        inbox.safe(trade, seq or 0, life, seq is None)
    return inbox.line(trade, up, fenced, at_s, life)


def _hear(trade: Trade, item: tuple) -> Heard:
    kind, *told = item
    if kind == "hq":
        number, body = told
        return inbox.from_hq(trade, number, lambda: body, KINDS)
    if kind == "booked":
        return inbox.booked(trade, *told)
    if kind == "line":
        return _hear_line(trade, *told)
    return inbox.want_answer(*told)
