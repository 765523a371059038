"""Three-pass authentication: legacy (0x0A), ISO (0x1A), AES (0xAA) and EV2 (0x71 first, 0x77 non-first)."""

from typing import TYPE_CHECKING

from hardware.emulators.desfire import crypto, ev2, keys
from hardware.emulators.desfire.ev2 import Ev2Session
from hardware.emulators.desfire.keys import Key
from hardware.emulators.desfire.session import Ev1Session, LegacySession, Session
from hardware.emulators.desfire.status import (
    AUTHENTICATION_ERROR,
    ILLEGAL_COMMAND,
    LENGTH_ERROR,
    PERMISSION_DENIED,
    Refused,
    require,
)

if TYPE_CHECKING:
    from hardware.emulators.desfire.card import Card

LEGACY, ISO, AES, EV2_FIRST, EV2_NON_FIRST = 0x0A, 0x1A, 0xAA, 0x71, 0x77
KINDS = {
    LEGACY: (crypto.DES,),
    ISO: (crypto.DES, crypto.DES3K),
    AES: (crypto.AES,),
    EV2_FIRST: (crypto.AES,),
    EV2_NON_FIRST: (crypto.AES,),
}
CARD_CAPABILITIES = bytes(6)  # PDcap2: EV2 secure messaging as it is, MF2DL 9.1.5
CAPABILITY_BYTES = 6


class Challenge:
    """The card has sent its encrypted random number (`first`) and waits for the host's proof."""

    def __init__(self, code: int, key_no: int, key: Key, secret: bytes) -> None:
        self._code, self._key_no, self._key, self._secret = code, key_no, key, secret
        self.first = crypto.encrypt(key.kind, key.value, self._zero, secret)

    @property
    def _zero(self) -> bytes:
        return bytes(crypto.BLOCK_BYTES[self._key.kind])

    def finish(self, proof: bytes) -> tuple[bytes, Session]:
        """The card's own proof and the session; raises Refused when the host does not know the key."""
        theirs = self._proven(proof)
        iv = self._zero if self._code == LEGACY else proof[-len(self._zero) :]
        answer = crypto.encrypt(self._key.kind, self._key.value, iv, crypto.rotate(theirs))
        return answer, self._session(theirs)

    def _proven(self, proof: bytes) -> bytes:
        """The host's random number, once it has shown that it read ours."""
        size = len(self._secret)
        require(len(proof) == 2 * size, LENGTH_ERROR)
        plain = self._open(proof)
        require(plain[size:] == crypto.rotate(self._secret), AUTHENTICATION_ERROR)
        return plain[:size]

    def _open(self, proof: bytes) -> bytes:
        if self._code == LEGACY:
            return crypto.receive_legacy(self._key.value, proof)
        return crypto.decrypt(self._key.kind, self._key.value, self.first[-len(self._zero) :], proof)

    def _session(self, theirs: bytes) -> Session:
        made = keys.session_key(self._key.kind, keys.is_single_des(self._key), theirs, self._secret)
        if self._code == LEGACY:
            return LegacySession(self._key_no, made)
        return Ev1Session(self._key_no, self._key.kind, made)


class Ev2Challenge(Challenge):
    """EV2: each message starts from a zero IV; the first authentication names a transaction identifier."""

    def __init__(self, begun: Challenge, going_on: Ev2Session | None, host: bytes, identifier: bytes) -> None:
        super().__init__(begun._code, begun._key_no, begun._key, begun._secret)
        self._going_on, self._host, self._identifier = going_on, host, identifier

    def finish(self, proof: bytes) -> tuple[bytes, Session]:
        theirs = self._proven(proof)
        made = ev2.session_keys(self._key.value, theirs, self._secret)
        if self._going_on is not None:
            goes_on = Ev2Session(self._key_no, made, self._going_on.identifier, self._going_on.counter)
            return self._sealed(crypto.rotate(theirs)), goes_on
        told = self._identifier + crypto.rotate(theirs) + CARD_CAPABILITIES + self._host
        return self._sealed(told), Ev2Session(self._key_no, made, self._identifier)

    def _open(self, proof: bytes) -> bytes:
        return crypto.decrypt(crypto.AES, self._key.value, self._zero, proof)

    def _sealed(self, data: bytes) -> bytes:
        return crypto.encrypt(crypto.AES, self._key.value, self._zero, data)


def begin(card: "Card", code: int, data: bytes) -> Challenge:
    """First pass with key number data[0] of the level that is selected."""
    key = card.here.key(data[0])
    require(key.kind in KINDS[code], AUTHENTICATION_ERROR)
    return Challenge(code, data[0], key, card.random_bytes(crypto.CHALLENGE_BYTES[key.kind]))


def begin_ev2(card: "Card", code: int, data: bytes) -> Challenge:
    """Key number; with 0x71 also the length of the host's capabilities and those."""
    require(card.generation.ev2, ILLEGAL_COMMAND)
    key, going_on, host = card.here.key(data[0]), None, b""
    require(key.kind == crypto.AES, AUTHENTICATION_ERROR)
    if code == EV2_FIRST:
        host = data[2:].ljust(CAPABILITY_BYTES, b"\x00")
        require(len(data) >= 2 and data[1] == len(data) - 2 <= CAPABILITY_BYTES, LENGTH_ERROR)
    else:
        going_on = card.session if isinstance(card.session, Ev2Session) else None
        if going_on is None:
            raise Refused(PERMISSION_DENIED)
    secret = card.random_bytes(crypto.CHALLENGE_BYTES[crypto.AES])
    begun = Challenge(code, data[0], key, secret)
    return Ev2Challenge(begun, going_on, host, card.random_bytes(ev2.TI_BYTES))
