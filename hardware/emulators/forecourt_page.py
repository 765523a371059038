"""The forecourt's page: one card for each nozzle, live, with the buttons that hands would be. On this machine only."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hardware.emulators.forecourt import Forecourt, Nozzle

LOOPBACK = "127.0.0.1"
FILES = {"/": ("index.html", "text/html"), "/page.js": ("page.js", "text/javascript"),
         "/page.css": ("page.css", "text/css")}  # fmt: skip
FOLDER = Path(__file__).parent / "page"
LOOK_S = 0.1  # how often the page hears of what changed
LITRE_ML = 1000
FILL_MAX_ML = 1_000_000
BODY_MAX = 1000
ALARM = 9  # unverified: any number that is not the red button's
SPEEDS = (1, 5, 20)
HEADERS = (
    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
    "Content-Security-Policy: default-src 'self'; img-src data:; frame-ancestors 'none'\r\n"
)

AT_NOZZLE: dict[str, Callable[["Nozzle", int], object]] = {
    "lift": lambda nozzle, ml: nozzle.lift(),
    "hang_up": lambda nozzle, ml: nozzle.hang_up(),
    "squeeze": lambda nozzle, ml: nozzle.squeeze(None),
    "fill": lambda nozzle, ml: nozzle.squeeze((nozzle.ml if nozzle.dispenser.state in (4, 8) else 0) + ml),
    "release": lambda nozzle, ml: nozzle.release(),
}


class Page:
    """`await listen(port)` gives its address."""

    def __init__(self, forecourt: "Forecourt") -> None:
        self._forecourt = forecourt
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def listen(self, port: int = 0) -> str:
        self._server = await asyncio.start_server(self._connected, LOOPBACK, port)
        return f"http://{LOOPBACK}:{self._server.sockets[0].getsockname()[1]}/"

    async def close(self) -> None:
        for writer in self._open:
            writer.close()
        if self._server is not None:
            self._server.close()

    def shown(self) -> dict:
        """What the page shows, whole."""
        return {"nozzles": [one.shown() for one in self._forecourt.nozzles], "speed": self._forecourt.speed}

    def do(self, asked: dict) -> bool:
        """One press of a button: {"do", "nozzle"?, "ml"?, "dispenser"?, "speed"?}. False: there is no such button."""
        what, court = asked.get("do"), self._forecourt
        if what in AT_NOZZLE and _whole(asked.get("nozzle"), 1, len(court.nozzles)):
            ml = asked.get("ml", 0)
            if not _whole(ml, 0, FILL_MAX_ML):
                return False
            AT_NOZZLE[what](court.nozzles[asked["nozzle"] - 1], ml)
        elif what in ("power", "alarm") and _whole(asked.get("dispenser"), 0x50, 0x6F):
            return self._at_dispenser(what, asked["dispenser"] - 0x50)
        elif what == "emergency":
            court.emergency(not court.dispensers[0].halted)
        elif what == "speed" and asked.get("speed") in SPEEDS:
            court.speed = asked["speed"]
        else:
            return False
        return True

    def _at_dispenser(self, what: str, at: int) -> bool:
        court = self._forecourt
        if at >= len(court.dispensers):
            return False
        one = court.dispensers[at]
        if what == "alarm":
            one.alarm = 0 if one.alarm else ALARM
        elif one.powered:
            court.power_off(at)
        else:
            court.power_on(at)
        return True

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            await self._serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass  # the browser went away, or it was none
        except asyncio.CancelledError:
            pass  # the emulator ends while a page is open
        finally:
            self._open.discard(writer)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path = (head[0].split(" ") + [""])[:2]
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        path = path.split("?")[0]
        if method == "GET" and path == "/events":
            await self._tell(writer)
        elif method == "GET" and path == "/state":
            _answer(writer, "200 OK", "application/json", json.dumps(self.shown()).encode())
        elif method == "GET" and path in FILES:
            name, kind = FILES[path]
            _answer(writer, "200 OK", kind + "; charset=utf-8", (FOLDER / name).read_bytes())
        elif method == "POST" and path == "/do" and headers.get("content-type") == "application/json":
            # No other page may send this kind of body here without asking first, and it is never allowed.
            size = min(int(headers.get("content-length", "0")), BODY_MAX)
            asked = json.loads(await reader.readexactly(size) or b"{}")
            done = isinstance(asked, dict) and self.do(asked)
            _answer(writer, "204 No Content" if done else "400 Bad Request", "text/plain", b"")
        else:
            _answer(writer, "404 Not Found", "text/plain", b"")
        await writer.drain()

    async def _tell(self, writer: asyncio.StreamWriter) -> None:
        """Server-sent events: everything, whenever something has changed."""
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{HEADERS}\r\n".encode())
        before = ""
        while not writer.is_closing():
            now = json.dumps(self.shown())
            if now != before:
                writer.write(f"data: {now}\n\n".encode())
                await writer.drain()
                before = now
            await asyncio.sleep(LOOK_S)


def _whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _answer(writer: asyncio.StreamWriter, status: str, kind: str, body: bytes) -> None:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    writer.write((head + HEADERS + "\r\n").encode() + body)
