"""A store's network for firmware tests: a real Mosquitto with mutual TLS and per-terminal access, a proxy that can be
cut in three ways, and a gateway that prices everything at 1.00 and approves what it is told to."""

import datetime
import json
import socket
import subprocess
import threading
import time
from binascii import hexlify
from dataclasses import dataclass, field
from pathlib import Path

import paho.mqtt.client as paho
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from paho.mqtt.enums import CallbackAPIVersion

from protocol import codec, datagram, topics
from protocol.mac import hmac_sha256
from tools.processes import free_ports

LINK_KEY = bytes(range(32))
WITNESS_KEY = bytes(range(32, 64))
LIFE = "0123456789abcdef" * 2
STORE = "0001"
BROKER_NAME = "localhost"
YEARS = datetime.timedelta(days=3650)


class Authority:
    """A small certificate authority in memory."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test authority")])
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        self.certificate = self._builder(self._name, self._key).add_extension(constraints, True)
        self.certificate = self.certificate.sign(self._key, hashes.SHA256())

    def issue(self, name: str, dns: str = "") -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        builder = self._builder(subject, key)
        if dns:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(dns)]), False)
        return builder.sign(self._key, hashes.SHA256()), key

    def der(self, name: str) -> tuple[bytes, bytes, bytes]:
        """CA, certificate and key as a terminal keeps them."""
        certificate, key = self.issue(name)
        return der(self.certificate), der(certificate), der_key(key)

    def pem(self, folder: Path, name: str, dns: str = "") -> tuple[str, str, str]:
        """Paths of CA, certificate and key as PEM files."""
        certificate, key = self.issue(name, dns)
        paths = [folder / file for file in ("ca.pem", name + ".pem", name + ".key")]
        paths[0].write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        paths[1].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        paths[2].write_bytes(der_key(key, serialization.Encoding.PEM))
        return str(paths[0]), str(paths[1]), str(paths[2])

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name)
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        return builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + YEARS)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def der_key(key: ec.EllipticCurvePrivateKey, encoding=serialization.Encoding.DER) -> bytes:
    return key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def free_port() -> int:
    return free_ports(1)[0]


class Broker:
    """Mosquitto with its own configuration in a folder; sessions survive a restart."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.port = free_port()
        self._process: subprocess.Popen | None = None
        folder.mkdir(parents=True, exist_ok=True)
        ca, certificate, key = authority.pem(folder, "broker", BROKER_NAME)
        acl = folder / "acl"
        gateway = STORE + "-gateway"
        acl.write_text(
            f"user {gateway}\ntopic read tapwell/+/up/#\ntopic write tapwell/+/down/#\n\n"
            "pattern write tapwell/%u/up/#\npattern read tapwell/%u/down/#\n"
        )
        self.config = folder / "mosquitto.conf"
        self.config.write_text(
            f"listener {self.port} 127.0.0.1\ncafile {ca}\ncertfile {certificate}\nkeyfile {key}\n"
            "require_certificate true\nuse_identity_as_username true\nallow_anonymous false\n"
            f"acl_file {acl}\nset_tcp_nodelay true\nmax_inflight_messages 100\nuser root\n"
            f"persistence true\npersistence_location {folder}/\nlog_dest file {folder}/mosquitto.log\n"
        )

    def start(self) -> None:
        self._process = subprocess.Popen(["/usr/sbin/mosquitto", "-c", str(self.config)])
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise TimeoutError("mosquitto did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None


class Proxy:
    """Passes bytes on to the broker until it is cut: 'fin', 'rst', or 'hole' (bytes vanish, nothing is closed)."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._hole = False
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, how: str) -> None:
        if how == "hole":
            self._hole = True
            return
        for inner, outer in self._pairs:
            if how == "rst":
                inner.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            for end in (inner, outer):
                try:
                    end.shutdown(socket.SHUT_RDWR) if how == "fin" else end.close()
                except OSError:
                    pass  # it was closed before
        self._pairs.clear()

    def mend(self) -> None:
        self._hole = False

    def close(self) -> None:
        self._listener.close()
        self.cut("fin")

    def _accept(self) -> None:
        while True:
            try:
                inner, _ = self._listener.accept()
            except OSError:
                return
            try:
                outer = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                inner.close()
                continue
            for end in (inner, outer):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._pairs.append((inner, outer))
            for source, sink in ((inner, outer), (outer, inner)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                while self._hole:
                    time.sleep(0.01)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            return


@dataclass
class YesGateway:
    """Welcomes, prices every code at 1.00, approves; `silent` names messages that it takes without an answer."""

    broker: Broker
    authority: Authority
    folder: Path
    silent: set = field(default_factory=set)
    heard: list = field(default_factory=list)
    frames: list = field(default_factory=list)
    life: str = LIFE
    letter: str = ""
    seq: int = 10
    total_cents: int = 0

    def start(self) -> None:
        name = STORE + "-gateway"
        ca, certificate, key = self.authority.pem(self.folder, name)
        self._client = paho.Client(CallbackAPIVersion.VERSION2, name, clean_session=False)
        self._client.tls_set(ca, certificate, key)
        self._client.reconnect_delay_set(0.1, 0.2)
        self._client.on_socket_open = nodelay
        self._client.on_connect = lambda client, *_: client.subscribe(topics.ALL_UP, 1)
        self._client.on_message = lambda client, userdata, message: self._take(message.topic, message.payload)
        self._client.connect("localhost", self.broker.port, 5)
        self._client.loop_start()
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self.broker.port))
        threading.Thread(target=self._tell_time, daemon=True).start()

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._udp.close()

    def say(self, terminal: str, message: str, values: dict) -> None:
        """A sealed message to one terminal."""
        topic = topics.down(terminal, message)
        self._client.publish(topic, codec.seal(topic, message, values, 1, LINK_KEY), 1)

    def say_raw(self, terminal: str, message: str, payload: bytes) -> None:
        self._client.publish(topics.down(terminal, message), payload, 1)

    def wait(self, message: str, count: int = 1, timeout_s: float = 20.0) -> dict:
        """Values of the latest such message, once `count` of them were heard."""
        deadline = time.monotonic() + timeout_s
        while True:
            found = [values for name, values in list(self.heard) if name == message]
            if len(found) >= count:
                return found[-1]
            if time.monotonic() > deadline:
                raise TimeoutError(f"{message} heard {len(found)} times; all: {[name for name, _ in self.heard]}")
            time.sleep(0.01)

    def count(self, message: str) -> int:
        return sum(1 for name, _ in list(self.heard) if name == message)

    def _take(self, topic: str, payload: bytes) -> None:
        terminal, _, message = topics.parse(topic)
        values = codec.open_sealed(topic, message, payload, lambda number: LINK_KEY)
        self.frames.append((message, payload))
        self.heard.append((message, values))
        answer = getattr(self, "_" + message, None)
        if answer is not None and message not in self.silent:
            self.say(terminal, *answer(terminal, values))

    def _hello(self, terminal: str, values: dict) -> tuple[str, dict]:
        text = f"incarnation\n{STORE}\n{terminal}\n{self.life}"
        letter = self.letter or hexlify(hmac_sha256(WITNESS_KEY, text.encode())[:16]).decode()
        return "welcome", {
            "r": values["r"], "letter": letter, "business_date": "2026-01-02", "store_name": "Mill Road",
            "currency": "EUR", "exponent": 2, **self.head(),
        }  # fmt: skip

    def head(self) -> dict:
        return {
            "incarnation": self.life,
            "seq": self.seq,
            "at_s": int(time.time()),
            "booked": [0] * 16,
            "selling": True,
        }

    def _sign_on(self, terminal: str, values: dict) -> tuple[str, dict]:
        return "signed_on", {"r": values["r"], "operator": "7", "name": "Kim", "role": "attendant", "shift": 1}

    def _set_line(self, terminal: str, values: dict) -> tuple[str, dict]:
        if values["line"] == 1:
            self.total_cents = 0
        self.total_cents += 100 * values["qty_milli"] // 1000
        answer = {name: values[name] for name in ("r", "basket", "line", "qty_milli")}
        name = "商品 " + values["code"]
        answer |= {"name": name, "price_milli": 100000, "amount_cents": 100 * values["qty_milli"] // 1000}
        return "priced", answer | {"lines": values["line"], "total_cents": self.total_cents}

    def _pay(self, terminal: str, values: dict) -> tuple[str, dict]:
        self.seq += 1
        answer = {name: values[name] for name in ("j", "l", "n", "total_cents", "points", "points_cents", "cash_cents")}
        answer |= {"receipt": values["n"], "business_date": "2026-01-02", "principal_cents": values["stored_cents"]}
        answer |= {"bonus_cents": 0, "earned": 0, "taxes": [], "offline": False, "incarnation": self.life}
        return "receipt", answer | {"seq": self.seq}

    def _sale_ask(self, terminal: str, values: dict) -> tuple[str, dict]:
        """Whatever is asked for, it was a sale of 20 lines for 1.00 each."""
        first = values["after"] + 1
        lines = [
            {"line": line, "name": "商品 %d" % line, "qty_milli": 1000, "paid_cents": 100}
            for line in range(first, min(20, first + 15) + 1)
        ]
        answer = {"r": values["r"], "sale": terminal + "/00000000/0/1", "left_cents": 2000, "cash_cents": 2000}
        return "sale_told", answer | {"lines": lines, "more": first == 1}

    def _refund(self, terminal: str, values: dict) -> tuple[str, dict]:
        self.seq += 1
        cents = 100 * sum(line["qty_milli"] for line in values.get("lines", ())) // 1000 or 2000
        answer = {name: values[name] for name in ("j", "l", "n", "sale")}
        answer |= dict.fromkeys(("principal_cents", "bonus_cents", "points", "points_taken", "kept_cents"), 0)
        answer |= {"receipt": values["n"], "business_date": "2026-01-02", "total_cents": cents, "cash_cents": cents}
        answer |= {"owed_points": 0, "owed_cents": 0, "left_cents": 2000 - cents, "offline": False}
        return "refunded", answer | {"incarnation": self.life, "seq": self.seq}

    def _void(self, terminal: str, values: dict) -> tuple[str, dict]:
        self.seq += 1
        answer = {name: values[name] for name in ("j", "l", "n")}
        return "void_answer", answer | {"outcome": "voided", "incarnation": self.life, "seq": self.seq}

    def _tell_time(self) -> None:
        while True:
            try:
                data, address = self._udp.recvfrom(512)
            except OSError:
                return
            topic, frame = datagram.unpack(data)
            terminal = topics.parse(topic)[0]
            nonce = json.loads(frame)["nonce"]
            topic = topics.down(terminal, "time_tell")
            values = {"nonce": nonce, "at_s": int(time.time())}
            try:
                self._udp.sendto(datagram.pack(topic, codec.seal(topic, "time_tell", values, 1, LINK_KEY)), address)
            except OSError:
                return  # stopped meanwhile
            self.heard.append(("time_ask", values))


def nodelay(client, userdata, sock) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
