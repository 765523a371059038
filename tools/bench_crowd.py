"""A store with a crowd of terminals and a chain's members, laid out once, for `make bench BENCH=gateway`.

Head office's messages go through the store's own desk; what a day would have left behind (members, shifts, taps, filled
baskets) is written by the store's own modules, before any clock starts.
"""

import getpass
import os
import secrets
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from sqlite3 import Connection
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from gateway import config
from gateway.clock import Clock
from gateway.core.books import Tap
from gateway.core.pricing import BasketLine
from gateway.store import baskets, ledger, members, shifts, taps
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


class Basket(NamedTuple):
    """What is bought and how it is paid: (asset, amount) of which the member has one lot each."""

    lines: int
    paid: dict
    lots: tuple[tuple[str, int], ...]
    journals: int  # the first of its journals: lanes of two kinds must not meet


PLAIN = Basket(1, {"total_cents": PRICE_CENTS, "stored_cents": PRICE_CENTS}, (("principal", PRICE_CENTS),), 1)
# Five articles of 2.50; a coupon takes 1.00 off and ten punches 2.50; the rest is principal, bonus and points.
FULL = Basket(
    5,
    {"total_cents": 900, "stored_cents": 800, "points": 100, "points_cents": 100, "units": True},
    (("principal", 500), ("bonus", 400), ("points", 150), ("punch:TEA", 12), ("coupon:TEA", 1)),
    1 << 16,
)
OFFERS = {"coupon:TEA": {"off_cents": 100}, "punch:TEA": {"off_cents": 250, "punches": 10}}


class Payment(NamedTuple):
    """One that will be made: every payment is another member's."""

    till: str
    number: int
    basket: Basket
    account: str
    tap: str
    coupon: str

    @property
    def lane(self) -> tuple[str, str, int]:
        return self.till, "%08x" % (self.number // LANES + self.basket.journals), self.number % LANES


class _Base(bench_store.Store):
    """A store with its terminals and rules; nothing is earned."""

    rules = {"version": 1, "order": "principal_first", "point_value_milli": 1000, "offers": OFFERS}

    def certify(self, name: str) -> tuple[ec.EllipticCurvePrivateKey, str]:
        key = ec.generate_private_key(ec.SECP256R1())
        return key, self.authority.issue(key.public_key(), name).pem

    def _show_cards(self, db: Connection, clock: Clock) -> None:
        """Not yet: a tap is good for minutes."""


class Crowd:
    """names: the terminals. frames(name, count): sealed requests that a fresh copy of the database will approve.

    payments: how many each terminal can make of each kind of basket.
    """

    def __init__(self, folder: Path, payments: Sequence[int], members: int = MEMBERS) -> None:
        self.folder, self.members = folder.resolve(), members
        self.names = ["%s-pos%d" % (STORE, number) for number in range(1, len(payments) + 1)]
        self._base = _Base(self.folder, self.names, 0)
        self._payments = {
            (name, kind): [_payment(name, number, basket) for number in range(count)]
            for name, count in zip(self.names, payments, strict=True)
            for kind, basket in (("plain", PLAIN), ("full", FULL))
        }
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

    def broker_cpu_s(self) -> float:
        return cpu_s(self._broker.pid) if self._broker else 0.0

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
        now = clock.boot, clock.now_ms()
        db.execute("BEGIN")
        taps.put_all(db, (Tap(p.tap, p.till, "member", p.account, card_of(p.account), *now) for p in self._all()))
        db.execute("COMMIT")
        db.close()
        return target

    def settle(self, target: Path, adapter: str) -> None:
        """gateway.toml of a copy."""
        config.write(replace(self.config, directory=target, broker_adapter=adapter))

    def frames(self, name: str, count: int, kind: str = "plain") -> list[tuple[str, bytes]]:
        """(topic, frame) of that many payments, each in a lane of its own."""
        return [(topics.up(name, "pay"), self._pay(one)) for one in self._payments[name, kind][:count]]

    def context(self, name: str) -> ssl.SSLContext:
        """A terminal's side of mutual TLS."""
        made = ssl.create_default_context(cafile=str(self.config.tls / "ca.pem"))
        made.load_cert_chain(self.folder / "tills" / (name + ".pem"), self.folder / "tills" / (name + ".key"))
        return made

    def _pay(self, one: Payment) -> bytes:
        paid = {"stored_cents": 0, "points": 0, "points_cents": 0, "cash_cents": 0} | one.basket.paid
        if paid.pop("units", False):
            paid["units"] = [{"asset": "coupon:TEA", "lot": one.coupon}, {"asset": "punch:TEA"}]
        shift = self.names.index(one.till) + 1
        who = {"operator": bench_store.OPERATOR, "shift": shift, "account": one.account, "tap": one.tap}
        ids = {"j": one.lane[1], "l": one.lane[2], "n": 1}
        values = {**ids, **who, "at_s": 0, "basket": 1, "lines": one.basket.lines, **paid}
        return codec.seal(topics.up(one.till, "pay"), "pay", values, 1, self._base.link_key, self._base.witness_key)

    def _all(self) -> list[Payment]:
        return [one for several in self._payments.values() for one in several]

    def _issue(self) -> None:
        folder = self.folder / "tills"
        folder.mkdir()
        for name in self.names:
            key, certificate = self._base.certify(name)
            (folder / (name + ".pem")).write_text(certificate)
            (folder / (name + ".key")).write_bytes(key_pem(key))

    def _fill(self) -> None:
        """A chain's members with what they have here, open shifts and full baskets."""
        db, payments = open_store(self.config.database), self._all()
        db.execute("BEGIN")
        shopping = [one.account for one in payments]
        others = ["%032x" % (number + 1) for number in range(self.members - len(shopping))]
        for account in shopping + others:
            members.put(db, {"account": account, "status": "active", "cards": [card_of(account)]})
        for name in self.names:
            assert shifts.begin(db, bench_store.OPERATOR, name, 0) == self.names.index(name) + 1
        for one in payments:
            baskets.open_new(db, one.lane, 1)
            for number in range(1, one.basket.lines + 1):
                baskets.put_line(db, one.lane, number, LINE)
        ledger.put_slices(db, [row for one in payments for row in _slices(one)])
        db.execute("COMMIT")
        db.close()


def _payment(till: str, number: int, basket: Basket) -> Payment:
    return Payment(till, number, basket, *(secrets.token_hex(size) for size in (16, 8, 8)))


def _slices(one: Payment) -> list[tuple]:
    """What the member has at this store, as the table of slices has it."""
    rows = []
    for asset, amount in one.basket.lots:
        lot = one.coupon if asset.startswith("coupon:") else secrets.token_hex(8)
        rows.append((one.account, asset, lot, amount, "0002", asset.partition(":")[0], "", 0))
    return rows


def card_of(account: str) -> str:
    return "0001:" + account[-14:].upper()


def cpu_s(pid: int) -> float:
    """What a process has used of a processor so far, by the kernel's count (1/100 s)."""
    counted = Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()
    return (int(counted[11]) + int(counted[12])) / os.sysconf("SC_CLK_TCK")


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

    def cpu_s(self) -> float:
        return cpu_s(self._process.pid)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
