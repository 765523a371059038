"""Head office's end of a gateway's line as the contract has it, over mutual TLS: checks chains, deals out messages."""

import json
import ssl
import threading
import time
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.gateway.stage import INCARNATION, HeadOffice


class HqServer:
    """One store's head office, in memory; it outlives stop() and start()."""

    def __init__(self, hq: HeadOffice, tls: Path, port: int):
        self.hq, self.port = hq, port
        self.booked: list[dict] = []
        self.head = sha256(b"tapwell" + INCARNATION.encode()).digest()
        self.messages: list[dict] = []
        self.heartbeats: list[dict] = []
        self.pool: dict[str, int] = {}
        self.lots = 0
        self._lock, self._server = threading.Lock(), None
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(tls / "hq.pem", tls / "hq.key")
        self._context.load_verify_locations(tls / "ca.pem")
        self._context.verify_mode = ssl.CERT_REQUIRED

    def beaten(self, told: dict) -> tuple[int, dict]:
        """Backs everything up each time."""
        self.heartbeats.append(told)
        return 200, {"safe_seq": len(self.booked)}

    def start(self) -> "HqServer":
        self._server = _Server(("127.0.0.1", self.port), _handler(self))
        self._server.socket = self._context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        self._server = None

    @property
    def running(self) -> bool:
        return self._server is not None

    def tell(self, kind: str, **body: object) -> dict:
        message = self.hq.message(kind, **body)
        self.messages.append(message)
        return message

    def take(self, body: bytes) -> tuple[int, dict]:
        """A batch: booked in order and once, or refused."""
        header, *lines = body.rstrip(b"\n").split(b"\n")
        told = json.loads(header)
        with self._lock:
            if told["from_seq"] != len(self.booked) + 1:
                return 409, {"reason": "gap", "upto": len(self.booked), "head": self.head.hex()}
            if told["prev_hash"] != self.head.hex():
                return 409, {"reason": "chain_broken", "detail": "previous hash"}
            for line in lines:
                self.head = sha256(self.head + line).digest()
                self.booked.append(json.loads(line))
            return 200, {"upto": len(self.booked), "head": self.head.hex()}

    def after(self, number: int, wait_s: float) -> tuple[int, dict]:
        until_s = time.monotonic() + min(wait_s, 2)
        while self.running and time.monotonic() < until_s:
            found = [message for message in self.messages if message["n"] > number]
            if found:
                return 200, {"messages": found, "upto": found[-1]["n"]}
            time.sleep(0.02)
        return 200, {"messages": [], "upto": number}

    def float(self, asked: dict) -> tuple[int, dict]:
        account, cents = asked["account"], asked["want"].get("principal", 0)
        cents = min(cents, self.pool.get(account, 0))
        if not cents:
            return 200, {"messages": [], "pool": {"principal": 0}, "reason": None}
        with self._lock:
            self.pool[account] -= cents
            self.lots += 1
            terms = {"origin": "0002", "kind": "top_up", "expires": "", "opened_s": 1}
            slices = [{"asset": "principal", "lot": f"{self.lots:016x}", "amount": cents} | terms]
            grant = {"grant": f"{0xFA0000 + self.lots:032x}", "incarnation": INCARNATION, "account": account}
            message = self.tell("grant", **grant, slices=slices)
        return 200, {"messages": [message], "pool": {"principal": self.pool[account]}, "reason": None}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A gateway that hangs up in the middle is no news."""


def _handler(office: HqServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            if self._cut():
                return
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = {
                "/gateway/v1/events": lambda: office.take(body),
                "/gateway/v1/float": lambda: office.float(json.loads(body)),
                "/gateway/v1/heartbeat": lambda: office.beaten(json.loads(body)),
            }[self.path]()
            self._answer(*answer)

        def do_GET(self) -> None:
            if self._cut():
                return
            asked = parse_qs(urlsplit(self.path).query)
            self._answer(*office.after(int(asked["after"][0]), float(asked["wait_s"][0])))

        def _cut(self) -> bool:
            """A line that was kept open is cut with the rest."""
            self.close_connection = not office.running
            return self.close_connection

        def _answer(self, status: int, told: dict) -> None:
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
