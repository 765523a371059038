"""A till without screen and keys: the firmware's own session, link, lanes, journal and witness over TLS, in a thread.

It speaks as a pos does, frame for frame, and keeps the same flash; a test says what is sold, to whom, and how patient
the attendant is. `cut_power()` loses everything but the flash; `power_on()` starts over it.
"""

import itertools
import json
import queue
import select
import socket
import ssl
import threading
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from firmware.net.journal import REQUEST, Journal, records
from firmware.net.lanes import Lanes
from firmware.net.link import Link
from firmware.net.seal import Seal
from firmware.net.session import Dead, Session
from firmware.net.witness import Witness
from hardware.emulators.desfire.card import Card
from protocol import card as layout
from protocol import topics
from protocol.clock import ticks_ms, wire_now_s
from tools.virtual_terminal import CA_FILE, CERTIFICATE_FILE, KEY_FILE

SEGMENTS = 64
TICK_S = 0.02
AGAIN_S = 0.1
DIAL_S = 2
ANSWER_S = 12
READY_MS = 5000
TAPS = 2  # more of them, while nobody answers: a busy store is asked again, as anybody would
FIRMWARE = threading.Lock()  # it loads and drops modules as if it were alone in its process
NEVER = "no_answer"
Said = tuple[str, dict[str, Any]]


