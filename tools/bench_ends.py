"""The two ends on the gateway's side of a bench, each a process of its own behind the same adapter.

    python -m tools.bench_ends sale DIR      the sale process as `tapwell gateway run` puts it together, its parts under
                                             a stopwatch; writes DIR/sale.tsv when it is told to end
    python -m tools.bench_ends echo DIR      acknowledges and answers with as many bytes as are asked for; no work
"""

import select
import signal
import sys
import threading
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from time import perf_counter
from typing import Any

from gateway import bootstrap, config
from gateway.adapters import tls
from gateway.adapters.mqtt_batched import MqttBatched
from gateway.config import Config
from gateway.desk import Desk
from gateway.doorman import Doorman
from tools.bench_store import ECHO, ECHO_DOWN

TIMES = "sale.tsv"
SIZE_DIGITS = 5  # an echo's first bytes: how long its answer shall be


class Stopwatch:
    """Times of one batch in seconds: read (TLS, MQTT), decide, commit (with the rows, written just before it), write.

    `rows`: (message of the batch's first frame, read, decide, commit, write).
    """

    def __init__(self) -> None:
        self.rows: list[tuple] = []
        self._read = self._began = self._decided = self._committed = 0.0
        self._message = ""

    def install(self) -> "Stopwatch":
        """Puts itself around the parts of this process."""
        self._around(MqttBatched, "read", self._on_read)
        self._around(Desk, "take", self._on_take)
        self._around(Doorman, "write_counts", self._on_counts)  # the last step before the commit
        self._around(MqttBatched, "write", self._on_write)
        return self

    def save(self, path: Path) -> None:
        path.write_text("".join("\t".join(map(str, row)) + "\n" for row in self.rows))

    def _around(self, owner: type, name: str, note: Callable[[float, float, tuple, Any], None]) -> None:
        part = getattr(owner, name)

        @wraps(part)
        def timed(*arguments):
            began = perf_counter()
            result = part(*arguments)
            note(began, perf_counter(), arguments, result)
            return result

        setattr(owner, name, timed)

    def _on_read(self, began: float, ended: float, arguments: tuple, batch) -> None:
        self._read = ended - began
        self._message = batch.frames[0][0].rpartition("/")[2] if batch.frames else ""

    def _on_counts(self, began: float, ended: float, *_: object) -> None:
        self._decided = ended

    def _on_take(self, began: float, ended: float, *_: object) -> None:
        self._began, self._committed = began, ended

    def _on_write(self, began: float, ended: float, arguments: tuple, _: object) -> None:
        if not self._message or not arguments[1].frames:
            return
        decide, commit = self._decided - self._began, self._committed - self._decided
        self.rows.append((self._message, self._read, decide, commit, ended - began))
        self._message = ""


def sale(settings: Config) -> None:
    """Until SIGTERM."""
    watch = Stopwatch().install()
    process = bootstrap.sale(settings)
    signal.signal(signal.SIGTERM, lambda *_: process.stop())
    print("ready", flush=True)
    process.run()
    watch.save(settings.directory / TIMES)


def echo(settings: Config) -> None:
    """Until SIGTERM: the sale process's loop without a desk."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    context = tls.client_context(settings, "echo")
    dial = tls.dial
    wire = MqttBatched(lambda: dial(context, settings.broker_host, settings.broker_port), ECHO, "echoing/+/up/#")
    wire.connect()
    print("ready", flush=True)
    while not stopping.is_set():
        if wire.early() or wire.pending() or select.select([wire], [], [], 0.2)[0]:
            batch = wire.read()
            wire.write(batch, [(ECHO_DOWN, _answer(payload)) for _, payload in batch.frames if payload])
        wire.ping()
    wire.close()


def _answer(payload: bytes) -> bytes:
    size = int(payload[:SIZE_DIGITS])
    return payload[:size].ljust(size, b".")


if __name__ == "__main__":
    {"sale": sale, "echo": echo}[sys.argv[1]](config.load(Path(sys.argv[2])))
