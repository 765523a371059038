"""EV2 secure messaging, as a card does it: session keys, transaction identifier, command counter, MAC and full mode.

Sources, public: NXP MF2DL(H)x0 data sheet 9.1 (DESFire Light) and AN12343, NT4H2421Gx data sheet 9.1 and AN12196.
Ours, where those are silent: every refusal ends the session; a command in plain mode moves the counter like any other.
"""

from hardware.emulators.desfire import crypto
from hardware.emulators.desfire.session import ENCIPHERED, PLAIN, NoSession, Session
from hardware.emulators.desfire.status import INTEGRITY_ERROR, LENGTH_ERROR, OK, require

MAC_BYTES, TI_BYTES, BLOCK = 8, 4, 16
COMMANDS_MAX = 0xFFFF


def session_keys(key: bytes, a: bytes, b: bytes) -> tuple[bytes, bytes]:
    """(encryption key, MAC key) from the host's challenge a and the card's b."""
    mixed = a[:2] + crypto.xor(a[2:8], b[:6]) + b[6:] + a[8:]
    return (
        crypto.cmac(crypto.AES, key, bytes(BLOCK), bytes.fromhex("a55a00010080") + mixed),
        crypto.cmac(crypto.AES, key, bytes(BLOCK), bytes.fromhex("5aa500010080") + mixed),
    )


class Ev2Session:
    """After 0x71; 0x77 makes a new one with the same transaction identifier and counter."""

    def __init__(self, key_no: int, keys: tuple[bytes, bytes], identifier: bytes, counter: int = 0) -> None:
        self.key_no: int | None = key_no
        self._secret, self._mac_key = keys
        self.identifier, self.counter = identifier, counter

    def trailer_bytes(self, mode: int) -> int:
        return 0 if mode == PLAIN else MAC_BYTES

    def sent_bytes(self, data_bytes: int, mode: int) -> int:
        if mode == PLAIN:
            return data_bytes
        return (data_bytes // BLOCK * BLOCK + BLOCK if mode == ENCIPHERED else data_bytes) + MAC_BYTES

    def taken(self, sent: bytes, mode: int) -> bytes:
        return sent if mode == PLAIN else self._verified(sent)

    def command(self, head: bytes, data: bytes, mode: int) -> bytes:
        return data if mode == PLAIN else self._verified(head + data)[len(head) :]

    def opened(self, head: bytes, data: bytes, size: int | None) -> tuple[bytes, bytes]:
        sealed = self._verified(head + data)[len(head) :]
        require(len(sealed) > 0 and len(sealed) % BLOCK == 0, LENGTH_ERROR)
        plain = crypto.decrypt(crypto.AES, self._secret, self._iv(b"\xa5\x5a"), sealed).rstrip(b"\x00")
        require(plain.endswith(b"\x80"), INTEGRITY_ERROR)
        plain = plain[:-1]
        return (plain, b"") if size is None else (plain[:size], plain[size:])

    def crc(self, head: bytes, data: bytes) -> bytes:
        """Only ChangeKey of another key has one, over the new key alone; the MAC is check enough elsewhere."""
        return crypto.crc32(data)

    def answer(self, data: bytes, mode: int, open_end: bool = False) -> bytes:
        require(self.counter < COMMANDS_MAX, INTEGRITY_ERROR)
        self.counter += 1
        if mode == PLAIN:
            return data
        if mode == ENCIPHERED and data:
            padded = crypto.pad(data + b"\x80", BLOCK)
            data = crypto.encrypt(crypto.AES, self._secret, self._iv(b"\x5a\xa5"), padded)
        return data + self._mac(OK, data)

    def after_error(self) -> Session:
        return NoSession()

    def _verified(self, sent: bytes) -> bytes:
        require(len(sent) > MAC_BYTES, LENGTH_ERROR)
        said, mac = sent[:-MAC_BYTES], sent[-MAC_BYTES:]
        require(self._mac(said[0], said[1:]) == mac, INTEGRITY_ERROR)
        return said

    def _mac(self, code: int, data: bytes) -> bytes:
        """Every second byte of the CMAC over code, counter, identifier and data."""
        said = bytes([code]) + self.counter.to_bytes(2, "little") + self.identifier + data
        return crypto.cmac(crypto.AES, self._mac_key, bytes(BLOCK), said)[1::2]

    def _iv(self, label: bytes) -> bytes:
        text = label + self.identifier + self.counter.to_bytes(2, "little") + bytes(8)
        return crypto.encrypt(crypto.AES, self._secret, bytes(BLOCK), text)