class QuickTill:
    """`folder` is a flash as enrolment wrote it. All that knows the link runs in the till's own thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told = json.loads((folder / "terminal.json").read_text())
        self.name = self.told["terminal"]
        self.journal_folder = folder / "journal"
        self.operator, self.shift = "", 0
        self.ready_ms = READY_MS  # how long a question waits for the store to be there
        self._context = _context(folder)
        self._tags = itertools.count()
        self._off = threading.Event()
        self._thread: threading.Thread | None = None

    # ---- power

    def power_on(self) -> "QuickTill":
        """Starts over what lies in flash: what is unanswered there is voided, as after any start."""
        keys = [bytes.fromhex(self.told[key]) for key in ("link_key", "witness_key")]
        self.seal = Seal(self.name, self.told["key_number"], *keys)
        self.journal = Journal(str(self.journal_folder), SEGMENTS)
        self.witness = Witness(str(self.folder / "witness"), ticks_ms())
        self.session = Session(self.name, topics.all_down(self.name))
        self.lanes = Lanes(self.seal, self.journal, self._send, self._emit, wire_now_s)
        records = (self.witness, self.journal, self.lanes)
        self.link = Link(self.seal, self._send, self._emit, *records, self._hello, lambda at_s: None)
        self.lanes.resume()
        self._baskets = itertools.count(self.journal.starts % 32767 * 65536 + 1)
        self._work: queue.Queue = queue.Queue()
        self._answers: dict[str, queue.Queue] = {}
        self._outcomes: queue.Queue = queue.Queue()
        self._socket: ssl.SSLSocket | None = None
        self._off = threading.Event()
        self._bell, self._ring = socket.socketpair()
        self._thread = threading.Thread(target=self._live, args=(self._off,), daemon=True, name=self.name)
        self._thread.start()
        return self

    def cut_power(self) -> None:
        """Nothing is said to anybody; who waits for an answer waits in vain."""
        if self._thread is None:
            return
        self._off.set()
        self._ring.send(b"!")
        self._thread.join()
        for end in (self._bell, self._ring):
            end.close()
        self._thread = None

    def forgets_heads(self) -> None:
        """A new flash as far as the witness record goes; only while the power is off."""
        for slot in self.folder.glob("witness.*"):
            slot.unlink()

    def moves_to(self, port: int) -> None:
        """From now on this till dials another broker."""
        self.cut_power()
        self.told["gateway_port"] = port
        self.power_on()

    @property
    def ready(self) -> bool:
        """Whether a gateway whose letter is right has welcomed it."""
        return self.link.ready

    @property
    def open_requests(self) -> int:
        """Requests in flash without an answer."""
        return len(self.journal.open)

    # ---- what an attendant does

    def signs_on(self, operator: str, pin: str) -> Said:
        """The answer; the shift is remembered."""
        message, values = self.asks("sign_on", operator=operator, pin=pin)
        if message == "signed_on":
            self.operator, self.shift = operator, values["shift"]
        return message, values

    def taps(self, card: Card) -> Said:
        """The card's dialogue, played as the firmware does; `tapped` or why not. Silence is tapped at again."""
        said = self._tap(card)
        for _ in range(TAPS):
            if said[0] != NEVER or self._off.is_set():
                break
            said = self._tap(card)
        return said

    def _tap(self, card: Card) -> Said:
        first = _play(card, [layout.SELECT.hex(), layout.AUTHENTICATE.hex()])[-1][:-4]
        said = self.asks("card_seen", uid=card.uid.hex().upper(), answer=first)
        while said[0] == "card_script":
            said = self.asks("card_answers", script=said[1]["script"], answers=_play(card, said[1]["apdus"]))
        card.power_lost()
        return said

    def scans(self, *lines: tuple[str, int]) -> Said:
        """A new basket of (code, quantity in 1/1000); the last price, or why not."""
        self.basket, said = next(self._baskets), ("", {})
        by = {"operator": self.operator, "shift": self.shift}
        for number, (code, qty_milli) in enumerate(lines, 1):
            said = self.asks("set_line", l=0, basket=self.basket, line=number, code=code, qty_milli=qty_milli, **by)
            if said[0] != "priced":
                break
        return said

    def sells(
        self, lines: tuple[tuple[str, int], ...], card: Card | None, stored: int | None = None, patience_s: float = 30.0
    ) -> Said:
        """Scans, takes the card, asks to be paid: all from stored value, or so much of it and the rest in cash."""
        said = self.scans(*lines)
        if said[0] != "priced":
            return said
        total_cents = said[1]["total_cents"]
        member: dict = {}
        if card is not None:
            said = self.taps(card)
            if said[0] != "tapped":
                return said
            member = {name: said[1][name] for name in ("account", "tap")}
        return self.pays(total_cents, len(lines), member, stored if card else 0, patience_s)

    def pays(
        self,
        total_cents: int,
        lines: int,
        member: dict,
        stored: int | None = None,
        patience_s: float = 30.0,
        points: int = 0,
    ) -> Said:
        """The basket that was scanned last. A point pays a cent here, what is left over is paid in cash."""
        stored_cents = total_cents - points if stored is None else min(stored, total_cents - points)
        paid = {"stored_cents": stored_cents, "points": points, "points_cents": points}
        paid["cash_cents"] = total_cents - stored_cents - points
        told = {"basket": self.basket, "lines": lines, "total_cents": total_cents} | member | paid
        return self.requests("pay", patience_s, **told)

    def tops_up(self, card: Card, cents: int, patience_s: float = 30.0) -> Said:
        """Cash for a card."""
        said = self.taps(card)
        if said[0] != "tapped":
            return said
        member = {name: said[1][name] for name in ("account", "tap")}
        return self.requests("top_up", patience_s, amount_cents=cents, tender="cash", **member)

    def refunds(self, store: str, receipt: int, patience_s: float = 30.0, **wanted: Any) -> Said:
        """All that is left of a sale, by the store and number on its receipt; `lines` or `amount_cents` for less."""
        return self.requests("refund", patience_s, store=store, receipt=receipt, why="returned", **wanted)

    # ---- frames

    def asks(self, message: str, **values: Any) -> Said:
        """A question, once the store is there; ('no_answer', {}) when its time is up or the power is cut."""
        deadline_ms = ticks_ms() + self.ready_ms
        while not self.ready and ticks_ms() < deadline_ms and not self._off.is_set():
            self._off.wait(TICK_S)
        tag = str(next(self._tags))
        inbox = self._answers[tag] = queue.Queue()
        self._do(lambda: self.link.ask(tag, message, values, ticks_ms()))
        return self._next(inbox, ANSWER_S)

    def requests(self, message: str, patience_s: float = 30.0, **values: Any) -> Said:
        """A money request; given up after `patience_s`, and then it is waited until that is acknowledged."""
        values |= {"operator": self.operator, "shift": self.shift}
        outcomes: queue.Queue = queue.Queue()
        self._do(lambda: self._request(outcomes, message, values))
        said = self._next(outcomes, patience_s)
        if said[0] == NEVER and not self._off.is_set():
            self._do(lambda: self.lanes.give_up(0, ticks_ms()))
            said = self._next(outcomes, patience_s + ANSWER_S)
        return said

    def sequence_of_open_request(self) -> int:
        """Of lane 0, once there is one."""
        while 0 not in self.journal.open:
            threading.Event().wait(TICK_S)
        return self.journal.open[0][0]

    def says_again(self, times: int) -> None:
        """The frame of the last request, byte for byte, as often as told: as a retry that nobody can stop."""
        frames = [frame for kind, *_, frame in records(str(self.journal_folder)) if kind == REQUEST]
        message = [message for kind, _, _, message, _ in records(str(self.journal_folder)) if kind == REQUEST][-1]
        for _ in range(times):
            self._do(lambda: self._send(topics.up(self.name, message), frames[-1]))
        by = {"operator": self.operator, "shift": self.shift}
        # Frames are handled in order: once this line of another lane has its price, the others have been handled.
        self.asks("set_line", l=1, basket=1, line=1, code="4001", qty_milli=1000, **by)

    def settles(self, within_s: float = 60.0) -> None:
        """Waits until nothing in flash is unanswered. Raises AssertionError."""
        deadline_ms = ticks_ms() + int(within_s * 1000)
        while self.open_requests and ticks_ms() < deadline_ms:
            threading.Event().wait(TICK_S)
        assert not self.open_requests, f"{self.name} is still waiting for {self.journal.open}"

    def _next(self, inbox: queue.Queue, within_s: float) -> Said:
        deadline_ms = ticks_ms() + int(within_s * 1000)
        while ticks_ms() < deadline_ms and not self._off.is_set():
            try:
                return inbox.get(timeout=0.1)
            except queue.Empty:
                continue
        return NEVER, {}

    # ---- the till's thread

    def _do(self, work) -> None:
        self._work.put(work)
        try:
            self._ring.send(b"!")
        except OSError:
            pass  # the power was cut

    def _live(self, off: threading.Event) -> None:
        while not off.is_set():
            try:
                self._dial()
                while not off.is_set():
                    self._turn()
            except (OSError, Dead):
                self._hang_up()
                off.wait(AGAIN_S)
            self._work_off()
        self._hang_up()

    def _request(self, outcomes: queue.Queue, message: str, values: dict) -> None:
        self._outcomes = outcomes  # the late end of an earlier request is nobody's any more
        self.lanes.request(0, message, values, ticks_ms())

    def _dial(self) -> None:
        address = (self.told["gateway_host"], self.told["gateway_port"])
        raw = socket.create_connection(address, DIAL_S)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = self._context.wrap_socket(raw, server_hostname=self.told["gateway_name"])
        self._socket.sendall(self.session.open(ticks_ms()))
        while not self.session.up:
            self._read()
        self.link.up(ticks_ms())

    def _turn(self) -> None:
        """One round: what arrived, what is to be done, what is due."""
        assert self._socket
        if self._socket.pending() or self._socket in select.select([self._socket, self._bell], [], [], TICK_S)[0]:
            self._read()
        self._work_off()
        self._write(self.session.tick(ticks_ms()))
        self.link.tick(ticks_ms())

    def _read(self) -> None:
        assert self._socket
        data = self._socket.recv(65536)
        if not data:
            raise Dead("closed by the broker")
        out, messages = self.session.feed(data, ticks_ms())
        self._write(out)
        for topic, payload in messages:
            with FIRMWARE:
                self.link.frame(topic, payload, ticks_ms())

    def _work_off(self) -> None:
        while select.select([self._bell], [], [], 0)[0]:
            self._bell.recv(1000)
        while not self._work.empty():
            self._work.get()()

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self.session.lost()
        self.link.down()

    def _send(self, topic: str, frame: bytes) -> bool:
        packet = self.session.publish(topic, frame, ticks_ms())
        self._write(packet)
        return bool(packet)

    def _write(self, data: bytes) -> None:
        if data and self._socket is not None:
            try:
                self._socket.sendall(data)
            except OSError:
                pass  # the next read says so

    def _hello(self) -> dict:
        return {"app": "pos", "board": "host", "firmware": "quick", "heap_free": 50000}

    def _emit(self, event: tuple) -> None:
        if event[0] == "answer" and event[1] in self._answers:
            self._answers.pop(event[1]).put(event[2:])
        elif event[0] == "outcome":
            self._outcomes.put(event[2:])


def _play(card: Card, apdus) -> list[str]:
    """The answers, until one does not say that all is well."""
    answers: list[str] = []
    for apdu in apdus:
        answers.append(card.transceive(bytes.fromhex(apdu)).hex())
        if not answers[-1].endswith(("9100", "91af")):
            break
    return answers


def _context(folder: Path) -> ssl.SSLContext:
    """As a terminal's, from the files of its flash: only our own authority, and our own certificate."""
    pem, key = folder / "quick.pem", folder / "quick.key"
    certificate = x509.load_der_x509_certificate((folder / CERTIFICATE_FILE).read_bytes())
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = serialization.load_der_private_key((folder / KEY_FILE).read_bytes(), None)
    plain = serialization.NoEncryption()
    key.write_bytes(
        private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=(folder / CA_FILE).read_bytes())
    context.load_cert_chain(pem, key)
    return context
