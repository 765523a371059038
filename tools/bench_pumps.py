"""The parts of `make bench BENCH=forecourt`: a store with pump terminals, lines that are as slow as real ones, a page.

A line's bytes take 11 bits each at 9600 baud, both ways, and every frame on it is written down with its time. The page
stands for an attendant who lets a lifted nozzle go at once: it hears `nozzles` and says `pump_do`, as the store's does.
"""

import asyncio
import secrets
import ssl
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from sqlite3 import Connection

import paho.mqtt.client as paho
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from paho.mqtt.enums import CallbackAPIVersion

from gateway.clock import Clock
from gateway.store import shifts
from hardware.emulators.bench import Bench
from hardware.emulators.dispenser import AUTHORISED, Decimals
from hardware.emulators.forecourt import Forecourt
from hardware.emulators.forecourt_line import BITS_PER_BYTE
from protocol import codec, topics
from protocol.dart.line import POLL, Decoder
from tools import bench_store
from tools.nozzles import laid_out
from tools.virtual_terminal import CHIPS, HEAP, VirtualTerminal, write_terminal

BAUD = 9600
ANSWER_S = 0.010  # how long a dispenser thinks; on real lines 10 to 50 ms were seen
DISPENSERS, GRADES = 2, ("305", "306")
NOZZLES = DISPENSERS * len(GRADES)
STORE, OPERATOR = bench_store.STORE, bench_store.OPERATOR
ACCESS = """
user {page}
topic read tapwell/#
topic write tapwell/+/down/pump_do
"""


def line_ms(count: int) -> float:
    """What so many bytes hold a line for."""
    return 1000 * count * BITS_PER_BYTE / BAUD


class PumpStore(bench_store.Store):
    """Pump terminals, two grades, an attendant whose shift at the forecourt's page is open."""

    def _news(self) -> list[tuple[str, dict]]:
        status, keys = {"status": "active"}, [{"k": 1, "link_key": self.link_key.hex()}]
        told = super()._news()
        kept = [one for one in told if one[0] not in ("terminal", "goods", "grant")]
        letters = [(name, {"app": "pump", "keys": keys, "serial": "01", "letter": self.letter(name)} | status)
                   for name in self.names]  # fmt: skip
        grades = [{"code": code, "name_zh": "汽油", "name_en": "Super " + code, "price_milli": 76_000 - 8_000 * at,
                   "unit": "L", "tax_code": "A", "tax_bp": 1900} for at, code in enumerate(GRADES)]  # fmt: skip
        return [
            *kept,
            *[("terminal", {"terminal": name} | who) for name, who in letters],
            ("goods", {"version": 1, "part": 1, "parts": 1, "items": grades}),
        ]

    def _show_cards(self, db: Connection, clock: Clock) -> None:
        self.shift = shifts.begin(db, OPERATOR, f"{STORE}-forecourt", clock.now_s())

    def _allow_echo(self) -> None:
        access = self.folder / "broker.acl"
        access.write_text(access.read_text() + ACCESS.format(page=bench_store.ECHO))

    def flash_pump(self, folder: Path, name: str) -> None:
        """What enrolment puts into a pump terminal."""
        key = ec.generate_private_key(ec.SECP256R1())
        encoding, form = serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL
        key_der = key.private_bytes(encoding, form, serialization.NoEncryption())
        tls = (self.authority.der, self.authority.issue(key.public_key(), name).der, key_der)
        write_terminal(
            folder, terminal=name, app="pump", gateway=("127.0.0.1", self.config.broker_port, "localhost"), tls=tls,
            keys=(1, self.link_key.hex(), self.witness_key.hex()), chips=CHIPS["pump"],
            more={"nozzles": laid_out(GRADES, DISPENSERS)},
        )  # fmt: skip


