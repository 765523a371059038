"""Three-pass authentication: legacy (0x0A), ISO (0x1A) and AES (0xAA) differ in cipher and chaining only."""

from typing import TYPE_CHECKING

from hardware.emulators.desfire import crypto, keys
from hardware.emulators.desfire.keys import Key
from hardware.emulators.desfire.session import Ev1Session, LegacySession, Session
from hardware.emulators.desfire.status import AUTHENTICATION_ERROR, LENGTH_ERROR, require

if TYPE_CHECKING:
    from hardware.emulators.desfire.card import Card

LEGACY, ISO, AES = 0x0A, 0x1A, 0xAA
KINDS = {LEGACY: (crypto.DES,), ISO: (crypto.DES, crypto.DES3K), AES: (crypto.AES,)}


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
        size = len(self._secret)
        require(len(proof) == 2 * size, LENGTH_ERROR)
        plain = self._open(proof)
        theirs, ours = plain[:size], plain[size:]
        require(ours == crypto.rotate(self._secret), AUTHENTICATION_ERROR)
        iv = self._zero if self._code == LEGACY else proof[-len(self._zero) :]
        answer = crypto.encrypt(self._key.kind, self._key.value, iv, crypto.rotate(theirs))
        return answer, self._session(theirs)

    def _open(self, proof: bytes) -> bytes:
        if self._code == LEGACY:
            return crypto.receive_legacy(self._key.value, proof)
        return crypto.decrypt(self._key.kind, self._key.value, self.first[-len(self._zero) :], proof)

    def _session(self, theirs: bytes) -> Session:
        made = keys.session_key(self._key.kind, keys.is_single_des(self._key), theirs, self._secret)
        if self._code == LEGACY:
            return LegacySession(self._key_no, made)
        return Ev1Session(self._key_no, self._key.kind, made)


def begin(card: "Card", code: int, data: bytes) -> Challenge:
    """First pass with key number data[0] of the level that is selected."""
    key = card.here.key(data[0])
    require(key.kind in KINDS[code], AUTHENTICATION_ERROR)
    return Challenge(code, data[0], key, card.random_bytes(crypto.CHALLENGE_BYTES[key.kind]))
