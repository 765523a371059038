"""A store as it runs: real Mosquitto, the sale process as its own process, paho-mqtt as an independent terminal."""

import json
import queue
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import paho.mqtt.client as paho

from gateway import broker, config
from gateway.config import Config
from gateway.store import meta
from protocol import topics
from tests.gateway.authority import Authority
from tests.gateway.stage import STORE, Stage, StageClock, Till
from tools.processes import free_ports

ANSWER_S = 5


class RealClock(StageClock):
    """The machine's monotonic clock and boot, so that taps written on the stage are good in the process."""

    def __init__(self):
        from gateway.clock import Clock

        super().__init__()
        self._clock = Clock()
        self.boot = self._clock.boot

    def now_ms(self) -> int:
        return self._clock.now_ms()


class Shopfloor:
    """Broker and sale process in a directory; `stage` is where its database was made ready."""

    def __init__(self, directory: Path, fake_time: str = "", hq_port: int = 1, adapter: str = "batched"):
        self.directory, self.fake_time, self.hq_port = directory, fake_time, hq_port
        (directory / "tls").mkdir()
        self.authority = Authority()
        (directory / "tls" / "ca.pem").write_bytes(self.authority.pem())
        self.serials = {name: self.issue(name) for name in ("gateway", "uplink")}
        self.serials["pos1"] = self.issue("pos1")
        self.authority.issue(directory / "tls", "broker", "broker", ("localhost", "127.0.0.1"))
        self.config = Config(
            directory.resolve(),
            STORE,
            f"https://127.0.0.1:{hq_port}",
            broker_port=free_port(),
            broker_bind="127.0.0.1",
            status_port=free_port(),
            pending_ms=400,
            broker_adapter=adapter,
            broker_websockets_port=free_port(),
        )
        config.write(self.config)
        self.stage = Stage(str(self.config.database), RealClock())
        meta.put(self.stage.db, "crl_pem", self.authority.crl_pem())
        broker.write_all(self.config, self.stage.db)
        if adapter == "paho-websockets":
            self._listen_to_websockets()
        self.broker = self.sale = None
        self.terminals: list[Terminal] = []

    def _listen_to_websockets(self) -> None:
        """As a broker behind a proxy would: the same certificates, another transport."""
        path, tls = self.directory / "mosquitto.conf", self.config.tls
        listener = f"listener {self.config.broker_websockets_port} 127.0.0.1\nprotocol websockets\n"
        listener += "require_certificate true\nuse_identity_as_username true\n"
        files = f"cafile {tls}/ca.pem\ncertfile {tls}/broker.pem\nkeyfile {tls}/broker.key\n"
        path.write_text(path.read_text() + listener + files)

    def issue(self, name: str) -> int:
        return self.authority.issue(self.directory / "tls", name, f"{STORE}-{name}")

    def start(self) -> "Shopfloor":
        self.start_broker()
        self.start_sale()
        return self

    def start_broker(self) -> None:
        command = [self.config.mosquitto, "-c", str(self.directory / "mosquitto.conf")]
        self.broker = subprocess.Popen(command, stderr=open(self.directory / "broker.log", "ab"))
        _wait_for_port(self.config.broker_port)
        if self.config.broker_adapter == "paho-websockets":
            _wait_for_port(self.config.broker_websockets_port)  # it opens a moment after the other

    def start_sale(self) -> None:
        command = [sys.executable, "-m", "gateway", "run", "--dir", str(self.directory)]
        if self.fake_time:
            command = [sys.executable, "-c", _CLOCK % self.fake_time, str(self.directory)]
        log = open(self.directory / "sale.log", "ab")
        starts = self.log().count("at the broker")
        self.sale = subprocess.Popen(command, stdout=log, stderr=log, cwd=Path(__file__).parents[2])
        until(lambda: self.log().count("at the broker") > starts, "the sale process did not start")

    def kill_sale(self) -> None:
        self.sale.send_signal(signal.SIGKILL)
        self.sale.wait()

    def stop(self) -> None:
        for terminal in self.terminals:
            terminal.stop()
        for process in (self.sale, self.broker):
            if process is not None and process.poll() is None:
                process.terminate()
                process.wait(10)
        self.stage.db.close()

    def terminal(self, name: str = "pos1", certificate: str = "") -> "Terminal":
        terminal = Terminal(self, name, certificate or name)
        self.terminals.append(terminal)
        return terminal

    def log(self) -> str:
        path = self.directory / "sale.log"
        return path.read_text() if path.exists() else ""


