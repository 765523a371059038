"""A store for measurements: broker, sale process and a terminal's flash in one folder, told what head office tells one.

Head office itself is away, as it may be for days. Its messages are signed and taken by the store's own desk before the
sale process starts; cards have been shown before too, since a bench has nobody who holds them to a reader.
"""

import json
import os
import secrets
import socket
import subprocess
import time
from binascii import hexlify
from collections.abc import Callable, Sequence
from pathlib import Path
from sqlite3 import Connection

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway import broker, config
from gateway.clock import Clock
from gateway.config import Config
from gateway.desk import Desk
from gateway.reader import NoKeys
from gateway.shop import Shop
from gateway.store import meta, staff, taps
from gateway.store.db import open_store
from hq_server.chain.authority import key_pem, make_authority
from protocol import topics
from protocol.mac import hmac_sha256
from tools.processes import Failed, Process, free_ports
from tools.virtual_terminal import write_terminal

STORE, TERMINAL, ECHO = "0001", "0001-pos1", "0001-echo"
OPERATOR, PIN, CODE, PRICE_CENTS = "7", "1234", "4006381333931", 250
MEMBERS = 100
START_S = 10
CONFIGURATION = {"name": "Bench", "currency": "EUR", "exponent": 2, "timezone": "Europe/Berlin", "language": "en"}
RULES = {"version": 1, "order": "principal_first", "earn": {"points_per_100_cents": 1}, "point_value_milli": 1000}
GOODS = {"code": CODE, "name_zh": "茶", "name_en": "Tea, green, 20 bags", "price_milli": PRICE_CENTS * 1000}
TAX = {"unit": "pc", "tax_code": "A", "tax_bp": 1900}
# Topics as long as those of pay and receipt; the sale process does not hear them.
ECHO_UP, ECHO_DOWN = "echoing/%s/up/pay" % TERMINAL, topics.down(TERMINAL, "echoing")
ECHO_ACCESS = """
user {echo}
topic read echoing/+/up/#
topic write tapwell/+/down/echoing

pattern write echoing/%u/up/#
"""


