"""`tapwell gateway up`: broker, sale process and uplink as children, started again when one ends."""

import ctypes
import logging
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from typing import Any

from gateway import broker
from gateway.config import Config
from gateway.store.db import open_store

log = logging.getLogger("gateway.up")

AGAIN_S = 1  # a child that ends is started again after that
END_S = 5
PR_SET_PDEATHSIG = 1  # linux/prctl.h


def _die_with_parent() -> None:
    """Even when this process is killed, no broker or sale process stays behind to work against the next ones."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


ALONE: dict[str, Any] = {"stdin": subprocess.DEVNULL, "start_new_session": True, "preexec_fn": _die_with_parent}


class Supervisor:
    """The three processes of one store."""

    def __init__(self, config: Config):
        self._config = config
        self._stopping = threading.Event()
        self._children: dict[str, subprocess.Popen] = {}
        self._broker_of_s = 0.0

    def run(self) -> None:
        """Until SIGTERM or Ctrl-C."""
        signal.signal(signal.SIGTERM, lambda *_: self._stopping.set())
        signal.signal(signal.SIGINT, lambda *_: self._stopping.set())
        self._write_for_broker()
        while not self._stopping.is_set():
            self._renew_broker()
            for name, command in self._commands().items():
                self._keep(name, command)
            self._stopping.wait(AGAIN_S)
        self._end()

    def _write_for_broker(self) -> None:
        """What the broker reads; as it was last time if the database does not let it be written anew."""
        try:
            db = open_store(self._config.database)
            broker.write_all(self._config, db)
            db.close()
        except sqlite3.DatabaseError as trouble:
            log.error("the database: %s", trouble)

    def _renew_broker(self) -> None:
        """A changed mosquitto.conf (the first revocation list, say) wants a new broker; changed lists only a SIGHUP."""
        changed_s = (self._config.directory / "mosquitto.conf").stat().st_mtime
        child = self._children.get("broker")
        if child is not None and changed_s > self._broker_of_s and child.poll() is None:
            log.info("the broker's configuration has changed: starting it again")
            child.terminate()
            child.wait(END_S)
        self._broker_of_s = changed_s

    def _commands(self) -> dict[str, list[str]]:
        directory = str(self._config.directory)
        gateway = [sys.executable, "-m", "gateway"]
        return {
            "broker": [self._config.mosquitto, "-c", directory + "/mosquitto.conf"],
            "sale": [*gateway, "run", "--dir", directory],
            "uplink": [*gateway, "uplink", "--dir", directory],
        }

    def _keep(self, name: str, command: list[str]) -> None:
        child = self._children.get(name)
        if child is not None and child.poll() is None:
            return
        if child is not None:
            log.warning("%s ended with %s; starting it again", name, child.returncode)
        with open(self._config.directory / f"{name}.log", "ab") as to:
            self._children[name] = subprocess.Popen(command, stdout=to, stderr=to, **ALONE)

    def _end(self) -> None:
        """The sale process first, while its broker is still there; then the rest."""
        for name in ("uplink", "sale", "broker"):
            child = self._children.get(name)
            if child is not None and child.poll() is None:
                child.terminate()
        until_s = time.monotonic() + END_S
        for child in self._children.values():
            try:
                child.wait(max(0.1, until_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