class Terminal(Till):
    """The till of the stage, but over paho, TLS and a real broker."""

    def __init__(self, floor: Shopfloor, name: str, certificate: str, client_id: str = ""):
        super().__init__(floor.stage, name)
        self.floor, self.inbox, self.state = floor, queue.Queue(), queue.Queue()
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id or self.name, clean_session=False)
        tls = floor.directory / "tls"
        self.client.tls_set(str(tls / "ca.pem"), str(tls / f"{certificate}.pem"), str(tls / f"{certificate}.key"))
        self.client.on_socket_open = lambda c, u, sock: sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.client.on_connect = lambda *told: self.state.put(str(told[3]))
        self.client.on_disconnect = lambda *told: self.state.put("lost: " + str(told[3]))
        self.client.on_subscribe = lambda *told: self.state.put("subscribed")
        self.client.on_message = lambda c, u, message: self.inbox.put((message.topic, message.payload))

    def connect(self) -> "Terminal":
        self.client.connect("127.0.0.1", self.floor.config.broker_port, 30)
        self.client.loop_start()
        assert self.state.get(timeout=ANSWER_S) == "Success"
        self.client.subscribe(topics.all_down(self.name), 1)
        assert self.state.get(timeout=ANSWER_S) == "subscribed"
        return self

    def refused_at_the_door(self) -> bool:
        """Whether the broker does not let this certificate in."""
        try:
            self.client.connect("127.0.0.1", self.floor.config.broker_port, 30)
            self.client.loop_start()
            return self.state.get(timeout=ANSWER_S) != "Success"
        except OSError:
            return True

    def stop(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def publish(self, topic: str, frame: bytes) -> None:
        self.client.publish(topic, frame, 1)

    def raw(self, topic: str, frame: bytes, within_s: float = ANSWER_S) -> tuple[str, bytes]:
        """The next frame that comes after this one was sent, sealed as it is; heads are passed over."""
        self.publish(topic, frame)
        return self.next(within_s)

    def next(self, within_s: float = ANSWER_S) -> tuple[str, bytes]:
        while True:
            topic, frame = self.inbox.get(timeout=within_s)
            if not topic.endswith("/head"):
                return topic, frame

    def rest(self) -> list[tuple[str, bytes]]:
        """What else has come, but for heads."""
        came = [self.inbox.get() for _ in range(self.inbox.qsize())]
        return [(topic, frame) for topic, frame in came if not topic.endswith("/head")]

    def send(self, topic: str, frame: bytes) -> list[tuple[str, dict]]:
        return [self.open(*self.raw(topic, frame))]

    def uplink_says(self, message: str, told: dict) -> None:
        self.publish(topics.up(self.name, message), json.dumps(told).encode())


def free_port() -> int:
    return free_ports(1)[0]


def _wait_for_port(port: int) -> None:
    def there() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    until(there, "the broker did not start")


def until(done, complaint: str) -> None:
    for _ in range(200):
        if done():
            return
        time.sleep(0.05)
    raise AssertionError(complaint)


# the sale process with a wall clock that is wrong by design; the monotonic clock stays
_CLOCK = """
import sys, time
wrong = %s
time.time = lambda: wrong
from gateway.commands import app
sys.argv = ["tapwell gateway", "run", "--dir", sys.argv[1]]
app()
"""
