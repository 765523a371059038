"""The attendants' forecourt page: what is asked of it over HTTP, and who may ask. It shows; the sale process decides.

All of it lies below /forecourt:

    GET  /forecourt                      the page, whose script draws what the stream says
    GET  /forecourt/stream               Server-Sent Events: the whole state whenever it changes
    GET  /forecourt/state                the same once
    POST /forecourt/do                   one command (commands.py) for the sale process
    GET  /forecourt/shifts/N[.csv|.xlsx] a closed shift, to print or to take along
    GET  /forecourt/forecourt.js, .css   its own files; nothing comes from elsewhere
"""

import ipaddress
import json
import sqlite3
import threading
from collections.abc import Callable, Generator, Mapping
from hmac import compare_digest
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, select_autoescape

from gateway.config import Config
from gateway.core.trade import Clocks
from gateway.web import shift_book, shift_page
from gateway.web.board import Board
from gateway.web.commands import OPEN, checked
from gateway.web.console import Console
from gateway.web.forecourt_texts import TEXTS
from gateway.web.sessions import Session, Sessions

HERE = Path(__file__).parent
SCRIPT = "text/javascript; charset=utf-8"
STATIC = {"forecourt.js": SCRIPT, "sheet.js": SCRIPT, "forecourt.css": "text/css; charset=utf-8"}
COOKIE = "tapwell_forecourt"
BODY_MAX = 32_768
STREAMS_MAX = 32  # one more is told to ask for the state by itself
TICK_S = 1.0  # what only the database knows shows within that
REST_S = 0.2  # at most so often
SAY_AGAIN_S = 5  # the whole state at least so often: a page that hears nothing for longer says that it is old
SERVING = ("start", "settle_cash")  # what belongs to the attendant's own shift
FILES: dict[str, tuple[str, Callable[[dict, dict[str, str]], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", shift_page.csv_of),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", shift_book.xlsx_of),
}
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}


