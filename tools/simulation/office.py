"""Head office: the production core (hq_server/vault) behind the four things a gateway can ask it, killable anywhere."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from hq_server.errors import HqError
from hq_server.ingest.rules import read_batch
from hq_server.vault import asking, book, booking, lives, moves, placing, remembering
from hq_server.vault.asking import Wanted
from hq_server.vault.booking import Gap, Violation
from hq_server.vault.refunds import Sought
from tools.simulation.disk import Dying, Killed
from tools.simulation.set_back import OfficeMark
from tools.simulation.uplink import AWAY

if TYPE_CHECKING:
    from tools.simulation.world import World

POLL_MS = 10_000
ASK_MS = 1_200
PLACE_MS = 500
MESSAGES_AT_ONCE = 200
WRITES = frozenset(
    {
        "put_balances", "add_lots", "add_events", "set_gateway", "add_life", "set_life", "add_grant", "set_grant",
        "add_recall", "answer_recall", "add_request", "set_request", "add_right_grant", "set_right_grant",
        "close_moves", "note_shopping", "meet_all", "add_due", "take_due", "send", "open_outbox", "forget_outbox",
        "acknowledge", "meet", "tell_figures", "put_right_part", "put_case", "add_right_move", "set_right_move",
        "put_target", "forget_targets", "put_awaited", "start_over",
    }
)
WRITES_MAX = 14


class Backup(NamedTuple):
    """A verified one. safe: how far it holds each life; known: how far those before it did, all it can tell."""

    image: Any
    mark: OfficeMark
    safe: dict[str, int]
    known: dict[str, int]


class Office:
    """One process over one vault."""

    def __init__(self, world: "World", vault: Any):
        self.world, self.vault = world, vault
        self.backup: Backup | None = None
        self.safe: dict[str, int] | None = None  # life -> its last event in a verified backup; None: there is none
        self.alive = True
        self._life = 0
        self._polls: dict[str, tuple[str, int, Callable]] = {}
        self._asks: list[list] = []
        self._placing = False

    def found(self) -> None:
        """The first day: head office's own journal."""
        if self.vault.life(book.LIFE) is None:
            self.transaction(lambda vault: book.open_journal(vault))

    # life and death

    def kill(self) -> None:
        """kill -9: who waits for an answer will not get one."""
        self.alive = False
        self._life += 1
        self.vault.rollback()
        self._polls.clear()
        self._asks.clear()
        self._placing = False
        self.world.schedule.after(self.world.chance.dice.randint(100, 20_000), self._start)

    def _start(self) -> None:
        self.alive = True
        self._place_soon()

    def back_up(self) -> None:
        """A backup is made and read back whole."""
        if self.alive:
            mark = self.world.truth.office_mark(self.vault)
            safe = {life: booked for life, (_, booked, _) in mark.lives.items()}
            self.backup = Backup(self.vault.image(), mark, safe, self.safe or {})
            self.safe = safe

    def restore(self, backup: Backup, life: str) -> None:
        """The machine is gone; a backup of some while ago runs in its place, as the new head office that it is."""
        self.kill()
        vault, self.safe = self.vault, backup.known
        vault.restore(backup.image)
        vault.now_s = self.world.office_clock.now_s()
        vault.begin()
        remembering.begin(vault, life, "backup")
        vault.commit()
        vault.alarms.clear()

    def transaction(self, work: Callable[[Any], Any], retires: str = "") -> Any:
        """One transaction of the production code, which may die at any of its writes. Raises Killed.

        retires: the store whose incarnation ends with it.
        """
        vault: Any = self.vault
        if self.world.chance.strikes("office_kill_at_write"):
            vault = Dying(vault, self.world.chance.dice.randint(0, WRITES_MAX), WRITES)
        vault.now_s = self.world.office_clock.now_s()
        vault.begin()
        try:
            result = work(vault)
            vault.commit()
        except BaseException:
            self.vault.rollback()
            raise
        if retires:
            self.world.truth.retired(retires)
        written = self.world.depth.written(self.vault, self.world.truth.office_seen)
        self.world.truth.office_committed(self.vault, written)
        rung = list(self.vault.rung)
        if self.world.chance.strikes("office_kill_before_send"):
            raise Killed
        self._ring(rung)
        return result

    def guarded(self, work: Callable[[], None]) -> bool:
        """Does something that may kill head office; whether it lived."""
        try:
            work()
        except Killed:
            self.kill()
            return False
        return True

    # what gateways ask

    def serve(self, what: str, store: str, incarnation: str, told: tuple, reply: Callable) -> None:
        """One request. A certificate that was replaced at an enrolment opens no door any more."""
        if not self.alive:
            return
        gateway = self.vault.gateway(store)
        if gateway is None or gateway.incarnation != incarnation:
            reply(AWAY)
            return
        self.guarded(lambda: getattr(self, "_" + what)(store, incarnation, gateway, reply, *told))

    def _events(self, store: str, incarnation: str, gateway: Any, reply: Callable, first: int, prev: bytes,
                lines: list[bytes]) -> None:
        header = {"gateway": store, "incarnation": incarnation, "from_seq": first, "prev_hash": prev.hex()}
        batch = read_batch(b"\n".join([json.dumps(header).encode(), *lines]) + b"\n")
        try:
            booked = self.transaction(lambda vault: booking.book_batch(vault, store, batch))
        except Gap as gap:
            reply(gap.upto, "gap")
        except Violation as wrong:
            self._refuse(store, incarnation, wrong)
            reply(-1, wrong.reason)
        except HqError as wrong:
            reply(-1, wrong.reason)
        else:
            self.world.trace("booked", (store, booked.upto, booked.fresh))
            reply(booked.upto)
            self._place_soon()

    def _refuse(self, store: str, incarnation: str, wrong: Violation) -> None:
        self.transaction(lambda vault: booking.refuse_and_fence(vault, store, incarnation, wrong))
        self.world.truth.fenced_by_office(store, incarnation, str(wrong))

    def _messages(self, store: str, incarnation: str, gateway: Any, reply: Callable, after: int, life: str) -> None:
        if gateway.status != "enrolled" or not self._heard(store, after, life):
            reply(AWAY)
            return
        self.transaction(lambda vault: vault.acknowledge(incarnation, after))
        if not self._answer_poll(incarnation, after, reply):
            self._polls[store] = (incarnation, after, reply)
            self.world.schedule.after(POLL_MS, self._end_poll, store, reply)

    def _heard(self, store: str, after: int, life: str) -> bool:
        """A gateway that knows another life of head office is heard anew; whether it may be told anything."""
        if life == self.vault.office().life:
            return True
        try:
            self.transaction(lambda vault: remembering.listen(vault, store, after, life))
        except HqError as wrong:
            self.world.summary.turned_away["office_" + wrong.reason] += 1
            return False
        return True

    def _answer_poll(self, incarnation: str, after: int, reply: Callable) -> bool:
        found = self.vault.messages_after(incarnation, after, MESSAGES_AT_ONCE)
        if found:
            reply([(one.n, self.world.depth.body(one)) for one in found])
        return bool(found)

    def _end_poll(self, store: str, reply: Callable) -> None:
        if self._polls.get(store, (None, None, None))[2] is reply:
            del self._polls[store]
            reply([])

    def _float(self, store: str, incarnation: str, gateway: Any, reply: Callable, want: dict) -> None:
        if gateway.status != "enrolled":
            reply(AWAY)
            return
        sought = Sought(**want["refund"]) if "refund" in want else None
        wanted = Wanted(want["request"], want["account"], want["want"], sought)
        recalls = self.transaction(lambda vault: asking.begin(vault, store, wanted))
        if recalls:
            ask = [wanted, store, recalls, reply, self._life]
            self._asks.append(ask)
            self.world.schedule.after(ASK_MS, self._end_ask, ask)
        else:
            self._answer_ask(wanted, reply)

    def _end_ask(self, ask: list) -> None:
        if ask in self._asks:
            self._asks.remove(ask)
            wanted, store, _, reply, _ = ask
            self.guarded(lambda: self._rest(wanted, store, reply))

    def _rest(self, wanted: Wanted, store: str, reply: Callable) -> None:
        self.transaction(lambda vault: asking.rest(vault, store, wanted))
        self._answer_ask(wanted, reply)

    def _answer_ask(self, wanted: Wanted, reply: Callable) -> None:
        told = asking.answer(self.vault, wanted)
        reply([(one.n, self.world.depth.body(one)) for one in told["messages"]])

    def _heartbeat(self, store: str, incarnation: str, gateway: Any, reply: Callable) -> None:
        self.transaction(lambda vault: lives.beat(vault, store))
        life = self.vault.life(incarnation)
        safe_seq = None if self.safe is None else self.safe.get(incarnation, 0)
        reply(gateway.status, life.cursor_seq if life else 0, self.vault.now_s, safe_seq)

    # bells

    def _ring(self, rung: list[str]) -> None:
        for topic in sorted(set(rung)):
            kind, _, about = topic.partition(":")
            if kind == "outbox" and about in self._polls:
                incarnation, after, reply = self._polls[about]
                if self._answer_poll(incarnation, after, reply):
                    del self._polls[about]
            elif kind in ("home", "asked"):
                for ask in [one for one in self._asks if about in (one[0].account, one[0].request)]:
                    if asking.all_home(self.vault, ask[2]):
                        self._asks.remove(ask)
                        self.world.schedule.after(1, self._rest_later, ask)

    def _rest_later(self, ask: list) -> None:
        wanted, store, _, reply, life = ask
        if life == self._life and self.alive:
            self.guarded(lambda: self._rest(wanted, store, reply))

    def _place_soon(self) -> None:
        if not self._placing and self.vault.any_due():
            self._placing = True
            self.world.schedule.after(PLACE_MS, self._place, self._life)

    def _place(self, life: int) -> None:
        if life != self._life or not self.alive:
            return
        self._placing = False
        self.guarded(lambda: self.transaction(placing.place_due))
        self._place_soon()

    # what operators do

    def enrol(self, store: str, incarnation: str) -> bool:
        """A gateway is enrolled (again); whether it was done."""
        if not self.alive:
            return False
        return self.guarded(lambda: self.transaction(lambda vault: lives.begin(vault, store, incarnation), store))

    def recall(self, store: str, account: str, asset: str, up_to: int) -> None:
        """Value is asked back."""
        if self.alive:
            self.guarded(lambda: self.transaction(lambda vault: moves.recall(vault, store, account, asset, up_to)))

    def cancel_grants(self, account: str) -> None:
        """Grants without an answer are cancelled."""
        if self.alive:
            for one in self.vault.open_grants(account):
                self.guarded(lambda one=one: self.transaction(lambda vault: moves.cancel_grant(vault, one.grant)))

    def lay_down(self, rules: dict) -> None:
        """The chain's rules, told to everybody."""
        self.transaction(lambda vault: vault.lay_down_rules(rules))

    def tell_all(self, kind: str, values: dict) -> None:
        """A message for every enrolled gateway."""

        def send(vault: Any) -> None:
            for gateway in vault.enrolled():
                vault.send(gateway.store, kind, values)

        if self.alive:
            self.guarded(lambda: self.transaction(send))
