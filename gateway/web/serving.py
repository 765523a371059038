"""HTTP as the store's pages speak it: requests come to the page as values, answers go out with their headers."""

import json
import sqlite3
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from gateway import metrics
from gateway.web.forecourt import BODY_MAX, Answer, Asked, Forecourt

IDLE_S = 30  # a client that says nothing for so long is let go
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Pages(Protocol):
    """What a request may be answered from."""

    forecourt: Forecourt
    metrics_token: str
    secure: bool

    def status(self) -> dict: ...

    def metrics(self) -> bytes: ...

    def html(self, language: str) -> str: ...


def handler_for(pages: Pages) -> type[BaseHTTPRequestHandler]:
    """The class of which the server makes one object per connection."""
    return type("PageHandler", (Handler,), {"page": pages})


class Handler(BaseHTTPRequestHandler):
    """GET /, /status.json and /metrics; everything below /forecourt."""

    page: Pages
    timeout = IDLE_S

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/forecourt" or path.startswith("/forecourt/"):
            self._give(self.page.forecourt.get(self._asked()))
        elif path == "/status.json":
            self._send("application/json", json.dumps(self.page.status(), ensure_ascii=False))
        elif path == "/":
            self._send("text/html; charset=utf-8", self.page.html(self._asked().language))
        elif path == "/metrics":
            self._metrics()
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or int(length) > BODY_MAX:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        self._give(self.page.forecourt.post(self._asked(self.rfile.read(int(length)))))

    def _asked(self, body: bytes = b"") -> Asked:
        asked = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Asked(asked.path, query, headers, self.client_address[0], self.page.secure, body)

    def _metrics(self) -> None:
        if not metrics.allowed(self.page.metrics_token, self.headers, self.client_address[0]):
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        try:
            self._send(CONTENT_TYPE_PLAIN_0_0_4, self.page.metrics().decode())
        except sqlite3.DatabaseError as wrong:
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, str(wrong))

    def _send(self, kind: str, text: str) -> None:
        self._give(Answer(text.encode(), kind, headers=HEADERS))

    def _give(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        if answer.parts is None:
            self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if answer.parts is None:
            self.wfile.write(answer.body)
        else:
            self._stream(answer)

    def _stream(self, answer: Answer) -> None:
        parts = answer.parts or ()
        try:
            for part in parts:
                self.wfile.write(part)
        except OSError:
            self.close_connection = True  # whoever watched has gone
        finally:
            if answer.parts is not None:
                answer.parts.close()

    def log_message(self, *_: object) -> None:
        """Looking at the page is no news."""
