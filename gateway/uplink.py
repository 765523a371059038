"""The second process: carries events to head office and its messages back, asks it for float, tells it we are alive.

It reads the database and never writes it; what must be written it tells the sale process through the broker. Head
office may be away for days: everything waits in the database and goes on where it stopped.

    events     outbox rows after what head office has booked -> booked
    messages   long poll after the last message written here -> hq, in order
    wants      wishes for float -> their grants are messages; want_answer when there is nothing more to wait for
    said       what a person at this machine has said by a command -> operator
    heartbeat  every few seconds -> line up or down
    releases   what terminals shall run -> DIR/hq_releases
"""

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gateway import health
from gateway.adapters.hq import Hq, HqAway
from gateway.adapters.mqtt_paho import MqttPaho
from gateway.core import inbox
from gateway.fetching import Fetcher, NotFetched
from gateway.store import meta, outbox, updates

log = logging.getLogger("gateway.uplink")

BATCH_EVENTS = 500
HEARTBEAT_S = 5
SAID_EVERY_S = 1
RELEASES_EVERY_S = 2
BACKOFF_S = (0.5, 1, 2, 5, 10)
WANT_THREADS = 16  # each may wait 1.2 s for other stores' answers
AT_ONCE = 32  # messages given to the sale process at a time (a signature each): a tap waits for some ms of them at most
WANTS_MAX = 64  # wishes on their way at once; one more is answered at once with nothing
WRITTEN_WITHIN_S = 5  # the sale process writes a message within that, or it is passed on again
FENCING = ("fenced", "chain_broken")


