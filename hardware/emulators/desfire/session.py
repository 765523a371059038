"""Secure messaging after an authentication: what is verified on the way in and added on the way out.

Legacy (0x0A): 4-byte MAC over data, CRC16, no chaining. EV1 (0x1A, 0xAA): each command and answer moves one chained
IV by CMAC; 8-byte MAC, CRC32 over command and data.
"""

from hardware.emulators.desfire import crypto
from hardware.emulators.desfire.status import INTEGRITY_ERROR, LENGTH_ERROR, OK, require

PLAIN, MACED, ENCIPHERED = 0, 1, 3


class NoSession:
    """Nobody is authenticated: data goes as it is."""

    key_no: int | None = None

    def command(self, head: bytes, data: bytes, mode: int) -> bytes:
        return data

    def answer(self, data: bytes, mode: int, open_end: bool = False) -> bytes:
        return data

    def sent_bytes(self, data_bytes: int, mode: int) -> int:
        return data_bytes


class LegacySession:
    """After 0x0A with a DES or 2K3DES key."""

    def __init__(self, key_no: int, key: bytes) -> None:
        self.key_no: int | None = key_no
        self._key = key

    def sent_bytes(self, data_bytes: int, mode: int) -> int:
        """Bytes on the wire for so many bytes of file data."""
        if mode == ENCIPHERED:
            return -(-(data_bytes + 2) // 8) * 8
        return data_bytes + (4 if mode == MACED else 0)

    def command(self, head: bytes, data: bytes, mode: int) -> bytes:
        """The plain data of a command; `head` = command byte and parameters."""
        if mode == MACED:
            require(len(data) >= 4, LENGTH_ERROR)
            require(crypto.mac_legacy(self._key, data[:-4]) == data[-4:], INTEGRITY_ERROR)
            return data[:-4]
        return data

    def deciphered(self, head: bytes, data: bytes) -> bytes:
        """Decrypted but not yet checked: data, CRC, padding (the caller knows the length)."""
        require(len(data) > 0 and len(data) % 8 == 0, LENGTH_ERROR)
        return crypto.receive_legacy(self._key, data)

    def crc(self, head: bytes, data: bytes) -> bytes:
        return crypto.crc16(data)

    def answer(self, data: bytes, mode: int, open_end: bool = False) -> bytes:
        if mode == MACED:
            return data + crypto.mac_legacy(self._key, data)
        if mode == ENCIPHERED:
            return crypto.encrypt(crypto.DES, self._key, bytes(8), _padded(data + crypto.crc16(data), 8, open_end))
        return data


class Ev1Session:
    """After 0xAA (or 0x1A): one IV, chained through every command and answer."""

    def __init__(self, key_no: int, kind: str, key: bytes) -> None:
        self.key_no: int | None = key_no
        self._kind, self._key = kind, key
        self._size = crypto.BLOCK_BYTES[kind]
        self._iv = bytes(self._size)

    def sent_bytes(self, data_bytes: int, mode: int) -> int:
        """Bytes on the wire for so many bytes of file data."""
        if mode == ENCIPHERED:
            return -(-(data_bytes + 4) // self._size) * self._size
        return data_bytes + (8 if mode == MACED else 0)

    def command(self, head: bytes, data: bytes, mode: int) -> bytes:
        """The plain data of a command; `head` = command byte and parameters. Reads carry no MAC: PLAIN."""
        if mode == MACED:
            require(len(data) >= 8, LENGTH_ERROR)
            self._iv = crypto.cmac(self._kind, self._key, self._iv, head + data[:-8])
            require(self._iv[:8] == data[-8:], INTEGRITY_ERROR)
            return data[:-8]
        self._iv = crypto.cmac(self._kind, self._key, self._iv, head + data)
        return data

    def deciphered(self, head: bytes, data: bytes) -> bytes:
        """Decrypted but not yet checked: data, CRC, padding (the caller knows the length)."""
        require(len(data) > 0 and len(data) % self._size == 0, LENGTH_ERROR)
        plain = crypto.decrypt(self._kind, self._key, self._iv, data)
        self._iv = data[-self._size :]
        return plain

    def crc(self, head: bytes, data: bytes) -> bytes:
        return crypto.crc32(head + data)

    def answer(self, data: bytes, mode: int, open_end: bool = False) -> bytes:
        if mode == ENCIPHERED:
            checked = _padded(data + crypto.crc32(data + bytes([OK])), self._size, open_end)
            sent = crypto.encrypt(self._kind, self._key, self._iv, checked)
            self._iv = sent[-self._size :]
            return sent
        self._iv = crypto.cmac(self._kind, self._key, self._iv, data + bytes([OK]))
        return data + self._iv[:8]


Session = NoSession | LegacySession | Ev1Session


def open_sealed(session: Session, head: bytes, data: bytes, size: int) -> bytes:
    """`size` bytes of enciphered command data, with CRC and padding checked."""
    if isinstance(session, NoSession):
        return data
    plain = session.deciphered(head, data)
    check = session.crc(head, plain[:size])
    require(plain[size : size + len(check)] == check and not any(plain[size + len(check) :]), INTEGRITY_ERROR)
    return plain[:size]


def _padded(data: bytes, size: int, open_end: bool) -> bytes:
    """Zeros, or 80 and zeros when the host did not say how much it wants."""
    return crypto.pad(data + b"\x80" if open_end else data, size)
