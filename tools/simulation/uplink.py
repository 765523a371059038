"""A store's second process (gateway/uplink.py, which is threads and HTTPS) as a model on virtual time.

    events     one batch at a time after what head office has booked, again and again until there is an answer
    messages   one long poll at a time after the last message written here
    wants      each asks once; whatever comes of it ends the wish
    heartbeat  every ten seconds: the line is up or down, and how far head office has booked and is backed up
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from gateway.core.inbox import FIRST_LIFE

if TYPE_CHECKING:
    from tools.simulation.store import Store

BATCH_EVENTS = 200
BEAT_MS = 10_000
TIMEOUT_MS, FLOAT_TIMEOUT_MS, POLL_TIMEOUT_MS = 10_000, 3_000, 14_000
BACKOFF_MS = 1_500
FENCING = ("fenced", "chain_broken")


class Uplink:
    """Restarts with its store; keeps nothing."""

    def __init__(self, store: "Store"):
        self._store = store
        self._life = 0
        self._uploading = False
        self._calls: set[int] = set()
        self._called = 0

    def start(self) -> None:
        """Forgets what was on its way and begins again where the disk says."""
        self._life += 1
        self._calls.clear()
        self._uploading = False
        self._beat(self._life)
        self._poll(self._life)
        self.more()

    # events

    def more(self) -> None:
        """There may be events to carry."""
        if not self._uploading:
            self._upload(self._life)

    def _upload(self, life: int) -> None:
        store = self._store
        if life != self._life or not store.alive:
            return
        after = int(store.books.value("booked_seq") or 0)
        events = store.books.events_after(after, BATCH_EVENTS)
        if not events or not store.world.open:
            self._uploading = False
            return
        self._uploading = True
        prev = store.books.hash_at(after)
        lines = [event.line for event, _ in events]
        self._call("events", (after + 1, prev, lines), self._booked, self._upload, TIMEOUT_MS)

    def _booked(self, life: int, upto: int, reason: str = "") -> None:
        store = self._store
        head = store.trade.head().seq
        if reason in FENCING:
            store.arrive("line", True, reason, 0, store.books.incarnation)
        elif upto > head:
            self._set_back(upto, head)
        else:
            if upto >= 0:
                store.arrive("booked", upto, store.books.incarnation, reason == "gap")
            store.world.schedule.after(20, self._upload, life)
            return
        self._uploading = False

    def _set_back(self, upto: int, head: int) -> None:
        why = f"head office has booked {upto}, this database ends at {head}"
        self._store.arrive("line", True, why, 0, self._store.books.incarnation)

    # messages

    def _poll(self, life: int) -> None:
        store = self._store
        if life == self._life and store.alive and store.world.open:
            after = int(store.books.value("hq_cursor") or 0)
            hq_life = store.books.value("hq_life") or FIRST_LIFE
            self._call("messages", (after, hq_life), self._messages, self._poll, POLL_TIMEOUT_MS)

    def _messages(self, life: int, messages: list[tuple[int, dict]]) -> None:
        for n, body in messages:
            self._store.arrive("hq", n, body)
        self._store.world.schedule.after(10, self._poll, life)

    # wishes

    def wanted(self, want: dict) -> None:
        """The sale process wishes for float."""

        def granted(life: int, messages: list[tuple[int, dict]]) -> None:
            for n, body in messages:
                self._store.arrive("hq", n, body)
            self._store.arrive("want_answer", want["request"])

        def failed(life: int) -> None:
            self._store.arrive("want_answer", want["request"])

        self._call("float", (want,), granted, failed, FLOAT_TIMEOUT_MS)

    # signs of life

    def _beat(self, life: int) -> None:
        if life == self._life and self._store.alive and self._store.world.open:
            self._call("heartbeat", (), self._beaten, self._silent, BEAT_MS)

    def _beaten(self, life: int, status: str, booked_seq: int, at_s: int, safe_seq: int | None) -> None:
        store = self._store
        head = store.trade.head().seq
        fenced = "enrol this gateway again" if status == "fenced" else ""
        store.arrive("line", True, fenced, at_s, store.books.incarnation, safe_seq)
        if status != "fenced" and booked_seq > head:
            self._set_back(booked_seq, head)
        store.world.schedule.after(BEAT_MS, self._beat, life)

    def _silent(self, life: int) -> None:
        self._store.arrive("line", False)
        self._store.world.schedule.after(BEAT_MS, self._beat, life)

    # one request over the line

    def _call(self, what: str, told: tuple, answered: Callable, failed: Callable, timeout_ms: int) -> None:
        """Asks head office; exactly one of the two is called, unless this process dies first."""
        store, life = self._store, self._life
        self._called += 1
        number = self._called
        self._calls.add(number)

        def reply(*answer: object) -> None:
            store.line.send(arrived, answer)

        def arrived(answer: tuple) -> None:
            if life == self._life and number in self._calls:
                self._calls.remove(number)
                if answer == (AWAY,):
                    store.world.schedule.after(BACKOFF_MS, failed, life)
                else:
                    answered(life, *answer)

        def late() -> None:
            if life == self._life and number in self._calls:
                self._calls.remove(number)
                failed(life)

        store.world.schedule.after(timeout_ms, late)
        store.line.send(store.world.office.serve, what, store.code, store.books.incarnation, told, reply)


AWAY = "away"  # head office answered what only a broken way answers, or nothing useful
