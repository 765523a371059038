"""The card: frames in and out (native and ISO-wrapped), chaining by AF, and what survives power loss."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from hardware.emulators.desfire import application, crypto
from hardware.emulators.desfire.application import Application
from hardware.emulators.desfire.authentication import Challenge
from hardware.emulators.desfire.commands import COMMANDS, Command, Reply
from hardware.emulators.desfire.session import NoSession, Session
from hardware.emulators.desfire.status import (
    ADDITIONAL_FRAME,
    COMMAND_ABORTED,
    ILLEGAL_COMMAND,
    LENGTH_ERROR,
    OK,
    Refused,
    require,
)

PICC = 0x000000
MEMORY_BYTES = 7936  # an 8K card with nothing on it says this much is free
DATA_BYTES_PER_FRAME = 59  # 60 with the status byte
PICC_SETTINGS = 0x0F
CARD_NAME = bytes.fromhex("d2760000850100")  # the DF name by which ISO 7816 hosts select the card itself


@dataclass
class Incoming:
    """A command whose data comes in several frames."""

    code: int
    data: bytes
    total: int


class Card:
    """One DESFire EV1 card. `random_bytes` gives its challenges (a test may fix them)."""

    atqa = b"\x03\x44"
    sak = 0x20
    ats = bytes.fromhex("067577810280")

    def __init__(self, uid: bytes, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        assert len(uid) == 7, "a DESFire UID has 7 bytes"
        self.uid = uid
        self.random_bytes = random_bytes
        self.level = application.fresh(crypto.DES, 1, PICC_SETTINGS)
        self.applications: dict[int, Application] = {}
        self.batch = bytes.fromhex("ba54445b80")
        self.made = bytes([0x26, 0x26])  # week and year, BCD
        self.power_lost()

    def power_lost(self) -> None:
        """The field is gone or the card deselected: everything volatile is forgotten."""
        self.selected_aid = PICC
        self.session: Session = NoSession()
        self.challenge: Challenge | None = None
        self._incoming: Incoming | None = None
        self._outgoing: list[bytes] = []

    # ---- frames

    def transceive(self, apdu: bytes) -> bytes:
        """One APDU in, one out; whatever comes in, something sensible goes out."""
        if not apdu:
            return bytes([LENGTH_ERROR])
        if apdu[0] == 0x90 and len(apdu) >= 5:
            return self._wrapped(apdu)
        if apdu[0] == 0x00 and len(apdu) >= 4:
            return self._iso(apdu)
        status, data = self._frame(apdu[0], apdu[1:])
        return bytes([status]) + data

    def _wrapped(self, apdu: bytes) -> bytes:
        """90 INS 00 00 [Lc data] 00 -> data 91 status."""
        body = apdu[5 : 5 + apdu[4]] if len(apdu) > 5 else b""
        if apdu[2:4] != b"\x00\x00" or (len(apdu) > 5 and len(apdu) not in (5 + apdu[4], 6 + apdu[4])):
            return b"\x91" + bytes([LENGTH_ERROR])
        status, data = self._frame(apdu[1], body)
        return data + b"\x91" + bytes([status])

    def _iso(self, apdu: bytes) -> bytes:
        """ISO 7816-4 SELECT by DF name, all that is here of the ISO commands."""
        if apdu[1] != 0xA4:
            return b"\x6d\x00"
        if apdu[2] != 0x04 or len(apdu) < 5:
            return b"\x6a\x86"
        name = apdu[5 : 5 + apdu[4]]
        for aid, found in [(PICC, CARD_NAME)] + [(aid, app.name) for aid, app in self.applications.items()]:
            if name and name == found:
                self.select(aid)
                return b"\x90\x00"
        return b"\x6a\x82"

    def _frame(self, code: int, data: bytes) -> tuple[int, bytes]:
        try:
            if code == ADDITIONAL_FRAME:
                return self._continued(data)
            busy = self._incoming is not None or bool(self._outgoing)
            self._forget_pending()
            require(not busy, COMMAND_ABORTED)
            return self._begun(code, data)
        except Refused as refused:
            self._forget_pending()
            return refused.status, b""

    def _forget_pending(self) -> None:
        self.challenge, self._incoming, self._outgoing = None, None, []

    def _begun(self, code: int, data: bytes) -> tuple[int, bytes]:
        command = COMMANDS.get(code)
        if command is None:
            raise Refused(ILLEGAL_COMMAND)
        require(len(data) >= command.least_bytes, LENGTH_ERROR)
        require(command.most_bytes is None or len(data) <= command.most_bytes, LENGTH_ERROR)
        if command.total is not None:
            self._incoming = Incoming(code, data, command.total(self, data))
            return self._collected(command)
        return self._run(code, command, data)

    def _continued(self, data: bytes) -> tuple[int, bytes]:
        if self.challenge is not None:
            challenge, self.challenge = self.challenge, None
            answer, self.session = challenge.finish(data)
            return OK, answer
        if self._outgoing:
            return self._next_frame()
        if self._incoming is None:
            raise Refused(ILLEGAL_COMMAND)
        self._incoming.data += data
        return self._collected(COMMANDS[self._incoming.code])

    def _collected(self, command: Command) -> tuple[int, bytes]:
        incoming = self._incoming
        assert incoming is not None
        require(len(incoming.data) <= incoming.total, LENGTH_ERROR)
        if len(incoming.data) < incoming.total:
            return ADDITIONAL_FRAME, b""
        self._incoming = None
        return self._run(incoming.code, command, incoming.data)

    def _run(self, code: int, command: Command, data: bytes) -> tuple[int, bytes]:
        if not command.opens_itself:
            self.session.command(bytes([code]) + data, b"", 0)
        reply = command.run(self, code, data)
        if isinstance(reply, Challenge):
            self.session, self.challenge = NoSession(), reply
            return ADDITIONAL_FRAME, reply.first
        self._outgoing = self._cut(reply)
        return self._next_frame()

    def _cut(self, reply: Reply) -> list[bytes]:
        """The answer, protected by the session as it is now, in frames."""
        sent = self.session.answer(reply.data, reply.mode, reply.open_end)
        pieces = []
        for size in reply.frames:
            pieces.append(sent[:size])
            sent = sent[size:]
        step = reply.step
        return pieces + [sent[i : i + step] for i in range(0, len(sent), step)] or [b""]

    def _next_frame(self) -> tuple[int, bytes]:
        piece = self._outgoing.pop(0)
        return (ADDITIONAL_FRAME if self._outgoing else OK), piece

    # ---- what commands ask of the card

    def select(self, aid: int) -> None:
        """Go to an application (or the card's own level); nobody is authenticated there yet."""
        self.selected_aid = aid
        self.session = NoSession()

    @property
    def here(self) -> Application:
        """The level that is selected now."""
        return self.level if self.selected_aid == PICC else self.applications[self.selected_aid]

    def free_bytes(self) -> int:
        return MEMORY_BYTES - sum(app.memory_bytes for app in self.applications.values())

    # ---- a wallet of cards

    def state(self) -> dict:
        """What the card's memory holds, ready for JSON."""
        return {
            "uid": self.uid.hex(),
            "level": self.level.state(),
            "applications": {f"{aid:06x}": app.state() for aid, app in self.applications.items()},
        }

    @classmethod
    def from_state(cls, state: dict, random_bytes: Callable[[int], bytes] = os.urandom) -> "Card":
        card = cls(bytes.fromhex(state["uid"]), random_bytes)
        card.level = application.from_state(state["level"])
        card.applications = {int(aid, 16): application.from_state(app) for aid, app in state["applications"].items()}
        return card