class Store:
    """`start()`, then `flash(folder)` for each terminal's start, `plan(...)` for what it shall do, and `stop()`."""

    rules = RULES

    def __init__(self, folder: Path, names: Sequence[str] = (TERMINAL,), members: int = MEMBERS) -> None:
        self.folder, self.names = folder.resolve(), names
        (self.folder / "tls").mkdir(parents=True)
        self.link_key, self.witness_key = secrets.token_bytes(32), secrets.token_bytes(32)
        self.incarnation = secrets.token_hex(16)
        self.members = [(secrets.token_hex(16), secrets.token_hex(8)) for _ in range(members)]  # account, tap
        self.config = self._config()
        self._certificates()
        self._told = 0
        self._signer = Ed25519PrivateKey.generate()
        self._database()
        self._allow_echo()
        self.processes: list[Process] = []
        self._broker: subprocess.Popen | None = None

    def start(self) -> None:
        """Broker, sale process and echo, each ready when this returns. Raises Failed."""
        command = [self.config.mosquitto, "-c", str(self.folder / "mosquitto.conf")]
        self._broker = subprocess.Popen(command, stderr=(self.folder / "broker.log").open("wb"))
        until(lambda: listens(self.config.broker_port), "mosquitto does not listen")
        for end in ("sale", "echo"):
            process = Process(self.folder / (end + ".log"), "tools.bench_ends", end, str(self.folder))
            self.processes.append(process.start())
            process.wait_line("ready", START_S)

    def stop(self) -> None:
        """Ends every process; the sale process writes its times down as it goes."""
        for process in self.processes:
            process.stop()
        if self._broker is not None:
            self._broker.terminate()
            self._broker.wait(10)

    @property
    def broker_pid(self) -> int:
        """0 before the start."""
        return self._broker.pid if self._broker is not None else 0

    def flash(self, folder: Path) -> None:
        """What enrolment puts into a terminal; a new folder is a new journal."""
        address = ("127.0.0.1", self.config.broker_port, "localhost")
        keys = (1, self.link_key.hex(), self.witness_key.hex())
        write_terminal(
            folder, terminal=TERMINAL, app="pos", gateway=address, tls=self._terminal_tls, keys=keys, chips=()
        )

    def plan(self, folder: Path, **more: int) -> None:
        """Writes into a terminal's flash what tools/upy_bench_tap.py reads."""
        told: dict = {"operator": OPERATOR, "pin": PIN, "code": CODE, "price_cents": PRICE_CENTS, "members": MEMBERS}
        told |= {"echo_up": ECHO_UP, "echo_down": ECHO_DOWN}
        (folder / "bench.json").write_text(json.dumps(told | more))
        (folder / "members.txt").write_text("".join("%s %s\n" % member for member in self.members))

    # ---- setting up

    def _config(self) -> Config:
        port, status_port = free_ports(2)
        made = Config(
            self.folder, STORE, "https://127.0.0.1:1", broker_port=port, broker_bind="127.0.0.1",
            status_port=status_port,
        )  # fmt: skip
        config.write(made)
        return made

    def _certificates(self) -> None:
        self.authority = authority = make_authority("bench")
        (self.config.tls / "ca.pem").write_text(authority.pem)
        for name, hosts in (("gateway", ()), ("echo", ()), ("broker", ("localhost", "127.0.0.1"))):
            key = ec.generate_private_key(ec.SECP256R1())
            issued = authority.issue(key.public_key(), f"{STORE}-{name}", hosts)
            (self.config.tls / f"{name}.pem").write_text(issued.pem)
            (self.config.tls / f"{name}.key").write_bytes(key_pem(key))
        key = ec.generate_private_key(ec.SECP256R1())
        encoding, form = serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL
        key_der = key.private_bytes(encoding, form, serialization.NoEncryption())
        self._terminal_tls = (authority.der, authority.issue(key.public_key(), TERMINAL).der, key_der)

    def _database(self) -> None:
        """Everything that head office would have told this store, by way of its desk."""
        db, clock = open_store(self.config.database), Clock()
        public = self._signer.public_key().public_bytes_raw().hex()
        meta.begin_life(db, self.incarnation, STORE, public, CONFIGURATION)
        desk = Desk(Shop(db, clock, os.urandom, NoKeys()))
        desk.take([self._message(kind, **body) for kind, body in self._news()])
        self._show_cards(db, clock)
        broker.write_all(self.config, db)
        db.close()

    def _show_cards(self, db: Connection, clock: Clock) -> None:
        for account, tap in self.members:
            card = "0001:" + account[:14].upper()
            taps.put(db, taps.Tap(tap, TERMINAL, "member", account, card, clock.boot, clock.now_ms()))

    def _news(self) -> list[tuple[str, dict]]:
        key, status = {"k": 1, "link_key": self.link_key.hex()}, {"status": "active"}
        pin_salt = secrets.token_bytes(16)
        pin = {"pin_salt": pin_salt.hex(), "pin_hash": staff.hash_pin(PIN, pin_salt)}
        who = {"app": "pos", "keys": [key], "serial": "01", "letter": self.letter(TERMINAL)}
        news: list[tuple[str, dict]] = [
            ("rules", self.rules),
            *[("terminal", {"terminal": name} | who | status) for name in self.names],
            ("staff", {"operator": OPERATOR, "name": "Kim", "role": "attendant", "cards": []} | pin | status),
            ("goods", {"version": 1, "part": 1, "parts": 1, "items": [GOODS | TAX]}),
            ("right_grant", {"grant": secrets.token_hex(16), "right": "issue:points", "amount": 10**9}),
        ]
        return news + [("grant", self._grant(account)) for account, _ in self.members]

    def _grant(self, account: str) -> dict:
        kinds = (("principal", 10**7, "top_up"), ("bonus", 10**6, "bonus"), ("points", 1000, "earn"))
        slices = [
            {"asset": asset, "lot": secrets.token_hex(8), "amount": amount, "origin": "0002", "kind": kind,
             "expires": None}
            for asset, amount, kind in kinds
        ]  # fmt: skip
        return {"grant": secrets.token_hex(16), "incarnation": self.incarnation, "account": account, "slices": slices}

    def _message(self, kind: str, **body: object) -> tuple[str, bytes]:
        self._told += 1
        text = json.dumps({"n": self._told, "gateway": STORE, "kind": kind, **body})
        signed = {"n": self._told, "body": text, "sig": self._signer.sign(text.encode()).hex()}
        return topics.up(STORE + "-uplink", "hq"), json.dumps(signed).encode()

    def letter(self, terminal: str) -> str:
        """Head office's word to the terminal that this gateway is the enrolled one."""
        text = "incarnation\n%s\n%s\n%s" % (STORE, terminal, self.incarnation)
        return hexlify(hmac_sha256(self.witness_key, text.encode())[:16]).decode()

    def _allow_echo(self) -> None:
        access = self.folder / "broker.acl"
        access.write_text(access.read_text() + ECHO_ACCESS.format(echo=ECHO))


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(done: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + START_S
    while not done():
        if time.monotonic() > deadline:
            raise Failed(complaint)
        time.sleep(0.02)
