"""The host's side of EV1 secure messaging, without I/O: handshake and session.

An EV1 session chains one IV through every command and answer, and its key is known as soon as both random numbers are.
Source: libfreefare; NXP's full data sheet of EV1 is not public.
"""

import hmac

from gateway.cards.apdu import OK, split, wrap
from gateway.cards.ciphers import BlockCipher, crc32, rotated
from protocol.errors import Theirs

MAC_BYTES = 8


class Handshake:
    """Three passes of authentication from the card's first answer on. `answer`, `nonce`: one or two blocks."""

    def __init__(self, key: bytes, answer: bytes, nonce: bytes, des: bool = False):
        cipher = BlockCipher(key, des)
        self._ours, self._theirs = nonce, cipher.decrypt(bytes(cipher.block), answer)
        self.proof = cipher.encrypt(answer[-cipher.block :], nonce + rotated(self._theirs))
        self._expected = cipher.encrypt(self.proof[-cipher.block :], rotated(nonce))
        self._single_des = des and key[:8] == key[8:]
        self._des = des

    def proven_by(self, answer: bytes) -> bool:
        """Whether the card's last answer shows that it knows the key."""
        return hmac.compare_digest(answer, self._expected)

    def session(self) -> "Session":
        """The session that follows; good from the proof on, before the card has answered it."""
        a, b = self._ours, self._theirs
        if not self._des:
            return Session(BlockCipher(a[:4] + b[:4] + a[12:16] + b[12:16]))
        made = (a[:4] + b[:4]) * 2 if self._single_des else a[:4] + b[:4] + a[4:8] + b[4:8]
        return Session(BlockCipher(made, des=True))


class Session:
    """Secure messaging of EV1: one IV through everything that is said."""

    def __init__(self, cipher: BlockCipher):
        self._cipher = cipher
        self._iv = bytes(cipher.block)

    def plain(self, code: int, data: bytes = b"") -> bytes:
        """A command that is sent as it is."""
        self._iv = self._cipher.cmac(bytes([code]) + data, self._iv)
        return wrap(code, data)

    unprotected = plain  # a plain file is written so: the card answers with a MAC all the same

    def maced(self, code: int, data: bytes) -> bytes:
        """A command that carries its MAC."""
        self._iv = self._cipher.cmac(bytes([code]) + data, self._iv)
        return wrap(code, data + self._iv[:MAC_BYTES])

    def enciphered(self, code: int, head: bytes, data: bytes, tail: bytes = b"") -> bytes:
        """A command whose data is secret: data, CRC-32 over the whole command, tail, zeros, in CBC."""
        checked = data + crc32(bytes([code]) + head + data) + tail
        padded = checked + bytes(-len(checked) % self._cipher.block)
        sealed = self._cipher.encrypt(self._iv, padded)
        self._iv = sealed[-self._cipher.block :]
        return wrap(code, head + sealed)

    def opened(self, answer: bytes) -> bytes:
        """The data of an answer whose MAC fits. Raises Theirs with card_unreadable or card_not_genuine."""
        data, status = split(answer)
        if status != OK:
            raise Theirs("card_unreadable", f"status {status:02X}")
        body, mac = data[:-MAC_BYTES], data[-MAC_BYTES:]
        self._iv = self._cipher.cmac(body + bytes([status]), self._iv)
        if len(data) < MAC_BYTES or not hmac.compare_digest(mac, self._iv[:MAC_BYTES]):
            raise Theirs("card_not_genuine", "answer with a wrong MAC")
        return body