class SlowForecourt(Forecourt):
    """`frames`: (monotonic s, True if from the controller, address, kind, bytes on the line)."""

    def __init__(self) -> None:
        super().__init__(DISPENSERS, len(GRADES), Decimals(volume=3), BAUD, ANSWER_S)
        self.frames: list[tuple[float, bool, int, int, int]] = []
        self._ears = {True: Decoder(), False: Decoder()}
        say = self.line.write
        self.line.write = lambda data: (self._note(False, data), say(data))[1]  # type: ignore[method-assign]

    def _heard(self, data: bytes) -> None:
        self._note(True, data)
        super()._heard(data)

    def _note(self, asked: bool, data: bytes) -> None:
        """A frame's size is told by what went by since the one before it."""
        frames, size = self._ears[asked].feed(data), len(data)
        for address, kind, _, _ in frames:
            self.frames.append((time.monotonic(), asked, address, kind, size // len(frames)))

    def polls_ms(self, since_s: float, until_s: float) -> list[float]:
        """Times between two polls of the same dispenser."""
        times: dict[int, list[float]] = {}
        for at_s, asked, address, kind, _ in self.frames:
            if asked and kind == POLL and since_s <= at_s <= until_s:
                times.setdefault(address, []).append(at_s)
        return [1000 * (b - a) for polls in times.values() for a, b in zip(polls, polls[1:], strict=False)]

    def bytes_of(self, address: int, since_s: float, until_s: float) -> int:
        """What went over the line for one dispenser, polls that brought nothing left out."""
        mine = [one for one in self.frames if one[2] == address and since_s <= one[0] <= until_s]
        bare = sum(a[3] == POLL and b[3] == 0x70 for a, b in zip(mine, mine[1:], strict=False))
        return sum(one[4] for one in mine) - bare * 6


@dataclass
class Island:
    """One terminal with its line and dispensers."""

    name: str
    bench: Bench
    court: SlowForecourt
    process: VirtualTerminal
    states: dict[int, str] = field(default_factory=dict)

    @classmethod
    async def open(cls, store: PumpStore, folder: Path, image: Path, name: str) -> "Island":
        bench = Bench()
        bench.pump = court = SlowForecourt()
        for chip in CHIPS["pump"]:
            bench.ports[chip] = await getattr(bench, chip).listen()
        store.flash_pump(folder / name, name)
        process = VirtualTerminal(folder / name, image, bench.ports, HEAP["pump"])
        process.start()
        return cls(name, bench, court, process)

    async def close(self) -> None:
        self.process.stop()
        await self.bench.close()


@dataclass
class Reaction:
    """From a nozzle that is lifted to its authorisation, in ms after the lift; the bytes that it took on the line."""

    told_ms: float
    authorised_ms: float
    bytes: int


class Page:
    """The attendant's end behind the broker. `lifted(name, nozzle)`: how it is heard; `let_go`: what it answers."""

    def __init__(self, store: PumpStore, islands: list[Island]) -> None:
        self._store, self._islands = store, {one.name: one for one in islands}
        self._loop = asyncio.get_running_loop()
        self._heard: dict[tuple[str, int], asyncio.Future] = {}
        tls = store.config.tls
        context = ssl.create_default_context(cafile=str(tls / "ca.pem"))
        context.load_cert_chain(tls / "echo.pem", tls / "echo.key")
        self._client = paho.Client(CallbackAPIVersion.VERSION2, bench_store.ECHO)
        self._client.tls_set_context(context)
        self._client.on_message = self._on_message
        self._client.on_connect = self._on_connect
        self._client.connect("localhost", store.config.broker_port)
        self._client.loop_start()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def lifted(self, name: str, number: int) -> asyncio.Future:
        """Done once the terminal has said that this nozzle is out."""
        self._heard[name, number] = self._loop.create_future()
        return self._heard[name, number]

    def let_go(self, name: str, number: int) -> None:
        """An attendant's word: fill, on the shop's account."""
        values = {"ask": secrets.token_hex(4), "nozzle": number, "do": "start", "operator": OPERATOR,
                  "shift": self._store.shift, "cents": 5000, "ml": 0}  # fmt: skip
        topic = topics.down(name, "pump_do")
        self._client.publish(topic, codec.seal(topic, "pump_do", values, 1, self._store.link_key), 1)

    def _on_connect(self, client: paho.Client, *_: object) -> None:
        client.subscribe("tapwell/+/up/nozzles", 1)

    def _on_message(self, client: paho.Client, data: object, message: paho.MQTTMessage) -> None:
        self._loop.call_soon_threadsafe(partial(self._hear, message.topic, bytes(message.payload)))

    def _hear(self, topic: str, payload: bytes) -> None:
        name = topic.split("/")[1]
        for row in codec.decode("nozzles", payload)["nozzles"]:
            if name in self._islands:
                self._islands[name].states[row["n"]] = row["state"]
            waits = self._heard.get((name, row["n"]))
            if row["lifted"] and waits is not None and not waits.done():
                waits.set_result(time.monotonic())


async def react(page: Page, island: Island, number: int, until_s: float) -> Reaction:
    """Lifts one nozzle and sees it authorised."""
    nozzle = island.court.nozzles[number - 1]
    heard, began_s = page.lifted(island.name, number), time.monotonic()
    nozzle.lift()
    told_s = await asyncio.wait_for(heard, until_s)
    island.states[number] = ""  # what it says from now on counts
    page.let_go(island.name, number)
    await look(lambda: nozzle.state == AUTHORISED, until_s, f"{island.name}: nozzle {number} authorised", island)
    ended_s = time.monotonic()
    used = island.court.bytes_of(nozzle.dispenser.address, began_s, ended_s)
    return Reaction(1000 * (told_s - began_s), 1000 * (ended_s - began_s), used)


async def look(done, within_s: float, what: str, island: Island | None = None) -> None:
    """Raises TimeoutError with what was waited for, and what the terminal said last."""
    until_s = time.monotonic() + within_s
    while not done():
        if time.monotonic() > until_s:
            said = f"; {island.states}\n" + "\n".join(list(island.process.lines)[-15:]) if island else ""
            raise TimeoutError(what + said)
        await asyncio.sleep(0.002)
