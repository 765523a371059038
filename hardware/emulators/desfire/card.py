"""The card: frames in and out (native and ISO-wrapped), chaining by AF, and what survives power loss."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from hardware.emulators.desfire import application, configuration, crypto, iso7816, keys
from hardware.emulators.desfire.application import Application
from hardware.emulators.desfire.authentication import Challenge
from hardware.emulators.desfire.commands import COMMANDS, LIGHT, Command, Reply
from hardware.emulators.desfire.configuration import EV1, EV2, GENERATIONS, RANDOM_UID, Generation
from hardware.emulators.desfire.files import File
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
FACTORY_ATS = bytes.fromhex("067577810280")


@dataclass
class Incoming:
    """A command whose data comes in several frames."""

    code: int
    data: bytes
    total: int


class PowerLost(Exception):
    """The field went while the card worked."""


class Card:
    """One DESFire card. `random_bytes` gives its challenges (a test may fix them)."""

    sak = 0x20

    def __init__(
        self, uid: bytes, random_bytes: Callable[[int], bytes] = os.urandom, generation: Generation = EV2
    ) -> None:
        assert len(uid) == 7, "a DESFire UID has 7 bytes"
        self.uid = uid
        self.random_bytes = random_bytes
        self.generation = generation
        self.ats = FACTORY_ATS
        self.switches = 0
        self.default_key: tuple[bytes, int] = (bytes(configuration.DEFAULT_KEY_BYTES), 0)
        self.level = Application(crypto.DES, [keys.blank(crypto.DES)], PICC_SETTINGS)
        self.applications: dict[int, Application] = {}
        self.batch = bytes.fromhex("ba54445b80")
        self.made = bytes([0x26, 0x26])  # week and year, BCD
        self.breaks_after_bytes: int | None = None  # the field goes after so many bytes were written to memory
        self.power_lost()

    @property
    def atqa(self) -> bytes:
        return b"\x03\x04" if self.switches & RANDOM_UID else b"\x03\x44"

    def power_lost(self) -> None:
        """The field is gone or the card deselected: everything volatile is forgotten."""
        for level in self.applications.values():
            level.abort()
        self.air_uid = b"\x08" + self.random_bytes(3) if self.switches & RANDOM_UID else self.uid
        self.selected_aid = PICC
        self.selected_file: File | None = None
        self.session: Session = NoSession()
        self.challenge: Challenge | None = None
        self._incoming: Incoming | None = None
        self._outgoing: list[bytes] = []

    # ---- frames

    def transceive(self, apdu: bytes) -> bytes:
        """One APDU in, one out; whatever comes in, something sensible goes out. Nothing: the field went meanwhile."""
        try:
            return self._transceive(apdu)
        except PowerLost:
            self.power_lost()
            return b""

    def _transceive(self, apdu: bytes) -> bytes:
        if not apdu:
            return bytes([LENGTH_ERROR])
        if apdu[0] == 0x90 and len(apdu) >= 5:
            return self._wrapped(apdu)
        if apdu[0] == 0x00 and len(apdu) >= 4:
            return iso7816.answered(self, apdu)
        status, data = self._frame(apdu[0], apdu[1:])
        return bytes([status]) + data

    def _wrapped(self, apdu: bytes) -> bytes:
        """90 INS 00 00 [Lc data] 00 -> data 91 status."""
        body = apdu[5 : 5 + apdu[4]] if len(apdu) > 5 else b""
        if apdu[2:4] != b"\x00\x00" or (len(apdu) > 5 and len(apdu) not in (5 + apdu[4], 6 + apdu[4])):
            return b"\x91" + bytes([LENGTH_ERROR])
        status, data = self._frame(apdu[1], body)
        return data + b"\x91" + bytes([status])

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
            self.here.abort()  # an error ends the transaction, though not the session of EV1 (libfreefare's tests)
            self.session = self.session.after_error()
            return refused.status, b""

    def _forget_pending(self) -> None:
        self.challenge, self._incoming, self._outgoing = None, None, []

    def _begun(self, code: int, data: bytes) -> tuple[int, bytes]:
        command = self._command(code)
        require(len(data) >= command.least_bytes, LENGTH_ERROR)
        self._require_length(command, data)
        if command.total is not None:
            self._incoming = Incoming(code, data, command.total(self, data))
            return self._collected(command)
        return self._run(code, command, data)

    def _command(self, code: int) -> Command:
        command = COMMANDS.get(code) or (LIGHT.get(code) if self.generation.ev2 else None)
        if command is None:
            raise Refused(ILLEGAL_COMMAND)
        return command

    def _require_length(self, command: Command, data: bytes) -> None:
        if command.most_bytes is not None:
            mac = 0 if command.opens_itself else self.session.trailer_bytes(command.mode(self, data))
            require(len(data) <= command.most_bytes + mac, LENGTH_ERROR)

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
        return self._collected(self._command(self._incoming.code))

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
            data = self.session.taken(bytes([code]) + data, command.mode(self, data))[1:]
            require(len(data) >= command.least_bytes, LENGTH_ERROR)
        reply = command.run(self, code, data)
        if isinstance(reply, Challenge):
            self.session, self.challenge = NoSession(), reply  # a running transaction goes on (libfreefare's tests)
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
        self.here.abort()
        self.selected_aid, self.selected_file = aid, None
        self.session = NoSession()

    @property
    def here(self) -> Application:
        """The level that is selected now."""
        return self.level if self.selected_aid == PICC else self.applications[self.selected_aid]

    def free_bytes(self) -> int:
        return MEMORY_BYTES - sum(app.memory_bytes for app in self.applications.values())

    def burn(self, data: bytes, write: Callable[[bytes], object], whole: bool) -> None:
        """Write to memory, through a cut of power when one is due. whole: all of it or nothing."""
        left = self.breaks_after_bytes
        if left is None:
            write(data)
            return
        if left >= len(data) or not whole:
            write(data[:left])
        if left <= len(data):
            self.breaks_after_bytes = None
            raise PowerLost
        self.breaks_after_bytes = left - len(data)

    # ---- a wallet of cards

    def state(self) -> dict:
        """What the card's memory holds, ready for JSON."""
        return {
            "uid": self.uid.hex(),
            "generation": self.generation.name,
            "ats": self.ats.hex(),
            "switches": self.switches,
            "default_key": [self.default_key[0].hex(), self.default_key[1]],
            "level": self.level.state(),
            "applications": {f"{aid:06x}": app.state() for aid, app in self.applications.items()},
        }

    @classmethod
    def from_state(cls, state: dict, random_bytes: Callable[[int], bytes] = os.urandom) -> "Card":
        generation = GENERATIONS[state["generation"]] if "generation" in state else EV1  # older wallets hold EV1
        card = cls(bytes.fromhex(state["uid"]), random_bytes, generation)
        card.ats = bytes.fromhex(state.get("ats", FACTORY_ATS.hex()))
        card.switches = state.get("switches", 0)
        value, version = state.get("default_key", ["00" * configuration.DEFAULT_KEY_BYTES, 0])
        card.default_key = (bytes.fromhex(value), version)
        card.level = application.from_state(state["level"])
        card.applications = {int(aid, 16): application.from_state(app) for aid, app in state["applications"].items()}
        card.power_lost()
        return card