class Asked(NamedTuple):
    """One request as far as the page cares. headers: names in small letters; secure: by https."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    client: str
    secure: bool = False
    body: bytes = b""

    @property
    def cookie(self) -> str:
        try:
            found = SimpleCookie(self.headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return ""
        return found.value if found else ""

    @property
    def language(self) -> str:
        wanted = self.query.get("language", "") or self.headers.get("accept-language", "en")
        return "zh" if wanted.lower().startswith("zh") else "en"


class Answer(NamedTuple):
    """What goes back; `parts` instead of a body is sent piece by piece for as long as they come."""

    body: bytes = b""
    kind: str = "text/plain; charset=utf-8"
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = {}
    parts: Generator[bytes] | None = None


class Forecourt:
    """Answers requests for /forecourt; safe to call from many threads."""

    def __init__(
        self,
        config: Config,
        reader: Callable[[], sqlite3.Connection],
        console: Console,
        line: Callable[[], tuple[bool, str]],
        sessions: Sessions | None = None,
        clock: Clocks | None = None,
    ):
        self._config, self._console, self._reader = config, console, reader
        self.sessions = sessions or Sessions()
        self.board = Board(config, reader, console, line, clock)
        self._streams, self._stopping = threading.Semaphore(STREAMS_MAX), threading.Event()
        self._templates = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape())
        self._hosts = {config.status_host, "localhost", "127.0.0.1", "::1", *config.host_names}

    def stop(self) -> None:
        """Ends the streams."""
        self._stopping.set()

    def get(self, asked: Asked) -> Answer:
        if not self._own_host(asked):
            return _refused("forbidden")
        name = asked.path.removeprefix("/forecourt").strip("/")
        if name == "":
            return self._page(asked)
        if name in STATIC:
            return Answer((HERE / "static" / name).read_bytes(), STATIC[name], headers=HEADERS)
        if name == "state":
            return _json(self.state(asked))
        if name == "stream":
            return self._stream(asked)
        if name.startswith("shifts/"):
            return self._shift(asked, name.removeprefix("shifts/"))
        return Answer(b"not found", status=HTTPStatus.NOT_FOUND, headers=HEADERS)

    def post(self, asked: Asked) -> Answer:
        """One command. Whoever sends it must be our own page in a browser that was given its secret."""
        if not self._own_host(asked) or not self._own_page(asked) or asked.path != "/forecourt/do":
            return _refused("forbidden")
        command = _command(asked.body)
        if command is None:
            return _refused("malformed", HTTPStatus.BAD_REQUEST)
        if command["do"] == "sign_on":
            return self._sign_on(asked, command)
        session = self.sessions.find(asked.cookie, used=True)
        if session is None and command["do"] not in OPEN:
            return _refused("not_signed_on", HTTPStatus.UNAUTHORIZED)
        if session and not _same(asked.headers.get("x-csrf", ""), session.csrf) and command["do"] not in OPEN:
            return _refused("forbidden")
        return self._do(asked, command, session)

    def state(self, asked: Asked) -> dict:
        """All that the page shows to whoever asks."""
        session = self.sessions.find(asked.cookie)
        return self.board.state(asked.language, session)

    # ---- reading

    def _page(self, asked: Asked) -> Answer:
        language = asked.language
        values = {"t": TEXTS[language], "texts": TEXTS[language], "language": language, "store": self.board.store()}
        text = self._templates.get_template("forecourt.html").render(**values)
        return Answer(text.encode(), "text/html; charset=utf-8", headers=HEADERS)

    def _stream(self, asked: Asked) -> Answer:
        if not self._streams.acquire(blocking=False):
            return _refused("busy", HTTPStatus.SERVICE_UNAVAILABLE)
        return Answer(kind="text/event-stream", headers=HEADERS, parts=self._events(asked))

    def _events(self, asked: Asked) -> Generator[bytes]:
        """The state whenever it changes, at most each REST_S, at least each SAY_AGAIN_S; ends with the page."""
        said, quiet_s, version = "", 0.0, -1
        try:
            while not self._stopping.is_set():
                state = self.state(asked)
                now = json.dumps({**state, "now_s": 0}, ensure_ascii=False)
                if now != said or quiet_s >= SAY_AGAIN_S:
                    said, quiet_s = now, 0.0
                    yield f"data: {json.dumps(state, ensure_ascii=False)}\n\n".encode()
                version = self._console.wait(version, TICK_S)
                self._stopping.wait(REST_S)
                quiet_s += TICK_S
        finally:
            self._streams.release()

    def _shift(self, asked: Asked, name: str) -> Answer:
        if self.sessions.find(asked.cookie) is None:
            return Answer(b"", status=HTTPStatus.SEE_OTHER, headers={**HEADERS, "Location": "/forecourt"})
        number, _, form = name.partition(".")
        found = self.board.closed_shift(number, asked.language)
        if found is None or form not in ("", *FILES):
            return Answer(b"not found", status=HTTPStatus.NOT_FOUND, headers=HEADERS)
        texts = TEXTS[asked.language]
        if form:
            kind, written = FILES[form]
            named = {**HEADERS, "Content-Disposition": f'attachment; filename="shift-{int(number)}.{form}"'}
            return Answer(written(found, texts), kind, headers=named)
        text = self._templates.get_template("fuel_shift.html").render(
            told=found, t=texts, language=asked.language, **shift_page.tools(found, texts)
        )
        return Answer(text.encode(), "text/html; charset=utf-8", headers=HEADERS)

    # ---- commands

    def _sign_on(self, asked: Asked, command: dict) -> Answer:
        if not asked.secure and not _loopback(asked.client):
            return _refused("plain_line")
        if not self.sessions.may_try(asked.client):
            return _refused("too_many_tries", HTTPStatus.TOO_MANY_REQUESTS)
        told = self._console.ask(command)
        if told is None:
            return _refused("no_answer", HTTPStatus.GATEWAY_TIMEOUT)
        if not told["ok"]:
            self.sessions.was_wrong(asked.client)
            return _refused(told.get("reason", "wrong_pin"))
        cookie, session = self.sessions.begin(told)
        flags = "; HttpOnly; SameSite=Strict; Path=/forecourt" + ("; Secure" if asked.secure else "")
        return _json({"ok": True, "name": session.name}, {"Set-Cookie": f"{COOKIE}={cookie}{flags}"})

    def _do(self, asked: Asked, command: dict, session: Session | None) -> Answer:
        told = self._console.ask({**command, "token": session.token} if session else command)
        if command["do"] == "sign_off":
            self.sessions.end(asked.cookie)
            return _json({"ok": True}, {"Set-Cookie": f"{COOKIE}=; Max-Age=0; Path=/forecourt"})
        if told is None:
            return _refused("no_answer", HTTPStatus.GATEWAY_TIMEOUT)
        if told["ok"]:
            return _json({name: value for name, value in told.items() if name != "token"})
        reason = told.get("reason", "no_answer")
        if reason == "not_signed_on" or (reason == "no_shift" and command["do"] in SERVING):
            self.sessions.end(asked.cookie)  # the sale process has started anew, or the shift has ended for everybody
            return _refused("not_signed_on", HTTPStatus.UNAUTHORIZED)
        return _refused(reason, HTTPStatus.CONFLICT)

    # ---- who asks

    def _own_host(self, asked: Asked) -> bool:
        """Another name that leads here is a page of somebody else's that wants to read ours."""
        host = urlsplit("//" + asked.headers.get("host", "")).hostname or ""
        return host in self._hosts

    def _own_page(self, asked: Asked) -> bool:
        origin = f"{'https' if asked.secure else 'http'}://{asked.headers.get('host', '')}"
        kind = asked.headers.get("content-type", "").partition(";")[0].strip()
        return asked.headers.get("origin") == origin and kind == "application/json"


def _command(body: bytes) -> dict | None:
    try:
        return checked(json.loads(body))
    except (ValueError, RecursionError):
        return None


def _same(one: str, other: str) -> bool:
    return compare_digest(one.encode(), other.encode())


def _loopback(client: str) -> bool:
    try:
        return ipaddress.ip_address(client).is_loopback
    except ValueError:
        return False


def _json(told: dict, more: Mapping[str, str] = {}) -> Answer:  # noqa: B006 - never changed
    body = json.dumps(told, ensure_ascii=False).encode()
    return Answer(body, "application/json", headers={**HEADERS, **more})


def _refused(reason: str, status: HTTPStatus = HTTPStatus.FORBIDDEN) -> Answer:
    return _json({"ok": False, "reason": reason})._replace(status=status)
