"""The host's side of EV2 secure messaging, without I/O: handshake and session.

Sources, public: NXP MF2DL(H)x0 data sheet 9.1 and AN12343 (DESFire Light); NT4H2421Gx data sheet 9.1 and AN12196.
"""

import hmac

from gateway.cards.apdu import OK, split, wrap
from gateway.cards.ciphers import BlockCipher, rotated, xor
from protocol.errors import Theirs

BLOCK, MAC_BYTES, IDENTIFIER_BYTES = 16, 8, 4
ZERO = bytes(BLOCK)
FOR_ENCRYPTION, FOR_MAC = bytes.fromhex("a55a00010080"), bytes.fromhex("5aa500010080")
COMMAND_IV, ANSWER_IV = b"\xa5\x5a", b"\x5a\xa5"


class Handshake:
    """Three passes from the card's first answer (16 bytes) on. `nonce`: 16 random bytes of ours."""

    def __init__(self, key: bytes, answer: bytes, nonce: bytes):
        self._cipher = BlockCipher(key)
        self._ours, self._theirs = nonce, self._cipher.decrypt(ZERO, answer)
        self._answer = b""
        self.proof = self._cipher.encrypt(ZERO, nonce + rotated(self._theirs))

    def proven_by(self, answer: bytes) -> bool:
        """Whether the card's last answer (32 bytes) shows that it knows the key."""
        if len(answer) != 2 * BLOCK:
            return False
        self._answer = self._cipher.decrypt(ZERO, answer)
        return hmac.compare_digest(self._answer[IDENTIFIER_BYTES : IDENTIFIER_BYTES + BLOCK], rotated(self._ours))

    def session(self) -> "Session":
        """The session that follows; only after proven_by, for the card names its identifier there."""
        mixed = self._ours[:2] + xor(self._ours[2:8], self._theirs[:6]) + self._theirs[6:] + self._ours[8:]
        made = [self._cipher.cmac(label + mixed) for label in (FOR_ENCRYPTION, FOR_MAC)]
        return Session(made[0], made[1], self._answer[:IDENTIFIER_BYTES])


class Session:
    """Two keys, the card's transaction identifier, and a counter that each command moves."""

    def __init__(self, encryption_key: bytes, mac_key: bytes, identifier: bytes, counter: int = 0):
        self._cipher, self._mac_cipher = BlockCipher(encryption_key), BlockCipher(mac_key)
        self._identifier, self._counter = identifier, counter

    def plain(self, code: int, data: bytes = b"") -> bytes:
        """A command without data of a file: it carries a MAC, as all do that are not about a plain file."""
        return self.maced(code, data)

    def maced(self, code: int, data: bytes) -> bytes:
        """A command that carries its MAC."""
        return wrap(code, data + self._mac(code, data))

    def unprotected(self, code: int, data: bytes) -> bytes:
        """A command on a plain file."""
        return wrap(code, data)

    def enciphered(self, code: int, head: bytes, data: bytes, tail: bytes = b"") -> bytes:
        """A command whose data is secret: data, tail, 80 and zeros in CBC, then the MAC."""
        padded = data + tail + b"\x80"
        padded += bytes(-len(padded) % BLOCK)
        sealed = self._cipher.encrypt(self._iv(COMMAND_IV), padded)
        return self.maced(code, head + sealed)

    def opened(self, answer: bytes) -> bytes:
        """The data of an answer whose MAC fits. Raises Theirs with card_unreadable or card_not_genuine."""
        data, status = split(answer)
        if status != OK:
            raise Theirs("card_unreadable", f"status {status:02X}")
        self._counter += 1
        body, mac = data[:-MAC_BYTES], data[-MAC_BYTES:]
        if len(data) < MAC_BYTES or not hmac.compare_digest(mac, self._mac(status, body)):
            raise Theirs("card_not_genuine", "answer with a wrong MAC")
        return body

    def deciphered(self, body: bytes) -> bytes:
        """Secret data of an answer that was opened just now. Raises Theirs."""
        if not body or len(body) % BLOCK:
            raise Theirs("card_unreadable", f"{len(body)} enciphered bytes")
        plain, mark, rest = self._cipher.decrypt(self._iv(ANSWER_IV), body).rpartition(b"\x80")
        if not mark or any(rest):
            raise Theirs("card_unreadable", "padding")
        return plain

    def unsealed(self, answer: bytes) -> bytes:
        """The data of an answer to `unprotected`: nothing vouches for it. Raises Theirs."""
        data, status = split(answer)
        if status != OK:
            raise Theirs("card_unreadable", f"status {status:02X}")
        self._counter += 1
        return data

    def _mac(self, code: int, data: bytes) -> bytes:
        """Every second byte of the CMAC over code, counter, identifier and data."""
        said = bytes([code]) + self._counter.to_bytes(2, "little") + self._identifier + data
        return self._mac_cipher.cmac(said)[1::2]

    def _iv(self, label: bytes) -> bytes:
        return self._cipher.encrypt(ZERO, label + self._identifier + self._counter.to_bytes(2, "little") + bytes(8))


