"""The store's status page on this machine: plain words in zh and en, the same as JSON at /status.json."""

import json
import sqlite3
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, FileSystemLoader, select_autoescape
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from gateway import health, metrics
from gateway.config import Config
from gateway.store import soundness
from gateway.uplink import Uplink
from gateway.web.alarms import ALARMS
from gateway.web.texts import TEXTS
from protocol.money import money_text

TEMPLATES = Path(__file__).with_name("templates")
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Page:
    """Serves until stop(). It only reads: nothing here can change what the store does."""

    def __init__(self, config: Config, reader: Callable[[], sqlite3.Connection], uplink: Uplink):
        self._config, self._reader, self._uplink = config, reader, uplink
        self.metrics_token = config.metrics_token()
        environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape())
        self._template = environment.get_template("status.html")
        self._damaged = environment.get_template("damaged.html")
        self._server = ThreadingHTTPServer((config.status_host, config.status_port), self._handler())
        self._server.daemon_threads = True

    def run(self) -> None:
        self._server.serve_forever()
        self._server.server_close()

    def stop(self) -> None:
        # serve_forever waits for shutdown to be asked from another thread than its own
        threading.Thread(target=self._server.shutdown, daemon=True).start()

    def status(self) -> dict:
        """What /status.json says."""
        db = self._reader()
        try:
            told = health.report(db, self._uplink.closed)
            return {"hq_up": self._uplink.up, "hq_page": self._config.hq_page, **told}
        except sqlite3.DatabaseError as wrong:
            return {"store": self._config.store, "damaged": str(wrong), "what_to_do": soundness.WHAT_TO_DO}
        finally:
            db.close()

    def metrics(self) -> bytes:
        """What /metrics says. Raises sqlite3.DatabaseError."""
        db = self._reader()
        try:
            return metrics.page(db, self._uplink.up, self._uplink.closed)
        finally:
            db.close()

    def html(self, language: str) -> str:
        """The page in 'zh' or 'en'."""
        told = self.status()
        if "damaged" in told:
            return self._damaged.render(told=told, t=TEXTS[language], language=language)
        return self._template.render(
            told=told,
            t=TEXTS[language],
            what=ALARMS[language],
            language=language,
            money=lambda cents: money_text(cents, told["exponent"]),
        )

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        page = self

        class Handler(BaseHTTPRequestHandler):
            """GET /, /status.json and /metrics."""

            def do_GET(self) -> None:
                asked = urlsplit(self.path)
                if asked.path == "/status.json":
                    self._send("application/json", json.dumps(page.status(), ensure_ascii=False))
                elif asked.path == "/":
                    self._send("text/html; charset=utf-8", page.html(self._language(asked.query)))
                elif asked.path == "/metrics":
                    self._metrics()
                else:
                    self.send_error(HTTPStatus.NOT_FOUND)

            def _metrics(self) -> None:
                if not metrics.allowed(page.metrics_token, self.headers, self.client_address[0]):
                    self.send_error(HTTPStatus.FORBIDDEN)
                    return
                try:
                    self._send(CONTENT_TYPE_PLAIN_0_0_4, page.metrics().decode())
                except sqlite3.DatabaseError as wrong:
                    self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, str(wrong))

            def _language(self, query: str) -> str:
                wanted = parse_qs(query).get("language", [""])[0] or self.headers.get("Accept-Language", "en")
                return "zh" if wanted.lower().startswith("zh") else "en"

            def _send(self, kind: str, text: str) -> None:
                body = text.encode()
                self.send_response(HTTPStatus.OK)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                for name, value in HEADERS.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Looking at the page is no news."""

        return Handler
