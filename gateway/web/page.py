"""The store's pages on this machine: the status in zh and en, the same as JSON, and the forecourt (forecourt.py)."""

import sqlite3
import threading
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape

from gateway import health, metrics
from gateway.adapters import tls
from gateway.config import Config
from gateway.store import soundness
from gateway.uplink import Uplink
from gateway.web.alarms import ALARMS
from gateway.web.console import Console
from gateway.web.forecourt import Forecourt
from gateway.web.serving import handler_for
from gateway.web.texts import TEXTS
from protocol.money import money_text

TEMPLATES = Path(__file__).with_name("templates")


class Page:
    """Serves until stop(). It only reads; what the forecourt page wants done it asks of the sale process."""

    def __init__(self, config: Config, reader: Callable[[], sqlite3.Connection], uplink: Uplink, console: Console):
        self._config, self._reader, self._uplink = config, reader, uplink
        self.metrics_token = config.metrics_token()
        environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape())
        self._template = environment.get_template("status.html")
        self._damaged = environment.get_template("damaged.html")
        self.forecourt = Forecourt(config, reader, console, lambda: (uplink.up, uplink.closed))
        self._server = ThreadingHTTPServer((config.status_host, config.status_port), handler_for(self))
        self._server.daemon_threads = True
        self.secure = config.status_tls
        if self.secure:
            self._server.socket = tls.server_side(config, self._server.socket)

    def run(self) -> None:
        self._server.serve_forever()
        self._server.server_close()

    def stop(self) -> None:
        self.forecourt.stop()
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
