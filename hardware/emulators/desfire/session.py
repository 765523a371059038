"""Secure messaging after an authentication: what is verified on the way in and added on the way out.

Legacy (0x0A): 4-byte MAC over data, CRC16, no chaining. EV1 (0x1A, 0xAA): each command and answer moves one chained
IV by CMAC; 8-byte MAC, CRC32 over command and data. EV2 (0x71, 0x77): ev2.py.
"""

from typing import Protocol

from hardware.emulators.desfire import crypto
from hardware.emulators.desfire.status import INTEGRITY_ERROR, LENGTH_ERROR, OK, require

PLAIN, MACED, ENCIPHERED = 0, 1, 3
OWN = 2  # no file data: as each kind of session treats what a command says of itself


class Session(Protocol):
    """`head`: command byte and parameters that always go in clear; `mode`: how data of the file travels."""

    key_no: int | None

    def trailer_bytes(self, mode: int) -> int:
        """What follows a command without data of a file."""
        ...

    def sent_bytes(self, data_bytes: int, mode: int) -> int:
        """Bytes on the wire for so many bytes of file data."""
        ...

    def taken(self, sent: bytes, mode: int) -> bytes:
        """A command without data of a file: as it was before the host protected it."""
        ...

    def command(self, head: bytes, data: bytes, mode: int) -> bytes:
        """Data of a command that travels plain or with a MAC."""
        ...

    def opened(self, head: bytes, data: bytes, size: int | None) -> tuple[bytes, bytes]:
        """Enciphered data: `size` checked bytes, and what follows them without padding. None: the host pads with 80."""
        ...

    def crc(self, head: bytes, data: bytes) -> bytes: ...

    def answer(self, data: bytes, mode: int, open_end: bool = False) -> bytes: ...

    def after_error(self) -> "Session":
        """The session after the card has refused something in it."""
        ...


class NoSession:
    """Nobody is authenticated: data goes as it is."""

    key_no: int | None = None

    def trailer_bytes(self, mode: int) -> int:
        return 0

    def taken(self, sent: bytes, mode: int) -> bytes:
        return sent

    def opened(self, head: bytes, data: bytes, size: int | None) -> tuple[bytes, bytes]:
        return (data, b"") if size is None else (data[:size], data[size:])

    def crc(self, head: bytes, data: bytes) -> bytes:
        return b""

    def after_error(self) -> "Session":
        return self

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
        if mode == ENCIPHERED:
            return -(-(data_bytes + 2) // 8) * 8
        return data_bytes + (4 if mode == MACED else 0)

    def command(self, head: bytes, data: bytes, mode: int) -> bytes:
        if mode == MACED:
            require(len(data) >= 4, LENGTH_ERROR)
            require(crypto.mac_legacy(self._key, data[:-4]) == data[-4:], INTEGRITY_ERROR)
            return data[:-4]
        return data

    def trailer_bytes(self, mode: int) -> int:
        return 0

    def taken(self, sent: bytes, mode: int) -> bytes:
        return sent

    def opened(self, head: bytes, data: bytes, size: int | None) -> tuple[bytes, bytes]:
        require(len(data) > 0 and len(data) % 8 == 0, LENGTH_ERROR)
        return _checked(self, head, crypto.receive_legacy(self._key, data), size)

    def after_error(self) -> "Session":
        return self

    def crc(self, head: bytes, data: bytes) -> bytes:
        return crypto.crc16(data)

    def answer(self, data: bytes, mode: int, open_end: bool = False) -> bytes:
        if mode == MACED and data:
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
        if mode == ENCIPHERED:
            return -(-(data_bytes + 4) // self._size) * self._size
        return data_bytes + (8 if mode == MACED else 0)

    def command(self, head: bytes, data: bytes, mode: int) -> bytes:
        if mode == MACED:
            require(len(data) >= 8, LENGTH_ERROR)
            self._iv = crypto.cmac(self._kind, self._key, self._iv, head + data[:-8])
            require(self._iv[:8] == data[-8:], INTEGRITY_ERROR)
            return data[:-8]
        self._iv = crypto.cmac(self._kind, self._key, self._iv, head + data)
        return data

    def trailer_bytes(self, mode: int) -> int:
        return 0

    def taken(self, sent: bytes, mode: int) -> bytes:
        """Commands that read carry no MAC, but move the IV."""
        self._iv = crypto.cmac(self._kind, self._key, self._iv, sent)
        return sent

    def opened(self, head: bytes, data: bytes, size: int | None) -> tuple[bytes, bytes]:
        require(len(data) > 0 and len(data) % self._size == 0, LENGTH_ERROR)
        plain = crypto.decrypt(self._kind, self._key, self._iv, data)
        self._iv = data[-self._size :]
        return _checked(self, head, plain, size)

    def after_error(self) -> "Session":
        return self

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


def _checked(session: Session, head: bytes, plain: bytes, size: int | None) -> tuple[bytes, bytes]:
    """Splits deciphered data at its checksum; what follows may only be zeros, or a further checksum and zeros."""
    if size is None:
        plain = plain.rstrip(b"\x00")
        require(plain.endswith(b"\x80"), INTEGRITY_ERROR)
        size = len(plain) - 1 - len(session.crc(head, b""))
        require(size > 0, INTEGRITY_ERROR)
        plain = plain[:-1]
    check = session.crc(head, plain[:size])
    require(plain[size : size + len(check)] == check, INTEGRITY_ERROR)
    return plain[:size], plain[size + len(check) :]


def open_sealed(session: Session, head: bytes, data: bytes, size: int) -> bytes:
    """`size` bytes of enciphered command data, with checksum and padding checked."""
    plain, rest = session.opened(head, data, size)
    require(len(plain) == size, LENGTH_ERROR)
    require(not any(rest), INTEGRITY_ERROR)
    return plain


def _padded(data: bytes, size: int, open_end: bool) -> bytes:
    """Zeros, or 80 and zeros when the host did not say how much it wants."""
    return crypto.pad(data + b"\x80" if open_end else data, size)
