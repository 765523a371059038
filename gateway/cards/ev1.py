"""The host's side of a DESFire EV1 card, without I/O: handshake, session, and the script that identifies a card.

An EV1 session chains one IV through every command and answer, and its key is known as soon as both random numbers are.
So once the card's first answer is here, all further commands of an identification can be computed at once: the terminal
plays them in one batch, and what the card answers is checked afterwards.
"""

import hmac
from collections.abc import Sequence

from gateway.cards import identity
from gateway.cards.ciphers import BlockCipher, crc32, rotated
from gateway.cards.identity import OnCard
from protocol import card
from protocol.errors import Theirs

AUTHENTICATE_AES, AUTHENTICATE_ISO, MORE = 0xAA, 0x1A, 0xAF
READ_DATA = 0xBD
OK, ADDITIONAL_FRAME, AUTHENTICATION_ERROR = 0x00, 0xAF, 0xAE
MAC_BYTES = 8
READ_IDENTITY = bytes([card.FILE_IDENTITY, 0, 0, 0, card.IDENTITY_SIZE, 0, 0])  # file, offset 3, length 3


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


class Identification:
    """One card proving who it is: `script` goes to the card in one batch, `identify` reads its answers."""

    def __init__(self, key: bytes, answer: bytes, nonce: bytes):
        self._handshake = Handshake(key, answer, nonce)
        self._session = self._handshake.session()
        self.script = (wrap(MORE, self._handshake.proof), self._session.plain(READ_DATA, READ_IDENTITY))

    def identify(self, answers: Sequence[bytes]) -> OnCard:
        """What the card says of itself, proven by its key. Raises Theirs: card_not_genuine or card_unreadable."""
        if not answers:
            raise Theirs("card_unreadable", "no answer")
        proof, status = split(answers[0])
        if status == AUTHENTICATION_ERROR:
            raise Theirs("card_not_genuine", "it does not know the key")
        if status != OK:
            raise Theirs("card_unreadable", f"status {status:02X}")
        if not self._handshake.proven_by(proof):
            raise Theirs("card_not_genuine", "wrong proof")
        if len(answers) != len(self.script):
            raise Theirs("card_unreadable", f"{len(answers)} answers")
        return identity.decode(self._session.opened(answers[1]))


def wrap(code: int, data: bytes = b"") -> bytes:
    """A native command as an ISO 7816-4 APDU: 90 code 00 00 [length data] 00."""
    return bytes([0x90, code, 0, 0]) + (bytes([len(data)]) + data if data else b"") + b"\x00"


def split(answer: bytes) -> tuple[bytes, int]:
    """Data and status of a wrapped answer. Raises Theirs('card_unreadable')."""
    if len(answer) < 2 or answer[-2] != 0x91:
        raise Theirs("card_unreadable", "answer " + answer[-2:].hex())
    return answer[:-2], answer[-1]
