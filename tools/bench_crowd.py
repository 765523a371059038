"""A store with a crowd of terminals and a chain's members, laid out once, for `make bench BENCH=gateway`.

Head office's messages go through the store's own desk; what a day would have left behind (members, shifts, taps, filled
baskets) is written by the store's own modules, before any clock starts.
"""

import getpass
import os
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from sqlite3 import Connection

from cryptography.hazmat.primitives.asymmetric import ec

from gateway import config
from gateway.clock import Clock
from gateway.core.books import Tap
from gateway.core.pricing import BasketLine
from gateway.store import baskets, members, shifts, taps
from gateway.store.db import open_store
from hq_server.chain.authority import key_pem
from protocol import codec, topics
from tools import bench_store
from tools.processes import ROOT, Failed, free_ports

STORE, LANES = bench_store.STORE, 16
MEMBERS = 100_000
PRICE_CENTS = bench_store.PRICE_CENTS
LINE = BasketLine(bench_store.CODE, "Tea, green, 20 bags", 1000, PRICE_CENTS * 1000, PRICE_CENTS, "A", 1900)
CONF = """
per_listener_settings true
listener {tls_port} 127.0.0.1
require_certificate true
use_identity_as_username true
tls_version tlsv1.2
cafile {tls}/ca.pem
certfile {tls}/broker.pem
keyfile {tls}/broker.key
listener {plain_port} 127.0.0.1
allow_anonymous true
set_tcp_nodelay true
max_inflight_messages 1000
max_queued_messages 100000
max_packet_size 70000
persistence false
user {user}
log_type error
"""


class _Base(bench_store.Store):
    """One member a terminal, with one lot of stored value; nothing is earned."""

    rules = {"version": 1, "order": "principal_first", "point_value_milli": 1000}

    def certify(self, name: str) -> tuple[ec.EllipticCurvePrivateKey, str]:
        key = ec.generate_private_key(ec.SECP256R1())
        return key, self.authority.issue(key.public_key(), name).pem

    def _show_cards(self, db: Connection, clock: Clock) -> None:
        """Not yet: a tap is good for minutes."""

    def _grant(self, account: str) -> dict:
        granted = super()._grant(account)
        return granted | {"slices": [one for one in granted["slices"] if one["asset"] == "principal"]}


class Crowd:
    """names: the terminals. frames(name, count): sealed requests that a fresh copy of the database will approve."""

    def __init__(self, folder: Path, tills: int, requests: int, members: int = MEMBERS) -> None:
        self.folder, self.requests, self.members = folder.resolve(), requests, members
        self.names = ["%s-pos%d" % (STORE, number) for number in range(1, tills + 1)]
        self._base = _Base(self.folder, self.names, tills)
        self.plain_port = free_ports(1)[0]
        self.config = self._base.config
        self._issue()
        self._fill()
        self._broker: subprocess.Popen | None = None

    def start_broker(self) -> None:
        settings = self.config
        values = {"tls_port": settings.broker_port, "plain_port": self.plain_port, "tls": settings.tls}
        path = self.folder / "bench.conf"
        path.write_text(CONF.format(user=getpass.getuser(), **values))
        command = [settings.mosquitto, "-c", str(path)]
        self._broker = subprocess.Popen(command, stderr=(self.folder / "broker.log").open("wb"))
        bench_store.until(lambda: bench_store.listens(self.plain_port), "mosquitto does not listen")

    def stop(self) -> None:
        if self._broker is not None:
            self._broker.terminate()
            self._broker.wait(10)

    def fresh(self, target: Path) -> Path:
        """A gateway's directory as it was before anybody paid; taps are of now."""
        shutil.rmtree(target, ignore_errors=True)
        (target / "tls").mkdir(parents=True)
        for name in self.config.tls.iterdir():
            shutil.copy(name, target / "tls")
        shutil.copy(self.config.database, target)
        self.settle(target, "batched")
        db, clock = open_store(target / self.config.database.name), Clock()
        for name, (account, tap) in zip(self.names, self._base.members, strict=False):
            taps.put(db, Tap(tap, name, "member", account, "0001:" + account[:14].upper(), clock.boot, clock.now_ms()))
        db.close()
        return target

    def settle(self, target: Path, adapter: str) -> None:
        """gateway.toml of a copy."""
        config.write(replace(self.config, directory=target, broker_adapter=adapter))

    def frames(self, name: str, count: int) -> list[tuple[str, bytes]]:
        """(topic, frame) of that many payments, each in a lane of its own."""
        account, tap = self._base.members[self.names.index(name)]
        return [(topics.up(name, "pay"), self._pay(name, account, tap, number)) for number in range(count)]

    def context(self, name: str) -> ssl.SSLContext:
        """A terminal's side of mutual TLS."""
        made = ssl.create_default_context(cafile=str(self.config.tls / "ca.pem"))
        made.load_cert_chain(self.folder / "tills" / (name + ".pem"), self.folder / "tills" / (name + ".key"))
        return made

    def _pay(self, name: str, account: str, tap: str, number: int) -> bytes:
        paid = {"stored_cents": PRICE_CENTS, "points": 0, "points_cents": 0, "cash_cents": 0}
        shift = self.names.index(name) + 1
        who = {"operator": bench_store.OPERATOR, "shift": shift, "account": account, "tap": tap}
        ids = {"j": "%08x" % (number // LANES + 1), "l": number % LANES, "n": 1}
        values = {**ids, **who, "at_s": 0, "basket": 1, "lines": 1, "total_cents": PRICE_CENTS, **paid}
        return codec.seal(topics.up(name, "pay"), "pay", values, 1, self._base.link_key, self._base.witness_key)

    def _issue(self) -> None:
        folder = self.folder / "tills"
        folder.mkdir()
        for name in self.names:
            key, certificate = self._base.certify(name)
            (folder / (name + ".pem")).write_text(certificate)
            (folder / (name + ".key")).write_bytes(key_pem(key))

    def _fill(self) -> None:
        """A chain's members, open shifts and full baskets."""
        db = open_store(self.config.database)
        db.execute("BEGIN")
        for number in range(self.members - len(self._base.members)):
            members.put(db, {"account": "%032x" % (number + 1), "status": "active", "cards": ["0001:%014X" % number]})
        for name in self.names:
            assert shifts.begin(db, bench_store.OPERATOR, name, 0) == self.names.index(name) + 1
            for number in range(self.requests // len(self.names) + 1):
                lane = (name, "%08x" % (number // LANES + 1), number % LANES)
                baskets.open_new(db, lane, 1)
                baskets.put_line(db, lane, 1, LINE)
        db.execute("COMMIT")
        db.close()


class End:
    """A process behind the broker; its output goes to `log`."""

    def __init__(self, log: Path, program: Sequence[str], environment: dict[str, str]) -> None:
        self.log = log
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                program, stdout=out, stderr=out, cwd=ROOT, env={**os.environ, **environment}
            )

    def wait_text(self, text: str, timeout_s: float) -> str:
        """The first line of its log with that text. Raises Failed with what it said instead."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline and self._process.poll() in (None, 0):
            for line in self.log.read_text(errors="replace").splitlines():
                if text in line:
                    return line
            time.sleep(0.02)
        raise Failed(f"{self.log} never said {text!r}: {self.log.read_text(errors='replace')[-2000:]}")

    def resident_mb(self) -> float:
        for line in Path("/proc", str(self._process.pid), "status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
