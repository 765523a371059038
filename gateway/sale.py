"""The sale process: one thread that turns what the broker brings into committed facts and their replies."""

import logging
import select
import socket
import sqlite3
import ssl
import threading
from typing import IO

from gateway import broker
from gateway.adapters.time_udp import TimeUdp
from gateway.adapters.wire import Batch, Wire
from gateway.config import Config
from gateway.desk import Desk
from gateway.store import db as database
from protocol.errors import Theirs

log = logging.getLogger("gateway.sale")

BACKOFF_S = (0.1, 0.2, 0.5, 1, 2, 5)
CHECKPOINT_EVERY_S = 5
CHECKPOINT_AFTER = 500  # messages, at the latest: some 2,000 pages of log, well below the ceiling of the sale thread


class Sale:
    """Runs a desk behind a broker until stopped; every failure of broker or disk ends in dialling again."""

    def __init__(
        self, config: Config, desk: Desk, wire: Wire, time_service: TimeUdp | None = None, lock: IO | None = None
    ):
        self._config, self.desk, self._wire, self._time, self._lock = config, desk, wire, time_service, lock
        self._stopping = threading.Event()
        self._much_to_fold, self._since_folded = threading.Event(), 0
        self._bell, self._ring = socket.socketpair()

    def stop(self) -> None:
        """Ends run() at once; for signal handlers and other threads."""
        self._stopping.set()
        self._much_to_fold.set()
        self._ring.send(b"!")

    def run(self) -> None:
        """Serves until stop()."""
        threading.Thread(target=self._checkpoints, daemon=True, name="checkpoints").start()
        failures = 0
        while not self._stopping.is_set():
            try:
                self._wire.connect()
                log.info("at the broker")
                failures = 0
                self._serve()
            except (OSError, ssl.SSLError, Theirs, sqlite3.DatabaseError) as trouble:
                # Nothing of an unfinished batch was acknowledged: it comes again.
                log.warning("broker or disk: %r", trouble)
                self._stopping.wait(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
                failures += 1
        self._wire.close()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            if self._wire.early() or self._wire.pending() or self._wait():
                self._batch(self._wire.read())
            self._tell_time()
            self._wire.write(Batch(), self.desk.tick())
            self._wire.ping()

    def _batch(self, batch: Batch) -> None:
        replies = self.desk.take(batch.frames) if batch.frames else []
        self._wire.write(batch, replies)
        self._since_folded += len(batch.frames)
        if self._since_folded >= CHECKPOINT_AFTER:
            self._since_folded = 0
            self._much_to_fold.set()
        if self.desk.shop.broker_changed:
            self.desk.shop.broker_changed = False
            broker.write_all(self._config, self.desk.shop.db)
            broker.reload(self._config)

    def _wait(self) -> bool:
        """Sleeps until something is readable or due; whether the broker's socket is."""
        due_s = (self.desk.due_ms() - self.desk.shop.clock.now_ms()) / 1000
        sources = [self._wire, self._bell] + ([self._time] if self._time else [])
        readable, _, _ = select.select(sources, [], [], min(max(due_s, 0), 1))
        return self._wire in readable

    def _tell_time(self) -> None:
        asked = self._time.read() if self._time else None
        while self._time and asked:
            answer = self.desk.tell_time(asked[0])
            if answer:
                self._time.write(answer, asked[1])
            asked = self._time.read()

    def _checkpoints(self) -> None:
        """Moves WAL pages into the file beside the sale thread: inside it, they were its slowest percent."""
        while not self._stopping.is_set():
            self._much_to_fold.wait(CHECKPOINT_EVERY_S)
            self._much_to_fold.clear()
            if not (self._stopping.is_set() or self.desk.damaged):
                self._checkpoint()

    def _checkpoint(self) -> None:
        """One that could not run is made up for by the next, unless it is the disk that refuses."""
        try:
            database.checkpoint(self._config.database)
        except sqlite3.DatabaseError as trouble:
            log.info("checkpoint: %s", trouble)
            if database.is_no_room(trouble):
                self.desk.disk_refuses(str(trouble))