class Uplink:
    """Five loops and a small pool of threads until stop(). `fetcher` is put in before start()."""

    fetcher: Fetcher | None = None
    hear_console: Callable[[str, bytes], None] | None = None  # the forecourt page's, put in likewise

    def __init__(
        self, reader: Callable[[], sqlite3.Connection], hq: Hq, connect: Callable[[Callable], MqttPaho], said: Path
    ):
        self._reader, self._hq, self._said = reader, hq, said
        self._broker = connect(self._hear)
        self._stopping, self._more_events = threading.Event(), threading.Event()
        self._passing = threading.Lock()
        self._passed, self._passed_at_s = 0, 0.0
        self._wants = ThreadPoolExecutor(WANT_THREADS, "want")
        self._asking: set[str] = set()
        self._up = False
        self.closed = ""  # why the sale process sells nothing now, by its own word

    def start(self) -> None:
        self._broker.start()
        for loop in (self._upload, self._fetch, self._beat, self._pass_on_said, self._fetch_releases):
            threading.Thread(target=self._keep, args=(loop,), daemon=True, name=loop.__name__).start()

    def stop(self) -> None:
        self._stopping.set()
        self._more_events.set()
        self._wants.shutdown(wait=False, cancel_futures=True)
        self._broker.stop()
        self._hq.close()

    @property
    def stopping(self) -> bool:
        """Whether stop() was called."""
        return self._stopping.is_set()

    @property
    def up(self) -> bool:
        """Whether head office answered last."""
        return self._up

    def _keep(self, loop: Callable[[sqlite3.Connection], None]) -> None:
        """Runs one loop for ever, slower while head office is away."""
        db, failures = self._reader(), 0
        while not self._stopping.is_set():
            try:
                loop(db)
                failures = 0
            except (HqAway, NotFetched, sqlite3.OperationalError) as away:
                if failures == 0:
                    log.info("%s waits: %s", loop.__name__, away)
                self._stopping.wait(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
                failures += 1
            except Exception:
                log.exception("in %s", loop.__name__)
                self._stopping.wait(BACKOFF_S[-1])

    def _upload(self, db: sqlite3.Connection) -> None:
        """One batch, or a wait for something to carry."""
        self._more_events.clear()
        incarnation, after = meta.get(db, "incarnation"), meta.get_int(db, "booked_seq")
        lines = outbox.lines_from(db, after + 1, BATCH_EVENTS)
        if not lines:
            self._more_events.wait(HEARTBEAT_S)
            return
        answer = self._hq.events(incarnation, after + 1, outbox.hash_at(db, incarnation, after), lines)
        self._booked(db, answer.upto, answer.reason, answer.detail)

    def _booked(self, db: sqlite3.Connection, upto: int, reason: str, detail: str) -> None:
        incarnation = meta.get(db, "incarnation")
        head = outbox.head(db, incarnation).seq
        if reason in FENCING:
            self.say("line", {"up": True, "fenced": f"{reason} {detail}", "life": incarnation})
            raise HqAway(f"events refused: {reason} {detail}")
        if upto > head:
            self._fence_set_back(incarnation, upto, head)
        if upto < 0:
            raise HqAway(f"events refused: {reason} {detail}")
        again = reason == "gap"  # it may know less than it did: restored from a backup it is told the rest once more
        self.say("booked", {"upto": upto, "again": again, "life": incarnation})
        self._wait_for(lambda: _heard_booked(meta.get_int(db, "booked_seq"), min(upto, head), again))

    def _fence_set_back(self, incarnation: str, upto: int, head: int) -> None:
        """Head office knows more of this life than its own disk: the disk was set back."""
        why = f"head office has booked {upto}, this database ends at {head}"
        self.say("line", {"up": True, "fenced": why, "life": incarnation})

    def _fetch(self, db: sqlite3.Connection) -> None:
        """One long poll; what it brings is passed on and waited for, so that the next poll acknowledges it."""
        messages = self._hq.messages(meta.get_int(db, "hq_cursor"), _hq_life(db))
        if not messages:
            return
        for at in range(0, len(messages), AT_ONCE):
            last = messages[min(at + AT_ONCE, len(messages)) - 1]["n"]
            self._pass_on(db, messages[at : at + AT_ONCE])
            if not self._wait_for(lambda last=last: meta.get_int(db, "hq_cursor") >= last):
                self._stopping.wait(1)
                return

    def _pass_on(self, db: sqlite3.Connection, messages: list[dict]) -> None:
        """Gives the sale process what follows on what it has been given; a gap is filled by the next poll."""
        with self._passing:
            cursor = meta.get_int(db, "hq_cursor")
            if self._passed < cursor or time.monotonic() - self._passed_at_s > WRITTEN_WITHIN_S:
                self._passed = cursor
            for message in sorted(messages, key=lambda one: one["n"]):
                if message["n"] == self._passed + 1 and self.say("hq", message):
                    self._passed, self._passed_at_s = message["n"], time.monotonic()

    def _beat(self, db: sqlite3.Connection) -> None:
        """A sign of life in both directions."""
        try:
            told = self._hq.heartbeat(health.heartbeat(db, self.closed))
            self._line(True, int(told.get("at_s") or 0))
            incarnation = meta.get(db, "incarnation")
            self._safe(db, incarnation, told)
            head = outbox.head(db, incarnation).seq
            if told.get("status") == "fenced":
                self.say("line", {"up": True, "fenced": "enrol this gateway again", "life": incarnation})
            elif int(told.get("booked_seq") or 0) > head:
                self._fence_set_back(incarnation, int(told["booked_seq"]), head)
        except HqAway:
            self._line(False)
            raise
        finally:
            self._stopping.wait(HEARTBEAT_S)

    def _safe(self, db: sqlite3.Connection, incarnation: str, told: dict) -> None:
        """How far verified backups hold our events; unbacked: head office has never made one."""
        safe_seq, unbacked = int(told.get("safe_seq") or 0), bool(told.get("unbacked"))
        if safe_seq != meta.get_int(db, "safe_seq") or unbacked != bool(meta.get(db, "unbacked")):
            self.say("safe", {"upto": safe_seq, "unbacked": unbacked, "life": incarnation})

    def _pass_on_said(self, _: sqlite3.Connection) -> None:
        """What a person at this machine has said by a command: each once, in order."""
        for file in sorted(self._said.glob("*.json")):
            if not self.say("operator", json.loads(file.read_text())):
                break  # the broker is away: again in a second, in this order
            file.unlink()
        self._stopping.wait(SAID_EVERY_S)

    def _fetch_releases(self, db: sqlite3.Connection) -> None:
        """Releases for this store's terminals, beside everything else: a slow line carries a part at a time."""
        if self.fetcher is not None:
            self.fetcher.keep(updates.all_wanted(db))
        self._stopping.wait(RELEASES_EVERY_S)

    def _line(self, up: bool, at_s: int = 0) -> None:
        if up != self._up:
            log.info("head office is %s", "there" if up else "away")
        self._up = up
        self.say("line", {"up": up, "at_s": at_s})

    def _hear(self, message: str, payload: bytes) -> None:
        """What the sale process says: there are new events, it wants float, or it answers the forecourt page."""
        if message == "head":
            self._more_events.set()
        elif message == "closed":
            self.closed = json.loads(payload)["why"]
        elif message == "want":
            self._wanted(json.loads(payload))
        elif message in ("console_done", "nozzles") and self.hear_console:
            self.hear_console(message, payload)

    def _wanted(self, want: dict) -> None:
        if len(self._asking) >= WANTS_MAX or self._stopping.is_set():
            self.say("want_answer", {"request": want["request"]})
            return
        self._asking.add(want["request"])
        self._wants.submit(self._ask_float, want)

    def _ask_float(self, want: dict) -> None:
        db = self._reader()
        try:
            grants = self._hq.float(want)
            last = max((grant["n"] for grant in grants), default=0)
            self._pass_on(db, grants)
            if self._passed < last:
                # Other messages lie before the grants, and the long poll may still hang on a line that died.
                self._pass_on(db, self._hq.messages(meta.get_int(db, "hq_cursor"), _hq_life(db), wait_s=0))
            self._wait_for(lambda: self._passed >= last, within_s=1)
        except HqAway as away:
            log.info("no float: %s", away)
            self._line(False)
        finally:
            self._asking.discard(want["request"])
            self.say("want_answer", {"request": want["request"]})
            db.close()

    def say(self, message: str, told: dict) -> bool:
        """Publishes to the sale process; False while there is no broker."""
        return self._broker.publish(message, json.dumps(told).encode())

    def _wait_for(self, done: Callable[[], bool], within_s: float = WRITTEN_WITHIN_S) -> bool:
        until_s = time.monotonic() + within_s
        while not self._stopping.is_set():
            if done():
                return True
            if time.monotonic() > until_s:
                return False
            self._stopping.wait(0.01)
        return False


def _hq_life(db: sqlite3.Connection) -> str:
    return meta.get(db, "hq_life") or inbox.FIRST_LIFE


def _heard_booked(booked_seq: int, upto: int, again: bool) -> bool:
    return booked_seq == upto if again else booked_seq >= upto
